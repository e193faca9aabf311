import { NodeApiError, NodeOperationError, type INode } from 'n8n-workflow';

/** Where an error belongs: the node, and the input item if it concerns one. */
export interface ErrorSource {
	node: INode;
	itemIndex?: number;
}

/**
 * The error for bad input or a bad set-up.
 *
 * @param message what happened
 * @param description what the user does next
 */
export const operationError = (
	{ node, itemIndex }: ErrorSource,
	message: string,
	description?: string,
): NodeOperationError => new NodeOperationError(node, message, { description, itemIndex });

/**
 * The error for a response of the API, or for its absence.
 *
 * @param message what happened
 * @param description what the user does next
 * @param status HTTP status, if a response came
 */
export const apiError = (
	{ node, itemIndex }: ErrorSource,
	message: string,
	description: string,
	status?: number,
): NodeApiError =>
	new NodeApiError(
		node,
		{ message },
		{
			message,
			description,
			itemIndex,
			httpCode: status === undefined ? undefined : String(status),
		},
	);
