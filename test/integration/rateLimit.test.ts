import { describe, expect, it, jest } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';

import { MAX_CONCURRENCY } from '../../nodes/Kliq/execution/runItems';
import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { kliqCredential } from '../support/kliqCredential';
import { clock, useDiscreteEventClock } from '../support/n8nCore/discreteEventClock';
import { byId, items } from '../support/n8nCore/items';
import { NodeUnderTest } from '../support/n8nCore/node';
import { withMaxInFlight } from '../support/requestLog';
import { startKliqSimulator, type KliqSimulator } from '../support/simulator';
import type { RateLimit } from '../support/simulator/settings';

jest.mock('n8n-workflow', () =>
	jest.requireActual('../support/n8nCore/n8nWorkflowDiscreteEventMock'),
);

useDiscreteEventClock();

/** A KLIQ of its own for one test, which runs as a discrete-event simulation. */
async function withKliq(
	rateLimit: RateLimit | undefined,
	test: (kliq: KliqSimulator) => Promise<void>,
): Promise<void> {
	const kliq = await startKliqSimulator({ rateLimit, clock });
	await clock.run(test(kliq)).finally(async () => await kliq.stop());
}

const seed = (kliq: KliqSimulator, count: number) =>
	Array.from({ length: count }, () =>
		kliq.seedSubscription({ url: 'https://a.example.com/', events: ['cv.job.failed'] }),
	);

/** Executes the node. @returns its output */
async function execute(
	kliq: KliqSimulator,
	parameters: object,
	{ input, apiKey = kliq.apiKey }: { input?: INodeExecutionData[]; apiKey?: string } = {},
): Promise<INodeExecutionData[]> {
	const context = new NodeUnderTest(new Kliq(), {
		parameters: { resource: 'webhook', ...parameters },
		credential: kliqCredential(kliq, { apiKey }),
	}).execution(input);
	const { helpers } = context;
	const send = helpers.httpRequestWithAuthentication.bind(context);
	helpers.httpRequestWithAuthentication = async (...request) =>
		await clock.send(async () => await send(...request));
	const [output] = await new Kliq().execute.call(context);
	return output;
}

/** Deletes so many subscriptions in one execution; all must succeed, in order. */
async function deleteMany(kliq: KliqSimulator, count: number): Promise<void> {
	const input = items(seed(kliq, count));
	const deleted = input.map((_, item) => ({ json: { deleted: true }, pairedItem: { item } }));
	const parameters = { operation: 'delete', webhookId: byId('={{ $json.id }}') };
	expect(await execute(kliq, parameters, { input })).toEqual(deleted);
}

/** Asks for one page, so that the limit is known afterwards. */
const ask = async (kliq: KliqSimulator, apiKey?: string) =>
	await execute(kliq, { operation: 'getAll', limit: 1 }, { apiKey });

const statuses = (kliq: KliqSimulator) => kliq.requests.map(({ status }) => status);

const refusals = (kliq: KliqSimulator) => statuses(kliq).filter((status) => status === 429).length;

async function secondsOf(work: Promise<unknown>): Promise<number> {
	const begin = performance.now();
	await work;
	return (performance.now() - begin) / 1_000;
}

/** For each refused request, how many that came first after it were answered before its retry was. */
function overtakings(kliq: KliqSimulator): number[] {
	const firstTries = [...new Set(kliq.requests.map(({ path }) => path))];
	const answered = kliq.requests.filter(({ status }) => status === 200).map(({ path }) => path);
	return firstTries.map((path, index) => {
		const before = answered.slice(0, answered.indexOf(path));
		return before.filter((other) => firstTries.indexOf(other) > index).length;
	});
}

