/** A made-up result of a CV job: what a shelf model finds in a photo. */
export function shelfResult() {
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

/** A made-up reason of a failed CV job. */
export const FAILURE_REASON = 'The image is too dark to find a shelf in it';
