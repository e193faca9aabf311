import { afterAll, beforeAll, describe } from '@jest/globals';

import { LAZY_EXPRESSIONS, SQLITE_POOL, TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { describeCatchUp } from './scenarios/catchUp';
import { describeDropRepeats } from './scenarios/dropRepeats';
import { describeTriggerOptions } from './scenarios/triggerOptions';

/**
 * What publishes or runs much at the same time. By default n8n 1.x has one SQLite connection for
 * everything, on which concurrent transactions mix, also those of its Data Table node; the notes of the
 * examples tell to set a pool, too.
 */
describe('on one n8n for concurrent work:', () => {
	let testBed: TestBed;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION, { env: { ...SQLITE_POOL, ...LAZY_EXPRESSIONS } });
	});

	afterAll(async () => {
		await testBed?.close();
	});

	for (const describeScenario of [describeTriggerOptions, describeCatchUp, describeDropRepeats]) {
		describeScenario(async (kliq) => await testBed.withAnotherKliq(kliq));
	}
});
