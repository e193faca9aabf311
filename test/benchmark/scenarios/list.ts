import { IsolatedTenant } from '../../support/isolatedTenant';
import { buildNode } from '../../support/n8n';
import { forgetPeakMemoryOf, peakMemoryBytesOf } from '../../support/n8n/processUsage';
import type { BenchmarkEnvironment } from '../environment';
import { interleave, medianOf, ratioOf, type Candidate, type Result } from '../measure';
import { loadOf, untilIdle } from '../n8nLoad';
import { post } from '../post';
import { duration, megabytes, comparison, type Row } from '../report';
import { httpRequestNode, kliqNode } from '../tenantNodes';
import { publishJob, type Published } from '../workflows';

const LATENCY_MS = 5;
const TARGET = 1;

type Figure = 'wall' | 'cpu' | 'held' | 'peak';

/** Return All of a long list, against the HTTP Request node following the cursor. */
export async function measureLists({ testBed, sizes }: BenchmarkEnvironment): Promise<Row[]> {
	const tenant = await IsolatedTenant.on(testBed, { others: sizes.listed });
	const pages = () => httpRequestNode(tenant, byCursor(tenant.url));
	const split = buildNode({
		type: 'n8n-nodes-base.splitOut',
		name: 'Split Out',
		parameters: { fieldToSplitOut: 'data', options: {} },
	});
	const kliq = await publishJob(
		testBed,
		kliqNode(tenant, { operation: 'getAll', returnAll: true, filters: {} }),
	);
	const asPages = await publishJob(testBed, pages());
	const asItems = await publishJob(testBed, pages(), split);

	const candidate = (name: string, { url }: Published): Candidate<Figure> => ({
		name,
		async run() {
			// What an n8n has once held it keeps for itself, so each peak needs an n8n of its own.
			await testBed.n8n.restart();
			await untilIdle(testBed.n8n);
			await forgetPeakMemoryOf(testBed.n8n.pid);
			const held = await testBed.n8n.memoryBytes();
			await post(url, '{}'); // the first run of anything pays for loading it
			const load = await loadOf(testBed.n8n, async () => await post(url, '{}'));
			return { ...load, held, peak: await peakMemoryBytesOf(testBed.n8n.pid) };
		},
	});
	const { settings } = testBed.kliq;
	settings.latencyMs = LATENCY_MS;
	const results = await interleave(
		[
			candidate('KLIQ', kliq),
			candidate('HTTP Request → Split Out (the same items)', asItems),
			candidate('HTTP Request (an item a page)', asPages),
		],
		sizes.rounds.list,
	);
	settings.latencyMs = 0;

	const work = `Return All of ${sizes.listed} subscriptions, API at ${LATENCY_MS} ms`;
	return [
		rowOf(`${work}: time of the second run`, 'wall', duration, results),
		rowOf(`${work}: peak memory of a fresh n8n in two runs`, 'peak', megabytes, results),
	];
}

function rowOf(
	work: string,
	figure: Figure,
	format: (value: number) => string,
	results: Array<Result<Figure>>,
): Row {
	const [kliq, ...others] = results;
	const figuresOf = (result: Result<Figure>) => format(medianOf(result, figure));
	return {
		work,
		lines: [
			{ candidate: kliq.name, median: figuresOf(kliq) },
			...others.map((other) =>
				comparison(other.name, figuresOf(other), ratioOf(kliq, other, figure), TARGET),
			),
		],
		results,
	};
}

/** Parameters of an HTTP Request node that follows KLIQ's cursor in pages of 100. */
const byCursor = (url: string) => ({
	method: 'GET',
	url,
	sendQuery: true,
	queryParameters: { parameters: [{ name: 'limit', value: '100' }] },
	options: {
		pagination: {
			pagination: {
				paginationMode: 'updateAParameterInEachRequest',
				parameters: {
					parameters: [{ type: 'qs', name: 'cursor', value: '={{ $response.body.cursor.next }}' }],
				},
				paginationCompleteWhen: 'other',
				completeExpression: '={{ !$response.body.cursor.hasMore }}',
			},
		},
	},
});
