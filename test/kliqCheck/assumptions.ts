/** Something that KLIQ does not document, and that the nodes rely on or hedge. */
export interface Assumption {
	id: string;
	assumption: string;
	/** Files that decide by it, each with the symbol that does. */
	decidedIn: string[];
	/** Why a run may end without having seen it. */
	unseen: string;
}

const ERRORS = 'nodes/Kliq/transport/errors.ts';
const COMPARE = 'nodes/Kliq/subscriptions/compare.ts';
const PLAN = 'nodes/Kliq/trigger/subscription/plan.ts (planSubscription)';
const SUBSCRIPTION_URL = 'nodes/Kliq/trigger/subscription/subscriptionUrl.ts';
const LIFECYCLE = 'nodes/Kliq/trigger/subscription/lifecycle.ts';
const VERIFY_DELIVERY = 'nodes/Kliq/trigger/delivery/verifyDelivery.ts';
const SIGNATURE = 'nodes/Kliq/trigger/delivery/signature.ts (verifySignature)';
const NEEDS_EVENTS = 'needs --events';
const NEEDS_SUBSCRIPTION = 'no subscription could be made';
const NEEDS_SCOPE = 'the key lacks the scope';

/** Every assumption, in the order of the report. docs/kliq-assumptions.md says what each means to an operator. */
export const ASSUMPTIONS: Assumption[] = [
	{
		id: 'KLIQ-AUTH-KEY',
		assumption: 'A wrong API key is answered 401',
		decidedIn: [`${ERRORS} (explainResponse)`, 'credentials/KliqApi.credentials.ts (test)'],
		unseen: 'no answer',
	},
	{
		id: 'KLIQ-AUTH-TENANT',
		assumption: 'A tenant that the key is not for is answered 403 or 404',
		decidedIn: [`${ERRORS} (explainResponse)`],
		unseen: 'no answer',
	},
	{
		id: 'KLIQ-AUTH-SCOPE',
		assumption: 'A key without the scope is answered 403',
		decidedIn: [`${ERRORS} (explainResponse)`],
		unseen: 'the key has every scope that was needed',
	},
	{
		id: 'KLIQ-ERROR-MESSAGE',
		assumption: 'An error is JSON with its message in a usual place',
		decidedIn: [`${ERRORS} (readApiMessage)`],
		unseen: 'no error was answered',
	},
	{
		id: 'KLIQ-ERROR-NOT-FOUND',
		assumption: 'An unknown ID is answered 404',
		decidedIn: [`${ERRORS} (explainNotFound)`],
		unseen: NEEDS_SCOPE,
	},
	{
		id: 'KLIQ-HTTP-REDIRECT',
		assumption: 'The API never redirects',
		decidedIn: ['nodes/Kliq/transport/request.ts (sendOnce)'],
		unseen: 'no answer',
	},
	{
		id: 'KLIQ-HTTP-DATE',
		assumption: 'Answers carry Date, so that a clock skew can be seen',
		decidedIn: ['nodes/Kliq/transport/serverTime.ts (serverTime)'],
		unseen: 'no answer',
	},
	{
		id: 'KLIQ-LIST-ENVELOPE',
		assumption: 'Every list is { data, cursor: { next, hasMore } }',
		decidedIn: ['nodes/Kliq/transport/pagination.ts (getPage)'],
		unseen: NEEDS_SCOPE,
	},
	{
		id: 'KLIQ-LIST-CURSOR',
		assumption: 'A cursor leads to the next page, and the last page says so',
		decidedIn: ['nodes/Kliq/transport/pagination.ts (paginatePages)'],
		unseen: 'no list of two entries to page through',
	},
	{
		id: 'KLIQ-LIST-ORDER',
		assumption: 'A list keeps its order from one request to the next',
		decidedIn: ['nodes/Kliq/transport/pagination.ts (paginatePages)'],
		unseen: 'no list of two entries to compare',
	},
	{
		id: 'KLIQ-ID-TEXT',
		assumption: 'An ID is text that can be one segment of a path',
		decidedIn: ['nodes/Kliq/transport/entity.ts (isId)'],
		unseen: 'no entry was seen',
	},
	{
		id: 'KLIQ-CREATE-ID',
		assumption: 'A POST is answered with the bare object and its id',
		decidedIn: ['nodes/Kliq/transport/entity.ts (createEntity)'],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-ACTIVE',
		assumption: 'A listed subscription says that it is active: active, enabled, disabled or status',
		decidedIn: [`${COMPARE} (isActive)`, PLAN],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-DISABLED',
		assumption: 'A disabled subscription says so by a boolean or a usual word for it',
		decidedIn: [`${COMPARE} (isActive)`, PLAN],
		unseen: 'no subscription in the list has another status',
	},
	{
		id: 'KLIQ-SUB-URL',
		assumption: 'A subscription is listed with the URL that was sent',
		decidedIn: [`${SUBSCRIPTION_URL} (isSameAddress)`, PLAN],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-URL-QUERY',
		assumption: 'A subscription is listed with the query of the URL that was sent',
		decidedIn: [`${SUBSCRIPTION_URL} (keyIdIn)`, PLAN],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-EVENTS',
		assumption: 'A subscription is listed with the event names that were sent',
		decidedIn: [`${COMPARE} (hasEvents)`, PLAN],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-SECRET',
		assumption: 'The signing secret is never given back',
		decidedIn: ['nodes/Kliq/resources/webhook/getAll.operation.ts (withoutSecret)'],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-LAG',
		assumption: 'The list shows at once what was created and deleted',
		decidedIn: [
			'nodes/Kliq/trigger/subscription/checkInterval.ts (MAX_LIST_LAG_MS)',
			'nodes/Kliq/trigger/subscription/undo.ts (undoUncertain)',
		],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-SAME-URL',
		assumption: 'Two subscriptions may have the same URL',
		decidedIn: [`${LIFECYCLE} (subscribe)`],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-CHALLENGE',
		assumption: 'A URL is subscribed without a request to it first',
		decidedIn: [`${VERIFY_DELIVERY} (verifyDelivery)`],
		unseen: NEEDS_SCOPE,
	},
	{
		id: 'KLIQ-SUB-DELETE',
		assumption: 'DELETE is answered 2xx, with anything but a web page',
		decidedIn: ['nodes/Kliq/transport/request.ts (isReadable)'],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-SUB-DELETE-TWICE',
		assumption: 'A second DELETE is answered 404 or 2xx',
		decidedIn: ['nodes/Kliq/transport/request.ts (kliqApiRequest)'],
		unseen: NEEDS_SUBSCRIPTION,
	},
	{
		id: 'KLIQ-RATE-HEADERS',
		assumption: 'Every route sends X-RateLimit-Remaining, and X-RateLimit-Reset in Unix seconds',
		decidedIn: ['nodes/Kliq/transport/rateLimitHeaders.ts (readRateLimitHeaders)'],
		unseen: 'no answer',
	},
	{
		id: 'KLIQ-RATE-SHARED',
		assumption: 'The routes share one counter',
		decidedIn: ['nodes/Kliq/transport/rateLimit/rateLimiter.ts (rateLimiterFor)'],
		unseen: 'no two routes with rate-limit headers',
	},
	{
		id: 'KLIQ-RATE-429',
		assumption: 'A request that is answered 429 has done nothing',
		decidedIn: ['nodes/Kliq/transport/retry/retryPolicy.ts (retryDelay)'],
		unseen: 'no POST was answered 429',
	},
	{
		id: 'KLIQ-JOB-ERROR',
		assumption: 'A failed CV job says why in error, as text or with a message',
		decidedIn: ['nodes/Kliq/resources/cvJob/waitForJob.ts (jobFailed)'],
		unseen: 'no failed CV job in the list',
	},
	{
		id: 'KLIQ-JOB-OBSERVATION',
		assumption: 'A CV job for an unknown observation is answered 404',
		decidedIn: ['nodes/Kliq/resources/cvJob/create.operation.ts (startJob)'],
		unseen: 'needs --create',
	},
	{
		id: 'KLIQ-OBS-LOCATION',
		assumption: 'An observation for an unknown location is answered 404',
		decidedIn: ['nodes/Kliq/resources/observation/create.operation.ts (execute)'],
		unseen: 'needs --create with a location that KLIQ refuses',
	},
	{
		id: 'KLIQ-EVENT-SIGNATURE',
		assumption: 'X-Kliq-Signature is 64 hex digits without a prefix',
		decidedIn: [SIGNATURE],
		unseen: NEEDS_EVENTS,
	},
	{
		id: 'KLIQ-EVENT-SECRET',
		assumption: 'Events are signed over the bytes of the body, with the secret as it was sent',
		decidedIn: [SIGNATURE],
		unseen: NEEDS_EVENTS,
	},
	{
		id: 'KLIQ-EVENT-CONTENT-TYPE',
		assumption: 'Events come as application/json in UTF-8',
		decidedIn: [`${VERIFY_DELIVERY} (PLAIN_JSON)`],
		unseen: NEEDS_EVENTS,
	},
	{
		id: 'KLIQ-EVENT-BODY',
		assumption: 'A delivery is one event, not compressed, of a documented type',
		decidedIn: [`${VERIFY_DELIVERY} (decideOnContent)`],
		unseen: NEEDS_EVENTS,
	},
	{
		id: 'KLIQ-EVENT-DATA',
		assumption: 'data has observationId, and of a CV job also jobId and model',
		decidedIn: [
			'nodes/Kliq/subscriptions/events.ts (EVENT_OPTIONS)',
			`${VERIFY_DELIVERY} (isOfOtherModel)`,
		],
		unseen: NEEDS_EVENTS,
	},
	{
		id: 'KLIQ-EVENT-URL-QUERY',
		assumption: 'A delivery comes to the whole URL, with its query',
		decidedIn: [`${SUBSCRIPTION_URL} (subscriptionUrl)`],
		unseen: NEEDS_EVENTS,
	},
	{
		id: 'KLIQ-EVENT-REPEAT',
		assumption:
			'An event answered 500 comes again after about a minute, with the same ID and bytes',
		decidedIn: [
			'nodes/Kliq/KliqTrigger.node.ts (respond)',
			'nodes/Kliq/trigger/output/deduplicator.ts (EventDeduplicator)',
		],
		unseen: NEEDS_EVENTS,
	},
];
