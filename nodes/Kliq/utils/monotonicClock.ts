/**
 * Milliseconds on a clock that only runs forward. Deadlines and waits are measured on it: the system
 * clock may be set back or forward while a request waits.
 */
export const monotonicNow = (): number => performance.now();
