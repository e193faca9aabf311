import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { outputOf, webhookUrl } from '../support/n8n';
import { freePort } from '../support/n8n/ports';
import { pathOf } from '../support/n8n/queue/binaries';
import { connectTo, Proxy, type ProxyKind } from '../support/proxy';
import { manualClock, type Delivery } from '../support/simulator';
import { LAZY_EXPRESSIONS, SQLITE_POOL, TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';

const HOUR_MS = 3_600_000;

const STARTS = 3;
const EVENTS_PER_START = 50;
/** n8n answers for a few hundredths of a second that it starts. */
const BETWEEN_EVENTS_MS = 5;
const IN_VAIN = /n8n is starting up/;

describe(`n8n ${N8N_VERSION}, killed and started under load,`, () => {
	/** @returns events that KLIQ takes for delivered and that have not run */
	async function lostBehind(kind?: ProxyKind): Promise<{ lost: Delivery[]; answers: string[] }> {
		const clock = manualClock({ patienceMs: 180_000 });
		const proxyPort = await freePort();
		const address = kind === undefined ? undefined : `http://127.0.0.1:${proxyPort}`;
		const testBed = await TestBed.open(N8N_VERSION, {
			kliq: { clock },
			env: { ...SQLITE_POOL, ...LAZY_EXPRESSIONS },
			webhookUrl: address === undefined ? undefined : `${address}/`,
		});
		const { n8n, kliq } = testBed;
		const proxy = kind && (await Proxy.start(kind, proxyPort, n8n.port));
		try {
			const { id, trigger } = await testBed.publishTriggered({
				parameters: { respond: 'lastNode' },
			});
			const url = webhookUrl(address ?? n8n.url, trigger);
			await waitFor(() => expect(testBed.subscriptionsTo(url)).toHaveLength(1));

			const deliveries: Delivery[] = [];
			for (let start = 0; start < STARTS; start++) {
				await n8n.kill();
				const starting = n8n.start();
				// From the first moment in which n8n answers anything.
				await waitFor(async () => await connectTo(n8n.port), undefined, BETWEEN_EVENTS_MS);
				for (let event = 0; event < EVENTS_PER_START; event++) {
					deliveries.push(...kliq.emit('visit.submitted').deliveries);
					await sleep(BETWEEN_EVENTS_MS);
				}
				await starting;
			}
			await clock.advance(27 * HOUR_MS);
			expect(deliveries).toHaveLength(STARTS * EVENTS_PER_START);
			for (const { ended } of deliveries) expect(await ended).toBe('delivered');

			const ran = new Set<unknown>();
			for (const each of await testBed.client.executions(id, { status: 'success' })) {
				const [event] = outputOf(await testBed.client.execution(each.id), 'KLIQ Trigger');
				ran.add(event?.id);
			}
			const lost = deliveries.filter(({ event }) => !ran.has(event.id));
			const answers = deliveries.flatMap(({ attempts }) => attempts.map(({ body }) => body ?? ''));
			return { lost, answers: answers.filter((body) => IN_VAIN.test(body)) };
		} finally {
			await proxy?.stop();
			await testBed.close();
		}
	}

	it.each<ProxyKind>(['nginx', 'caddy'])('loses no event behind %s', async (kind) => {
		expect(pathOf(kind)).toBeDefined();
		const { lost, answers } = await lostBehind(kind);
		expect(lost).toEqual([]);
		expect(answers).toEqual([]);
	});

	it('loses just what it answers “starting up” without a proxy', async () => {
		const { lost, answers } = await lostBehind();
		process.stderr.write(
			`${N8N_VERSION}: without a proxy, ${lost.length} of ${STARTS * EVENTS_PER_START} events lost in ${STARTS} starts\n`,
		);
		expect(lost).toHaveLength(answers.length);
	});
});
