import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

/** One operation of the KLIQ node: the fields it shows and what it does with them. */
export interface Operation {
	fields: INodeProperties[];
	/**
	 * Does the operation for one input item.
	 *
	 * @returns the JSON of its output items, in order
	 */
	execute(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]>;
}

/** The operations of a resource by the values of its `operation` parameter. */
export type Operations = Record<string, Operation>;
