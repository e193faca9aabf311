import { describe, expect, it } from '@jest/globals';

import { formatTime, formatTimeRange } from '../../nodes/Kliq/utils/localTime';

const at = (time: string) => Date.parse(`2026-11-28T${time}Z`);

/** ICU sets thin spaces in some of its versions. */
const plain = (text: string) => text.replaceAll(/\s/g, ' ').replace(' – ', '–');

describe('times that an operator reads', () => {
	it.each([
		['Europe/Amsterdam', '28 Nov 2026, 18:04–18:15 (Europe/Amsterdam)'],
		['America/New_York', '28 Nov 2026, 12:04–12:15 (America/New_York)'],
		['Asia/Kolkata', '28 Nov 2026, 22:34–22:45 (Asia/Kolkata)'],
		['No/Where', '28 Nov 2026, 17:04–17:15 (UTC)'],
		['', '28 Nov 2026, 17:04–17:15 (UTC)'],
	])('are in the time zone %j, with whole minutes that hold all: %s', (timeZone, text) => {
		const range = formatTimeRange(at('17:04:40.894'), at('17:14:00.001'), timeZone);
		expect(plain(range).replace('Asia/Calcutta', 'Asia/Kolkata')).toBe(text);
	});

	it('name both days where there are two', () => {
		const range = formatTimeRange(at('23:50:00'), at('23:59:01'), 'UTC');
		expect(plain(range)).toBe('28 Nov 2026, 23:50–29 Nov 2026, 00:00 (UTC)');
	});

	it('name one moment', () => {
		expect(plain(formatTime(at('17:04:40'), 'UTC'))).toBe('28 Nov 2026, 17:04 (UTC)');
	});
});
