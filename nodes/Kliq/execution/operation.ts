import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { ItemParameters } from '../parameters/itemParameters';
import type { KliqClient } from '../transport/client';

/** One operation of the KLIQ node: the fields it shows and what it does for one input item. */
export interface Operation {
	fields: INodeProperties[];
	/**
	 * Runs the operation for one input item, or its first step.
	 *
	 * Items share MAX_CONCURRENCY slots (see `runItems`). To wait, return `{ delayMs, resume }` instead
	 * of sleeping, so that the slot is free meanwhile.
	 */
	execute(kliq: KliqClient, parameters: ItemParameters): Promise<OperationResult>;
}

/** The JSON of an item's output items, in order; its output with more than JSON; or its next step. */
export type OperationResult = IDataObject[] | Output | Deferred;

/** The output of one input item. */
export interface Output {
	/** The JSON of its output items, in order. */
	jsons: IDataObject[];
	/** Files of its first output item by the names of their binary fields. */
	files?: Record<string, OutputFile>;
	/** What the user should know about the output. An execution shows the hint of one item only. */
	hint?: string;
}

/** A file for the binary data of an output item. */
export interface OutputFile {
	data: Buffer;
	/** Without folders. */
	fileName: string;
	mimeType: string;
}

/** The next step of an item that waits. */
export interface Deferred {
	/** Milliseconds until the step. */
	delayMs: number;
	resume(): Promise<OperationResult>;
}

/** The operations of a resource by the values of its `operation` parameter. */
export type Operations = Record<string, Operation>;
