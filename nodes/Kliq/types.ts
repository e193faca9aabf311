import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
	ITriggerFunctions,
} from 'n8n-workflow';

/**
 * The n8n contexts that send requests: the action node, the trigger's lifecycle and health check, the
 * drop-down lists.
 */
export type KliqContext =
	| IExecuteFunctions
	| IHookFunctions
	| ILoadOptionsFunctions
	| ITriggerFunctions;

/** How texts name an entity of KLIQ's API. */
export interface EntityNames {
	singular: string;
	plural: string;
	article: 'a' | 'an';
}

/** A resource that the nodes list, read, create or delete. */
interface ApiResource extends EntityNames {
	/** Path of its list below the tenant, one entry per segment. */
	path: readonly string[];
	/** The key's scope for GET (KLIQ, Authentication, "Scopes"). */
	readScope: string;
	/** The key's scope for POST and DELETE. */
	writeScope: string;
	/** What KLIQ does with one on POST, in the past tense. */
	createdVerb: 'made' | 'started';
}

/** KLIQ's resources by the values of the KLIQ node's `resource` parameter: paths, scopes and names. */
export const RESOURCES = {
	cvJob: {
		singular: 'CV job',
		plural: 'CV jobs',
		article: 'a',
		path: ['cv', 'jobs'],
		readScope: 'cv:read',
		writeScope: 'cv:write',
		createdVerb: 'started',
	},
	observation: {
		singular: 'observation',
		plural: 'observations',
		article: 'an',
		path: ['observations'],
		readScope: 'observations:read',
		writeScope: 'observations:write',
		createdVerb: 'made',
	},
	webhook: {
		singular: 'webhook subscription',
		plural: 'webhook subscriptions',
		article: 'a',
		path: ['webhooks'],
		readScope: 'webhooks:manage',
		writeScope: 'webhooks:manage',
		createdVerb: 'made',
	},
} as const satisfies Record<string, ApiResource>;

/** A resource of the table. */
export type ResourceName = keyof typeof RESOURCES;

/** Locations, which observations refer to; no operation reads them. */
export const LOCATION: EntityNames = { singular: 'location', plural: 'locations', article: 'a' };

/** One entity, as a request names it. */
export interface EntityReference {
	entity: EntityNames;
	id: string;
}

/** One request to KLIQ's API. */
export interface KliqRequestOptions {
	method: Extract<IHttpRequestMethods, 'GET' | 'POST' | 'DELETE'>;
	resource: ResourceName;
	/** ID of the one entity in the path; without it the request goes to the resource's list. */
	id?: string;
	query?: IDataObject;
	body?: IDataObject;
	/** What a 404 is about, where the body rather than the path refers to an entity. */
	notFound?: EntityReference;
	/** DELETE only: treat 404 as success. */
	ignoreNotFound?: boolean;
	/** POST only: the caller removes possible duplicates itself, so the error need not ask the user to look for them. */
	callerCleansUp?: boolean;
}

/** A webhook subscription as KLIQ lists it. Only id, url and events are documented. */
export interface Subscription extends IDataObject {
	id: string;
	url: string;
	events: string[];
}

/** The body of POST /webhooks. */
export interface NewSubscription {
	url: string;
	events: string[];
	/** Key of the HMAC signature; KLIQ never returns it. */
	secret: string;
}
