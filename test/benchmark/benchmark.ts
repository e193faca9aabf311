import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { NEWEST_N8N } from '../support/n8n';
import { NODE_FOR_N8N } from '../support/n8n/versions';
import { openEnvironment, type BenchmarkEnvironment } from './environment';
import { LEGEND, toMarkdown, type Row } from './report';
import { measureDeletes } from './scenarios/deletes';
import { measureEvents } from './scenarios/events';
import { measureLists } from './scenarios/list';
import { measurePublishing } from './scenarios/publish';
import { measureRepeats } from './scenarios/repeats';
import { measureStartUp } from './scenarios/startUp';
import { measureVerification } from './scenarios/verify';
import { FULL, SHORT } from './sizes';

const RESULTS = resolve(__dirname, '../../test-results');

const tell = (line: string) => process.stderr.write(`${line}\n`);

/** Measures everything, prints the table on stdout and keeps all samples in test-results/bench.json. */
async function bench({ isShort, only }: { isShort: boolean; only: string[] }): Promise<void> {
	const began = Date.now();
	const environment = await openEnvironment(isShort ? SHORT : FULL, tell);
	process.once('SIGINT', () => void environment.close().finally(() => process.exit(130)));
	try {
		const rows = await measure(environment, only);
		const about = {
			date: new Date(began).toISOString(),
			form: isShort ? 'short: shows only that the bench runs' : 'full',
			seconds: Math.round((Date.now() - began) / 1000),
			machine: machine(),
			n8n: NEWEST_N8N,
			nodeOfN8n: NODE_FOR_N8N,
			node: process.versions.node,
		};
		await mkdir(RESULTS, { recursive: true });
		const file = join(RESULTS, 'bench.json');
		await writeFile(file, `${JSON.stringify({ ...about, rows }, null, '\t')}\n`);
		process.stdout.write(`${toMarkdown(rows, !isShort)}\n\n${LEGEND}\n`);
		process.stdout.write(
			`n8n ${about.n8n} on Node ${about.nodeOfN8n}, ${about.machine}, ${about.date.slice(0, 10)}, ${about.seconds} s (${about.form})\n`,
		);
		tell(`All samples are in ${file}`);
	} finally {
		await environment.close();
	}
}

/** In the order they are measured: the start-up first, while n8n has nothing published. */
const SCENARIOS: Array<
	[name: string, measure: (environment: BenchmarkEnvironment) => Promise<Row[]>]
> = [
	['start', measureStartUp],
	['events', measureEvents],
	['repeats', measureRepeats],
	['verify', measureVerification],
	['deletes', measureDeletes],
	['publish', measurePublishing],
	['list', measureLists],
];

async function measure(environment: BenchmarkEnvironment, only: string[]): Promise<Row[]> {
	const rows: Row[] = [];
	for (const [name, scenario] of SCENARIOS) {
		if (only.length > 0 && !only.includes(name)) continue;
		tell(`Measuring: ${name}`);
		rows.push(...(await scenario(environment)));
	}
	return rows;
}

function machine(): string {
	const processors = cpus();
	const gigabytes = Math.round(totalmem() / 1e9);
	return `${processors.length} × ${processors[0]?.model.trim()}, ${gigabytes} GB, ${process.platform} ${release()}`;
}

const { values } = parseArgs({
	options: {
		short: { type: 'boolean', default: false },
		/** Names of scenarios, separated by commas; all if not given. */
		only: { type: 'string', default: '' },
	},
});
bench({ isShort: values.short, only: values.only.split(',').filter(Boolean) }).catch(
	(error: Error) => {
		process.stderr.write(`The bench failed: ${error.stack}\n`);
		process.exitCode = 1;
	},
);
