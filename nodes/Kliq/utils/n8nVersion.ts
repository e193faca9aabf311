import { fromParameter } from 'n8n-workflow';

/** True on n8n 1.x, whose n8n-workflow lacks `fromParameter`. No context tells the version. */
export const isN8nV1 = (): boolean => (fromParameter as unknown) === undefined;
