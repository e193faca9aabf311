/** Names that people choose themselves are below these. */
const FREE_FIELDS = ['metadata', 'attributes'];
const MAX_DEPTH = 6;

/** A name of a field that a program chose, not an ID, a key or a person's words. */
const FIELD_NAME = /^(?!.*\d{4})[A-Za-z_][A-Za-z0-9_]{0,39}$/;

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The fields of a value, those of nested objects and lists as `a.b` and `a[].b`: names only, never a
 * value. A name that may be more than one stands as `…`.
 */
export function fieldNames(value: unknown, prefix = '', depth = 0): string[] {
	if (depth > MAX_DEPTH) return [];
	if (Array.isArray(value)) {
		return unique(value.flatMap((entry) => fieldNames(entry, `${prefix}[]`, depth + 1)));
	}
	if (!isObject(value)) return [];
	const names = Object.entries(value).flatMap(([name, inner]) => {
		const safe = FIELD_NAME.test(name) ? name : '…';
		const path = prefix === '' ? safe : `${prefix}.${safe}`;
		return FREE_FIELDS.includes(name) ? [path] : [path, ...fieldNames(inner, path, depth + 1)];
	});
	return unique(names);
}

/** A word that a program says, such as a status; `…` for anything that may be more. */
export const word = (value: unknown): string => {
	if (typeof value === 'boolean' || value === null) return String(value);
	return typeof value === 'string' && /^[a-z][a-z_ -]{0,23}$/i.test(value) ? value : '…';
};

/** Where the message of an error or a failed job stands; undefined where the nodes find none. */
export function placeOfMessage(body: unknown): string | undefined {
	if (!isObject(body)) return undefined;
	const { error, message, detail, errors } = body;
	const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
	const places: Array<[string, unknown]> = [
		['error.message', isObject(error) ? error.message : undefined],
		['message', message],
		['error', error],
		['detail', detail],
		['errors[0].message', isObject(first) ? first.message : undefined],
		['errors[0]', first],
	];
	return places.find(([, text]) => typeof text === 'string' && text.trim() !== '')?.[0];
}

export const unique = <T>(values: T[]): T[] => [...new Set(values)];

export const listed = (values: string[]): string => unique(values).join(', ') || 'none';
