import { createHmac } from 'node:crypto';

/** The body of an event as KLIQ sends it, with as many detections as it takes to have the size. */
export function eventOfSize(bytes: number): Buffer {
	const event = {
		id: 'evt_bench',
		type: 'cv.job.completed',
		tenantId: 't_demo',
		timestamp: '2026-01-05T09:00:00.000Z',
		data: {
			jobId: 'job_bench',
			observationId: 'obs_bench',
			model: 'shelf-detection-v2',
			status: 'completed',
			result: { detections: [detection(0)], summary: {} },
		},
	};
	const { detections } = event.data.result;
	const perDetection = JSON.stringify(detection(0)).length + 1;
	const room = bytes - JSON.stringify(event).length;
	for (let number = 1; number <= Math.round(room / perDetection); number++) {
		detections.push(detection(number));
	}
	return Buffer.from(JSON.stringify(event));
}

const detection = (number: number) => ({
	objectName: 'Orange Juice 1L',
	confidence: 0.97,
	boundingBox: { x: 100 + (number % 900), y: 340, width: 88, height: 214 },
	attributes: { brand: 'Sunny Grove', facings: 4, price: '€2.49' },
});

/** The headers with which KLIQ sends a body. */
export function headersOf(body: Buffer, secret: string): Record<string, string> {
	const signature = createHmac('sha256', secret).update(body).digest('hex');
	return { 'content-type': 'application/json', 'x-kliq-signature': signature };
}
