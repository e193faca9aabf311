import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { kliqCredential } from '../support/kliqCredential';
import { buildNode } from '../support/n8n';
import { inParallel } from '../support/parallel';
import { type TriggeredWorkflow } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import { describeOwnAddress } from './scenarios/ownAddress';
import { describeSelfHealing } from './scenarios/selfHealing';
import { describeInQueueMode } from './support/describeInQueueMode';
import { numbered } from './support/numbered';
import { QueueTestBed } from './support/queueTestBed';

const report = (line: string) => process.stderr.write(`  ${line}\n`);

const CONNECTIONS = 20;

const SHARED_SECRET = 'whsec_shared_by_all_triggers';
const REFUSED = { status: 401, body: '{"error":"Invalid signature"}' };

describeInQueueMode('', () => {
	let queue: QueueTestBed;

	beforeAll(async () => {
		queue = await QueueTestBed.open(N8N_VERSION);
	});

	afterAll(async () => {
		await queue?.close();
	});

	describe.each(['derived', 'credential'])('with the secret: %s', (kind) => {
		let workflow: TriggeredWorkflow;

		beforeAll(async () => {
			const { client, credentialId, kliq } = queue.testBed;
			const shared = async () =>
				await client.createCredential({
					type: 'kliqApi',
					name: 'KLIQ with a signing secret',
					data: kliqCredential(kliq, { signingSecret: SHARED_SECRET }),
				});
			workflow = await queue.publishTriggered({
				credentialId: kind === 'credential' ? await shared() : credentialId,
			});
		});

		it('subscribes once, from the main, with the address of the load balancer', () => {
			expect(queue.subscriptionsOf(workflow)).toEqual([expect.objectContaining({ live: true })]);
			expect(queue.testBed.kliq.subscriptions()).toHaveLength(1);
			expect(queue.subscriptionsOf(workflow)[0].secret).toMatch(
				kind === 'credential' ? SHARED_SECRET : /^whsec_[0-9a-f]{64}$/,
			);
		});

		it('verifies on processors with nothing but the credential', async () => {
			await queue.emptyStaticData(workflow);
			const ids = numbered(queue.processors.length, 'first');
			for (const [index, id] of ids.entries()) {
				const answer = await queue.send(workflow, id, queue.processors[index]);
				expect(answer).toMatchObject({ status: 200 });
			}
			const runs = await queue.settledRunsOf(workflow);
			expect(runs.map(({ eventId }) => eventId).sort()).toEqual(ids);
		});

		it('runs 250 signed events once each and refuses 250 forged, at both processors', async () => {
			const signed = numbered(250, 'signed');
			const forged = numbered(250, 'forged');
			const mixed = signed.flatMap((id, index) => [id, forged[index]]);
			const answers = await inParallel(mixed, CONNECTIONS, async (id, index) => {
				const secret = id.startsWith('evt_forged') ? 'whsec_of_another_subscription' : undefined;
				return await queue.send(workflow, id, queue.processors[Math.floor(index / 2) % 2], secret);
			});

			const to = (what: string) => answers.filter((_, index) => mixed[index].includes(what));
			expect(
				to('signed').filter((answer) => !('status' in answer && answer.status === 200)),
			).toEqual([]);
			expect(to('forged')).toEqual(forged.map(() => REFUSED));

			const runs = (await queue.settledRunsOf(workflow)).filter(
				({ eventId }) => !eventId.startsWith('evt_first'),
			);
			expect(runs.map(({ eventId }) => eventId).sort()).toEqual([...signed].sort());
			expect(runs.filter(({ status }) => status !== 'success')).toEqual([]);
		});

		it('unsubscribes', async () => {
			await queue.testBed.unpublish(workflow.id);
			expect(queue.testBed.kliq.subscriptions()).toEqual([]);
			for (const processor of queue.processors) {
				const late = await queue.send(workflow, 'evt_late0', processor, SHARED_SECRET);
				expect(late).toMatchObject({ status: 404 });
			}
		});
	});

	describeSelfHealing(() => queue, report);

	describeOwnAddress(() => queue);

	describe('with Ignore Repeats', () => {
		const COUNT = 200;
		/** The event itself, and the execution that it started. */
		const RECORDS_PER_EVENT = 2;
		/** Two workers may overwrite each other's records (n8n, `DeduplicationHelper`). */
		const MAX_REPEATS_RUN = COUNT / 100;

		it(`runs ${COUNT} events, and at most ${MAX_REPEATS_RUN} of as many repeats`, async () => {
			const workflow = await queue.publishTriggered({
				parameters: { options: { ignoreRepeats: true } },
			});
			const ids = numbered(COUNT, 'once');
			const deliver = async () => {
				const answers = await inParallel(
					ids,
					CONNECTIONS,
					async (id, index) => await queue.send(workflow, id, queue.processors[index % 2]),
				);
				expect(answers).toEqual(ids.map(() => expect.objectContaining({ status: 200 })));
				return await queue.settledRunsOf(workflow);
			};
			const endedRepeats = async () =>
				await queue.countRunsWith(workflow, 'KLIQ has sent this event before');

			expect((await deliver()).filter(({ status }) => status === 'success')).toHaveLength(COUNT);
			expect(await endedRepeats()).toBe(0);

			// KLIQ's first repeat comes after a minute; until then the trigger repairs its memory.
			await waitFor(async () =>
				expect(await queue.rememberedRecords(workflow)).toBeGreaterThanOrEqual(
					RECORDS_PER_EVENT * (COUNT - MAX_REPEATS_RUN),
				),
			);
			const runs = await deliver();
			expect(runs.filter(({ status }) => status === 'success')).toHaveLength(2 * COUNT);
			const repeatsRun = COUNT - (await endedRepeats());
			report(`${N8N_VERSION}: of ${COUNT} repeats ${repeatsRun} were run`);
			expect(repeatsRun).toBeLessThanOrEqual(MAX_REPEATS_RUN);
			await queue.testBed.unpublish(workflow.id);
		});
	});

	describe('of a workflow that fails', () => {
		const failing = () =>
			buildNode({
				type: 'n8n-nodes-base.stopAndError',
				name: 'Fail',
				parameters: { errorMessage: 'Not today' },
			});

		it.each([
			['onReceived', 200],
			['lastNode', 500],
		])('with Respond: %s it says %i', async (respond, status) => {
			const parameters = { respond };
			const workflow = await queue.publishTriggered({ parameters, then: [failing()] });
			const answer = await queue.send(workflow, 'evt_fails0', queue.processors[0]);
			expect(answer).toMatchObject({ status });
			const runs = await queue.settledRunsOf(workflow);
			expect(runs).toEqual([expect.objectContaining({ eventId: 'evt_fails0', status: 'error' })]);
			await queue.testBed.unpublish(workflow.id);
		});
	});
});
