import { randomBytes } from 'crypto';
import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { readHttpUrl } from '../../parameters/httpUrl';
import type { FieldSource } from '../../parameters/itemParameters';
import { createSubscription } from '../../subscriptions/api';
import { EVENT_OPTIONS, EVENT_TYPES } from '../../subscriptions/events';
import { canReach } from '../../subscriptions/reachable';
import type { KliqClient } from '../../transport/client';
import { parseNameList } from '../../utils/nameList';
import { toSingleLine } from '../../utils/text';

const URL_FIELD: INodeProperties = {
	displayName: 'URL',
	name: 'url',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. https://your-server.example.com/kliq',
	description: 'Where KLIQ is to send the events: an address that the internet can reach',
};

const EVENTS_FIELD: INodeProperties = {
	displayName: 'Events',
	name: 'events',
	type: 'multiOptions',
	required: true,
	default: [],
	options: EVENT_OPTIONS,
	description: 'What has to happen for KLIQ to call the URL',
};

/** Webhook Subscription → Create. Its output holds the secret, which KLIQ never returns. */
export const create: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['webhook'], operation: ['create'] } }, [
		{
			displayName:
				'To start a workflow on KLIQ events, use KLIQ Trigger instead: it subscribes by itself. This operation is for other systems that receive them.',
			name: 'notice',
			type: 'notice',
			default: '',
		},
		URL_FIELD,
		EVENTS_FIELD,
	]),

	async execute(kliq, parameters) {
		const url = readHttpUrl(parameters, URL_FIELD);
		assertReachable(url, kliq, parameters);
		const events = readEvents(parameters);
		const secret = kliq.credentials.signingSecret ?? generateSecret();
		const subscription = await createSubscription(kliq, { url, events, secret });
		return [{ ...subscription, secret }];
	},
};

/** @throws NodeOperationError for a URL on this machine where KLIQ is elsewhere */
function assertReachable(url: string, { credentials }: KliqClient, source: FieldSource): void {
	if (canReach(credentials.baseUrl, url)) return;
	throw source.operationError(
		`KLIQ cannot reach ${new URL(url).origin}, which only this machine knows`,
		'Enter an address that the internet can reach.',
	);
}

/** A new signing secret: 32 random bytes in hex, with KLIQ's prefix `whsec_`. */
const generateSecret = () => `whsec_${randomBytes(32).toString('hex')}`;

function readEvents(source: FieldSource): string[] {
	const events = parseNameList(source.getValue(EVENTS_FIELD));
	if (events.length === 0) {
		throw source.operationError('No event is chosen', 'Choose at least one under Events');
	}
	const unknown = events.find((event) => !EVENT_TYPES.includes(event));
	if (unknown === undefined) return events;
	throw source.operationError(
		`KLIQ has no event type “${toSingleLine(unknown)}”`,
		`Under Events, choose from the list. By their names at KLIQ they are ${EVENT_TYPES.join(', ')}.`,
	);
}
