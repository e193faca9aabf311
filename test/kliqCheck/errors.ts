/** The person stopped the check. */
export class Interrupted extends Error {}

/** The check cannot do its work, for a reason that the person can do something about. */
export class CheckFailed extends Error {}
