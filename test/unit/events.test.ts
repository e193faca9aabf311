import { describe, expect, it } from '@jest/globals';

import { parseEvents, EVENT_OPTIONS, EVENT_TYPES } from '../../nodes/Kliq/subscriptions/events';

const FAILED = 'cv.job.failed';
const VISIT = 'visit.submitted';

describe('parseEvents', () => {
	it.each([
		[[FAILED, VISIT]],
		[[` ${FAILED}`, `${VISIT}\n`]],
		[[FAILED, '', VISIT, ' ', FAILED]],
		[[FAILED, null, VISIT, 7, {}]],
		[`${FAILED},${VISIT}`],
		[` ${FAILED} , ${VISIT}, ,${FAILED},`],
		[`["${FAILED}", "${VISIT}"]`],
		[` [ "${FAILED} ", "", null, "${VISIT}" ] `],
	])('finds both events in %j', (value) => expect(parseEvents(value)).toEqual([FAILED, VISIT]));

	it.each([FAILED, ` ${FAILED} `, [FAILED], `["${FAILED}"]`])('finds one event in %j', (value) =>
		expect(parseEvents(value)).toEqual([FAILED]),
	);

	it.each([
		[undefined],
		[null],
		[''],
		[' , '],
		['[]'],
		[[]],
		[[null]],
		[7],
		[true],
		[{ 0: FAILED }],
	])('finds none in %j', (value) => expect(parseEvents(value)).toEqual([]));

	it.each(['all', '["cv.job.failed"', '{"event":"cv.job.failed"}'])(
		'leaves %s to whoever knows the event types',
		(value) => expect(parseEvents(value)).toEqual([value]),
	);
});

it('names the five event types as the editor offers them', () => {
	expect(EVENT_TYPES).toHaveLength(5);
	expect(EVENT_TYPES).toEqual(EVENT_OPTIONS.map(({ value }) => value));
});
