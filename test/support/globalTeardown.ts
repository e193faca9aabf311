import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Removes the tarball that the global set-up has packed. */
export default async function globalTeardown(): Promise<void> {
	const tarball = process.env.KLIQ_OWN_TARBALL;
	if (tarball) await rm(dirname(tarball), { recursive: true, force: true });
}
