import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { buildNode, isN8nV1, type RunningN8n } from '../support/n8n';
import { type TriggeredWorkflow } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { describeHealingCrash } from './scenarios/healingCrash';
import { type Crash, CRASH_CONNECTIONS, deliverThroughCrash, type Outgoing } from './support/crash';
import { describeInQueueMode } from './support/describeInQueueMode';
import { lossesOf } from './support/losses';
import { numbered } from './support/numbered';
import { QueueTestBed } from './support/queueTestBed';

const report = (line: string) => process.stderr.write(`  ${line}\n`);

/** How many executions a worker takes at a time, by n8n's default. */
const WORKER_CONCURRENCY = 10;

/** How many of the events acknowledged at once may be lost, by n8n's major version. */
interface MaxLost {
	v1: number;
	v2: number;
}

describeInQueueMode(', one of its processes killed', () => {
	let queue: QueueTestBed;

	beforeAll(async () => {
		queue = await QueueTestBed.open(N8N_VERSION);
	});

	afterAll(async () => {
		await queue?.close();
	});

	describeHealingCrash(() => queue, report);

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
