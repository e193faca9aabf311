export { N8nClient, OWNER } from './client';
export { packageFolder } from './communityPackage';
export { ensureN8n, type N8nInstallation } from './install';
export { packProject } from './pack';
export { startN8n, type RestartOptions, type RunningN8n, type StartOptions } from './process';
export { N8nRequestError } from './session';
export { isN8nV1, N8N_VERSIONS, NEWEST_N8N, type N8nVersion } from './versions';
export * from './types';
export * from './workflow';
