import { NodeOperationError, type IDataObject } from 'n8n-workflow';

import { imageFileName } from '../utils/fileName';
import { operationError } from '../utils/nodeErrors';
import {
	EMPTY,
	explainFailure,
	explainStatus,
	explainType,
	NO_IMAGE,
	TOO_LARGE,
	type PhotoProblem,
} from './photoErrors';
import { assertNotCancelled } from './request';
import { withTimeout } from './retry/timeout';
import type { KliqSession } from './session';

/** KLIQ takes photos of 20 MB at most (KLIQ, Observations), so a larger file is none. */
const MAX_BYTES = 20 * 1024 * 1024;

/** Time limit of a download, redirects included, in milliseconds. */
const DOWNLOAD_TIMEOUT_MS = 30_000;

/** Types that say nothing about the content. Object stores send them for files stored without a type. */
const UNSPECIFIC_TYPES = ['', 'application/octet-stream', 'binary/octet-stream'];

/** The first bytes, in hex, of the formats that KLIQ takes (KLIQ, Observations). */
const SIGNATURES: Array<[type: string, firstBytes: string]> = [
	['image/jpeg', 'ffd8ff'],
	['image/png', '89504e470d0a1a0a'],
];

/** A downloaded photo. */
export interface Photo {
	data: Buffer;
	/** Without folders. */
	fileName: string;
	/** Without parameters, such as `image/jpeg`. */
	mimeType: string;
}

/**
 * Downloads a photo without the API key: the server is not KLIQ's API. n8n's HTTP client follows
 * redirects, and its SSRF protection checks every address. There is one attempt. Reading ends with the
 * first byte above the limit.
 *
 * @param url an HTTP URL; errors show only its host, because the rest may hold a token
 * @throws NodeOperationError if there is no photo, if it is too large or takes too long, and for a
 * cancelled execution
 */
export async function downloadPhoto(session: KliqSession, url: string): Promise<Photo> {
	assertNotCancelled(session);
	const host = session.redact(new URL(url).host);
	try {
		return await withTimeout(
			DOWNLOAD_TIMEOUT_MS,
			async (timeoutSignal) => await download(session, url, host, timeoutSignal),
		);
	} catch (error) {
		assertNotCancelled(session);
		throw error instanceof NodeOperationError
			? error
			: toError(session, explainFailure(error, host, session.redact));
	}
}

async function download(
	session: KliqSession,
	url: string,
	host: string,
	timeoutSignal: AbortSignal,
): Promise<Photo> {
	const { cancelSignal } = session;
	const end = new AbortController();
	const signals = [timeoutSignal, end.signal, ...(cancelSignal ? [cancelSignal] : [])];
	try {
		const { statusCode, headers, body } = await session.sendUnauthenticated({
			method: 'GET',
			url,
			headers: { Accept: 'image/*' },
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			timeout: DOWNLOAD_TIMEOUT_MS,
			abortSignal: AbortSignal.any(signals),
		});
		const type = contentType(headers);
		assertNoProblem(session, explainStatus(statusCode, host));
		if (!isImageType(type) && !UNSPECIFIC_TYPES.includes(type)) {
			assertNoProblem(session, explainType(session.redact(type)));
		}
		if (Number(headers['content-length']) > MAX_BYTES) assertNoProblem(session, TOO_LARGE);
		const data = await readBody(session, body as unknown as AsyncIterable<Uint8Array>);
		const mimeType = isImageType(type) ? type : sniffType(data);
		if (mimeType === undefined) throw toError(session, NO_IMAGE);
		return { data, mimeType, fileName: imageFileName(url, mimeType) };
	} finally {
		// Closes the connection where the body was not read to its end. Destroying the body would not: n8n 2.x
		// wraps it in a stream that passes that on only once it is being read.
		end.abort();
	}
}

/** @throws NodeOperationError for an empty body and for one above the limit */
async function readBody(session: KliqSession, body: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of body) {
		size += chunk.length;
		if (size > MAX_BYTES) assertNoProblem(session, TOO_LARGE);
		chunks.push(chunk);
	}
	if (size === 0) assertNoProblem(session, EMPTY);
	return Buffer.concat(chunks);
}

/** The type from the header, in lower case and without parameters; empty if there is none. */
function contentType(headers: IDataObject): string {
	const value = headers['content-type'];
	return typeof value === 'string' ? value.split(';')[0].trim().toLowerCase() : '';
}

const isImageType = (type: string) => /^image\/[\w.+-]+$/.test(type);

/** The type that the first bytes show; undefined if it is none that KLIQ takes. */
function sniffType(data: Buffer): string | undefined {
	const start = data.subarray(0, 8).toString('hex');
	return SIGNATURES.find(([, firstBytes]) => start.startsWith(firstBytes))?.[0];
}

/** @throws NodeOperationError if there is a problem */
function assertNoProblem(session: KliqSession, problem: PhotoProblem | undefined): void {
	if (problem) throw toError(session, problem);
}

const toError = (session: KliqSession, { message, description }: PhotoProblem) =>
	operationError(session, message, description);
