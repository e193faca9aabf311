import { NodeApiError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import { isId } from '../client/thing';

/** How an error puts what KLIQ was asked for. */
export interface Made {
	/** What was to come about, for example “CV job”. */
	thing: string;
	/** What KLIQ was to do: it “made” or “started” it. */
	verb: string;
}

/**
 * The ID of what KLIQ has made.
 *
 * @param made KLIQ's answer to a POST
 * @throws NodeApiError where it holds none: nobody can tell whether anything was made
 */
export function idOfMade(
	context: IExecuteFunctions,
	{ id }: IDataObject,
	{ thing, verb }: Made,
	itemIndex?: number,
): string {
	if (isId(id)) return String(id);
	const message = `KLIQ did not say which ${thing} it ${verb}`;
	const description = `Its answer holds no ID, so nobody can tell whether it did: look among the ${thing}s before you run this again.`;
	throw new NodeApiError(context.getNode(), { message }, { message, description, itemIndex });
}
