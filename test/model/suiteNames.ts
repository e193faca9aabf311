/** Kinds of trouble; `v1` is n8n 1.x. */
export const SUITES = [
	'plain',
	'lost',
	'lag',
	'list',
	'cred',
	'url',
	'hand',
	'static',
	'deletes',
	'copies',
	'v1',
] as const;

export type Suite = (typeof SUITES)[number];

/** Suites joined with `+`; `all` are all on n8n 2.x. */
export function parseSuites(text: string): Set<Suite> {
	const names = text === 'all' ? SUITES.filter((suite) => suite !== 'v1') : text.split('+');
	const unknown = names.filter((name) => !SUITES.includes(name as Suite));
	if (unknown.length > 0) throw new Error(`Not a suite: ${unknown.join()}`);
	return new Set(names as Suite[]);
}
