/** True for a whole URL of the web. `https:example.com`, which URL parsers accept, is not one. */
export const isHttpUrl = (url: string): boolean => /^https?:\/\//i.test(url) && URL.canParse(url);

/**
 * True for text that can be one path segment. False for blank text, for `.` and `..` (HTTP clients
 * remove them: RFC 3986, 5.2.4) and for half a surrogate pair (it has no encoding).
 */
export function isPathSegment(segment: string): boolean {
	const isWellFormed = !/\p{Surrogate}/u.test(segment);
	return isWellFormed && segment.trim() !== '' && segment !== '.' && segment !== '..';
}

/** True for a URL with a loopback host, which no other machine can reach. */
export function isLoopbackUrl(url: string): boolean {
	const { hostname } = new URL(url);
	return (
		hostname === 'localhost' ||
		hostname.endsWith('.localhost') ||
		hostname === '[::1]' ||
		hostname === '0.0.0.0' ||
		/^127(\.\d+){3}$/.test(hostname)
	);
}
