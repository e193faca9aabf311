import type { INodeProperties } from 'n8n-workflow';

import type { FieldSource } from '../../parameters/itemParameters';
import { toNumber } from '../../parameters/number';
import { describeValue, isBlank } from '../../parameters/value';
import { asObject } from '../../utils/object';

/** Largest absolute value of each coordinate, in degrees. */
const RANGES = { latitude: 90, longitude: 180 };

type Axis = keyof typeof RANGES;

/** A position, in degrees. */
export type Coordinates = Record<Axis, number>;

/** The field for a position. Texts, because a number field cannot be empty, and 0 is a position. */
export const COORDINATES_FIELD: INodeProperties = {
	displayName: 'Coordinates',
	name: 'coordinates',
	type: 'collection',
	default: { latitude: '', longitude: '' },
	placeholder: 'Add Coordinate',
	description: 'Where the photo was taken. Empty coordinates are not sent.',
	options: [
		{
			displayName: 'Latitude',
			name: 'latitude',
			type: 'string',
			default: '',
			placeholder: 'e.g. 52.3702',
			description: 'Degrees north, from -90 to 90',
		},
		{
			displayName: 'Longitude',
			name: 'longitude',
			type: 'string',
			default: '',
			placeholder: 'e.g. 4.8952',
			description: 'Degrees east, from -180 to 180',
		},
	],
};

/**
 * Reads a position: numbers, or numbers in digits as text.
 *
 * @returns undefined if neither coordinate is given
 * @throws NodeOperationError if only one is given, is not a number or is out of range
 */
export function readCoordinates(source: FieldSource): Coordinates | undefined {
	const { latitude, longitude } = asObject(source.getValue(COORDINATES_FIELD));
	const values: Record<Axis, unknown> = { latitude, longitude };
	const axes = Object.keys(RANGES) as Axis[];
	const missing = axes.filter((axis) => isBlank(values[axis]));
	if (missing.length === axes.length) return undefined;
	if (missing.length > 0) {
		throw source.operationError(
			`The ${missing[0]} is missing`,
			'Give both coordinates, or neither. If it comes from an expression, check that it is not empty.',
		);
	}
	for (const axis of axes) {
		if (!(Math.abs(toNumber(values[axis])) <= RANGES[axis])) {
			throw source.operationError(
				`The ${axis} is not a number from −${RANGES[axis]} to ${RANGES[axis]}`,
				`It is ${describeValue(values[axis])}. Give it in degrees with a point for the decimals, for example 52.3702.`,
			);
		}
	}
	return { latitude: toNumber(latitude), longitude: toNumber(longitude) };
}
