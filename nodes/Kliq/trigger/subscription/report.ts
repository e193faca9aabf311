import type { ITriggerFunctions, NodeApiError } from 'n8n-workflow';

import { failureKindOf, needsPerson } from '../../transport/failure';
import { operationError } from '../../utils/nodeErrors';
import { asSentence } from '../../utils/text';
import type { Explanation } from './explanations';
import { saveFailedExecutionV1, stopsOnError } from './failedExecutionV1';
import type { Publication } from './publication';

/** A context that has n8n's log and knows its node. */
type LogContext = Pick<ITriggerFunctions, 'logger' | 'getNode'>;

/** Writes one line to n8n's log. */
export function logLine(context: LogContext, text: string): void {
	context.logger.warn(`KLIQ Trigger "${context.getNode().name}" ${text}`);
}

/** Writes one line to n8n's log, once by topic until everything is in order again. */
export function logOnce(
	context: LogContext,
	publication: Publication,
	topic: string,
	text: string,
): void {
	if (publication.told.has(topic)) return;
	publication.told.add(topic);
	logLine(context, text);
}

/**
 * Tells the owner of the workflow, once by topic until everything is in order again: a line in n8n's
 * log, and a failed execution with the workflow's error workflow. Tells nobody once the workflow is no
 * longer published.
 */
export function tellOwner(
	context: ITriggerFunctions,
	publication: Publication,
	topic: string,
	{ message, description }: Explanation,
): void {
	if (publication.told.has(topic)) return;
	publication.told.add(topic);
	logLine(context, `reports: ${asSentence(message)} ${description}`);
	if (publication.signal.aborted) return;
	const error = operationError({ node: context.getNode() }, message, description);
	if ('saveFailedExecution' in context) context.saveFailedExecution(error);
	else if (stopsOnError((context as ITriggerFunctions).getNode())) {
		saveFailedExecutionV1(context, error);
	}
}

/**
 * Reports why a health check could not look or act: to the owner if only a person can end it, else to
 * the log. Each kind of failure is told once by itself.
 *
 * @param topic what has failed
 */
export function reportFailure(
	context: ITriggerFunctions,
	publication: Publication,
	error: Error,
	topic = 'failure',
): void {
	const kind = failureKindOf(error);
	if (needsPerson(kind)) {
		const { description } = error as Partial<NodeApiError>;
		return tellOwner(context, publication, `${topic}: ${kind}`, {
			message: `KLIQ Trigger cannot look after its webhook subscription: ${error.message}`,
			description:
				`${description ?? 'Open the node, choose a KLIQ API credential that works, and publish the change (n8n 1.x: save it).'} The subscription was left as it is. KLIQ Trigger looks again every 10 minutes.`.trim(),
		});
	}
	logOnce(
		context,
		publication,
		topic,
		`could not look after its webhook subscription and left it as it is: ${asSentence(error.message)} It tries again by itself`,
	);
}
