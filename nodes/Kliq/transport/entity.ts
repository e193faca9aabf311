import { NodeApiError, type IDataObject } from 'n8n-workflow';

import { asObject } from '../utils/object';
import type { KliqCall, KliqContext } from '../types';
import { CHECK_BASE_URL } from './errors';
import type { ListCall } from './pagination';
import { kliqApiRequest } from './request';
import { isPathSegment } from '../utils/url';

/** What a call about single things says of itself; method and path are added. */
export type ThingCall = Omit<ListCall, 'query'>;

const MAX_ID_LENGTH = 500;

/** Whether a value in KLIQ's answer can be the ID of something: it goes into addresses and logs. */
export function isId(id: unknown): id is string | number {
	if (typeof id === 'number') return true;
	if (typeof id !== 'string' || id.length > MAX_ID_LENGTH) return false;
	return isPathSegment(id) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(id);
}

/** The ID of a thing as text; empty where it has none that can be one. */
export const idOf = ({ id }: { id?: unknown }): string => (isId(id) ? String(id) : '');

/**
 * The one thing in an answer. Single objects are documented bare; lists come in `data`, so that is
 * understood here, too. Empty where the answer is no object.
 */
export function unwrapEntity(answer: unknown): IDataObject {
	const thing = asObject(answer);
	const wrapped = asObject(thing.data);
	return isId(thing.id) || !isId(wrapped.id) ? thing : wrapped;
}

/**
 * Asks for the one thing with an ID.
 *
 * @param call the list that the thing stands in
 * @throws NodeOperationError for an ID that cannot be one, NodeApiError as `kliqRequest` and when
 * the answer holds no such thing
 */
export async function getById(
	context: KliqContext,
	call: ThingCall,
	id: string,
): Promise<IDataObject> {
	const path = [...call.path, id];
	const thing = unwrapEntity(await kliqApiRequest(context, { ...call, method: 'GET', path, id }));
	if (!isId(thing.id)) {
		const message = `KLIQ’s answer holds no ${call.thing}`;
		const { itemIndex } = call;
		throw new NodeApiError(
			context.getNode(),
			{ message },
			{ message, description: CHECK_BASE_URL, itemIndex },
		);
	}
	return thing;
}

/**
 * Deletes the one thing with an ID.
 *
 * @param call the list that the thing stands in
 * @throws NodeOperationError for an ID that cannot be one, NodeApiError as `kliqRequest`
 */
export async function deleteById(
	context: KliqContext,
	call: ThingCall & Pick<KliqCall, 'mayBeGone'>,
	id: string,
): Promise<void> {
	await kliqApiRequest(context, { ...call, method: 'DELETE', path: [...call.path, id], id });
}
