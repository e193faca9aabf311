import type { IDataObject } from 'n8n-workflow';

import { RESOURCES, type KliqRequestOptions, type ResourceName } from '../types';
import { apiError } from '../utils/nodeErrors';
import { asObject } from '../utils/object';
import { isPathSegment } from '../utils/url';
import { CHECK_BASE_URL } from './errors';
import { kliqApiRequest, MAY_BE_DELETED, NOT_FOUND } from './request';
import type { KliqSession } from './session';

const MAX_ID_LENGTH = 500;

/**
 * True for a value that can be an entity's ID. IDs go into URLs and logs, so control characters are out.
 *
 * Assumption: KLIQ-ID-TEXT.
 */
export function isId(id: unknown): id is string | number {
	if (typeof id === 'number') return true;
	if (typeof id !== 'string' || id.length > MAX_ID_LENGTH) return false;
	return isPathSegment(id) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(id);
}

/** An entity's ID as text; empty if it has no valid one. */
export const idOf = ({ id }: { id?: unknown }): string => (isId(id) ? String(id) : '');

/** A created entity and its ID. */
export interface CreatedEntity {
	entity: IDataObject;
	id: string;
}

/** What a POST says besides resource and body. */
export type CreateOptions = Pick<KliqRequestOptions, 'notFound' | 'callerCleansUp'>;

/**
 * Creates an entity.
 *
 * Assumption: KLIQ-CREATE-ID.
 *
 * @throws NodeOperationError and NodeApiError as `kliqApiRequest`; NodeApiError if the response holds
 * no ID, because it is then unknown whether the entity was created
 */
export async function createEntity(
	session: KliqSession,
	resource: ResourceName,
	body: IDataObject,
	options: CreateOptions,
): Promise<CreatedEntity> {
	const response = await kliqApiRequest(session, { ...options, method: 'POST', resource, body });
	const entity = unwrapEntity(response);
	const id = idOf(entity);
	if (id !== '') return { entity, id };

	const { singular, plural, createdVerb } = RESOURCES[resource];
	const retryAdvice = options.callerCleansUp
		? 'Try again'
		: `Look among the ${plural} before you run this again`;
	throw apiError(
		session,
		`KLIQ did not say which ${singular} it ${createdVerb}`,
		`Its answer holds no ID, so nobody can tell whether it did. ${retryAdvice}; if it stays like this, ask KLIQ’s support.`,
	);
}

/**
 * Reads the entity with an ID.
 *
 * @throws NodeOperationError and NodeApiError as `kliqApiRequest`; NodeApiError if the response holds
 * no entity
 */
export async function getById(
	session: KliqSession,
	resource: ResourceName,
	id: string,
): Promise<IDataObject> {
	const entity = unwrapEntity(await kliqApiRequest(session, { method: 'GET', resource, id }));
	if (isId(entity.id)) return entity;
	const { singular } = RESOURCES[resource];
	throw apiError(session, `KLIQ’s answer holds no ${singular}`, CHECK_BASE_URL);
}

/** How a deletion ended. The entity is gone in any case. */
export type Deletion =
	| 'deleted'
	/** There was none, which only `ignoreNotFound` allows. */
	| 'notFound'
	/** An attempt failed that may have deleted it, and the next found none: nobody knows whether it was. */
	| 'unknown';

/**
 * Deletes the entity with an ID.
 *
 * @throws NodeOperationError and NodeApiError as `kliqApiRequest`
 */
export async function deleteById(
	session: KliqSession,
	resource: ResourceName,
	id: string,
	options: Pick<KliqRequestOptions, 'ignoreNotFound'>,
): Promise<Deletion> {
	const result = await kliqApiRequest(session, { ...options, method: 'DELETE', resource, id });
	if (result === MAY_BE_DELETED) return 'unknown';
	return result === NOT_FOUND ? 'notFound' : 'deleted';
}

/** KLIQ documents single entities bare and lists in `data`; both are accepted. Empty for no object. */
function unwrapEntity(body: unknown): IDataObject {
	const entity = asObject(body);
	const wrapped = asObject(entity.data);
	return isId(entity.id) || !isId(wrapped.id) ? entity : wrapped;
}
