import type {
	IDataObject,
	INode,
	INodeExecutionData,
	ITriggerFunctions,
	NodeOperationError,
} from 'n8n-workflow';

import { operationError } from '../../utils/nodeErrors';
import { asObject } from '../../utils/object';

/**
 * n8n 1.x has no `saveFailedExecution`, and its `emitError` stops the whole workflow and publishes it
 * again (n8n, ActiveWorkflowManager). So the trigger starts an execution whose first node, which is the
 * trigger itself, fails: it stands in the list, and the error workflow runs. This file goes with n8n 1.x.
 *
 * The item carries plain data: in queue mode n8n sends it to a worker as JSON.
 */
export function saveFailedExecutionV1(
	context: ITriggerFunctions,
	{ message, description }: NodeOperationError,
): void {
	const error = { message, description } as IDataObject;
	context.emit([[{ json: {}, error: error as unknown as INodeExecutionData['error'] }]]);
}

/** The error that an item of `saveFailedExecutionV1` carries. An event's item has none. */
export function reportedError(
	node: INode,
	{ error }: INodeExecutionData,
): NodeOperationError | undefined {
	if (error === undefined) return undefined;
	const { message, description } = asObject(error);
	return operationError({ node }, String(message), String(description));
}

/** True if an execution of the node that fails counts as one: otherwise it would run the next nodes. */
export const stopsOnError = ({ onError, continueOnFail }: INode) =>
	(onError === undefined || onError === 'stopWorkflow') && continueOnFail !== true;
