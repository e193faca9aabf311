/** What holds for the care of subscriptions, whatever has happened before. */
export const INVARIANTS = {
	served:
		'A published trigger has a right subscription (active, its URL, its secret, its events) 13 minutes after all faults have ended, or 73 if it has subscribed within the hour before and neither credential nor address has changed since.',
	accepted: 'An event that is signed with the secret of this subscription is accepted.',
	single: 'A published trigger has no other subscription with its URL.',
	gone: 'A trigger that is not published has no subscription with its URL, unless `delete` has thrown or a second n8n with the same address has published it.',
	moved:
		'No subscription of a published trigger is left at another address that leads to it, or that KLIQ has switched off.',
	foreign: 'Subscriptions of others stay as they are.',
	'others-live':
		'No n8n deletes an active subscription of another n8n that lives and has published the workflow.',
	'no-gap': 'n8n does not delete the last active subscription of a published trigger at rest.',
	'few-posts':
		'In an hour each process makes one subscription of a trigger, and one more for each start of n8n, each publication, its first subscription and each change of the credential in the 75 minutes before.',
	'one-surplus':
		'No more than two right subscriptions of a trigger are there at once, and one more for each start of n8n in the hour before, and for each hour since lists hide URLs.',
	'told-once':
		'The owner is told at most once of each cause by each process, and never of nothing.',
	quiet:
		'Two hours after all faults have ended nothing changes at KLIQ, and nobody is told anything.',
	'no-throw':
		'`checkExists` never throws, `create` only for what a person must mend, and no promise is left to reject.',
} as const;

export type InvariantName = keyof typeof INVARIANTS;

export interface Breach {
	invariant: InvariantName;
	what: string;
}
