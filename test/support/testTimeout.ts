import { jest } from '@jest/globals';

/**
 * Guards against hanging only. Tests wait for real n8n processes, several at a time, on machines that
 * are sometimes much slower than usual; each wait has a shorter limit of its own.
 */
const TEST_TIMEOUT_MS = 15 * 60_000;

jest.setTimeout(TEST_TIMEOUT_MS);
