import { dirname } from 'node:path';

/** What became of a mutant, by Stryker's mutation testing report schema. */
export type MutantStatus =
	| 'Killed'
	| 'Timeout'
	| 'Survived'
	| 'NoCoverage'
	| 'Ignored'
	| 'RuntimeError'
	| 'CompileError'
	| 'Pending';

/** The parts that are read of Stryker's JSON report. */
export interface MutationReport {
	files: Record<
		string,
		{
			mutants: Array<{
				status: MutantStatus;
				mutatorName: string;
				replacement?: string;
				location: { start: { line: number; column: number } };
			}>;
		}
	>;
}

interface Count {
	detected: number;
	undetected: number;
	ignored: number;
}

const DETECTED: MutantStatus[] = ['Killed', 'Timeout'];
const UNDETECTED: MutantStatus[] = ['Survived', 'NoCoverage'];

/** What a report says of the named files: an older one may hold some that belong to another area now. */
export const onlyFiles = ({ files }: MutationReport, names: string[]): MutationReport => ({
	files: Object.fromEntries(Object.entries(files).filter(([file]) => names.includes(file))),
});

/** @returns a Markdown table of the mutation scores: a line for each folder, and one for all */
export function scoreByFolder(reports: MutationReport[]): string {
	const folders = new Map<string, Count>();
	const all: Count = { detected: 0, undetected: 0, ignored: 0 };
	for (const [file, { mutants }] of reports.flatMap(({ files }) => Object.entries(files))) {
		const folder = dirname(file);
		const count = folders.get(folder) ?? { detected: 0, undetected: 0, ignored: 0 };
		folders.set(folder, count);
		for (const { status } of mutants) {
			for (const each of [count, all]) {
				if (DETECTED.includes(status)) each.detected += 1;
				if (UNDETECTED.includes(status)) each.undetected += 1;
				if (status === 'Ignored') each.ignored += 1;
			}
		}
	}
	const lines = [...folders].sort(([a], [b]) => a.localeCompare(b));
	return [
		'| Folder | Killed | Survived | Score | Ignored |',
		'| --- | --- | --- | --- | --- |',
		...[...lines, ['all', all] as const].map(
			([name, { detected, undetected, ignored }]) =>
				`| ${name} | ${detected} | ${undetected} | ${percent(detected, undetected)} | ${ignored} |`,
		),
	].join('\n');
}

function percent(detected: number, undetected: number): string {
	const total = detected + undetected;
	return total === 0 ? '–' : `${((100 * detected) / total).toFixed(1)} %`;
}

/** @returns a line for each mutant that no test has noticed, as an editor links them */
export function survivors({ files }: MutationReport): string[] {
	return Object.entries(files).flatMap(([file, { mutants }]) =>
		mutants
			.filter(({ status }) => UNDETECTED.includes(status))
			.map(({ status, mutatorName, replacement = '', location: { start } }) => {
				const text = replacement.replace(/\s+/g, ' ').slice(0, 80);
				return `${file}:${start.line}:${start.column} ${status} ${mutatorName}: ${text}`;
			}),
	);
}
