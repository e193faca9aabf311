/** Why no answer came, as far as a person can do something about it. */
export type NetworkErrorKind =
	| 'nameUnknown'
	| 'refused'
	| 'unreachable'
	| 'notTrusted'
	| 'notTls'
	| 'unsendable'
	| 'tooLate'
	| 'unreadable'
	| 'brokeOff';

/** The code of an answer that began to come but made no sense, such as compressed data with an error. */
export const UNREADABLE_RESPONSE = 'UNREADABLE';

/** Codes of Node and of n8n's HTTP client; whatever else they say, the connection broke off. */
const KINDS: Record<string, NetworkErrorKind> = {
	ENOTFOUND: 'nameUnknown',
	EAI_AGAIN: 'nameUnknown',
	ECONNREFUSED: 'refused',
	EHOSTUNREACH: 'unreachable',
	ENETUNREACH: 'unreachable',
	EPROTO: 'notTls',
	ERR_INVALID_CHAR: 'unsendable',
	ETIMEDOUT: 'tooLate',
	ECONNABORTED: 'tooLate',
	[UNREADABLE_RESPONSE]: 'unreadable',
};

/** OpenSSL's verdicts on a certificate. Its alerts, `ERR_SSL_…`, may come at any time. */
const CERTIFICATE_ERROR = /^(?!ERR_SSL_)(.*CERT_|.*_CERT|UNABLE_TO_|.*SELF_SIGNED|ERR_TLS_CERT)/;

const NOT_SENT: NetworkErrorKind[] = [
	'nameUnknown',
	'refused',
	'unreachable',
	'notTrusted',
	'notTls',
	'unsendable',
];

const PERMANENT: NetworkErrorKind[] = ['notTrusted', 'notTls', 'unsendable'];

/** What a code means to a person. */
export function classifyNetworkError(code: string): NetworkErrorKind {
	if (code in KINDS) return KINDS[code];
	return CERTIFICATE_ERROR.test(code) ? 'notTrusted' : 'brokeOff';
}

/** Whether KLIQ cannot have heard of a request that ended with this code. */
export const wasNotSent = (code: string) => NOT_SENT.includes(classifyNetworkError(code));

/** Whether a connection fails with this code however often it is tried. */
export const isPermanent = (code: string) =>
	code === 'ENOTFOUND' || PERMANENT.includes(classifyNetworkError(code));
