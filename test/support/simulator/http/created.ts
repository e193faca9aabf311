import type { KliqSettings } from '../settings';

/** The body of the answer to a POST. */
export function createdBody(created: { id: unknown }, { deviations }: KliqSettings): object {
	switch (deviations.createdShape) {
		case 'bare':
			return created;
		case 'wrapped':
			return { data: created };
		case 'withoutId':
			return { ...created, id: undefined };
	}
}
