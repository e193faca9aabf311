import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { Field } from './field';
import { readText } from './text';

/**
 * Reads a field that takes the address of something on the web.
 *
 * @throws NodeOperationError where it is none
 */
export function readHttpUrl(context: IExecuteFunctions, field: Field, itemIndex: number): string {
	const address = readText(context, field, itemIndex);
	if (/^https?:\/\//i.test(address) && URL.canParse(address)) return address;
	throw new NodeOperationError(context.getNode(), `The ${field.displayName} is not a web address`, {
		description:
			'Enter the whole address, beginning with https://. If it comes from an expression, check that it is not empty.',
		itemIndex,
	});
}
