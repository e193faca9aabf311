import { describe, expect, it } from '@jest/globals';

import { parseNameList } from '../../nodes/Kliq/utils/nameList';

const FAILED = 'cv.job.failed';
const VISIT = 'visit.submitted';

describe('parseNameList', () => {
	it.each([
		[[FAILED, VISIT]],
		[[` ${FAILED}`, `${VISIT}\n`]],
		[[FAILED, '', VISIT, ' ', FAILED]],
		[[FAILED, null, VISIT, 7, {}]],
		[`${FAILED},${VISIT}`],
		[` ${FAILED} , ${VISIT}, ,${FAILED},`],
		[`["${FAILED}", "${VISIT}"]`],
		[` [ "${FAILED} ", "", null, "${VISIT}" ] `],
	])('finds both names in %j', (value) => expect(parseNameList(value)).toEqual([FAILED, VISIT]));

	it.each([FAILED, ` ${FAILED} `, [FAILED], `["${FAILED}"]`])('finds one name in %j', (value) =>
		expect(parseNameList(value)).toEqual([FAILED]),
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
	])('finds none in %j', (value) => expect(parseNameList(value)).toEqual([]));

	it.each(['all', '["cv.job.failed"', '{"event":"cv.job.failed"}'])(
		'leaves it to the caller whether there is a %s',
		(value) => expect(parseNameList(value)).toEqual([value]),
	);
});
