import type { INodeProperties } from 'n8n-workflow';

import type { FieldSource } from '../../parameters/itemParameters';
import { toNumber } from '../../parameters/number';
import { describeValue, isBlank } from '../../parameters/value';

/** Largest absolute value of each coordinate, in degrees. */
const RANGES = { latitude: 90, longitude: 180 };

type Axis = keyof typeof RANGES;

/** The field for degrees north. */
export const LATITUDE: INodeProperties = {
	displayName: 'Latitude',
	name: 'latitude',
	type: 'number',
	typeOptions: { minValue: -90, maxValue: 90 },
	default: 0,
	description: 'Degrees north, from -90 to 90. Needs a longitude, too.',
};

/** The field for degrees east. */
export const LONGITUDE: INodeProperties = {
	displayName: 'Longitude',
	name: 'longitude',
	type: 'number',
	typeOptions: { minValue: -180, maxValue: 180 },
	default: 0,
	description: 'Degrees east, from -180 to 180. Needs a latitude, too.',
};

/** A position, in degrees. */
export type Coordinates = Record<Axis, number>;

/**
 * Reads latitude and longitude: numbers, or numbers in digits as text.
 *
 * @returns undefined if neither is given
 * @throws NodeOperationError if only one is given, is not a number or is out of range
 */
export function readCoordinates(source: FieldSource): Coordinates | undefined {
	const values = { latitude: source.getValue(LATITUDE), longitude: source.getValue(LONGITUDE) };
	const axes = Object.keys(RANGES) as Axis[];
	const missing = axes.filter((axis) => isBlank(values[axis]));
	if (missing.length === axes.length) return undefined;
	if (missing.length > 0) {
		throw source.operationError(
			`The ${missing[0]} is missing`,
			'Give both coordinates, or neither.',
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
	return { latitude: toNumber(values.latitude), longitude: toNumber(values.longitude) };
}
