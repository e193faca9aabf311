import { type Stored, EntityStore } from './entityStore';

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
export class JobStore extends EntityStore<StoredJob> {
	constructor() {
		super('job');
	}
}

/** Fields of a job in answers and events, without the ID. */
export function jobFields({ observationId, model, status, result, error }: StoredJob) {
	return { observationId, model, status, result, error };
}
