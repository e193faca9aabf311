import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { AREAS, filesOf } from './areas';
import { onlyFiles, scoreByFolder, survivors, type MutationReport } from './report';
import { resultsOf, strykerOptions } from './strykerOptions';

const PROJECT = resolve(__dirname, '../..');
const STRYKER = join(PROJECT, 'node_modules/@stryker-mutator/core/bin/stryker.js');

/** @returns whether Stryker ran to its end */
function mutate(area: string): boolean {
	process.stderr.write(`Mutating: ${area}\n`);
	const folder = join(PROJECT, resultsOf(area));
	const options = join(folder, 'stryker.config.json');
	mkdirSync(folder, { recursive: true });
	writeFileSync(options, JSON.stringify(strykerOptions(area), null, '\t'));
	const { status } = spawnSync(process.execPath, [STRYKER, 'run', options], {
		cwd: PROJECT,
		stdio: ['ignore', 'inherit', 'inherit'],
	});
	return status === 0;
}

function readReports(): MutationReport[] {
	return Object.keys(AREAS).flatMap((area) => {
		const file = join(PROJECT, resultsOf(area), 'mutation.json');
		if (!existsSync(file)) return [];
		const report = JSON.parse(readFileSync(file, 'utf8')) as MutationReport;
		return [onlyFiles(report, filesOf(area))];
	});
}

/** Mutates the areas named on the command line, else all; then prints what is known of every area. */
function main(names: string[]): void {
	const all = Object.keys(AREAS);
	const unknown = names.filter((name) => !all.includes(name));
	if (unknown.length > 0) {
		process.stderr.write(`No area ${unknown.join(', ')}. There are: ${all.join(', ')}\n`);
		process.exitCode = 2;
		return;
	}
	const failed = (names.length > 0 ? names : all).filter((area) => !mutate(area));
	const reports = readReports();
	const lines = [...reports.flatMap(survivors), '', scoreByFolder(reports)];
	process.stdout.write(`${lines.join('\n')}\n`);
	if (failed.length > 0) {
		process.stderr.write(`Stryker did not run to its end: ${failed.join(', ')}\n`);
		process.exitCode = 1;
	}
}

main(process.argv.slice(2));
