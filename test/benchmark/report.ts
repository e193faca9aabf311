import type { Result } from './measure';

/** One contestant's line of the table. */
export interface Line {
	contestant: string;
	/** The median, with its unit. */
	median: string;
	/** How many times this contestant's figure ours is; undefined for our own line. */
	ratio?: number;
	/** The most that the ratio, or where there is none our figure, may be. */
	mark?: string;
	/** Whether the mark is reached, and by how much it is missed. */
	reached?: string;
}

/** A piece of work and how its contestants did. */
export interface Row {
	work: string;
	lines: Line[];
	/** What was measured, for the file. */
	results: Result[];
}

/** A line for somebody else, with the ratio of our figure to theirs. */
export function rival(contestant: string, median: string, ratio: number, most?: number): Line {
	if (most === undefined) return { contestant, median, ratio };
	// Judged as printed: a mark of 1 is not missed by a tenth of a percent.
	const printed = Number(ratio.toFixed(2));
	return { contestant, median, ratio, mark: `≤ ${most}`, reached: verdict(printed, most) };
}

/** "yes", or "no" with how far above the mark the figure is. */
export function verdict(figure: number, most: number): string {
	if (figure <= most) return 'yes';
	if (most === 0) return `no: ${figure}`;
	return `no, by ${((figure / most - 1) * 100).toFixed(0)} %`;
}

/** What the columns of the table mean. */
export const LEGEND =
	'Medians; contestants worked in turns, round by round. Events: for each event, four in flight, processor time of n8n’s main process. “KLIQ ÷ this” is the median of the rounds’ ratios: of processor time for events and n8n’s start, otherwise of what the line shows.';

/** All rows as one Markdown table, with or without verdicts on the marks. */
export function toMarkdown(rows: Row[], isJudged: boolean): string {
	const header = ['Work', 'Contestant', 'Median', 'KLIQ ÷ this', 'Mark', 'Reached'];
	const cells = rows.flatMap(({ work, lines }) =>
		lines.map((line, index) => [
			index === 0 ? work : '',
			line.contestant,
			line.median,
			line.ratio === undefined ? '' : line.ratio.toFixed(2),
			line.mark ?? '',
			(isJudged ? line.reached : line.mark && 'not judged') ?? '',
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
