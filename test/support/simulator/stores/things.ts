import { newId } from '../ids';

/** What is stored of anything that a tenant has. */
export interface Stored {
	/** Its place in lists; grows with everything made. */
	sequence: number;
	id: string;
	tenantId: string;
}

/** Things of one kind, of all tenants, in the order they were made. */
export class ThingStore<T extends Stored> {
	private readonly byId = new Map<string, T>();
	private lastSequence = 0;

	/** @param prefix of the ids, such as `obs` */
	constructor(private readonly prefix: string) {}

	add(thing: Omit<T, 'sequence' | 'id'>): T {
		const stored = { ...thing, id: newId(this.prefix), sequence: ++this.lastSequence } as T;
		this.byId.set(stored.id, stored);
		return stored;
	}

	/** Undefined if the tenant has no such thing. */
	find(tenantId: string, id: string): T | undefined {
		const thing = this.byId.get(id);
		return thing?.tenantId === tenantId ? thing : undefined;
	}

	ofTenant(tenantId: string): T[] {
		return [...this.byId.values()].filter((thing) => thing.tenantId === tenantId);
	}

	/** False if the tenant has no such thing. */
	remove(tenantId: string, id: string): boolean {
		return this.find(tenantId, id) !== undefined && this.byId.delete(id);
	}
}
