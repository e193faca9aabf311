import { randomBytes } from 'node:crypto';

/** A new id as KLIQ writes them: a prefix such as `wh`, an underscore, letters and digits. */
export function newId(prefix: string): string {
	return `${prefix}_${randomBytes(8).toString('hex')}`;
}
