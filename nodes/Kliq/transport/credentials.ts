import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import type { KliqContext } from '../types';
import { operationError, type ErrorSource } from '../utils/nodeErrors';
import { isPathSegment } from '../utils/url';
import { isBaseUrl, KLIQ_BASE_URL, normalizeBaseUrl } from './baseUrl';

/** Name of the credential type that all nodes use. */
export const CREDENTIAL_NAME = 'kliqApi';

/** A KLIQ credential without white space around values, and with a normalized base URL. */
export interface KliqCredentials {
	apiKey: string;
	tenantId: string;
	baseUrl: string;
	/** Undefined where each trigger derives its own secret. */
	signingSecret?: string;
	/** The credential as n8n returned it, for n8n's authentication helper. */
	fields: ICredentialDataDecryptedObject;
}

/** What KLIQ counts requests by: equal for credentials of one account. */
export const accountKey = ({
	baseUrl,
	tenantId,
	apiKey,
}: Pick<KliqCredentials, 'baseUrl' | 'tenantId' | 'apiKey'>): string =>
	JSON.stringify([baseUrl, tenantId, apiKey]);

/**
 * Reads the node's KLIQ credential. n8n evaluates expressions in it for the given item.
 *
 * @throws NodeOperationError for an empty required field and for a base URL that is no plain URL
 */
export async function readKliqCredentials(
	context: KliqContext,
	itemIndex?: number,
): Promise<KliqCredentials> {
	const credentials = toKliqCredentials(await readFields(context, itemIndex));
	assertUsable({ node: context.getNode(), itemIndex }, credentials);
	return credentials;
}

/** Normalizes a credential's values: no white space around them, empty for anything but text, `normalizeBaseUrl`. */
export const toKliqCredentials = (fields: ICredentialDataDecryptedObject): KliqCredentials => ({
	apiKey: trimmed(fields.apiKey),
	tenantId: trimmed(fields.tenantId),
	baseUrl: normalizeBaseUrl(trimmed(fields.baseUrl)),
	signingSecret: trimmed(fields.signingSecret) || undefined,
	fields,
});

async function readFields(context: KliqContext, itemIndex?: number) {
	// Contexts other than an execution's have no items, and take no index.
	return 'getInputData' in context
		? await context.getCredentials<ICredentialDataDecryptedObject>(CREDENTIAL_NAME, itemIndex)
		: await context.getCredentials<ICredentialDataDecryptedObject>(CREDENTIAL_NAME);
}

const trimmed = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

function assertUsable(source: ErrorSource, { apiKey, tenantId, baseUrl }: KliqCredentials): void {
	if (!apiKey) {
		throw operationError(
			source,
			'The KLIQ API credential has no API key',
			'Open the credential and paste the key.',
		);
	}
	if (!isPathSegment(tenantId)) {
		throw operationError(
			source,
			'The KLIQ API credential has no usable Tenant ID',
			'Open the credential and fill in the Tenant ID; it begins with t_.',
		);
	}
	if (!isBaseUrl(baseUrl)) {
		throw operationError(
			source,
			'The Base URL of the KLIQ API credential is not a web address',
			`Open the credential and set the Base URL, for example ${KLIQ_BASE_URL}. It takes no user name, question mark or #.`,
		);
	}
}
