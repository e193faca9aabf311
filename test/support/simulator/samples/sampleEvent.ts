import type { KliqEvent, KliqEventType } from '../types';
import { sampleData } from './events';

/**
 * A made-up event of a type that is always the same, as the documents and the examples show it: its IDs
 * are numbered by kind.
 */
export function sampleEvent(type: KliqEventType): KliqEvent {
	return {
		id: 'evt_sample1',
		type,
		tenantId: 't_xyz789',
		timestamp: '2026-04-28T12:00:00.000Z',
		data: withNumberedIds(sampleData[type]()),
	};
}

/** A value with the IDs in it numbered by kind, in the order in which they come. */
export function withNumberedIds(value: unknown): unknown {
	const numbered: Record<string, string[]> = {};
	const text = JSON.stringify(value).replaceAll(
		/\b(obs|job|visit)_[0-9a-z]+/g,
		(id, kind: string) => {
			const ids = (numbered[kind] ??= []);
			if (!ids.includes(id)) ids.push(id);
			return `${kind}_sample${ids.indexOf(id) + 1}`;
		},
	);
	return JSON.parse(text);
}
