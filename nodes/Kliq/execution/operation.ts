import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

/** One operation of the KLIQ node: the fields it shows and what it does with them. */
export interface Operation {
	fields: INodeProperties[];
	/**
	 * Does the operation for one input item, or its first step.
	 *
	 * Items share a few places at KLIQ. An operation that has to wait for something hands back the
	 * step to go on with instead of waiting itself: an item that waits must not hold a place up while
	 * others have not even begun.
	 */
	execute(context: IExecuteFunctions, itemIndex: number): Promise<OperationResult>;
}

/** How far an item has come: the JSON of its output items, in order, or what to go on with later. */
export type OperationResult = IDataObject[] | Deferred;

/** The next step of an item that waits. */
export interface Deferred {
	/** Milliseconds to wait before it. */
	afterMs: number;
	step(): Promise<OperationResult>;
}

/** The operations of a resource by the values of its `operation` parameter. */
export type Operations = Record<string, Operation>;
