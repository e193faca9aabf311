import type { IExecuteFunctions, INodeProperties, NodeOperationError } from 'n8n-workflow';

import { operationError } from '../utils/nodeErrors';
import { asObject } from '../utils/object';

/** What it takes to read a field, and to name it in an error as the editor does. */
export type Field = Pick<INodeProperties, 'displayName' | 'name' | 'default'>;

/** Where fields are read from: an item's parameters, or a collection among them. */
export interface FieldSource {
	/** The field's value: of any type, where an expression or an AI agent fills it in. */
	getValue(field: Field): unknown;
	/** The error for a bad value (see `operationError`). */
	operationError(message: string, description?: string): NodeOperationError;
}

/** The node's parameters for one input item. */
export class ItemParameters implements FieldSource {
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly itemIndex: number,
	) {}

	getValue({ name, default: fallback }: Field): unknown {
		return this.context.getNodeParameter(name, this.itemIndex, fallback);
	}

	/** The ID in a resource locator, whichever mode the user chose. */
	getResourceId(name: string): unknown {
		return this.context.getNodeParameter(name, this.itemIndex, '', { extractValue: true });
	}

	/** A collection, such as Options or Filters. Fields that the user has not added are undefined. */
	getCollection(name: string): FieldSource {
		const values = asObject(this.context.getNodeParameter(name, this.itemIndex, {}));
		return {
			getValue: (field) => values[field.name],
			operationError: (message, description) => this.operationError(message, description),
		};
	}

	/** A field's value where it is the same for the whole output: not an expression, and one input item only. */
	getFixedValue({ name }: Pick<Field, 'name'>): unknown {
		return this.context.getInputData().length === 1
			? this.context.getNode().parameters[name]
			: undefined;
	}

	operationError(message: string, description?: string): NodeOperationError {
		const source = { node: this.context.getNode(), itemIndex: this.itemIndex };
		return operationError(source, message, description);
	}
}
