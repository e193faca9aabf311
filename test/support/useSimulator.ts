import { afterEach, beforeEach } from '@jest/globals';

import { startKliqSimulator, type KliqSimulator, type KliqSimulatorOptions } from './simulator';

/**
 * Starts a simulator before each test of the file and stops it after the test.
 * @param onStart receives each simulator
 * @param options evaluated before each test; default: the simulator's own
 */
export function useSimulator(
	onStart: (kliq: KliqSimulator) => void,
	options: () => KliqSimulatorOptions = () => ({}),
): void {
	let kliq: KliqSimulator;

	beforeEach(async () => {
		kliq = await startKliqSimulator(options());
		onStart(kliq);
	});

	afterEach(async () => {
		await kliq.stop();
	});
}
