import { randomBytes } from 'node:crypto';

import type { KliqScope } from '../types';

export interface ApiKey {
	tenantId: string;
	scopes: readonly KliqScope[];
}

/** The tenants and their API keys. */
export class AccessStore {
	private readonly tenants = new Set<string>();
	private readonly keys = new Map<string, ApiKey>();

	addTenant(id: string): void {
		this.tenants.add(id);
	}

	hasTenant(id: string): boolean {
		return this.tenants.has(id);
	}

	/** Makes a key. Throws if there is no such tenant. */
	addKey(key: ApiKey): string {
		if (!this.hasTenant(key.tenantId)) throw new Error(`No tenant ${key.tenantId}`);
		const text = `kliq_live_${randomBytes(16).toString('hex')}`;
		this.keys.set(text, key);
		return text;
	}

	revokeKey(text: string): void {
		this.keys.delete(text);
	}

	findKey(text: string): ApiKey | undefined {
		return this.keys.get(text);
	}
}