describe('many items under a limit smaller than what is in flight', () => {
	it('all get through, in order, with few refusals', async () => {
		await withKliq({ requests: 2, windowSeconds: 1 }, async (kliq) => {
			await deleteMany(kliq, 14);
			expect(kliq.subscriptions()).toEqual([]);
			// Those of the first moment, before KLIQ has reported its limit.
			expect(refusals(kliq)).toBeLessThanOrEqual(8);
		});
	});

	it('all get through in executions that know nothing of each other', async () => {
		await withKliq({ requests: 6, windowSeconds: 1 }, async (kliq) => {
			await Promise.all([1, 2, 3].map(async () => await deleteMany(kliq, 10)));
			expect(refusals(kliq)).toBeLessThanOrEqual(24);
		});
	});

	it('all get through where KLIQ refuses without a word about its limit', async () => {
		await withKliq(undefined, async (kliq) => {
			kliq.faults.next({ method: 'DELETE', status: 429, times: 15 });
			await deleteMany(kliq, 20);
		});
	});

	it('all get through where another client uses up the same limit', async () => {
		await withKliq({ requests: 6, windowSeconds: 1 }, async (kliq) => {
			const { apiKey, baseUrl, tenantId } = kliq;
			const url = `${baseUrl}/tenants/${tenantId}/webhooks`;
			let isOver = false;
			const sendOften = async () => {
				while (!isOver) {
					await clock.send(async () => await fetch(url, { headers: { 'x-api-key': apiKey } }));
					await clock.sleep(250);
				}
			};
			const others = sendOften();
			await deleteMany(kliq, 15);
			isOver = true;
			await others;
		});
	});
});

describe('a limit that is known', () => {
	it.each<[string, Partial<RateLimit>]>([
		['when windows lie on the clock', {}],
		['when windows begin with a request', { windows: 'firstRequest' }],
		['when the last second counts at every moment', { windows: 'sliding' }],
		['when answers overtake each other', { answerDelaysMs: [0, 150, 30, 0, 90] }],
		[
			'when answers overtake each other at the edges of windows',
			{ windows: 'firstRequest', answerDelaysMs: [700, 0, 0, 250] },
		],
	])('is never exceeded %s', async (_how, more) => {
		await withKliq({ requests: 6, windowSeconds: 1, ...more }, async (kliq) => {
			await ask(kliq);
			await deleteMany(kliq, 20);
			expect(refusals(kliq)).toBe(0);
		});
	});

	it('is not exceeded by the rest of the window before', async () => {
		await withKliq({ requests: 6, windowSeconds: 1 }, async (kliq) => {
			await ask(kliq);
			// Beyond the end of the window, of which 5 are left.
			await clock.sleep(1_100);
			await deleteMany(kliq, 14);
			expect(refusals(kliq)).toBe(0);
		});
	});

	it('is forgotten one window after KLIQ has stopped reporting it', async () => {
		await withKliq({ requests: 2, windowSeconds: 1 }, async (kliq) => {
			await ask(kliq);
			kliq.settings.rateLimit = undefined;
			kliq.settings.latencyMs = 50;
			const { maxInFlight } = await withMaxInFlight(kliq, async () => await deleteMany(kliq, 60));
			expect(maxInFlight).toBe(MAX_CONCURRENCY);
		});
	});

	it('of another key delays no other', async () => {
		await withKliq({ requests: 1, windowSeconds: 50, windows: 'firstRequest' }, async (kliq) => {
			await expect(ask(kliq, 'kliq_live_wrong')).rejects.toThrow();
			const exhausted = kliq.addKey();
			await ask(kliq, exhausted);
			expect(await secondsOf(ask(kliq))).toBeLessThan(10);
			expect(statuses(kliq)).toEqual([401, 200, 200]);
		});
	});
});

describe('a limit that only Retry-After reports', () => {
	it('is learned, so that it costs little time and few refusals', async () => {
		const rateLimit: RateLimit = { requests: 40, windowSeconds: 1, headers: 'retryAfter' };
		await withKliq(rateLimit, async (kliq) => {
			// The first 40 at once, and the rest in four windows.
			expect(await secondsOf(deleteMany(kliq, 200))).toBeLessThanOrEqual(1.2 * 4);
			expect(refusals(kliq)).toBeLessThanOrEqual(2 * MAX_CONCURRENCY);
		});
	});

	it('lets few overtake a request that was refused', async () => {
		const rateLimit: RateLimit = { requests: 12, windowSeconds: 1, headers: 'retryAfter' };
		await withKliq(rateLimit, async (kliq) => {
			await deleteMany(kliq, 50);
			expect(refusals(kliq)).toBeGreaterThan(0);
			expect(Math.max(...overtakings(kliq))).toBeLessThanOrEqual(10);
		});
	});
});
