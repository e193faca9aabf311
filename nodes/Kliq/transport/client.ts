import type { IDataObject, NodeOperationError } from 'n8n-workflow';

import type { KliqContext, KliqRequestOptions, ResourceName } from '../types';
import { operationError } from '../utils/nodeErrors';
import type { KliqCredentials } from './credentials';
import {
	createEntity,
	deleteById,
	getById,
	type CreatedEntity,
	type CreateOptions,
	type Deletion,
} from './entity';
import { readApiMessage } from './errors';
import {
	getPage,
	paginate,
	paginatePages,
	type ListPage,
	type ListRequest,
	type Page,
	type PageRequest,
} from './pagination';
import { downloadPhoto, type Photo } from './photo';
import { kliqApiRequest } from './request';
import { openSession, type KliqSession, type SessionOptions } from './session';

/**
 * KLIQ's API for one input item, one publication or one drop-down: its credential, its deadline, and
 * the node and item that errors name.
 */
export class KliqClient {
	constructor(private readonly session: KliqSession) {}

	get credentials(): KliqCredentials {
		return this.session.credentials;
	}

	/** The same client with an earlier deadline, in milliseconds on the monotonic clock. */
	withDeadline(deadline: number): KliqClient {
		return new KliqClient({
			...this.session,
			deadline: Math.min(deadline, this.session.deadline),
		});
	}

	/** The same client, which begins no request and no wait any more once the signal is aborted. */
	withSignal(signal: AbortSignal): KliqClient {
		return new KliqClient({
			...this.session,
			isCancelled: () => signal.aborted || this.session.isCancelled(),
		});
	}

	/** @see kliqApiRequest */
	async request(options: KliqRequestOptions): Promise<unknown> {
		return await kliqApiRequest(this.session, options);
	}

	/** @see createEntity */
	async create(
		resource: ResourceName,
		body: IDataObject,
		options: CreateOptions = {},
	): Promise<CreatedEntity> {
		return await createEntity(this.session, resource, body, options);
	}

	/** @see getById */
	async getById(resource: ResourceName, id: string): Promise<IDataObject> {
		return await getById(this.session, resource, id);
	}

	/** @see deleteById */
	async deleteById(
		resource: ResourceName,
		id: string,
		options: Pick<KliqRequestOptions, 'ignoreNotFound'> = {},
	): Promise<Deletion> {
		return await deleteById(this.session, resource, id, options);
	}

	/** @see getPage */
	async getPage<T extends IDataObject>(
		resource: ResourceName,
		request: PageRequest,
	): Promise<Page<T>> {
		return await getPage<T>(this.session, resource, request);
	}

	/** @see paginate */
	paginate<T extends IDataObject>(resource: ResourceName): AsyncGenerator<T> {
		return paginate<T>(this.session, resource);
	}

	/** @see paginatePages */
	paginatePages<T extends IDataObject>(
		resource: ResourceName,
		request: ListRequest,
	): AsyncGenerator<ListPage<T>> {
		return paginatePages<T>(this.session, resource, request);
	}

	/** @see downloadPhoto */
	async downloadPhoto(url: string): Promise<Photo> {
		return await downloadPhoto(this.session, url);
	}

	/** The API's own message in a body, redacted; empty if there is none. */
	readMessage(body: unknown): string {
		return readApiMessage(this.session, body);
	}

	/** Makes foreign text safe for errors, logs and outputs (see `redactSecrets`). */
	redact(text: string): string {
		return this.session.redact(text);
	}

	/** @see operationError */
	operationError(message: string, description?: string): NodeOperationError {
		return operationError(this.session, message, description);
	}
}

/**
 * Opens a client with the item's own credential.
 *
 * @throws NodeOperationError for a credential that cannot be used
 */
export async function kliqClient(
	context: KliqContext,
	options: SessionOptions = {},
): Promise<KliqClient> {
	return new KliqClient(await openSession(context, options));
}
