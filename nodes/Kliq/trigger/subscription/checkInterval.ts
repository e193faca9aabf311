/**
 * Milliseconds between two health checks of a trigger. Every other time of the health check is a
 * multiple or a part of it, so that tests can shorten all of them by this one number.
 */
export const CHECK_INTERVAL_MS = 600_000;

/** As long as a trigger has found nothing in order yet, it looks so often. */
export const FIRST_CHECKS_INTERVAL_MS = CHECK_INTERVAL_MS / 10;

/**
 * How far a list may lag behind what we have just changed.
 *
 * Assumption: KLIQ-SUB-LAG.
 */
export const MAX_LIST_LAG_MS = CHECK_INTERVAL_MS / 20;

/** A trigger asks its own address so often whether it leads here. */
export const ADDRESS_CHECK_INTERVAL_MS = 6 * CHECK_INTERVAL_MS;

/** A subscription is made anew at most so often: KLIQ has a reason to end one again and again. */
export const MIN_REPLACEMENT_INTERVAL_MS = 6 * CHECK_INTERVAL_MS;
