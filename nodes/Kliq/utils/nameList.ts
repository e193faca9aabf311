/**
 * Parses a list of names: a list, or, from an expression or an AI agent, one name, comma-separated
 * names or a JSON array.
 *
 * @returns unique names without white space around them; none for anything else
 */
export function parseNameList(value: unknown): string[] {
	const entries: unknown = typeof value === 'string' ? splitList(value) : value;
	if (!Array.isArray(entries)) return [];
	const names = entries.map((entry) => (typeof entry === 'string' ? entry.trim() : ''));
	return [...new Set(names.filter((name) => name !== ''))];
}

function splitList(text: string): unknown[] {
	try {
		const parsed: unknown = JSON.parse(text);
		if (Array.isArray(parsed)) return parsed;
	} catch {
		// Not JSON: comma-separated names.
	}
	return text.split(',');
}
