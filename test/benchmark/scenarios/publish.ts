import { setTimeout as sleep } from 'node:timers/promises';

import { IsolatedTenant } from '../../support/isolatedTenant';
import { waitFor } from '../../support/waitFor';
import type { BenchmarkEnvironment } from '../environment';
import { interleave, type Result } from '../measure';
import { verdict, type Line, type Row } from '../report';

const PUBLISH_TARGET = 3;
const CHECK_TARGET = 1;
const UNPUBLISH_TARGET = 2;

/** A request of the same health check would follow within this time. */
const CHECK_ENDED_AFTER_MS = 2_000;

type Figure = 'publish' | 'check' | 'unpublish';

/**
 * How many calls to KLIQ publishing, the first health check (half a minute later at most) and
 * unpublishing take, with nothing to clean up and nothing to heal.
 */
export async function measurePublishing({ testBed, sizes }: BenchmarkEnvironment): Promise<Row[]> {
	/** Of one tenant, because other triggers check at the same time. */
	const callsOf = async ({ id }: IsolatedTenant, work: () => Promise<void>) => {
		const calls = () => testBed.kliq.requests.filter(({ path }) => path.includes(id)).length;
		const before = calls();
		await work();
		return calls() - before;
	};
	const check = async (tenant: IsolatedTenant) => {
		const published = testBed.kliq.requests.length;
		await waitFor(() => {
			const since = testBed.kliq.requests.slice(published);
			if (!since.some(({ path }) => path.includes(tenant.id))) throw new Error('No check yet');
		});
		await sleep(CHECK_ENDED_AFTER_MS);
	};
	const results = await interleave<Figure>(
		[
			{
				name: 'KLIQ Trigger',
				async run() {
					const tenant = await IsolatedTenant.on(testBed);
					const { id } = await tenant.createTriggered();
					return {
						publish: await callsOf(tenant, async () => await testBed.publish(id)),
						check: await callsOf(tenant, async () => await check(tenant)),
						unpublish: await callsOf(tenant, async () => await testBed.unpublish(id)),
					};
				},
			},
		],
		sizes.rounds.publish,
	);
	const row = {
		work: 'calls to KLIQ',
		lines: [
			lineOf(results[0], 'publish', PUBLISH_TARGET),
			lineOf(results[0], 'check', CHECK_TARGET),
			lineOf(results[0], 'unpublish', UNPUBLISH_TARGET),
		],
		results,
	};
	return [row];
}

function lineOf({ name, samples }: Result<Figure>, figure: Figure, max: number): Line {
	const calls = Math.max(...samples.map((sample) => sample[figure]));
	return {
		candidate: `${name}: ${figure}`,
		median: String(calls),
		target: `≤ ${max}`,
		met: verdict(calls, max),
	};
}
