import type { INodeProperties } from 'n8n-workflow';

/** Has fields shown for one resource, and within it for the given operations only. */
export function displayFor(
	resource: string,
	operations: string[],
	fields: INodeProperties[],
): INodeProperties[] {
	return fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { ...field.displayOptions?.show, resource: [resource], operation: operations },
		},
	}));
}
