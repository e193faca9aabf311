/**
 * Milliseconds between two health checks of a trigger. Every other time of the health check is a
 * multiple or a part of it, so that tests can shorten all of them by this one number.
 */
export const CHECK_INTERVAL_MS = 600_000;
