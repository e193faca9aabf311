/**
 * Ways in which KLIQ may differ from what the nodes assume (docs/kliq-assumptions.md, whose IDs stand
 * here). The default of each is what they assume.
 */
export interface Deviations {
	/** KLIQ-AUTH-KEY: status for a missing or wrong key. */
	wrongKeyStatus: number;
	/** KLIQ-AUTH-SCOPE: status for a key without the scope. */
	missingScopeStatus: number;
	/** KLIQ-ERROR-NOT-FOUND: status for a GET of an unknown observation or CV job. */
	unknownIdStatus: number;
	/** KLIQ-ID-TEXT: subscriptions have numbers for IDs, in answers and paths. */
	numericIds: boolean;
	/** KLIQ-CREATE-ID: body of the answer to every POST: the object, `{ data: object }`, or no ID in it. */
	createdShape: 'bare' | 'wrapped' | 'withoutId';
	/** KLIQ-LIST-ORDER: every second list comes in the opposite order. */
	listOrderChanges: boolean;
	/** KLIQ-SUB-LAG: subscription lists show the state of this many milliseconds ago, by the simulator's clock. */
	listLagMs: number;
	/** KLIQ-SUB-LAG: while false, subscriptions that are added are never listed. */
	listsNew: boolean;
	/** KLIQ-SUB-URL: how answers write a subscription's URL; `rewritten` adds a slash to the path. */
	shownUrl: 'asSent' | 'rewritten' | 'hidden';
	/** KLIQ-SUB-URL-QUERY: whether answers write a subscription's URL with its query. */
	shownQuery: 'kept' | 'dropped';
	/** KLIQ-SUB-EVENTS: how answers write a subscription's events; `objects` is `[{ type }]`. */
	shownEvents: 'names' | 'objects';
	/**
	 * KLIQ-SUB-SAME-URL: a second subscription with a URL is taken, refused with 409, answered with the
	 * first one's ID after updating that, or takes the first one's place.
	 */
	sameUrl: 'allowed' | 'refused' | 'updated' | 'replaced';
	/** KLIQ-SUB-CHALLENGE: POSTs to the URL first, and refuses with 422 unless it is answered 2xx. */
	verifiesUrl: boolean;
	/** KLIQ-SUB-DELETE: the answer to a DELETE of a subscription that is there. */
	deleteAnswer: { status: number; body?: string };
	/** KLIQ-SUB-DELETE-TWICE: status for a DELETE of a subscription that is not there. */
	deletedTwiceStatus: number;
	/** KLIQ-OBS-LOCATION: the locations that exist, undefined for any, and the status for another one. */
	locations: string[] | undefined;
	unknownLocationStatus: number;
	/** KLIQ-HTTP-DATE: whether answers carry `Date`. */
	sendsDate: boolean;
	/** KLIQ-RATE-HEADERS: paths whose answers carry no `X-RateLimit-*`. */
	pathsWithoutRateLimitHeaders: RegExp | undefined;
	/** KLIQ-RATE-SHARED: whether `X-RateLimit-Remaining` counts all requests of a key, or each path's alone. */
	rateLimitRemaining: 'ofKey' | 'ofPath';
	/** KLIQ-EVENT-SIGNATURE: how `X-Kliq-Signature` writes the HMAC; `prefixed` is `sha256=` and hex. */
	signatureEncoding: 'hex' | 'upperCaseHex' | 'prefixed' | 'base64';
	/** KLIQ-EVENT-SECRET: the HMAC's key: the secret as it was sent, or without `whsec_`. */
	signatureKey: 'secret' | 'withoutPrefix';
	/** KLIQ-EVENT-URL-QUERY: whether deliveries go to a subscription's URL with its query. */
	deliveredQuery: 'kept' | 'dropped';
	/** KLIQ-EVENT-CONTENT-TYPE: content type of a delivery. */
	eventContentType: string;
	/** KLIQ-EVENT-BODY: body of a delivery: the event, or a list with it. */
	eventShape: 'event' | 'batch';
	/** KLIQ-EVENT-REPEAT: ID of the event in a repeated delivery. */
	repeatedId: 'same' | 'new';
}

/** What the nodes assume. */
export const NO_DEVIATIONS: Readonly<Deviations> = {
	wrongKeyStatus: 401,
	missingScopeStatus: 403,
	unknownIdStatus: 404,
	numericIds: false,
	createdShape: 'bare',
	listOrderChanges: false,
	listLagMs: 0,
	listsNew: true,
	shownUrl: 'asSent',
	shownQuery: 'kept',
	shownEvents: 'names',
	sameUrl: 'allowed',
	verifiesUrl: false,
	deleteAnswer: { status: 204 },
	deletedTwiceStatus: 404,
	locations: undefined,
	unknownLocationStatus: 404,
	sendsDate: true,
	pathsWithoutRateLimitHeaders: undefined,
	rateLimitRemaining: 'ofKey',
	signatureEncoding: 'hex',
	signatureKey: 'secret',
	deliveredQuery: 'kept',
	eventContentType: 'application/json',
	eventShape: 'event',
	repeatedId: 'same',
};
