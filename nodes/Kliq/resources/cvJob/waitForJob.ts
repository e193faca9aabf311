import { NodeApiError, NodeError, type IDataObject, type NodeOperationError } from 'n8n-workflow';

import type { OperationResult } from '../../execution/operation';
import type { KliqClient } from '../../transport/client';
import { monotonicNow } from '../../utils/monotonicClock';
import { asSentence } from '../../utils/text';

/** Timeout of a wait for a job, in seconds, if the user sets none. */
export const DEFAULT_TIMEOUT_S = 300;

/** Longest timeout that the user can set, in seconds. */
export const MAX_TIMEOUT_S = 3_600;

const INITIAL_POLL_DELAY_MS = 1_000;
const MAX_POLL_DELAY_MS = 15_000;

/**
 * Grace for the last poll, which begins at the timeout, so that a job that has finished by then counts
 * even where the rate limiter's queue is long.
 */
const LAST_POLL_GRACE_MS = 10_000;

/** For how long a 404 may mean that KLIQ does not show a new job yet. */
const NOT_FOUND_GRACE_MS = 10_000;

/** A job that an item waits for. */
export interface JobPoll {
	kliq: KliqClient;
	jobId: string;
	timeoutSeconds: number;
	/** When the wait ends, on the monotonic clock, in milliseconds. */
	deadline: number;
	/** When the job was started, on the monotonic clock, in milliseconds. */
	startedAt: number;
	/** Turns the completed job into the item's output. */
	toOutput(job: IDataObject): IDataObject[];
}

/** The job as KLIQ last returned it, and the error of a later poll that failed. */
interface JobSnapshot {
	job: IDataObject;
	pollError?: NodeApiError;
}

/**
 * Polls a job until it has finished, with exponential backoff from 1 s to 15 s. Transient errors do
 * not end the wait: the job continues at KLIQ meanwhile.
 *
 * @param polls polls so far
 * @returns the output, or the next poll
 * @throws NodeOperationError for a failed job, with KLIQ's reason, and at the deadline; NodeApiError
 * for an error that is not transient
 */
export async function waitForJob(
	poll: JobPoll,
	snapshot: JobSnapshot,
	polls = 0,
): Promise<OperationResult> {
	const { job } = snapshot;
	if (job.status === 'completed') return poll.toOutput(job);
	if (job.status === 'failed') throw jobFailed(poll, job);

	const left = poll.deadline - monotonicNow();
	if (left <= 0) throw timedOut(poll, snapshot);
	const backoff = Math.min(INITIAL_POLL_DELAY_MS * 2 ** polls, MAX_POLL_DELAY_MS);
	return {
		delayMs: Math.min(backoff, left),
		resume: async () => await waitForJob(poll, await pollJob(poll, job), polls + 1),
	};
}

async function pollJob(poll: JobPoll, job: IDataObject): Promise<JobSnapshot> {
	const { kliq, jobId, deadline } = poll;
	const pollDeadline = Math.max(deadline, monotonicNow() + LAST_POLL_GRACE_MS);
	try {
		return { job: await kliq.withDeadline(pollDeadline).getById('cvJob', jobId) };
	} catch (error) {
		if (isTransient(error) || isTooEarly(poll, error)) return { job, pollError: error };
		throw withJobStarted(kliq.redact(jobId), error);
	}
}

/** True if KLIQ cannot be asked at the moment; false if it refuses to answer. */
function isTransient(error: unknown): error is NodeApiError {
	if (!(error instanceof NodeApiError)) return false;
	const status = Number(error.httpCode);
	const isRefusal = status >= 300 && status < 500 && ![408, 429].includes(status);
	return !isRefusal;
}

function isTooEarly({ startedAt }: JobPoll, error: unknown): error is NodeApiError {
	const isNotFound = error instanceof NodeApiError && error.httpCode === '404';
	return isNotFound && monotonicNow() - startedAt < NOT_FOUND_GRACE_MS;
}

/** Adds to an error that the job runs: running the item again would start a second one. */
function withJobStarted(jobId: string, error: unknown): unknown {
	if (error instanceof NodeError) {
		const advice = `The CV job ${jobId} was started and goes on at KLIQ; get its result later with CV Job > Get.`;
		error.description = error.description ? `${asSentence(error.description)} ${advice}` : advice;
	}
	return error;
}

// Assumption KLIQ-JOB-ERROR (docs/kliq-assumptions.md).
function jobFailed({ kliq, jobId }: JobPoll, job: IDataObject): NodeOperationError {
	const reason = kliq.readMessage(job) || 'KLIQ gives no reason';
	return kliq.operationError(
		`The CV job ${kliq.redact(jobId)} failed: ${reason}`,
		'Check that the observation’s photo can be reached and is sharp and bright enough, and that the model fits it. Then start a new job.',
	);
}

function timedOut(
	{ kliq, jobId, timeoutSeconds }: JobPoll,
	{ job: { status }, pollError }: JobSnapshot,
): NodeOperationError {
	const job = `The CV job ${kliq.redact(jobId)}`;
	const timeout = timeoutSeconds === 1 ? 'a second' : `${timeoutSeconds} seconds`;
	const advice =
		'To go on without waiting, turn Wait for Completion off and start a second workflow with KLIQ Trigger on “CV Job Completed”. You can also raise Timeout under Options, to 3,600 seconds at most.';
	if (pollError) {
		return kliq.operationError(
			`${job} may have finished, but KLIQ could not be asked within ${timeout}: ${pollError.message}`,
			`Get its result later with CV Job > Get. ${advice}`,
		);
	}
	const state = typeof status === 'string' ? `is still ${kliq.redact(status)}` : 'has not finished';
	return kliq.operationError(
		`${job} ${state} after ${timeout}`,
		`It goes on at KLIQ; get its result later with CV Job > Get. ${advice}`,
	);
}
