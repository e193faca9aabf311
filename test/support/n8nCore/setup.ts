import { makeUserFolder } from './userFolder';

makeUserFolder();
process.env.N8N_LOG_LEVEL = 'silent';
