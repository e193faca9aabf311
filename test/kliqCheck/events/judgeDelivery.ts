import { createHmac } from 'node:crypto';

import { EVENT_TYPES } from '../eventTypes';
import type { Findings } from '../findings';
import type { Session } from '../session';
import { fieldNames, isObject, listed, word } from '../shapes';
import type { Delivery } from './tunnelServer';

const ENVELOPE = ['id', 'type', 'tenantId', 'timestamp', 'data'];

/** Fields that workflows rely on, by the type of the event. */
const EXPECTED_DATA: Record<string, string[]> = {
	'observation.created': ['observationId'],
	'observation.updated': ['observationId'],
	'cv.job.completed': ['jobId', 'observationId', 'model', 'status', 'result'],
	'cv.job.failed': ['jobId', 'observationId', 'model', 'status'],
	'visit.submitted': [],
};

/** What a subscription was asked for with. */
export interface Subscribed {
	url: string;
	secret: string;
}

/** Looks at one delivery: signature, address, content type, body, and the fields of its data. */
export function judgeDelivery(
	{ findings, shapes }: Pick<Session, 'findings' | 'shapes'>,
	delivery: Delivery,
	subscribed: Subscribed[],
): void {
	judgeSignature(
		findings,
		delivery,
		subscribed.map(({ secret }) => secret),
	);
	judgeQuery(findings, delivery, subscribed);
	judgeContentType(findings, delivery);
	const event = eventIn(delivery);
	judgeBody(findings, delivery, event);
	if (event === undefined) return;
	const type = String(event.type);
	if (isKnownType(type)) shapes[`event ${type}`] = fieldNames(event);
	judgeData(findings, type, event.data);
}

/** The event in a delivery, in a list too; undefined where there is none. */
export function eventIn({ body }: Pick<Delivery, 'body'>): Record<string, unknown> | undefined {
	try {
		const parsed: unknown = JSON.parse(body.toString());
		const event: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
		return isObject(event) ? event : undefined;
	} catch {
		return undefined;
	}
}

const isKnownType = (type: string) => EVENT_TYPES.includes(type);

function judgeSignature(findings: Findings, { headers, body }: Delivery, secrets: string[]): void {
	const signature = String(headers['x-kliq-signature'] ?? '');
	const isHex = /^[0-9a-f]{64}$/i.test(signature);
	if (signature === '') {
		findings.differs('KLIQ-EVENT-SIGNATURE', 'no X-Kliq-Signature');
		return;
	}
	const letters = signature === signature.toLowerCase() ? 'lower' : 'upper';
	if (isHex) findings.held('KLIQ-EVENT-SIGNATURE', `64 hex digits, ${letters} case`);
	else findings.differs('KLIQ-EVENT-SIGNATURE', formOf(signature));

	const fitting = candidates(body, secrets).find(({ hmac }) => isSignature(signature, hmac));
	if (fitting === undefined) {
		findings.differs('KLIQ-EVENT-SECRET', 'no key that was tried fits the signature');
	} else if (fitting.isExpected) {
		findings.held('KLIQ-EVENT-SECRET', 'the whole secret, over the bytes of the body');
	} else {
		findings.differs('KLIQ-EVENT-SECRET', fitting.what);
	}
}

/** What a signature looks like, without a character of it. */
function formOf(signature: string): string {
	const [, prefix] = /^([a-z][a-z0-9]{0,9}=)[0-9a-f]{64}$/i.exec(signature) ?? [];
	if (prefix) return `64 hex digits after ${prefix}`;
	if (/^[A-Za-z0-9+/_-]{43}=?$/.test(signature)) return 'base64';
	return `${signature.length} characters, not 64 hex digits`;
}

function isSignature(signature: string, hmac: Buffer): boolean {
	const bare = signature.replace(/^[a-z0-9]{1,10}=(?=.)/i, '');
	return [
		hmac.toString('hex') === bare.toLowerCase(),
		hmac.toString('base64') === signature,
		hmac.toString('base64url') === signature,
	].some(Boolean);
}

/** The HMAC as documented, and as services with the same notation make it. */
function candidates(body: Buffer, secrets: string[]) {
	return secrets.flatMap((secret) => {
		const bare = secret.replace(/^whsec_/, '');
		const under = (key: string | Buffer, what: string, isExpected = false) => ({
			hmac: createHmac('sha256', key).update(body).digest(),
			what,
			isExpected,
		});
		return [
			under(secret, '', true),
			under(bare, 'the secret without whsec_'),
			under(Buffer.from(bare, 'hex'), 'the secret without whsec_, as hex'),
			under(Buffer.from(bare, 'base64'), 'the secret without whsec_, as base64'),
		];
	});
}

function judgeQuery(findings: Findings, { path }: Delivery, subscribed: Subscribed[]): void {
	const [address, query] = path.split('?');
	const sent = subscribed
		.map(({ url }) => new URL(url))
		.find(({ pathname }) => pathname.endsWith(address));
	if (sent === undefined) return;
	if (`?${query}` === sent.search) findings.held('KLIQ-EVENT-URL-QUERY', 'as subscribed');
	else {
		const seen = query === undefined ? 'without the query' : 'with another query';
		findings.differs('KLIQ-EVENT-URL-QUERY', seen);
	}
}

function judgeContentType(findings: Findings, { headers }: Delivery): void {
	const type = String(headers['content-type'] ?? '');
	if (/^application\/json(; ?charset=utf-8)?$/i.test(type)) {
		findings.held('KLIQ-EVENT-CONTENT-TYPE', type);
	} else {
		const isPlain = /^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/.test(type) && type.length < 80;
		findings.differs('KLIQ-EVENT-CONTENT-TYPE', isPlain ? type : 'none, or an unusual one');
	}
}

function judgeBody(
	findings: Findings,
	{ body, headers }: Delivery,
	event?: Record<string, unknown>,
): void {
	const encoding = headers['content-encoding'];
	const differ = (seen: string) => findings.differs('KLIQ-EVENT-BODY', seen);
	if (encoding !== undefined && encoding !== 'identity') return differ('compressed');
	if (event === undefined) return differ('no JSON object');
	if (body.toString().trimStart().startsWith('[')) return differ('a list of events');
	const missing = ENVELOPE.filter((name) => event[name] === undefined);
	if (missing.length > 0) return differ(`without ${listed(missing)}`);
	const type = String(event.type);
	if (!isKnownType(type)) return differ(`of the type ${word(type.replaceAll('.', '_'))}`);
	findings.held('KLIQ-EVENT-BODY', type);
}

function judgeData(findings: Findings, type: string, data: unknown): void {
	if (!isKnownType(type)) return;
	const names = fieldNames(data);
	const missing = EXPECTED_DATA[type].filter((name) => !names.includes(name));
	if (missing.length > 0)
		findings.differs('KLIQ-EVENT-DATA', `${type}: without ${listed(missing)}`);
	else findings.held('KLIQ-EVENT-DATA', type);
}
