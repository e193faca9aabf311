import { createHmac, randomBytes } from 'node:crypto';

import { verifySignature } from '../../../nodes/Kliq/trigger/delivery/signature';
import type { BenchmarkEnvironment } from '../environment';
import { interleave, medianOf, ratioOf, secondsOf, type Candidate } from '../measure';
import { duration, megabytes, comparison, verdict, type Row } from '../report';

const BYTES = 16 * 1024 * 1024;
const TARGET = 1.1;
/** A copy would be the size of the body. */
const MAX_NEW_BYTES = BYTES / 16;

type Figure = 'wall' | 'newBytes';

/** Verifying 16 MB in this process, against what any verification has to do. */
export async function measureVerification({ sizes }: BenchmarkEnvironment): Promise<Row[]> {
	const body = randomBytes(BYTES);
	const secret = 'whsec_bench';
	const hmac = () => createHmac('sha256', secret).update(body).digest('hex');
	const signature = hmac();

	const results = await interleave<Figure>(
		[
			candidate('isSignedByKliq', () => verifySignature(body, signature, secret)),
			candidate('bare HMAC-SHA256', () => hmac() === signature),
		],
		sizes.rounds.verify,
		sizes.warmUps,
	);
	const [ours, bare] = results;
	const newBytes = Math.max(...ours.samples.map((sample) => sample.newBytes));
	const row = {
		work: 'verifying 16 MB, by itself',
		lines: [
			{ candidate: ours.name, median: duration(medianOf(ours, 'wall')) },
			comparison(bare.name, duration(medianOf(bare, 'wall')), ratioOf(ours, bare, 'wall'), TARGET),
			{
				candidate: `${ours.name}: memory outside the heap, at most`,
				median: megabytes(newBytes),
				target: 'no copy',
				met: verdict(newBytes, MAX_NEW_BYTES),
			},
		],
		results,
	};
	return [row];
}

function candidate(name: string, verify: () => boolean): Candidate<Figure> {
	return {
		name,
		async run() {
			const before = bytesOutsideHeap();
			const wall = await secondsOf(async () => {
				if (!verify()) throw new Error(`${name} refused a right signature`);
			});
			return { wall, newBytes: bytesOutsideHeap() - before };
		},
	};
}

function bytesOutsideHeap(): number {
	const { external } = process.memoryUsage(); // includes arrayBuffers
	return external;
}
