import { newId } from '../ids';
import type { KliqEventType } from '../types';

const MODEL = 'shelf-detection-v2';

/** A made-up `data` of an event of each type; every call makes new ids. */
export const sampleData: Record<KliqEventType, () => Record<string, unknown>> = {
	'observation.created': () => observation('pending'),
	'observation.updated': () => observation('completed'),
	'cv.job.completed': () => ({ ...job('completed'), result: shelfResult() }),
	'cv.job.failed': () => ({
		...job('failed'),
		error: 'The image is too dark to find a shelf in it',
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
// documented fields of the things they tell of; those of a visit are not documented at all.

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

function shelfResult() {
	return {
		detections: [
			{
				objectName: 'Orange Juice 1L',
				confidence: 0.97,
				boundingBox: { x: 112, y: 340, width: 88, height: 214 },
				attributes: { brand: 'Sunny Grove', facings: 4, price: '€2.49' },
			},
			{
				objectName: 'Empty facing',
				confidence: 0.81,
				boundingBox: { x: 420, y: 338, width: 95, height: 220 },
				attributes: { shelf: 2 },
			},
		],
		summary: { products: 1, facings: 4, emptyFacings: 1, onShelfAvailability: 0.8 },
	};
}
