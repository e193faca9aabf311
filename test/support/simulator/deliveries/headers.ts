export type HeaderPair = [name: string, value: string];

/** An object, or pairs where one name is wanted twice in different spellings. */
export type ExtraHeaders = Record<string, string | string[]> | HeaderPair[];

/** The headers of a delivery with one signature, as KLIQ sends it, or with none or several. */
export function deliveryHeaders(
	body: Buffer,
	signatures: string[],
	contentType: string,
): HeaderPair[] {
	return [
		['User-Agent', 'KLIQ-Webhooks'],
		['Content-Type', contentType],
		['Content-Length', String(body.length)],
		...signatures.map((signature): HeaderPair => ['X-Kliq-Signature', signature]),
	];
}

/** `defaults` without those that `extra` names too (in any case), followed by `extra`. */
export function withHeaders(defaults: HeaderPair[], extra: ExtraHeaders = []): HeaderPair[] {
	const pairs = Array.isArray(extra) ? extra : Object.entries(extra).flatMap(pairsOf);
	const replaced = new Set(pairs.map(([name]) => name.toLowerCase()));
	// A body has one framing or the other (RFC 9112, 6.2); a test that wants both names both.
	if (replaced.has('transfer-encoding')) replaced.add('content-length');
	return [...defaults.filter(([name]) => !replaced.has(name.toLowerCase())), ...pairs];
}

function pairsOf([name, value]: [string, string | string[]]): HeaderPair[] {
	return [value].flat().map((one) => [name, one]);
}
