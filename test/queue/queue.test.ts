import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { kliqCredential } from '../support/kliqCredential';
import { buildNode, isN8nV1, type RunningN8n } from '../support/n8n';
import { missingBinaries } from '../support/n8n/queue/binaries';
import { inParallel } from '../support/parallel';
import { type TriggeredWorkflow } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { describeSelfHealing } from './scenarios/selfHealing';
import { type Crash, CRASH_CONNECTIONS, deliverThroughCrash, type Outgoing } from './support/crash';
import { lossesOf } from './support/losses';
import { QueueTestBed } from './support/queueTestBed';

const report = (line: string) => process.stderr.write(`  ${line}\n`);

const missing = missingBinaries();
const why = missing.length > 0 ? ` (not installed: ${missing.join(', ')})` : '';
if (why) {
	report(`Queue mode cannot be tested${why}. On Debian: apt-get install redis-server postgresql`);
}
/** Skipped where something is missing. In CI it then fails. */
const describeInQueueMode = why && !process.env.CI ? describe.skip : describe;

const CONNECTIONS = 20;
/** How many executions a worker takes at a time, by n8n's default. */
const WORKER_CONCURRENCY = 10;

/** How many of the events acknowledged at once may be lost, by n8n's major version. */
interface MaxLost {
	v1: number;
	v2: number;
}

const SHARED_SECRET = 'whsec_shared_by_all_triggers';
const REFUSED = { status: 401, body: '{"error":"Invalid signature"}' };

const numbered = (count: number, prefix: string) =>
	Array.from({ length: count }, (_, index) => `evt_${prefix}${index}`);

describeInQueueMode(`n8n ${N8N_VERSION} in queue mode${why}`, () => {
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

	describe('with Ignore Repeats', () => {
		const COUNT = 200;
		const REPAIRED_MS = 12_000;
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
			await sleep(REPAIRED_MS);
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

	describe.each<[string, () => Crash & { receivers: RunningN8n[] }, MaxLost]>([
		[
			'a processor',
			() => ({
				victim: queue.processors[1],
				after: 60,
				receivers: queue.processors,
				survivor: queue.processors[0],
			}),
			// 1.x answers before it stores (dist/webhooks/webhook-helpers.js), 2.x after it has queued.
			{ v1: CRASH_CONNECTIONS, v2: 0 },
		],
		[
			'a worker',
			() => ({
				victim: queue.workers[1],
				// n8n's workers prefer events whose response is waited for. Once most of those have been
				// run, they hold events of both kinds.
				after: 190,
				receivers: [queue.processors[0]],
				survivor: queue.processors[0],
			}),
			// 2.x tells Bull not to hand a dead worker's executions to another (maxStalledCount 0 in
			// dist/scaling/scaling.service.js), 1.x leaves Bull's default of 1.
			{ v1: 0, v2: WORKER_CONCURRENCY },
		],
		[
			'the main',
			() => ({
				victim: queue.main,
				after: 60,
				receivers: [queue.main],
				survivor: queue.processors[0],
			}),
			// As of a processor.
			{ v1: CRASH_CONNECTIONS, v2: 0 },
		],
	])('when %s is killed with -9 while events arrive', (who, crash, max) => {
		const maxLost = isN8nV1(N8N_VERSION) ? max.v1 : max.v2;
		const oneSecond = () =>
			buildNode({
				type: 'n8n-nodes-base.wait',
				name: 'Wait',
				typeVersion: 1.1,
				parameters: { resume: 'timeInterval', amount: 1, unit: 'seconds' },
			});
		const ids = { immediately: numbered(100, 'now'), afterLastNode: numbered(100, 'last') };
		let immediately: TriggeredWorkflow;
		let afterLastNode: TriggeredWorkflow;

		beforeAll(async () => {
			immediately = await queue.publishTriggered({ then: [oneSecond()] });
			afterLastNode = await queue.publishTriggered({
				parameters: { respond: 'lastNode' },
				then: [oneSecond()],
			});
			const { receivers, ...death } = crash();
			const events = ids.immediately.flatMap((eventId, index): Outgoing[] => {
				const to = receivers[index % receivers.length];
				return [
					{ workflow: immediately, eventId, to },
					{ workflow: afterLastNode, eventId: ids.afterLastNode[index], to },
				];
			});
			const interrupted = await deliverThroughCrash(queue, events, death);
			// As a service manager would.
			await death.victim.start();
			report(
				`${N8N_VERSION}, ${who} killed: of 200 events ${interrupted.length} had their first attempt interrupted`,
			);
		});

		/** Reads and reports what became of one workflow's events. */
		const losses = async (workflow: TriggeredWorkflow, eventIds: string[]) => {
			const { lost, unfinished, twice } = await lossesOf(queue, workflow, eventIds);
			const statuses = unfinished.map(({ status }) => status).join(', ') || 'none';
			report(
				`${lost.length} lost, ${twice} run twice, executions that did not succeed: ${statuses}`,
			);
			return lost;
		};

		it('runs every event acknowledged after the last node', async () =>
			expect(await losses(afterLastNode, ids.afterLastNode)).toEqual([]));

		it(`runs every event acknowledged at once${maxLost > 0 ? ` except ${maxLost} at most` : ''}`, async () => {
			const lost = await losses(immediately, ids.immediately);
			expect(lost.length).toBeLessThanOrEqual(maxLost);
		});

		it('unsubscribes after the crash', async () => {
			for (const { id } of [immediately, afterLastNode]) await queue.testBed.unpublish(id);
			expect(queue.testBed.kliq.subscriptions()).toEqual([]);
		});
	});
});
