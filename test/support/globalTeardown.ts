import './globalSetup';

/** Removes the tarball if `globalSetup` has packed it. */
export default async function globalTeardown(): Promise<void> {
	await globalThis.removePackedProject?.();
}
