/** Why no response came, told apart as far as the user can act on it. */
export type NetworkErrorKind =
	| 'dnsNotFound'
	| 'connectionRefused'
	| 'hostUnreachable'
	| 'untrustedCertificate'
	| 'tlsNotSupported'
	| 'invalidHeader'
	| 'timeout'
	| 'unreadableResponse'
	| 'connectionLost';

/** Code of a response that cannot be decoded, such as corrupt compressed data. */
export const UNREADABLE_RESPONSE = 'UNREADABLE';

/** Code of a failure for which the HTTP client gives none, such as a proxy that rejects CONNECT. */
export const UNKNOWN_FAILURE = 'UNKNOWN';

/** Codes of Node and of n8n's HTTP client. Every other code means a lost connection. */
const KINDS: Record<string, NetworkErrorKind> = {
	ENOTFOUND: 'dnsNotFound',
	EAI_AGAIN: 'dnsNotFound',
	ECONNREFUSED: 'connectionRefused',
	EHOSTUNREACH: 'hostUnreachable',
	ENETUNREACH: 'hostUnreachable',
	EPROTO: 'tlsNotSupported',
	ERR_INVALID_CHAR: 'invalidHeader',
	ETIMEDOUT: 'timeout',
	ECONNABORTED: 'timeout',
	[UNREADABLE_RESPONSE]: 'unreadableResponse',
};

/** OpenSSL's codes for a rejected certificate. `ERR_SSL_…` are alerts, which may come at any time. */
const CERTIFICATE_ERROR = /^(?!ERR_SSL_)(.*CERT_|.*_CERT|UNABLE_TO_|.*SELF_SIGNED|ERR_TLS_CERT)/;

/** Kinds that end a request before its first byte is sent. */
const NOT_SENT: NetworkErrorKind[] = [
	'dnsNotFound',
	'connectionRefused',
	'hostUnreachable',
	'untrustedCertificate',
	'tlsNotSupported',
	'invalidHeader',
];

/** Kinds that a retry cannot cure. */
const PERMANENT: NetworkErrorKind[] = ['untrustedCertificate', 'tlsNotSupported', 'invalidHeader'];

/** Maps an error code of Node or of n8n's HTTP client to its kind. */
export function classifyNetworkError(code: string): NetworkErrorKind {
	if (code in KINDS) return KINDS[code];
	return CERTIFICATE_ERROR.test(code) ? 'untrustedCertificate' : 'connectionLost';
}

/** True if the request ended before it was sent, so that the API cannot have processed it. */
export const wasNotSent = (code: string) => NOT_SENT.includes(classifyNetworkError(code));

/** True if every retry would fail with the same code. */
export const isPermanent = (code: string) =>
	code === 'ENOTFOUND' || PERMANENT.includes(classifyNetworkError(code));
