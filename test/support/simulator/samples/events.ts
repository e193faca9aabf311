import { newId } from '../ids';
import type { KliqEventType } from '../types';
import { FAILURE_REASON, shelfResult } from './result';

const MODEL = 'shelf-detection-v2';

/** A made-up `data` of an event of each type; every call makes new ids. */
export const sampleData: Record<KliqEventType, () => Record<string, unknown>> = {
	'observation.created': () => observation('pending'),
	'observation.updated': () => observation('completed'),
	'cv.job.completed': () => ({ ...job('completed'), result: shelfResult() }),
	'cv.job.failed': () => ({
		...job('failed'),
		error: FAILURE_REASON,
	}),
	'visit.submitted': () => ({
		visitId: newId('visit'),
		locationId: 'loc_store_0417',
		observationIds: [newId('obs'), newId('obs')],
		status: 'submitted',
		notes: 'Endcap rebuilt, price labels missing on the lower shelf',
	}),
};

// Only the data of `cv.job.completed` is documented. The others are put together from the
// documented fields of their resources; those of a visit are not documented at all.

function observation(status: string) {
	const id = newId('obs');
	return {
		observationId: id,
		locationId: 'loc_store_0417',
		imageUrl: `https://images.example.com/${id}.jpg`,
		latitude: 52.3702,
		longitude: 4.8952,
		metadata: { aisle: '7', category: 'Café & thee', campaign: 'spring' },
		status,
	};
}

function job(status: string) {
	return { jobId: newId('job'), observationId: newId('obs'), model: MODEL, status };
}
