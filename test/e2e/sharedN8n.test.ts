import { afterAll, beforeAll, describe } from '@jest/globals';

import { TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { describeAttack } from './scenarios/attack';
import { describeCredential } from './scenarios/credential';
import { describeDeliveryFailures } from './scenarios/deliveryFailures';
import { describeLifecycleChanges } from './scenarios/lifecycleChanges';
import { describeObservationToResult } from './scenarios/observationToResult';
import { describeTrigger } from './scenarios/trigger';

/** What needs n8n neither restarted nor set up in a way of its own. */
describe('on one n8n with its default settings:', () => {
	let testBed: TestBed;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION);
	});

	afterAll(async () => {
		await testBed?.close();
	});

	for (const describeScenario of [
		describeTrigger,
		describeAttack,
		describeCredential,
		describeObservationToResult,
		describeLifecycleChanges,
		describeDeliveryFailures,
	]) {
		describeScenario(async (kliq) => await testBed.withAnotherKliq(kliq));
	}
});
