import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import type { InvariantName } from '../invariants';
import type { Kliq } from '../kliq';
import type { Random } from '../random';
import type { TriggerRow } from './database';
import type { Process } from './process';

/** What an n8n of the model needs of the rest of it. */
export interface Surroundings {
	readonly random: Random;
	readonly kliq: Kliq;
	/** The KLIQ API credential as it is now. */
	readonly credential: ICredentialDataDecryptedObject;
	/** Sends a request to another server than KLIQ. @throws as n8n's HTTP client */
	ask(process: Process, request: IHttpRequestOptions): Promise<unknown>;
	trace(line: string): void;
	/** A process begins to run. */
	started(process: Process): void;
	/** n8n is about to call `create`. */
	publishing(trigger: TriggerRow): void;
	/**
	 * n8n is killed while it saves or unpublishes: it has ended the subscription, and has neither made the
	 * new one nor stored that the workflow is unpublished.
	 */
	halfDone(trigger: TriggerRow): void;
	/** The owner of the workflow is told something. */
	tell(process: Process, trigger: TriggerRow, message: string): void;
	/** Whether KLIQ has had a fault since then that only a person can end. */
	hasNeededPerson(since: number): boolean;
	breach(invariant: InvariantName, what: string): void;
}
