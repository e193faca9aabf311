import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';

import { freePort } from '../support/n8n/ports';
import {
	type Deviations,
	KLIQ_EVENT_TYPES,
	KLIQ_SCOPES,
	type KliqSimulator,
	type KliqSimulatorOptions,
	scaledClock,
	startKliqSimulator,
} from '../support/simulator';
import { ASSUMPTIONS } from './assumptions';
import { CheckFailed, Interrupted } from './errors';
import type { Creation } from './events/create';
import { isGood, tableOf, writeReport } from './report';
import { type CheckResult, runCheck } from './runCheck';
import { type CheckCredentials, Session } from './session';

/** KLIQ's minute takes a second. */
const FASTER = 60;

let kliq: KliqSimulator;
let said: string[] = [];

afterEach(async () => {
	await kliq.stop();
	said = [];
});

/** A tenant that has what tenants have, much of which is nobody else's business. */
async function tenant(options: KliqSimulatorOptions = {}): Promise<void> {
	// Names that data has for keys: of a person, an ID, and the tenant.
	const extraFields = { 'Jane Doe': 1, obs_12345678: 2, t_demo: 3 };
	kliq = await startKliqSimulator({ extraFields, ...options });
	kliq.seedSubscription({ url: 'https://jane.example.com/hook', events: ['visit.submitted'] });
	kliq.seedObservation({ locationId: 'loc_jane', metadata: { Jane: 'jane@example.com' } });
	kliq.seedJob({ status: 'failed', error: 'Jane’s photo is too dark', model: 'janes-model' });
}

const bystanders = () =>
	kliq.subscriptions().filter(({ url }) => url === 'https://jane.example.com/hook');

function expectNothingLeft(): void {
	expect(bystanders()).toHaveLength(1);
	expect(kliq.subscriptions()).toEqual(bystanders());
	expect(kliq.observations().map(({ locationId }) => locationId)).toEqual(['loc_jane']);
}

interface Events {
	creation?: Creation;
	waitMs?: number;
	emits?: () => void;
}

async function check(
	credentials: Partial<CheckCredentials> = {},
	{ interruption = new AbortController().signal, events = undefined as Events | undefined } = {},
): Promise<CheckResult> {
	const { apiKey, tenantId, baseUrl } = kliq;
	const port = await freePort();
	return await runCheck({
		credentials: { apiKey, tenantId, baseUrl, ...credentials },
		interruption,
		say: (line) => said.push(line),
		events: events && {
			origin: `http://127.0.0.1:${port}`,
			port,
			minuteMs: 1_000,
			waitMs: events.waitMs ?? 15_000,
			creation: events.creation,
			onReady: events.emits,
		},
	});
}

const idsWith = ({ findings }: CheckResult, wanted: string) =>
	findings.filter(({ result }) => result === wanted).map(({ id }) => id);

const reasons = ({ findings }: CheckResult) =>
	findings.filter(({ result }) => result === 'differs').map(({ id, seen }) => `${id}: ${seen}`);

const emitAll = () => KLIQ_EVENT_TYPES.forEach((type) => void kliq.emit(type));

const fast = (options: KliqSimulatorOptions = {}): KliqSimulatorOptions => ({
	clock: scaledClock(FASTER),
	deliveryTimeoutMs: FASTER * 30_000,
	jobDurations: { queuedMs: FASTER * 100, processingMs: FASTER * 100 },
	...options,
});

/** All that leaves the check: what it says, the table and the report. */
async function texts(result: CheckResult): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'kliq-check-'));
	const file = join(folder, 'reports', 'kliq-check.json');
	await writeReport(file, result);
	const report = await readFile(file, 'utf8');
	await rm(folder, { recursive: true });
	expect(JSON.parse(report).findings).toHaveLength(ASSUMPTIONS.length);
	return [...said, tableOf(result), report].join('\n');
}

