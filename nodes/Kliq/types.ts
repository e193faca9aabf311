import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
} from 'n8n-workflow';

/** The n8n contexts that talk to KLIQ: the action node, the trigger's lifecycle and the drop-down lists. */
export type KliqContext = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions;

/** The kinds of thing that KLIQ keeps, as its error messages should call them. */
export type KliqThing = 'webhook subscription' | 'observation' | 'CV job' | 'location';

/** One call of KLIQ's API. */
export interface KliqCall {
	method: Extract<IHttpRequestMethods, 'GET' | 'POST' | 'DELETE'>;
	/** Path below the tenant, one entry a segment, not yet encoded: `['webhooks', 'wh_abc123']`. */
	path: string[];
	query?: IDataObject;
	body?: IDataObject;
	/** What the call is about, for error messages. */
	thing: KliqThing;
	/** ID of the one thing the call is about, in its path or in its body, if it is about one. */
	id?: string;
	/** For a DELETE: a thing that is not there (any more) is as good as deleted. */
	mayBeGone?: boolean;
	/** For a POST: the caller puts right what a lost answer leaves, so a person need not look for it. */
	cleansUp?: boolean;
	/** When to give up at the latest, in milliseconds since 1970, if before the usual limits. */
	until?: number;
	/** KLIQ scope that the call needs, for error messages. */
	scope: string;
	/** Input item that the call serves, for error messages. */
	itemIndex?: number;
}

/** A webhook subscription as KLIQ lists it. Only id, url and events are documented. */
export interface Subscription extends IDataObject {
	id: string;
	url: string;
	events: string[];
}

/** What KLIQ needs to know to send events. */
export interface NewSubscription {
	url: string;
	events: string[];
	/** The key of the signature, never shown again by KLIQ. */
	secret: string;
}
