import { isHttpUrl, withoutUserInfo } from '../utils/url';
import type { Field, FieldSource } from './itemParameters';
import { readText } from './text';
import { describeValue } from './value';

/**
 * Reads a field that takes a URL of the web.
 *
 * @throws NodeOperationError for anything else
 */
export function readHttpUrl(source: FieldSource, field: Field): string {
	const url = readText(source, field);
	if (isHttpUrl(url)) return url;
	throw source.operationError(
		url === ''
			? `The ${field.displayName} is empty`
			: `The ${field.displayName} is not a web address: ${describeValue(withoutUserInfo(url))}`,
		'Enter the whole address, beginning with https://. If it comes from an expression, check that it is not empty and gives a whole address.',
	);
}