async function expectNoSecret(result: CheckResult): Promise<void> {
	const secrets = kliq.requests.flatMap(({ body, headers, path }) => [
		String((body as { secret?: string } | undefined)?.secret ?? ''),
		String(headers['x-api-key']),
		path.split('/')[3] ?? '',
	]);
	const text = await texts(result);
	for (const secret of new Set(secrets)) if (secret !== '') expect(text).not.toContain(secret);
	expect(text).not.toMatch(/jane|loc_|images\.example|\bwh_|obs_|job_/i);
}

describe('a KLIQ as the nodes assume it', () => {
	it('holds, and nothing is left behind', async () => {
		await tenant();
		const result = await check();

		expect(reasons(result)).toEqual([]);
		expect(isGood(result)).toBe(true);
		expect(idsWith(result, 'not seen')).toEqual([
			'KLIQ-AUTH-SCOPE',
			'KLIQ-SUB-DISABLED',
			'KLIQ-RATE-429',
			'KLIQ-JOB-OBSERVATION',
			'KLIQ-OBS-LOCATION',
			...ASSUMPTIONS.map(({ id }) => id).filter((id) => id.startsWith('KLIQ-EVENT-')),
		]);
		expect(result.shapes['observation entry']).toContain('metadata');
		expect(result.stopped).toEqual([]);
		expectNothingLeft();
		await expectNoSecret(result);
	});

	it('holds for events of every type, one of them repeated', async () => {
		await tenant(fast());
		const result = await check({}, { events: { emits: emitAll } });

		expect(reasons(result)).toEqual([]);
		expect(isGood(result)).toBe(true);
		const held = idsWith(result, 'held').filter((id) => id.startsWith('KLIQ-EVENT-'));
		expect(held).toHaveLength(7);
		expect(result.shapes['event cv.job.completed']).toContain('data.result.detections');
		expectNothingLeft();
		await expectNoSecret(result);
	});

	it('holds for an observation and a CV job that the check makes', async () => {
		await tenant(fast());
		const creation = {
			locationId: 'loc_new',
			imageUrl: 'https://images.example.com/new.jpg',
			model: 'shelf-detection-v2',
		};
		const result = await check({}, { events: { creation } });

		expect(reasons(result)).toEqual([]);
		expect(idsWith(result, 'held')).toEqual(
			expect.arrayContaining(['KLIQ-JOB-OBSERVATION', 'KLIQ-EVENT-REPEAT', 'KLIQ-EVENT-DATA']),
		);
		expect(kliq.jobs()).toHaveLength(2);
		expectNothingLeft();
		await expectNoSecret(result);
	});

	it('is read only by a key without webhooks:manage', async () => {
		await tenant();
		const scopes = KLIQ_SCOPES.filter((scope) => scope !== 'webhooks:manage');
		const result = await check({ apiKey: kliq.addKey({ scopes }) });

		expect(reasons(result)).toEqual([]);
		expect(idsWith(result, 'held')).toContain('KLIQ-AUTH-SCOPE');
		expect(idsWith(result, 'not seen')).toContain('KLIQ-SUB-URL');
		expect(kliq.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
		expectNothingLeft();
		await expectNoSecret(result);
	});

	it('tells of no event where none comes', async () => {
		await tenant(fast());
		const result = await check({}, { events: { waitMs: 200 } });

		expect(reasons(result)).toEqual([]);
		expect(idsWith(result, 'not seen')).toContain('KLIQ-EVENT-SIGNATURE');
		expectNothingLeft();
	});
});

/** A way to differ: settings, what the tenant has or does beyond, and how the check is run. */
interface Difference {
	options?: KliqSimulatorOptions;
	deviations?: Partial<Deviations>;
	prepare?: () => void;
	apiKey?: () => string;
	events?: Events;
}

const withEvents = (deviations: Partial<Deviations>): Difference => ({
	options: fast(),
	deviations,
	events: { emits: () => void kliq.emit('cv.job.failed') },
});

const creation: Creation = {
	locationId: 'loc_wrong',
	imageUrl: 'https://images.example.com/new.jpg',
	model: 'shelf-detection-v2',
};

const DIFFERENCES: Array<[string, string, Difference]> = [
	['KLIQ-AUTH-KEY', 'another status', { deviations: { wrongKeyStatus: 403 } }],
	['KLIQ-AUTH-TENANT', 'another status', { options: { foreignTenant: 400 } }],
	[
		'KLIQ-AUTH-SCOPE',
		'another status',
		{
			deviations: { missingScopeStatus: 404 },
			apiKey: () => kliq.addKey({ scopes: ['webhooks:manage', 'observations:read'] }),
		},
	],
	['KLIQ-ERROR-MESSAGE', 'an unusual place', { options: { errorShape: 'fault' } }],
	['KLIQ-ERROR-MESSAGE', 'a web page', { options: { errorShape: 'html' } }],
	['KLIQ-ERROR-NOT-FOUND', 'another status', { deviations: { unknownIdStatus: 400 } }],
	[
		'KLIQ-HTTP-REDIRECT',
		'a redirect',
		{
			prepare: () =>
				kliq.faults.next({
					path: /\/cv\/jobs$/,
					times: Infinity,
					status: 308,
					headers: { location: 'https://elsewhere.example.com/' },
				}),
		},
	],
	['KLIQ-HTTP-DATE', 'none', { deviations: { sendsDate: false } }],
	['KLIQ-LIST-ENVELOPE', 'bare arrays', { options: { listShape: 'array' } }],
	[
		'KLIQ-LIST-CURSOR',
		'the same cursor again',
		{ prepare: () => (kliq.faults.cursorRepeats = true) },
	],
	['KLIQ-LIST-ORDER', 'another order', { deviations: { listOrderChanges: true } }],
	['KLIQ-ID-TEXT', 'numbers', { deviations: { numericIds: true } }],
	['KLIQ-CREATE-ID', 'wrapped', { deviations: { createdShape: 'wrapped' } }],
	['KLIQ-CREATE-ID', 'none', { deviations: { createdShape: 'withoutId' } }],
	['KLIQ-SUB-ACTIVE', 'another word', { options: { liveness: 'status', activeStatus: 'ok' } }],
	['KLIQ-SUB-ACTIVE', 'another field', { options: { liveness: 'state' } }],
	['KLIQ-SUB-ACTIVE', 'nothing', { options: { liveness: 'none' } }],
	[
		'KLIQ-SUB-DISABLED',
		'a status between on and off',
		{
			options: { liveness: 'status', offStatus: 'degraded' },
			prepare: () => kliq.disable(bystanders()[0].id),
		},
	],
	['KLIQ-SUB-URL', 'another URL', { deviations: { shownUrl: 'rewritten' } }],
	['KLIQ-SUB-URL', 'none', { deviations: { shownUrl: 'hidden' } }],
	['KLIQ-SUB-URL-QUERY', 'none', { deviations: { shownQuery: 'dropped' } }],
	['KLIQ-SUB-EVENTS', 'objects', { deviations: { shownEvents: 'objects' } }],
	['KLIQ-SUB-SECRET', 'in the answers', { options: { echoesSecret: true } }],
	['KLIQ-SUB-LAG', 'some time later', { deviations: { listLagMs: 300 } }],
	['KLIQ-SUB-SAME-URL', 'refused', { deviations: { sameUrl: 'refused' } }],
	['KLIQ-SUB-SAME-URL', 'updated', { deviations: { sameUrl: 'updated' } }],
	['KLIQ-SUB-SAME-URL', 'replaced', { deviations: { sameUrl: 'replaced' } }],
	['KLIQ-SUB-CHALLENGE', 'a question to the URL', { deviations: { verifiesUrl: true } }],
	[
		'KLIQ-SUB-DELETE',
		'a web page',
		{ deviations: { deleteAnswer: { status: 200, body: '<p>Deleted</p>' } } },
	],
	['KLIQ-SUB-DELETE-TWICE', 'another status', { deviations: { deletedTwiceStatus: 410 } }],
	[
		'KLIQ-RATE-HEADERS',
		'not everywhere',
		{ deviations: { pathsWithoutRateLimitHeaders: /\/cv\/jobs$/ } },
	],
	['KLIQ-RATE-SHARED', 'a counter each', { deviations: { rateLimitRemaining: 'ofPath' } }],
	[
		'KLIQ-RATE-429',
		'done all the same',
		{ prepare: () => kliq.faults.next({ method: 'POST', path: /\/webhooks$/, statusAfter: 429 }) },
	],
	[
		'KLIQ-JOB-ERROR',
		'a code only',
		{ prepare: () => void kliq.seedJob({ status: 'failed', error: { code: 'dark' } }) },
	],
	[
		'KLIQ-JOB-OBSERVATION',
		'another status',
		{ options: { ...fast(), unknownObservation: 422 }, events: { creation } },
	],
	[
		'KLIQ-OBS-LOCATION',
		'another status',
		{
			options: fast(),
			deviations: { locations: ['loc_right'], unknownLocationStatus: 422 },
			events: { creation, waitMs: 200 },
		},
	],
	['KLIQ-EVENT-SIGNATURE', 'a prefix', withEvents({ signatureEncoding: 'prefixed' })],
	['KLIQ-EVENT-SIGNATURE', 'base64', withEvents({ signatureEncoding: 'base64' })],
	['KLIQ-EVENT-SECRET', 'without whsec_', withEvents({ signatureKey: 'withoutPrefix' })],
	['KLIQ-EVENT-CONTENT-TYPE', 'plain text', withEvents({ eventContentType: 'text/plain' })],
	['KLIQ-EVENT-BODY', 'a list', withEvents({ eventShape: 'batch' })],
	[
		'KLIQ-EVENT-DATA',
		'other fields',
		{ options: fast(), events: { emits: () => void kliq.emit('cv.job.failed', { job: 'x' }) } },
	],
	['KLIQ-EVENT-URL-QUERY', 'none', withEvents({ deliveredQuery: 'dropped' })],
	['KLIQ-EVENT-REPEAT', 'another ID', withEvents({ repeatedId: 'new' })],
];

describe('a KLIQ that differs', () => {
	it.each(DIFFERENCES)('in %s (%s) is told apart', async (id, _how, difference) => {
		const { options, deviations, prepare, apiKey, events } = difference;
		await tenant({ ...options, deviations });
		prepare?.();
		const result = await check({ apiKey: apiKey?.() ?? kliq.apiKey }, { events });

		expect(reasons(result)).toEqual([expect.stringMatching(`^${id}: `)]);
		expect(isGood(result)).toBe(false);
		for (const file of ASSUMPTIONS.find((each) => each.id === id)!.decidedIn) {
			expect(tableOf(result)).toContain(file);
		}
		expectNothingLeft();
		await expectNoSecret(result);
	});

	it('can do so in every assumption', () => {
		const ids = ASSUMPTIONS.map(({ id }) => id);
		expect(new Set(DIFFERENCES.map(([id]) => id))).toEqual(new Set(ids));
	});

	it('has its trigger’s trouble told, where a question to the URL is refused', async () => {
		await tenant({ ...fast(), deviations: { verifiesUrl: true } });
		const result = await check({}, { events: { emits: emitAll } });

		expect(result.steps.filter((step) => !step.isGood)).not.toEqual([]);
		expect(reasons(result).join()).toContain('POST to the URL while subscribing');
		expectNothingLeft();
	});
});

describe('a check that cannot be made', () => {
	it.each<[string, () => Partial<CheckCredentials>, RegExp]>([
		['a wrong key', () => ({ apiKey: 'kliq_live_wrong' }), /HTTP 401/],
		['a wrong tenant', () => ({ tenantId: 't_wrong' }), /HTTP 404/],
	])('says so of %s, without it', async (_what, credentials, message) => {
		await tenant();
		const failure = await check(credentials()).catch((error: Error) => error);

		expect(failure).toBeInstanceOf(CheckFailed);
		expect((failure as Error).message).toMatch(message);
		expect((failure as Error).message).not.toContain('wrong');
	});

	it('says so of a tunnel that leads elsewhere, and leaves nothing behind', async () => {
		await tenant();
		const { apiKey, tenantId, baseUrl } = kliq;
		const events = { origin: 'http://127.0.0.1:1', port: 0, minuteMs: 1_000, waitMs: 1_000 };
		const failure = await runCheck({
			credentials: { apiKey, tenantId, baseUrl },
			interruption: new AbortController().signal,
			say: () => {},
			events,
		}).catch((error: Error) => error);

		expect((failure as Error).message).toContain('tunnel');
		expectNothingLeft();
	});
});

describe('a check that is stopped', () => {
	it.each(['POST', 'GET', 'DELETE'])(
		'cleans up, at whichever request: the second %s',
		async (method) => {
			await tenant({ latencyMs: 20 });
			const interruption = new AbortController();
			const checking = check({}, { interruption: interruption.signal });
			const isDue = () => {
				const made = kliq.requests.findIndex((request) => request.method === 'POST');
				const since = made < 0 ? [] : kliq.requests.slice(made);
				return since.filter((request) => request.method === method).length >= 2;
			};
			while (!isDue()) await new Promise((resolve) => setTimeout(resolve, 2));
			interruption.abort();

			await expect(checking).rejects.toBeInstanceOf(Interrupted);
			expectNothingLeft();
		},
	);

	it('cleans up while it waits for events', async () => {
		await tenant(fast());
		const interruption = new AbortController();
		const emits = () => interruption.abort();

		await expect(
			check({}, { interruption: interruption.signal, events: { emits } }),
		).rejects.toBeInstanceOf(Interrupted);
		expectNothingLeft();
	});

	it('finds what a lost answer has made', async () => {
		await tenant();
		kliq.faults.next({ method: 'POST', cut: 'after' });
		await check();

		expectNothingLeft();
	});
});

describe('what others own', () => {
	it('is never touched: even a URL that only looks like the check’s stays', async () => {
		await tenant();
		const urls = [
			'https://n8n-nodes-kliq-check.example.com/webhook/1/webhook',
			'https://n8n.example.com/webhook/n8n-nodes-kliq-check/webhook',
			'https://n8n.example.com/?x=n8n-nodes-kliq-check-5d0c1f5e',
		];
		for (const url of urls) kliq.seedSubscription({ url, events: ['cv.job.failed'] });
		await check();

		expect(kliq.subscriptions().map(({ url }) => url)).toEqual([bystanders()[0].url, ...urls]);
	});

	it('is kept from being deleted where every request passes', async () => {
		await tenant();
		const { apiKey, tenantId, baseUrl } = kliq;
		const signal = new AbortController().signal;
		const session = await Session.start({ apiKey, tenantId, baseUrl }, signal);
		await session.list('webhook');
		const { failed } = await session.deleteSubscription(bystanders()[0].id);
		await session.proxy.stop();

		expect(failed).toBe(true);
		expect(session.proxy.stopped).toEqual(['DELETE /webhooks/{id}']);
		expectNothingLeft();
	});

	it('does not keep what an earlier run left from being removed', async () => {
		await tenant();
		const id = 'n8n-nodes-kliq-check-5d0c1f5e-6c1d-4f7c-9f1e-0b7a7c1f2a3b';
		for (const origin of ['https://n8n-nodes-kliq-check.example.com', 'https://tunnel.example']) {
			kliq.seedSubscription({ url: `${origin}/webhook/${id}/webhook`, events: ['cv.job.failed'] });
		}
		const result = await check();

		expect(said).toContain('Removed 2 subscriptions that an earlier run had left behind');
		expect(reasons(result)).toEqual([]);
		expectNothingLeft();
	});
});
