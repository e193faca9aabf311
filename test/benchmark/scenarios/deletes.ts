import { setTimeout as sleep } from 'node:timers/promises';

import { IsolatedTenant } from '../../support/isolatedTenant';
import { byId } from '../../support/n8nCore/items';
import type { TestBed } from '../../support/testBed';
import type { BenchmarkEnvironment } from '../environment';
import {
	interleave,
	median,
	medianOf,
	ratioOf,
	secondsOf,
	type Candidate,
	type Result,
} from '../measure';
import { untilIdle } from '../n8nLoad';
import { post } from '../post';
import { duration, comparison, verdict, type Row } from '../report';
import { httpRequestNode, kliqNode } from '../tenantNodes';
import { publishForEachId } from '../workflows';

const LATENCY_MS = 50;
const SLOW_TARGET = 0.15;
const LIMIT = { requests: 40, windowSeconds: 1 };
const LIMITED_TARGET = 1.3;

type Figure = 'wall' | 'cpu' | 'failed' | 'minimum';

/** Many deletes, at an API that takes its time and at one that allows only so many a second. */
export async function measureDeletes(environment: BenchmarkEnvironment): Promise<Row[]> {
	const { testBed, sizes } = environment;
	const tenant = await IsolatedTenant.on(testBed, { others: 0 });
	const kliq = await publishForEachId(
		testBed,
		kliqNode(tenant, {
			operation: 'delete',
			webhookId: byId('={{ $json.id }}'),
		}),
	);
	const httpRequest = await publishForEachId(
		testBed,
		httpRequestNode(tenant, { method: 'DELETE', url: `=${tenant.url}/{{ $json.id }}` }),
	);

	const candidate = (
		name: string,
		deleteAll: (ids: string[]) => Promise<void>,
	): Candidate<Figure> => ({
		name,
		async run() {
			const ids = tenant.seed(sizes.deletes).map(({ id }) => id);
			await untilIdle(testBed.n8n);
			if (testBed.kliq.settings.rateLimit) await untilNextWindow();
			const cpuBefore = await testBed.n8n.cpuSeconds();
			const minimum = minimumSeconds(ids.length);
			const wall = await secondsOf(async () => await deleteAll(ids));
			const cpu = (await testBed.n8n.cpuSeconds()) - cpuBefore;
			const failed = tenant.subscriptions().length;
			await deleteLeft(testBed, tenant);
			return { wall, cpu, failed, minimum };
		},
	});
	const byKliq = candidate('KLIQ', async (ids) => await post(kliq.url, JSON.stringify({ ids })));
	const byHttpRequest = candidate(
		'HTTP Request, all at once',
		async (ids) => await post(httpRequest.url, JSON.stringify({ ids })),
	);
	const oneAtATime = candidate('one at a time, without n8n', async (ids) => {
		for (const id of ids) await tenant.deleteAtKliq(id);
	});

	const { settings } = testBed.kliq;
	const { rounds } = sizes;
	settings.latencyMs = LATENCY_MS;
	const slow = await interleave([byKliq, byHttpRequest, oneAtATime], rounds.deletes);
	settings.latencyMs = 0;
	settings.rateLimit = LIMIT;
	const limited = await interleave([byKliq, byHttpRequest], rounds.deletes);
	settings.rateLimit = undefined;
	return [slowRow(sizes.deletes, slow), limitedRow(sizes.deletes, limited)];
}

/** Deletes what a candidate has not, without latency and rate limit. */
async function deleteLeft({ kliq: { settings } }: TestBed, tenant: IsolatedTenant): Promise<void> {
	const { latencyMs, rateLimit } = settings;
	Object.assign(settings, { latencyMs: 0, rateLimit: undefined });
	for (const { id } of tenant.subscriptions()) await tenant.deleteAtKliq(id);
	Object.assign(settings, { latencyMs, rateLimit });
}

/** Windows of the simulated limit begin with the machine's seconds. */
async function untilNextWindow(): Promise<void> {
	await sleep(1000 - (Date.now() % 1000) + 1);
}

/** Seconds from now to the earliest moment at which the last of the requests is allowed. */
function minimumSeconds(requests: number): number {
	const windowMs = LIMIT.windowSeconds * 1000;
	const fullWindows = Math.ceil(requests / LIMIT.requests) - 1;
	return (fullWindows * windowMs - (Date.now() % windowMs)) / 1000;
}

const figuresOf = (result: Result<Figure>) =>
	`${duration(medianOf(result, 'wall'))}, ${medianOf(result, 'failed')} failed, ${duration(medianOf(result, 'cpu'))} of n8n’s processor`;

function slowRow(count: number, results: Array<Result<Figure>>): Row {
	const [kliq, httpRequest, oneAtATime] = results;
	return {
		work: `${count} deletes, API at ${LATENCY_MS} ms`,
		lines: [
			{ candidate: kliq.name, median: figuresOf(kliq) },
			comparison(
				oneAtATime.name,
				figuresOf(oneAtATime),
				ratioOf(kliq, oneAtATime, 'wall'),
				SLOW_TARGET,
			),
			comparison(httpRequest.name, figuresOf(httpRequest), ratioOf(kliq, httpRequest, 'wall')),
		],
		results,
	};
}

function limitedRow(count: number, results: Array<Result<Figure>>): Row {
	const [kliq, httpRequest] = results;
	const ratio = median(kliq.samples.map(({ wall, minimum }) => wall / minimum));
	const failed = Math.max(...kliq.samples.map((sample) => sample.failed));
	return {
		work: `${count} deletes, API limited to ${LIMIT.requests} a second`,
		lines: [
			{
				candidate: kliq.name,
				median: figuresOf(kliq),
				target: 'none failed',
				met: verdict(failed, 0),
			},
			comparison(
				'the least possible time',
				duration(medianOf(kliq, 'minimum')),
				ratio,
				LIMITED_TARGET,
			),
			comparison(httpRequest.name, figuresOf(httpRequest), ratioOf(kliq, httpRequest, 'wall')),
		],
		results,
	};
}
