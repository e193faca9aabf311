import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Finding, Result } from './findings';
import type { CheckResult } from './runCheck';

/** Whether KLIQ is what the nodes take it for, as far as the run has seen. */
export const isGood = ({ findings, steps, stopped }: CheckResult): boolean =>
	findings.every(({ result }) => result !== 'differs') &&
	steps.every((step) => step.isGood) &&
	stopped.length === 0;

/** The table, for a person. */
export function tableOf(result: CheckResult): string {
	const { findings, steps, shapes, cleanUp, stopped } = result;
	const lines = [
		...findings.flatMap(linesOf),
		'',
		'KLIQ Trigger at work:',
		...(steps.length === 0 ? ['  not tried'] : []),
		...steps.map(({ step, isGood: good, seen }) => `  ${good ? 'good' : 'BAD '}  ${step}: ${seen}`),
		'',
		'Fields that were seen (names only):',
		...Object.entries(shapes).map(([where, names]) => `  ${where}: ${names.join(', ')}`),
		'',
		...stopped.map((request) => `A request was stopped that the check must not send: ${request}`),
		leftLine(cleanUp.left),
		summaryOf(findings),
	];
	return result.redact(lines.join('\n'));
}

/** What a person must delete by hand, if anything. */
export const leftLine = (left: string[]): string =>
	left.length === 0
		? 'Nothing is left at KLIQ of what the check has made.'
		: `LEFT AT KLIQ, delete by hand: ${left.join(', ')}`;

function linesOf({ id, assumption, result, seen, decidedIn }: Finding): string[] {
	const indent = ' '.repeat(10);
	return [
		`${result.padEnd(indent.length)}${id}: ${assumption}`,
		`${indent}${result === 'not seen' ? 'because' : 'seen'}: ${seen}`,
		...(result === 'differs' ? [`${indent}decided in: ${decidedIn.join(', ')}`] : []),
	];
}

const count = (findings: Finding[], wanted: Result) =>
	findings.filter(({ result }) => result === wanted).length;

function summaryOf(findings: Finding[]): string {
	const [held, differs, notSeen] = (['held', 'differs', 'not seen'] as const).map((result) =>
		count(findings, result),
	);
	const after = differs > 0 ? ' What each means to an operator: docs/kliq-assumptions.md' : '';
	return `${held} held, ${differs} differ, ${notSeen} not seen.${after}`;
}

/** Writes the same as JSON, to be sent to the maintainers. */
export async function writeReport(path: string, result: CheckResult): Promise<void> {
	const { findings, steps, shapes, cleanUp, stopped } = result;
	const report = {
		checkedAt: new Date().toISOString(),
		node: process.version,
		findings: findings.map(({ id, assumption, result: outcome, seen, decidedIn }) => ({
			id,
			assumption,
			result: outcome,
			seen,
			decidedIn,
		})),
		steps,
		shapes,
		stopped,
		leftBehind: cleanUp.left.length,
	};
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, `${result.redact(JSON.stringify(report, undefined, '\t'))}\n`);
}
