import type { SimulatorClock } from '../clock';
import { shelfResult } from '../samples/result';
import type { KliqSettings } from '../settings';
import { jobFields, type JobStore, type StoredJob } from '../stores/jobs';
import type { Emit } from '../types';

/** How a job ends: with a result, or with the reason why there is none. */
export type JobEnd = { result: unknown } | { error: unknown };

export interface JobRunnerParts {
	jobs: JobStore;
	settings: KliqSettings;
	clock: SimulatorClock;
	emit: Emit;
}

/** Starts jobs, moves them from `queued` over `processing` to their end, and emits its event. */
export class JobRunner {
	private readonly timers = new Set<unknown>();
	private planned: JobEnd[] = [];

	constructor(private readonly parts: JobRunnerParts) {}

	/** Queues the end of jobs started from now on, first in, first out. */
	plan(end: JobEnd, times: number): void {
		this.planned.push(...Array.from({ length: times }, () => end));
	}

	start(job: Pick<StoredJob, 'tenantId' | 'observationId' | 'model'>): StoredJob {
		const { jobs, settings } = this.parts;
		const started = jobs.add({ ...job, status: 'queued' });
		const end = this.planned.shift() ?? { result: shelfResult() };
		const { queuedMs, processingMs } = settings.jobDurations;
		this.after(queuedMs, () => {
			started.status = 'processing';
			this.after(processingMs, () => this.end(started, end));
		});
		return started;
	}

	/** Cancels all timers; jobs keep their status. */
	stop(): void {
		for (const timer of this.timers) this.parts.clock.clearTimeout(timer);
		this.timers.clear();
	}

	private end(job: StoredJob, end: JobEnd): void {
		Object.assign(job, end, { status: 'error' in end ? 'failed' : 'completed' });
		const type = job.status === 'failed' ? 'cv.job.failed' : 'cv.job.completed';
		this.parts.emit(type, { jobId: job.id, ...jobFields(job) }, job.tenantId);
	}

	private after(ms: number, step: () => void): void {
		if (ms === Infinity) return;
		const { clock } = this.parts;
		const timer = clock.setTimeout(() => {
			this.timers.delete(timer);
			step();
		}, ms);
		this.timers.add(timer);
	}
}
