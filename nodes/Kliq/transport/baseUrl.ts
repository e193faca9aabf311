import { isHttpUrl } from '../utils/url';

/** Where KLIQ's API lives; the credential's default. */
export const KLIQ_BASE_URL = 'https://api.kliqpulse.com/v1';

const SCHEME = /^\w+:\/\//;

/**
 * Normalizes a Base URL: without white space around it and slashes at the end, KLIQ's own where it is
 * blank, https:// where it has no scheme. The credential's test has the same rule as an expression.
 */
export function normalizeBaseUrl(text: string): string {
	const url = text.trim().replace(/\/+$/, '');
	if (url === '') return KLIQ_BASE_URL;
	return SCHEME.test(url) ? url : `https://${url}`;
}

/** True for a URL of the web without user info, query and fragment. */
export function isBaseUrl(url: string): boolean {
	if (!isHttpUrl(url) || /[?#]/.test(url)) return false;
	const { username, password } = new URL(url);
	return username === '' && password === '';
}
