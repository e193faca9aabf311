import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { toText } from './text';

/** What differs between the fields that name one thing at KLIQ. */
export interface Locator {
	name: string;
	displayName: string;
	description: string;
	/** The list-search method of the node that fills the drop-down. */
	searchListMethod: string;
	listPlaceholder: string;
	/** An ID as KLIQ writes them. */
	sampleId: string;
}

/** A required field that names one thing at KLIQ: from a list, or by its ID. */
export function resourceLocatorField(locator: Locator): INodeProperties {
	const { name, displayName, description, searchListMethod, listPlaceholder, sampleId } = locator;
	return {
		displayName,
		name,
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		description,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: listPlaceholder,
				typeOptions: { searchListMethod, searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: sampleId,
				validation: [
					{
						type: 'regex',
						properties: {
							regex: '\\s*[^\\s/?#]+\\s*',
							errorMessage: `An ID has no spaces and no slashes; it looks like ${sampleId}`,
						},
					},
				],
			},
		],
	};
}

/**
 * The ID that a field of `locatorField` names for an item; empty where it names none.
 *
 * @throws NodeOperationError where it is no text
 */
export function readResourceId(
	context: IExecuteFunctions,
	locator: Pick<Locator, 'displayName' | 'name'>,
	itemIndex: number,
): string {
	const id = context.getNodeParameter(locator.name, itemIndex, '', { extractValue: true });
	return toText(context, locator, id, itemIndex);
}
