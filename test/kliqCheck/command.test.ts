import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type KliqSimulator, startKliqSimulator } from '../support/simulator';
import { ASSUMPTIONS } from './assumptions';
import { readCommandLine } from './commandLine';
import { Prompt } from './prompt';

const PROJECT = resolve(__dirname, '../..');

/** Loading n8n-core in a process of its own takes some seconds, more on a busy machine. */
const TIMEOUT_MS = 120_000;

let kliq: KliqSimulator;
let folder: string;

beforeEach(async () => {
	kliq = await startKliqSimulator();
	kliq.seedSubscription({ url: 'https://other.example.com/hook', events: ['visit.submitted'] });
	folder = await mkdtemp(join(tmpdir(), 'kliq-check-'));
});

afterEach(async () => {
	await kliq.stop();
	await rm(folder, { recursive: true });
});

interface Ended {
	code: number | null;
	output: string;
	report?: { findings: Array<{ id: string; result: string }> };
}

/** Runs the command as `npm run check:kliq` does. */
function start({ env = {}, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {}): {
	child: ChildProcess;
	ended: Promise<Ended>;
} {
	const reportFile = join(folder, 'kliq-check.json');
	const command = ['--import', 'tsx', 'test/kliqCheck/check.ts', '--report', reportFile];
	const child = spawn(process.execPath, command, {
		cwd: PROJECT,
		env: {
			PATH: process.env.PATH,
			KLIQ_API_KEY: kliq.apiKey,
			KLIQ_TENANT_ID: kliq.tenantId,
			KLIQ_BASE_URL: kliq.baseUrl,
			...env,
		},
	});
	child.stdin.end(input);
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
	const ended = new Promise<Ended>((done) => {
		child.on('exit', (code) => {
			const read = readFile(reportFile, 'utf8')
				.then(JSON.parse)
				.catch(() => undefined);
			void read.then((report) => done({ code, output, report }));
		});
	});
	return { child, ended };
}

async function untilSubscribed(): Promise<void> {
	while (kliq.subscriptions().length < 2) await new Promise((done) => setTimeout(done, 5));
}

describe('npm run check:kliq', () => {
	it(
		'asks for what the environment lacks, ends with 0 where nothing differs, and shows no secret',
		async () => {
			const env = { KLIQ_API_KEY: '', KLIQ_TENANT_ID: '' };
			const input = `${kliq.apiKey}\n${kliq.tenantId}\n`;
			const { code, output, report } = await start({ env, input }).ended;

			expect(output).toContain('KLIQ-SUB-ACTIVE');
			expect(code).toBe(0);
			expect(report?.findings.map(({ id }) => id)).toEqual(ASSUMPTIONS.map(({ id }) => id));
			const secrets = kliq.requests.map(({ body }) => (body as { secret?: string })?.secret);
			for (const secret of [kliq.apiKey, kliq.tenantId, ...secrets]) {
				if (secret) expect(`${output}${JSON.stringify(report)}`).not.toContain(secret);
			}
			expect(kliq.subscriptions()).toHaveLength(1);
		},
		TIMEOUT_MS,
	);

	it(
		'ends with 1 where something differs, and names the file that decides',
		async () => {
			kliq.settings.liveness = 'state';
			const { code, output } = await start().ended;

			expect(output).toContain('decided in: nodes/Kliq/subscriptions/compare.ts');
			expect(code).toBe(1);
			expect(kliq.subscriptions()).toHaveLength(1);
		},
		TIMEOUT_MS,
	);

	it(
		'ends with 2 where the key is wrong, without it',
		async () => {
			const { code, output, report } = await start({ env: { KLIQ_API_KEY: 'kliq_live_x' } }).ended;

			expect(output).toContain('HTTP 401');
			expect(output).not.toContain('kliq_live_x');
			expect([code, report]).toEqual([2, undefined]);
		},
		TIMEOUT_MS,
	);

	it(
		'cleans up on Ctrl-C, and ends with 130',
		async () => {
			kliq.settings.latencyMs = 50;
			const { child, ended } = start();
			await untilSubscribed();
			child.kill('SIGINT');
			const { code, output } = await ended;

			expect(output).toContain('Nothing is left at KLIQ');
			expect(code).toBe(130);
			expect(kliq.subscriptions()).toHaveLength(1);
		},
		TIMEOUT_MS,
	);

	it(
		'cleans up after a crash at the next run',
		async () => {
			kliq.settings.latencyMs = 50;
			const { child, ended } = start();
			await untilSubscribed();
			child.kill('SIGKILL');
			await ended;
			expect(kliq.subscriptions().length).toBeGreaterThan(1);

			kliq.settings.latencyMs = 0;
			const { code, output } = await start().ended;
			expect(output).toMatch(/Removed \d subscriptions that an earlier run had left behind/);
			expect(code).toBe(0);
			expect(kliq.subscriptions()).toHaveLength(1);
		},
		TIMEOUT_MS,
	);
});

describe('a question in a terminal', () => {
	function terminal() {
		const input = Object.assign(new PassThrough(), { isTTY: true });
		const output = new PassThrough();
		let shown = '';
		output.on('data', (data) => (shown += String(data)));
		return { input, output, shown: () => shown };
	}

	it('shows nothing of a secret that is typed', async () => {
		const { input, output, shown } = terminal();
		const answer = new Prompt({ input, output }).ask('Key: ', { isSecret: true });
		input.write('kliq_live_typed\r');

		expect(await answer).toBe('kliq_live_typed');
		expect(shown()).toBe('Key: \n');
	});

	it('takes Ctrl-C for an end', async () => {
		const { input, output } = terminal();
		const answer = new Prompt({ input, output }).ask('Key: ', { isSecret: true });
		input.write('kliq\x03');

		await expect(answer).rejects.toThrow('Stopped');
	});

	it('shows what else is typed', async () => {
		const { input, output, shown } = terminal();
		const answer = new Prompt({ input, output }).ask('Tenant: ');
		input.write('t_1\r');

		expect(await answer).toBe('t_1');
		expect(shown()).toContain('t_1');
	});

	it.each([
		['y', true],
		['Yes', true],
		['', false],
		['no', false],
		['yesterday', false],
	])('takes “%s” for a yes: %s', async (typed, isYes) => {
		const { input, output } = terminal();
		const answer = new Prompt({ input, output }).confirm('Sure?');
		input.write(`${typed}\r`);

		expect(await answer).toBe(isYes);
	});
});

describe('the options', () => {
	it('are none by default', () => {
		expect(readCommandLine([])).toEqual({
			help: false,
			reportFile: 'test-results/kliq-check.json',
		});
	});

	it('say where events come, and what to make', () => {
		const args = ['--events', 'https://x.ngrok.app/path', '--create', 'loc', 'https://i', 'model'];
		expect(readCommandLine(args).events).toEqual({
			origin: 'https://x.ngrok.app',
			port: 5680,
			minutes: 10,
			creation: { locationId: 'loc', imageUrl: 'https://i', model: 'model' },
		});
	});

	it.each([
		[['--events', 'x.ngrok.app'], 'https://'],
		[['--create', 'loc', 'https://i', 'model'], '--events'],
		[['--events', 'https://x.app', '--create', 'loc'], '--create'],
		[['loc'], 'loc'],
		[['--events', 'https://x.app', '--port', 'x'], '--port'],
		[['--nothing'], '--nothing'],
	])('%j are refused', (args, word) => {
		expect(() => readCommandLine(args)).toThrow(word);
	});
});
