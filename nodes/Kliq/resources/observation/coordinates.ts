import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { describeValue, isBlank } from '../../parameters/field';
import { toNumber } from '../../parameters/number';

/** Degrees to either side that a coordinate can have. */
const RANGES = { latitude: 90, longitude: 180 };

type Axis = keyof typeof RANGES;

/** Where an observation was made, in degrees. */
export type Coordinates = Record<Axis, number>;

/**
 * Reads coordinates as a person or an expression gives them: numbers, or numbers in digits as text.
 *
 * @returns undefined where neither is given
 * @throws NodeOperationError when only one is given, is no number or is out of range
 */
export function readCoordinates(
	context: IExecuteFunctions,
	given: Partial<Record<Axis, unknown>>,
	itemIndex: number,
): Coordinates | undefined {
	const axes = Object.keys(RANGES) as Axis[];
	const missing = axes.filter((axis) => isBlank(given[axis]));
	if (missing.length === axes.length) return undefined;

	const refuse = (message: string, description: string) =>
		new NodeOperationError(context.getNode(), message, { description, itemIndex });
	if (missing.length > 0) {
		throw refuse(`The ${missing[0]} is missing`, 'Give both coordinates, or neither.');
	}
	for (const axis of axes) {
		if (!(Math.abs(toNumber(given[axis])) <= RANGES[axis])) {
			throw refuse(
				`The ${axis} is not a number from −${RANGES[axis]} to ${RANGES[axis]}`,
				`It is ${describeValue(given[axis])}. Give it in degrees with a point for the decimals, for example 52.3702.`,
			);
		}
	}
	return { latitude: toNumber(given.latitude), longitude: toNumber(given.longitude) };
}
