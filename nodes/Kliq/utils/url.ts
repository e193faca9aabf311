import { toSingleLine } from './text';

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

/**
 * True for a URL whose host names the machine itself: localhost, and every spelling of the loopback
 * and the unspecified addresses (RFC 6761, 6.3; RFC 1122, 3.2.1.3; RFC 4291, 2.5). URL parsers write
 * an IPv4 address within an IPv6 address in hex.
 */
export function isLoopbackUrl(url: string): boolean {
	const hostname = new URL(url).hostname.replace(/\.$/, '');
	return (
		hostname === 'localhost' ||
		hostname.endsWith('.localhost') ||
		/^(0|127)(\.\d+){3}$/.test(hostname) ||
		/^\[::(1|(ffff:)?(0|7f[0-9a-f]{2}):[0-9a-f]{1,4})?\]$/.test(hostname)
	);
}

/**
 * True for a URL whose host is of the operator's own network: this machine, private addresses (RFC 1918;
 * RFC 4193) and names that the public DNS does not know (one label; RFC 6762; RFC 8375; ICANN's .internal).
 */
export function isPrivateUrl(url: string): boolean {
	const hostname = new URL(url).hostname.replace(/\.$/, '');
	return (
		isLoopbackUrl(url) ||
		/^(10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d+)+$/.test(hostname) ||
		/^\[f[cd]/.test(hostname) ||
		/^[^.[]+$|\.(local|internal|lan|home\.arpa)$/.test(hostname)
	);
}

/** The URL without user name and password, which may be secrets; text that is no URL stays as it is. */
export function withoutUserInfo(url: string): string {
	if (!URL.canParse(url)) return url;
	const parsed = new URL(url);
	if (parsed.username === '' && parsed.password === '') return url;
	parsed.username = '';
	parsed.password = '';
	return parsed.href;
}

/** A URL for messages: on a single line, without user name, password and query. */
export const readableUrl = (url: string): string =>
	toSingleLine(withoutUserInfo(url)).replace(/\?.*$/, '');
