import type { INodeProperties } from 'n8n-workflow';

import type { ItemParameters } from './itemParameters';
import { toText } from './text';

/** What differs between the fields that select one entity. */
export interface Locator {
	name: string;
	displayName: string;
	description: string;
	/** The node's list-search method for the drop-down. */
	searchListMethod: string;
	listPlaceholder: string;
	/** An ID as KLIQ writes them. */
	sampleId: string;
}

/** A required field that selects one entity: from a list, or by ID. */
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
				placeholder: `e.g. ${sampleId}`,
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
 * Reads the ID from a field made by `resourceLocatorField`.
 *
 * @throws NodeOperationError if nothing is chosen, or if it is not text
 */
export function readResourceId(
	parameters: ItemParameters,
	locator: Pick<Locator, 'displayName' | 'name'>,
): string {
	const id = toText(parameters, locator, parameters.getResourceId(locator.name));
	if (id !== '') return id;
	throw parameters.operationError(
		`No ${locator.displayName} is chosen`,
		'Choose one from the list, or enter its ID as KLIQ shows it. If the ID comes from an expression, check that it is not empty.',
	);
}
