import { type Stored, ThingStore } from './things';

export type JobStatus = 'queued' | 'processing' | 'completed' | 'failed';

export interface StoredJob extends Stored {
	observationId: string;
	model: string;
	status: JobStatus;
	/** Of a completed job. */
	result?: unknown;
	/** Of a failed job: why. Whether it is a text or an object is not documented. */
	error?: unknown;
}

/** The CV jobs of all tenants. */
export class JobStore extends ThingStore<StoredJob> {
	constructor() {
		super('job');
	}
}

/** A job as the API and the events tell of it, without its id. */
export function jobFields({ observationId, model, status, result, error }: StoredJob) {
	return { observationId, model, status, result, error };
}
