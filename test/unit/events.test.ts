import { expect, it } from '@jest/globals';

import { EVENT_OPTIONS, EVENT_TYPES } from '../../nodes/Kliq/subscriptions/events';

it('names the five event types as the editor offers them', () => {
	expect(EVENT_TYPES).toHaveLength(5);
	expect(EVENT_TYPES).toEqual(EVENT_OPTIONS.map(({ value }) => value));
});
