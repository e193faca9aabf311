/** What KLIQ, or what stands before it, does instead of a plain answer. */
interface FaultEffect {
	/** KLIQ does the work all the same. */
	works?: true;
	/** The answer takes as long as the caller waits. */
	hangs?: true;
	/** Only a person can end it. */
	needsPerson?: true;
	status?: number;
	headers?: Record<string, string>;
	body?: unknown;
	/** What n8n's HTTP client throws. */
	code?: string;
}

/** Faults that are over when KLIQ has recovered, and that say truly that nothing was done. */
const TRANSIENT = {
	'503': { status: 503 },
	'500': { status: 500 },
	'429': { status: 429, headers: { 'retry-after': '5' } },
	'429-long': { status: 429, headers: { 'retry-after': '3600' } },
	hang: { hangs: true, code: 'ETIMEDOUT' },
	cut: { code: 'ECONNRESET' },
	refused: { code: 'ECONNREFUSED' },
	'unknown-name': { code: 'ENOTFOUND' },
} satisfies Record<string, FaultEffect>;

/** Refusals and set-ups that only a person can mend. */
const PERSONAL = {
	'401': { needsPerson: true, status: 401 },
	'403': { needsPerson: true, status: 403 },
	'404': { needsPerson: true, status: 404 },
	'html-200': { needsPerson: true, status: 200, body: '<html>' },
	'html-403': { needsPerson: true, status: 403, body: '<html>' },
	redirect: { needsPerson: true, status: 302, headers: { location: 'https://kliq.example.com/' } },
	certificate: { needsPerson: true, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
	'no-tls': { needsPerson: true, code: 'EPROTO' },
} satisfies Record<string, FaultEffect>;

/** Answers that are lost although the work was done. */
const LOST = {
	'cut-after': { works: true, code: 'ECONNRESET' },
	'hang-after': { works: true, hangs: true, code: 'ETIMEDOUT' },
	'504-after': { works: true, status: 504 },
} satisfies Record<string, FaultEffect>;

/** The subscription is made, and the answer does not name it. */
const WITHOUT_ID = { 'no-id': { works: true, status: 201 } } satisfies Record<string, FaultEffect>;

export const FAULTS: Record<string, FaultEffect> = {
	...TRANSIENT,
	...PERSONAL,
	...LOST,
	...WITHOUT_ID,
};

export type Method = 'GET' | 'POST' | 'DELETE';

/** Kinds of fault that a method may have. A DELETE answered 404 says that there is none: no fault. */
export function faultsOf(method: Method, { areAnswersLost }: { areAnswersLost: boolean }) {
	const honest = Object.keys({ ...TRANSIENT, ...PERSONAL });
	const lost = areAnswersLost && method !== 'GET' ? Object.keys(LOST) : [];
	const withoutId = areAnswersLost && method === 'POST' ? Object.keys(WITHOUT_ID) : [];
	return [...honest, ...lost, ...withoutId].filter((k) => method !== 'DELETE' || k !== '404');
}
