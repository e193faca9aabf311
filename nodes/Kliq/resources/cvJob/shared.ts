/** The fields of a CV job that KLIQ documents. */
export const DOCUMENTED_FIELDS = ['id', 'observationId', 'model', 'status', 'result', 'error'];
