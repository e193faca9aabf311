import { newId } from '../ids';

/** What every stored entity has. */
export interface Stored {
	/** Position in lists; grows with every entity created. */
	sequence: number;
	id: string;
	tenantId: string;
}

/** Entities of one resource, of all tenants, in the order of creation. */
export class EntityStore<T extends Stored> {
	private readonly byId = new Map<string, T>();
	private lastSequence = 0;

	/** @param prefix prefix of the IDs, such as `obs` */
	constructor(private readonly prefix: string) {}

	add(entity: Omit<T, 'sequence' | 'id'>): T {
		const stored = { ...entity, id: newId(this.prefix), sequence: ++this.lastSequence } as T;
		this.byId.set(stored.id, stored);
		return stored;
	}

	/** Undefined if the tenant has no such entity. */
	find(tenantId: string, id: string): T | undefined {
		const entity = this.byId.get(id);
		return entity?.tenantId === tenantId ? entity : undefined;
	}

	ofTenant(tenantId: string): T[] {
		return [...this.byId.values()].filter((entity) => entity.tenantId === tenantId);
	}

	/** False if the tenant has no such entity. */
	remove(tenantId: string, id: string): boolean {
		return this.find(tenantId, id) !== undefined && this.byId.delete(id);
	}
}
