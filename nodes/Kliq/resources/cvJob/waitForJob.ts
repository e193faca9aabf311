import {
	NodeApiError,
	NodeError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
} from 'n8n-workflow';

import { getKliqCredentials } from '../../transport/credentials';
import { getById } from '../../transport/entity';
import { asSentence, apiErrorMessage, toSingleLine } from '../../utils/redact';
import type { OperationResult } from '../../execution/operation';
import { JOBS } from './shared';

/** Seconds to wait for a job unless told. */
export const DEFAULT_TIMEOUT_S = 300;

/** Seconds to wait for a job at most. */
export const MAX_TIMEOUT_S = 3_600;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/** What the look when the time is over may take, so that no job is missed that has just finished. */
const LAST_LOOK_MS = 5_000;

/** A job that an item waits for. */
export interface JobPoll {
	context: IExecuteFunctions;
	itemIndex: number;
	jobId: string;
	timeoutSeconds: number;
	/** When the waiting ends, in milliseconds since 1970. */
	until: number;
	/** Turns the finished job into output. */
	output(job: IDataObject): IDataObject[];
}

/** What is known of a job: as KLIQ last told of it, and what went wrong since, if anything. */
interface JobSnapshot {
	job: IDataObject;
	trouble?: NodeApiError;
}

/**
 * Looks again at a job, after one second at first, doubling up to 15 s, until it has finished. KLIQ
 * being out of order or busy for a while ends nothing: the job goes on meanwhile.
 *
 * @param sight what is known of the job
 * @param polls how often KLIQ was asked already
 * @returns the output, or when to look again
 * @throws NodeOperationError for a failed job, with KLIQ's reason, and when the time is over;
 * NodeApiError as `kliqRequest` for what does not pass by itself
 */
export async function waitForJob(
	watch: JobPoll,
	sight: JobSnapshot,
	polls = 0,
): Promise<OperationResult> {
	const { job } = sight;
	if (job.status === 'completed') return watch.output(job);
	if (job.status === 'failed') throw await jobFailed(watch, job);

	const left = watch.until - Date.now();
	if (left <= 0) throw timeIsOver(watch, sight);
	const backoff = Math.min(FIRST_WAIT_MS * 2 ** polls, LONGEST_WAIT_MS);
	return {
		afterMs: Math.min(backoff, left),
		step: async () => await waitForJob(watch, await pollJob(watch, job), polls + 1),
	};
}

async function pollJob(watch: JobPoll, job: IDataObject): Promise<JobSnapshot> {
	const { context, itemIndex, jobId } = watch;
	const until = Math.max(watch.until, Date.now() + LAST_LOOK_MS);
	try {
		return { job: await getById(context, { ...JOBS, itemIndex, until }, jobId) };
	} catch (error) {
		if (isPassing(error)) return { job, trouble: error };
		throw sayingThatItGoesOn(jobId, error);
	}
}

/** Whether KLIQ cannot be asked at the moment, other than whether it refuses to tell. */
function isPassing(error: unknown): error is NodeApiError {
	if (!(error instanceof NodeApiError)) return false;
	const status = Number(error.httpCode);
	const isRefusal = status >= 300 && status < 500 && ![408, 429].includes(status);
	return !isRefusal;
}

/** Whoever runs the item again would start a second job. */
function sayingThatItGoesOn(jobId: string, error: unknown): unknown {
	if (error instanceof NodeError) {
		const goesOn = `The CV job ${jobId} was started and goes on at KLIQ; get its result later with CV Job > Get.`;
		error.description = error.description ? `${asSentence(error.description)} ${goesOn}` : goesOn;
	}
	return error;
}

async function jobFailed(watch: JobPoll, job: IDataObject): Promise<NodeOperationError> {
	const { context, itemIndex, jobId } = watch;
	const reason = apiErrorMessage(await getKliqCredentials(context), job) || 'KLIQ gives no reason';
	return new NodeOperationError(context.getNode(), `The CV job ${jobId} failed: ${reason}`, {
		description:
			'Check that the observation’s photo can be reached and is sharp and bright enough, and that the model fits it. Then start a new job.',
		itemIndex,
	});
}

function timeIsOver(watch: JobPoll, { job: { status }, trouble }: JobSnapshot): NodeOperationError {
	const { context, itemIndex, jobId, timeoutSeconds } = watch;
	const state =
		typeof status === 'string' ? `is still ${toSingleLine(status)}` : 'has not finished';
	const asFarAsKnown = trouble
		? `KLIQ could not be asked at last: ${asSentence(trouble.message)} The job goes on there`
		: 'It goes on at KLIQ';
	return new NodeOperationError(
		context.getNode(),
		`The CV job ${jobId} ${state} after ${timeoutSeconds} seconds`,
		{
			description: `${asFarAsKnown}; get its result later with CV Job > Get. To go on without waiting, turn Wait for Completion off and start a second workflow with KLIQ Trigger on “CV Job Completed”. You can also raise Timeout under Options, to 3,600 seconds at most.`,
			itemIndex,
		},
	);
}
