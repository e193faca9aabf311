import { afterEach, describe, expect, it } from '@jest/globals';

import { answerWith, FrontServer } from '../../support/frontServer';
import { waitFor } from '../../support/waitFor';
import { type HealingCases, useHealingCases } from '../support/healingCases';
import type { QueueTestBed } from '../support/queueTestBed';

const REPORT = 'n8n’s address does not lead to this trigger';

/** The main asks its own address, where a processor answers. */
export function describeOwnAddress(getQueue: () => QueueTestBed): void {
	describe('asks its own address', () => {
		let queue: QueueTestBed;
		let cases: HealingCases;

		useHealingCases(getQueue, (...opened) => {
			[queue, cases] = opened;
		});

		afterEach(() => {
			queue.leadTo();
		});

		const refusals = () =>
			queue.processors.flatMap((n8n) => n8n.logs().match(/refused a request/g) ?? []).length;

		it('and tells nobody where a processor answers', async () => {
			const before = { connections: queue.connections, refusals: refusals() };
			const published = await cases.publish();
			await waitFor(() => expect(queue.connections).toBeGreaterThan(before.connections));
			await published.tenant.nextCheck();
			await published.tenant.nextCheck();
			expect(await queue.settledRunsOf(published.workflow)).toEqual([]);
			expect(refusals()).toBe(before.refusals);
		});

		it('and tells once, from the main, where something else answers', async () => {
			const other = await FrontServer.start();
			try {
				other.rule = answerWith(404);
				queue.leadTo(other.port);
				const { workflow } = await cases.publish();
				await waitFor(() => expect(queue.main.logs()).toContain(REPORT));
				const runs = await queue.settledRunsOf(workflow);
				expect(runs.map(({ status }) => status)).toEqual(['error']);
			} finally {
				await other.stop();
			}
		});
	});
}
