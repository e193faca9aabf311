import type { Result } from './measure';

/** One candidate's line of the table. */
export interface Line {
	candidate: string;
	/** The median, with its unit. */
	median: string;
	/** Our figure divided by this candidate's; undefined for our own line. */
	ratio?: number;
	/** The most that the ratio, or where there is none our figure, may be. */
	target?: string;
	/** Whether the target is met, and by how much it is missed. */
	met?: string;
}

/** One thing that was measured, for all candidates. */
export interface Row {
	work: string;
	lines: Line[];
	/** What was measured, for the file. */
	results: Result[];
}

/** A line for another candidate than ours, with the ratio of our figure to its. */
export function comparison(candidate: string, median: string, ratio: number, max?: number): Line {
	if (max === undefined) return { candidate, median, ratio };
	// Judged as printed: a target of 1 is not missed by a tenth of a percent.
	const printed = Number(ratio.toFixed(2));
	return { candidate, median, ratio, target: `≤ ${max}`, met: verdict(printed, max) };
}

/** "yes", or "no" with how far above the target the figure is. */
export function verdict(figure: number, max: number): string {
	if (figure <= max) return 'yes';
	if (max === 0) return `no: ${figure}`;
	return `no, by ${((figure / max - 1) * 100).toFixed(0)} %`;
}

/** What the columns of the table mean. */
export const LEGEND =
	'Medians; candidates worked in turns, round by round. Events: for each event, four in flight, processor time of n8n’s main process. “KLIQ ÷ this” is the median of the rounds’ ratios: of processor time for events and n8n’s start, otherwise of what the line shows.';

/** All rows as one Markdown table, with or without verdicts on the targets. */
export function toMarkdown(rows: Row[], isJudged: boolean): string {
	const header = ['Work', 'Candidate', 'Median', 'KLIQ ÷ this', 'Target', 'Met'];
	const cells = rows.flatMap(({ work, lines }) =>
		lines.map((line, index) => [
			index === 0 ? work : '',
			line.candidate,
			line.median,
			line.ratio === undefined ? '' : line.ratio.toFixed(2),
			line.target ?? '',
			(isJudged ? line.met : line.target && 'not judged') ?? '',
		]),
	);
	return [header, header.map(() => '---'), ...cells]
		.map((row) => `| ${row.join(' | ')} |`)
		.join('\n');
}

/** 0.0123 → "12.3 ms", 4.2 → "4.20 s" */
export function duration(seconds: number): string {
	if (seconds >= 1) return `${seconds.toFixed(2)} s`;
	return `${(seconds * 1000).toPrecision(3)} ms`;
}

/** 312000000 → "312 MB" */
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
