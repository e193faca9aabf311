import { NodeApiError, type IDataObject } from 'n8n-workflow';

import type { KliqCall, KliqContext } from '../types';
import { isId } from './entity';

/** How an error puts what KLIQ was asked for. */
export interface Made extends Pick<KliqCall, 'cleansUp' | 'itemIndex'> {
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
	context: KliqContext,
	{ id }: IDataObject,
	{ thing, verb, cleansUp, itemIndex }: Made,
): string {
	if (isId(id)) return String(id);
	const message = `KLIQ did not say which ${thing} it ${verb}`;
	const again = cleansUp ? 'Try again' : `Look among the ${thing}s before you run this again`;
	const description = `Its answer holds no ID, so nobody can tell whether it did. ${again}; if it stays like this, ask KLIQ’s support.`;
	throw new NodeApiError(context.getNode(), { message }, { message, description, itemIndex });
}
