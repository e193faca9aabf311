import { parseArgs } from 'node:util';

import { CheckFailed } from './errors';
import type { Creation } from './events/create';

export const USAGE = `npm run check:kliq -- [options]

Checks the KLIQ tenant of KLIQ_API_KEY and KLIQ_TENANT_ID (asked for where they are not in the
environment; KLIQ_BASE_URL is optional) against what the nodes assume. It reads, makes two
subscriptions to a reserved address, and removes them.

  --events <https address>       also receive events: the public address of a tunnel to --port
  --port <number>                port on this machine that the tunnel leads to (5680)
  --minutes <number>             how long to wait for events (10)
  --create <locationId> <imageUrl> <model>
                                 with --events: make an observation and a CV job, after a question
  --report <file>                where the JSON report goes (test-results/kliq-check.json)
  --help                         this text`;

export interface CommandLine {
	help: boolean;
	events?: { origin: string; port: number; minutes: number; creation?: Creation };
	reportFile: string;
}

/** @throws CheckFailed that says what is wrong with the options */
export function readCommandLine(args: string[]): CommandLine {
	const { values, positionals } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			events: { type: 'string' },
			port: { type: 'string', default: '5680' },
			minutes: { type: 'string', default: '10' },
			create: { type: 'boolean', default: false },
			report: { type: 'string', default: 'test-results/kliq-check.json' },
			help: { type: 'boolean', default: false },
		},
	});
	const { help, report: reportFile } = values;
	if (values.create && positionals.length !== 3) {
		throw new CheckFailed('--create takes a location ID, an image URL and a model');
	}
	if (!values.create && positionals.length > 0) throw new CheckFailed(`Unknown: ${positionals[0]}`);
	if (values.create && values.events === undefined)
		throw new CheckFailed('--create needs --events');
	if (values.events === undefined) return { help, reportFile };

	const [locationId, imageUrl, model] = positionals;
	return {
		help,
		reportFile,
		events: {
			origin: readOrigin(values.events),
			port: readNumber('--port', values.port, 65_535),
			minutes: readNumber('--minutes', values.minutes, 24 * 60),
			creation: values.create ? { locationId, imageUrl, model } : undefined,
		},
	};
}

function readOrigin(address: string): string {
	const isAddress = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
	if (!isAddress)
		throw new CheckFailed('--events takes the whole address, beginning with https://');
	return new URL(address).origin;
}

function readNumber(name: string, text: string, max: number): number {
	const value = Number(text);
	if (Number.isInteger(value) && value >= 0 && value <= max) return value;
	throw new CheckFailed(`${name} takes a whole number up to ${max}`);
}
