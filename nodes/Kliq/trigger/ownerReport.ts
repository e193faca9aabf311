import {
	NodeOperationError,
	UserError,
	type ITriggerFunctions,
	type NodeApiError,
} from 'n8n-workflow';

import { operationError } from '../utils/nodeErrors';
import { asSentence } from '../utils/text';
import type { Defect } from './healthDiagnosis';
import type { SubscriptionState } from './subscriptionState';

/** What happened, and what the owner does next. */
export interface Explanation {
	message: string;
	description: string;
}

/** Refusals that only a person can end: key, scope, tenant or what is sent. Not timeout and rate limit. */
const NEEDS_PERSON = /^4(?!08|29)\d\d$/;

const CATCH_UP =
	'Events of that time may be missing: KLIQ does not send them again. To catch up, look finished CV jobs up with the KLIQ node (CV Job → Get Many); the ready workflow “Catch up” does it by itself.';

/** What was wrong with the subscription that has been made anew. */
const DEFECTS: Record<Defect, Explanation> = {
	inactive: {
		message: 'KLIQ had switched the webhook subscription off; KLIQ Trigger has subscribed anew',
		description: `KLIQ does so after five failed retries in a row: look for failed executions of this workflow, and whether KLIQ can reach n8n. ${CATCH_UP}`,
	},
	missing: {
		message: 'The webhook subscription was gone at KLIQ; KLIQ Trigger has subscribed anew',
		description: `It was probably deleted at KLIQ; or the KLIQ API credential now names another tenant: then delete the old tenant’s webhook subscription at KLIQ. ${CATCH_UP}`,
	},
	doubled: {
		message:
			'There were several webhook subscriptions of KLIQ Trigger; one new one has taken their place',
		description:
			'You need not do anything. Events of that time may have come twice. If it happens again, see whether a second n8n with the same address (WEBHOOK_URL) runs this workflow.',
	},
	events: {
		message: 'The webhook subscription was for other events; KLIQ Trigger has subscribed anew',
		description: `It was changed at KLIQ. ${CATCH_UP}`,
	},
	secret: {
		message: 'The KLIQ API credential has changed; KLIQ Trigger has subscribed anew with it',
		description:
			'You need not do anything. Events that KLIQ sent between the change and now may have been refused.',
	},
	unknownSecret: {
		message:
			'The signing secret of the webhook subscription was unknown; KLIQ Trigger has subscribed anew',
		description: `n8n had lost what the trigger remembers, for example by a backup or a change through n8n’s API. ${CATCH_UP}`,
	},
	address: {
		message: 'n8n’s address has changed; KLIQ Trigger has moved its webhook subscription there',
		description: `You need not do anything about the subscription. ${CATCH_UP}`,
	},
};

/** Says what a health check has put right, and since when at the latest it was wrong. */
export function explainDefect(defect: Defect, { healthyAt }: SubscriptionState): Explanation {
	const { message, description } = DEFECTS[defect];
	const since =
		healthyAt === undefined
			? 'It happened before n8n started, or soon after.'
			: `The last health check that found everything in order was at ${new Date(healthyAt).toISOString()}.`;
	return { message, description: `${since} ${description}` };
}

/** Says that there were more subscriptions than the right one. */
export function explainSurplus(state: SubscriptionState): Explanation {
	const { description } = explainDefect('doubled', state);
	return {
		message: 'There was a second webhook subscription of KLIQ Trigger; it has been deleted',
		description,
	};
}

/** Says that a subscription made lately is in trouble again. */
export function explainLimit(defect: Defect): Explanation {
	const [what] = DEFECTS[defect].message.split(';');
	return {
		message: `${what}, less than an hour after KLIQ Trigger has subscribed anew`,
		description:
			'KLIQ Trigger subscribes anew at most once an hour and will try again then. Find out who or what ends the subscription at KLIQ; if nobody does, ask KLIQ’s support.',
	};
}

/**
 * Tells the owner of the workflow, once until everything is in order again: a line in n8n's log, and a
 * failed execution with the workflow's error workflow.
 */
export function reportOnce(
	context: ITriggerFunctions,
	state: SubscriptionState,
	topic: string,
	{ message, description }: Explanation,
): void {
	if (state.reported.has(topic)) return;
	state.reported.add(topic);
	log(context, `reports: ${asSentence(message)} ${description}`);
	const error = operationError({ node: context.getNode() }, message, description);
	// n8n 1.x has no `saveFailedExecution`. There `emitError` runs the error workflow, stores no
	// execution, and reactivates the workflow.
	if ('saveFailedExecution' in context) return context.saveFailedExecution(error);
	state.expectReactivation();
	(context as ITriggerFunctions).emitError(error);
}

/** Writes one line to n8n's log, once until everything is in order again. */
export function logOnce(
	context: ITriggerFunctions,
	state: SubscriptionState,
	topic: string,
	text: string,
): void {
	if (state.reported.has(topic)) return;
	state.reported.add(topic);
	log(context, text);
}

/** Reports why a health check could not look or act: to the owner if it needs a person, else to the log. */
export function reportTrouble(
	context: ITriggerFunctions,
	state: SubscriptionState,
	error: Error,
): void {
	const { httpCode, description } = error as Partial<NodeApiError>;
	// n8n throws a UserError where the node's credential was deleted.
	const isOfSetUp = error instanceof NodeOperationError || error instanceof UserError;
	if (isOfSetUp || NEEDS_PERSON.test(httpCode ?? '')) {
		return reportOnce(context, state, 'person', {
			message: `KLIQ Trigger cannot look after its webhook subscription: ${error.message}`,
			description:
				`${description ?? 'Open the node and choose a KLIQ API credential that works.'} The subscription was left as it is. KLIQ Trigger looks again every 10 minutes.`.trim(),
		});
	}
	logOnce(
		context,
		state,
		'trouble',
		`could not look after its webhook subscription and left it as it is: ${asSentence(error.message)} It looks again every 10 minutes`,
	);
}

function log(context: ITriggerFunctions, text: string): void {
	context.logger.warn(`KLIQ Trigger "${context.getNode().name}" ${text}`);
}
