import { randomUUID } from 'node:crypto';

const MARKER = 'n8n-nodes-kliq-check';
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const OWN = new RegExp(`/${MARKER}-${UUID}(?:/|$)`, 'i');

/**
 * The address of the check's subscription: example.com is reserved (RFC 2606), and this name in it
 * resolves to nothing, so an event that KLIQ sends there reaches nobody.
 */
export const RESERVED_ORIGIN = `https://${MARKER}.example.com`;

/** What tells a run of the check from others; it stands in its addresses and observations. */
export const newRunId = () => `${MARKER}-${randomUUID()}`;

/** Whether a URL belongs to the check: to this run or to another one. */
export const isOwnUrl = (url: unknown): boolean => typeof url === 'string' && OWN.test(url);

/** The metadata by which the check recognizes its observation. */
export const OBSERVATION_MARKER = 'n8nNodesKliqCheck';
