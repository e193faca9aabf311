import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { nextCheck } from '../support/healthChecks';
import { kliqCredential } from '../support/kliqCredential';
import { chain } from '../support/n8n';
import { LAZY_EXPRESSIONS, TestBed, type TriggeredWorkflow } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import { CHECK_INTERVAL_MS } from './support/healing';

const ROUNDS = 4;
/** About as long as a request takes, so that the requests of both interleave in many orders. */
const MAX_DELAY_MS = 400;
const REQUESTS_PER_ROUND = 40;

describe(`two instances of n8n ${N8N_VERSION} with one address`, () => {
	let first: TestBed;
	let second: TestBed;

	beforeAll(async () => {
		const options = { env: LAZY_EXPRESSIONS, checkIntervalMs: CHECK_INTERVAL_MS };
		first = await TestBed.open(N8N_VERSION, options);
		second = await TestBed.open(N8N_VERSION, { ...options, webhookUrl: `${first.n8n.url}/` });
	});

	afterEach(async () => {
		await first?.reset();
		await second?.reset();
	});

	afterAll(async () => {
		await second?.close();
		await first?.close();
	});

	/** The same trigger in the second n8n, on the first one's KLIQ, as in a copy of the whole n8n. */
	async function copyToSecond({ trigger }: TriggeredWorkflow): Promise<string> {
		const credentialId = await second.client.createCredential({
			type: 'kliqApi',
			name: 'KLIQ',
			data: kliqCredential(first.kliq),
		});
		const copy = { ...trigger, credentials: { kliqApi: { id: credentialId, name: 'KLIQ' } } };
		const { id } = await second.client.createWorkflow({ name: 'Copy', ...chain([copy]) });
		return id;
	}

	it('have one subscription soon after they publish at once, and none in the end', async () => {
		const workflow = await first.createTriggered();
		const copy = await copyToSecond(workflow);
		const onlyOne = async () =>
			await waitFor(() => {
				const all = first.subscriptionsTo(workflow.url);
				expect(all).toEqual([expect.objectContaining({ live: true })]);
				return all[0].id;
			});

		for (let round = 1; round <= ROUNDS; round++) {
			for (let request = 0; request < REQUESTS_PER_ROUND; request++) {
				first.kliq.faults.next({ delayMs: Math.random() * MAX_DELAY_MS });
			}
			await Promise.all([first.publish(workflow.id), second.publish(copy)]);
			const id = await onlyOne();
			if (round === ROUNDS) {
				await nextCheck(first.kliq, first.kliq.tenantId, [first, second].length);
				expect(await onlyOne()).toBe(id);
			}

			for (const each of [first, second]) await each.reset();
			expect(first.subscriptionsTo(workflow.url)).toEqual([]);
		}
	});
});
