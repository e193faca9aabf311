import {
	NodeError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
} from 'n8n-workflow';

import { getAccount } from '../../client/account';
import { getThing } from '../../client/thing';
import { kliqsOwnWords, oneLine } from '../../client/words';
import type { Progress } from '../operation';
import { JOBS } from './jobs';

/** Seconds to wait for a job unless told, and at most. */
export const DEFAULT_TIMEOUT_S = 300;
export const LONGEST_TIMEOUT_S = 3_600;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/** A job that an item waits for. */
export interface Watch {
	context: IExecuteFunctions;
	itemIndex: number;
	jobId: string;
	timeoutSeconds: number;
	/** When the waiting ends, in milliseconds since 1970. */
	until: number;
	/** Turns the finished job into output. */
	output(job: IDataObject): IDataObject[];
}

/**
 * Looks again at a job, after one second at first, doubling up to 15 s, until it has finished.
 *
 * @param job as KLIQ last told of it
 * @param polls how often KLIQ was asked already
 * @returns the output, or when to look again
 * @throws NodeOperationError for a failed job, with KLIQ's reason, and when the time is over;
 * NodeApiError as `kliqRequest`
 */
export async function waitForJob(watch: Watch, job: IDataObject, polls = 0): Promise<Progress> {
	if (job.status === 'completed') return watch.output(job);
	if (job.status === 'failed') throw await jobFailed(watch, job);

	const left = watch.until - Date.now();
	if (left <= 0) throw timeIsOver(watch, job);
	const backoff = Math.min(FIRST_WAIT_MS * 2 ** polls, LONGEST_WAIT_MS);
	return {
		afterMs: Math.min(backoff, left),
		step: async () => await waitForJob(watch, await lookAt(watch), polls + 1),
	};
}

const lookAt = async ({ context, itemIndex, jobId }: Watch) =>
	await getThing(context, { ...JOBS, itemIndex }, jobId).catch(sayThatItGoesOn(jobId));

/** Whoever runs the item again would start a second job. */
const sayThatItGoesOn =
	(jobId: string) =>
	(error: unknown): never => {
		if (error instanceof NodeError) {
			const goesOn = `The CV job ${jobId} was started and goes on at KLIQ; get its result later with CV Job > Get.`;
			error.description = [error.description, goesOn].filter(Boolean).join(' ');
		}
		throw error;
	};

async function jobFailed(watch: Watch, job: IDataObject): Promise<NodeOperationError> {
	const { context, itemIndex, jobId } = watch;
	const reason = kliqsOwnWords(await getAccount(context), job) || 'KLIQ gives no reason';
	return new NodeOperationError(context.getNode(), `The CV job ${jobId} failed: ${reason}`, {
		description:
			'Check that the observation’s photo can be reached and is sharp and bright enough, and that the model fits it. Then start a new job.',
		itemIndex,
	});
}

function timeIsOver({ context, itemIndex, jobId, timeoutSeconds }: Watch, { status }: IDataObject) {
	const state = typeof status === 'string' ? `is still ${oneLine(status)}` : 'has not finished';
	return new NodeOperationError(
		context.getNode(),
		`The CV job ${jobId} ${state} after ${timeoutSeconds} seconds`,
		{
			description:
				'It goes on at KLIQ; get its result later with CV Job > Get. To go on without waiting, turn Wait for Completion off and start a second workflow with KLIQ Trigger on “CV Job Completed”. You can also raise Timeout under Options, to 3,600 seconds at most.',
			itemIndex,
		},
	);
}
