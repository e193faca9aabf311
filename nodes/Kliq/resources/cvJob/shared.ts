import type { ListCall } from '../../transport/pagination';

/** Reading KLIQ's CV jobs. */
export const JOBS = { path: ['cv', 'jobs'], thing: 'CV job', scope: 'cv:read' } satisfies ListCall;

/** The fields of a CV job that KLIQ documents. */
export const DOCUMENTED_FIELDS = ['id', 'observationId', 'model', 'status', 'result', 'error'];
