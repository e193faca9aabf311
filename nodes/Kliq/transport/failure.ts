import { NodeOperationError, UserError } from 'n8n-workflow';

/** Why a request to KLIQ has failed, told apart by who can end it. */
export type FailureKind =
	/** KLIQ refuses the key, its scope, the tenant, or what was sent. */
	| 'key'
	| 'scope'
	| 'tenant'
	| 'request'
	/** What lies between n8n and KLIQ refuses: every repetition ends the same. */
	| 'proxy'
	| 'redirect'
	| 'certificate'
	| 'noTls'
	| 'header'
	/** The node's credential or n8n's own settings. */
	| 'setUp'
	/** The answer is not of KLIQ's API: a wrong Base URL, or a page of a proxy that may pass. */
	| 'foreign'
	/** May pass by itself: no connection, no answer, 5xx, 429. */
	| 'passing';

/** What a failed request is told by. */
export interface FailureValue {
	kind: FailureKind;
}

/**
 * The kind of a failure that work with KLIQ has thrown.
 *
 * n8n throws a UserError where the node's credential was deleted, and n8n-core's CredentialDataError
 * where it was encrypted with another key.
 */
export function failureKindOf(error: unknown): FailureKind {
	const { kind } = error as Partial<FailureValue>;
	if (kind !== undefined) return kind;
	const isOfSetUp =
		error instanceof NodeOperationError ||
		error instanceof UserError ||
		(error instanceof Error && error.constructor.name === 'CredentialDataError');
	return isOfSetUp ? 'setUp' : 'passing';
}

/** True if only a person can end it. Whether a foreign answer passes is unknown. */
export const needsPerson = (kind: FailureKind) => kind !== 'passing' && kind !== 'foreign';
