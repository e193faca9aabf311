/** Why no answer came, as far as a person can do something about it. */
export type ConnectionTrouble =
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
export const UNREADABLE = 'UNREADABLE';

/** Codes of Node and of n8n's HTTP client; whatever else they say, the connection broke off. */
const TROUBLES: Record<string, ConnectionTrouble> = {
	ENOTFOUND: 'nameUnknown',
	EAI_AGAIN: 'nameUnknown',
	ECONNREFUSED: 'refused',
	EHOSTUNREACH: 'unreachable',
	ENETUNREACH: 'unreachable',
	EPROTO: 'notTls',
	ERR_INVALID_CHAR: 'unsendable',
	ETIMEDOUT: 'tooLate',
	ECONNABORTED: 'tooLate',
	[UNREADABLE]: 'unreadable',
};

/** OpenSSL's verdicts on a certificate. Its alerts, `ERR_SSL_…`, may come at any time. */
const IS_ABOUT_A_CERTIFICATE =
	/^(?!ERR_SSL_)(.*CERT_|.*_CERT|UNABLE_TO_|.*SELF_SIGNED|ERR_TLS_CERT)/;

const BEFORE_SENDING: ConnectionTrouble[] = [
	'nameUnknown',
	'refused',
	'unreachable',
	'notTrusted',
	'notTls',
	'unsendable',
];

const LASTING: ConnectionTrouble[] = ['notTrusted', 'notTls', 'unsendable'];

/** What a code means to a person. */
export function troubleOf(code: string): ConnectionTrouble {
	if (code in TROUBLES) return TROUBLES[code];
	return IS_ABOUT_A_CERTIFICATE.test(code) ? 'notTrusted' : 'brokeOff';
}

/** Whether KLIQ cannot have heard of a request that ended with this code. */
export const isBeforeSending = (code: string) => BEFORE_SENDING.includes(troubleOf(code));

/** Whether a connection fails with this code however often it is tried. */
export const isLasting = (code: string) =>
	code === 'ENOTFOUND' || LASTING.includes(troubleOf(code));
