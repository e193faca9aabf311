import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

import { INVARIANTS, type InvariantName } from './invariants';
import { SUITES } from './suiteNames';

// npm run test:model: thousands of sequences, and a table of invariants and suites.
// SUITE (joined with +, several with commas), RUNS, SEED (several with commas) and LIMIT_S choose others.

const JOINED = [
	'lost+lag+hand',
	'lost+list',
	'cred+url+static',
	'copies+cred+hand',
	'all',
	'v1+lost+hand',
	'v1+cred+static',
	'v1+lag+url',
];

const {
	SUITE = [...SUITES, ...JOINED].join(),
	SEED = '1,2,3',
	RUNS,
	LIMIT_S = '240',
} = process.env;

/** All suites and seeds together, so many sequences. */
const SEQUENCES = 5_000;

interface Result {
	suite: string;
	seed: number;
	breached: InvariantName[];
	sequences: number;
	seconds: number;
}

const suites = SUITE.split(',');
const seeds = SEED.split(',');
const runs = RUNS ?? String(Math.ceil(SEQUENCES / suites.length / seeds.length));

/** Plays the sequences of a suite and a seed. @returns undefined if not even that was possible */
async function playSuite(suite: string, seed: string): Promise<Result | undefined> {
	const jest = ['jest', '--selectProjects', 'fast', '--runInBand', 'test/model/model.test.ts'];
	const env = { ...process.env, SUITE: suite, SEED: seed, RUNS: runs, LIMIT_S };
	const child = spawn('npx', jest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
	const code = await new Promise((resolve) => child.on('close', resolve));
	const [, line] = /^MODEL (.*)$/m.exec(output) ?? [];
	const result = line === undefined ? undefined : (JSON.parse(line) as Result);
	const isHeld = code === 0 && result?.breached.length === 0;
	process.stdout.write(isHeld ? `${suite}, seed ${seed}: held\n` : output);
	return result;
}

async function playAll(): Promise<Result[]> {
	const left = suites.flatMap((suite) => seeds.map((seed) => [suite, seed]));
	const results: Result[] = [];
	const worker = async () => {
		for (let next = left.shift(); next !== undefined; next = left.shift()) {
			const result = await playSuite(next[0], next[1]);
			if (result === undefined) process.exitCode = 1;
			else results.push(result);
		}
	};
	await Promise.all(Array.from({ length: availableParallelism() }, worker));
	return results;
}

/** A row for each suite: the sequences and, for each invariant, whether it has held. */
function toTable(results: Result[]): string {
	const names = Object.keys(INVARIANTS) as InvariantName[];
	const head = ['suite', 'sequences', 'seconds', ...names];
	const rows = suites.map((suite) => {
		const ofSuite = results.filter((result) => result.suite === suite);
		const sum = (field: 'sequences' | 'seconds') =>
			String(Math.round(ofSuite.reduce((total, result) => total + result[field], 0)));
		const marks = names.map((name) =>
			ofSuite.some(({ breached }) => breached.includes(name)) ? 'BREACHED' : 'held',
		);
		return [suite, sum('sequences'), sum('seconds'), ...marks];
	});
	const lines = [head, head.map(() => '---'), ...rows];
	return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

async function main(): Promise<void> {
	const results = await playAll();
	const total = results.reduce((sum, { sequences }) => sum + sequences, 0);
	process.stdout.write(`\n${toTable(results)}\n${total} sequences, seeds ${SEED}\n`);
	if (results.some(({ breached }) => breached.length > 0)) process.exitCode = 1;
}

void main();
