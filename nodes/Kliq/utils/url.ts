import type { KliqCredentials } from '../transport/credentials';

/**
 * Builds the address of a KLIQ resource: base URL, tenant, then one encoded segment for each entry.
 *
 * @param path usable segments (see `isUsableSegment`) below the tenant, not yet encoded
 */
export function buildUrl(account: KliqCredentials, path: string[]): string {
	const segments = ['tenants', account.tenantId, ...path].map(encodeURIComponent);
	return [account.baseUrl, ...segments].join('/');
}

/**
 * Whether a text can stand in an address as one segment that names one thing. Blank does not, nor
 * do `.` and `..` (HTTP clients remove them: RFC 3986, 5.2.4), nor half a surrogate pair (it has
 * no encoding).
 */
export function isPathSegment(segment: string): boolean {
	const isWellFormed = !/\p{Surrogate}/u.test(segment);
	return isWellFormed && segment.trim() !== '' && segment !== '.' && segment !== '..';
}

/** Whether a text is an address of the web, and a whole one. */
export function isHttpUrl(url: string): boolean {
	return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
