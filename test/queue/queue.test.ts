import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually } from '../e2e/support/eventually';
import { accountOf } from '../support/account';
import { type TriggeredWorkflow } from '../e2e/support/stage';
import { buildNode, isFirstLine, N8N_VERSIONS } from '../support/n8n';
import { missingBinaries } from '../support/n8n/queue/binaries';
import { inParallel } from '../support/parallel';
import { CRASH_CONNECTIONS, deliverThroughCrash, type Outgoing } from './support/crash';
import { type EventRun, QueueStage } from './support/queueStage';

const report = (line: string) => process.stderr.write(`  ${line}\n`);

const missing = missingBinaries();
const why = missing.length > 0 ? ` (not installed: ${missing.join(', ')})` : '';
if (why) {
	report(`Queue mode cannot be tested${why}. On Debian: apt-get install redis-server postgresql`);
}
/** Skipped where something is missing. In CI it then fails. */
const describeInQueueMode = why && !process.env.CI ? describe.skip : describe;

const CONNECTIONS = 20;
const OPEN_WITHIN_MS = 300_000;
const SETTLE_WITHIN_MS = 120_000;
/** How many executions a worker takes at a time, by n8n's default. */
const WORKER_CONCURRENCY = 10;

const SHARED_SECRET = 'whsec_shared_by_all_triggers';
const REFUSED = { status: 401, body: '{"error":"Invalid signature"}' };

const numbered = (count: number, prefix: string) =>
	Array.from({ length: count }, (_, index) => `evt_${prefix}${index}`);

describeInQueueMode.each(N8N_VERSIONS)(`n8n %s in queue mode${why}`, (version) => {
	const isNewLine = !isFirstLine(version);
	let queue: QueueStage;

	beforeAll(async () => {
		queue = await QueueStage.open(version);
	}, OPEN_WITHIN_MS);

	afterAll(async () => {
		await queue?.close();
	}, 120_000);

	/** From then on nothing more happens to any execution. */
	const untilQueueIsEmpty = async () =>
		await eventually(async () => expect(await queue.queued()).toBe(0), SETTLE_WITHIN_MS);

	describe.each(['generated', 'credential'])('with the secret: %s', (kind) => {
		let workflow: TriggeredWorkflow;

		beforeAll(async () => {
			const { client, credentialId, kliq } = queue.stage;
			const shared = async () =>
				await client.createCredential({
					type: 'kliqApi',
					name: 'KLIQ with a signing secret',
					data: accountOf(kliq, { signingSecret: SHARED_SECRET }),
				});
			workflow = await queue.stage.publishTriggered({
				credentialId: kind === 'credential' ? await shared() : credentialId,
			});
		}, SETTLE_WITHIN_MS);

		it('subscribes once, from the main, with the address of the first processor', () => {
			expect(queue.subscriptionsOf(workflow)).toEqual([expect.objectContaining({ live: true })]);
			expect(queue.stage.kliq.subscriptions()).toHaveLength(1);
			expect(queue.subscriptionsOf(workflow)[0].secret).toMatch(
				kind === 'credential' ? SHARED_SECRET : /^whsec_[0-9a-f]{64}$/,
			);
		});

		it(
			'runs 500 signed events once each and refuses 500 forged, at both processors',
			async () => {
				const signed = numbered(500, 'signed');
				const forged = numbered(500, 'forged');
				const mixed = signed.flatMap((id, index) => [id, forged[index]]);
				const answers = await inParallel(mixed, CONNECTIONS, async (id, index) => {
					const secret = id.startsWith('evt_forged') ? 'whsec_of_somebody_else' : undefined;
					return await queue.send(workflow, id, Math.floor(index / 2) % 2, secret);
				});

				const to = (what: string) => answers.filter((_, index) => mixed[index].includes(what));
				expect(
					to('signed').filter((answer) => !('status' in answer && answer.status === 200)),
				).toEqual([]);
				expect(to('forged')).toEqual(forged.map(() => REFUSED));

				await untilQueueIsEmpty();
				const runs = await queue.runsOf(workflow);
				expect(runs.map(({ eventId }) => eventId).sort()).toEqual([...signed].sort());
				expect(runs.filter(({ status }) => status !== 'success')).toEqual([]);
			},
			2 * SETTLE_WITHIN_MS,
		);

		it(
			'unsubscribes',
			async () => {
				await queue.stage.unpublish(workflow.id);
				expect(queue.stage.kliq.subscriptions()).toEqual([]);
				for (const processor of [0, 1]) {
					const late = await queue.send(workflow, 'evt_late0', processor, SHARED_SECRET);
					expect(late).toMatchObject({ status: 404 });
				}
			},
			SETTLE_WITHIN_MS,
		);
	});

	describe('when a processor and a worker are killed with -9 mid-way', () => {
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
		let sentAgain: string[];

		beforeAll(async () => {
			immediately = await queue.stage.publishTriggered({ then: [oneSecond()] });
			afterLastNode = await queue.stage.publishTriggered({
				parameters: { respond: 'lastNode' },
				then: [oneSecond()],
			});
			const events = ids.immediately.flatMap((eventId, index): Outgoing[] => [
				{ workflow: immediately, eventId },
				{ workflow: afterLastNode, eventId: ids.afterLastNode[index] },
			]);
			sentAgain = await deliverThroughCrash(queue, events, 60);
			await untilQueueIsEmpty();
		}, 4 * SETTLE_WITHIN_MS);

		/** The events that have not been run to the end, and the executions that have not. */
		const failuresOf = async (workflow: TriggeredWorkflow, eventIds: string[]) => {
			const runs = await queue.runsOf(workflow);
			const hasSucceeded = ({ status }: EventRun) => status === 'success';
			const served = new Set(runs.filter(hasSucceeded).map(({ eventId }) => eventId));
			return {
				lost: eventIds.filter((id) => !served.has(id)),
				stuck: runs.filter((run) => !hasSucceeded(run)),
			};
		};

		it('has caught events on their way', () => {
			expect(sentAgain.length).toBeGreaterThan(0);
		});

		it('runs every event acknowledged after the last node', async () => {
			const { lost } = await failuresOf(afterLastNode, ids.afterLastNode);
			expect(lost).toEqual([]);
		});

		if (isNewLine) {
			// 2.x tells Bull not to hand a dead worker's executions to another (maxStalledCount 0 in n8n's
			// dist/scaling/scaling.service.js).
			it('runs every event acknowledged at once but those in the hands of the killed worker', async () => {
				const { lost, stuck } = await failuresOf(immediately, ids.immediately);
				report(`${version}: ${lost.length} of 100 acknowledged at once were not run`);
				expect(lost.length).toBeLessThanOrEqual(WORKER_CONCURRENCY);
				expect(stuck.length).toBeGreaterThanOrEqual(lost.length);
			});
		} else {
			// 1.x answers before it has stored the execution, but what it has stored is run, by another
			// worker if need be (maxStalledCount 1).
			it('runs every event acknowledged at once but those the killed processor had not stored', async () => {
				const { lost, stuck } = await failuresOf(immediately, ids.immediately);
				report(`${version}: ${lost.length} of 100 acknowledged at once were not run`);
				expect(lost.length).toBeLessThanOrEqual(CRASH_CONNECTIONS);
				expect(stuck).toEqual([]);
			});
		}

		it(
			'unsubscribes all the same',
			async () => {
				for (const { id } of [immediately, afterLastNode]) await queue.stage.unpublish(id);
				expect(queue.stage.kliq.subscriptions()).toEqual([]);
			},
			SETTLE_WITHIN_MS,
		);
	});
});
