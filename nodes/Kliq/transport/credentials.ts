import { NodeOperationError, type ICredentialDataDecryptedObject } from 'n8n-workflow';

import type { KliqContext } from '../types';
import { isPathSegment, isHttpUrl } from '../utils/url';

/** The type of the credential that all nodes use. */
export const CREDENTIAL_NAME = 'kliqApi';

/** A KLIQ credential, tidied: no white space around values, no slash at the end of the base URL. */
export interface KliqCredentials {
	apiKey: string;
	tenantId: string;
	baseUrl: string;
	/** Undefined where the triggers make their own secrets. */
	signingSecret?: string;
	/** The credential as n8n handed it out, for n8n's own way to authenticate. */
	fields: ICredentialDataDecryptedObject;
}

const accounts = new WeakMap<object, Promise<KliqCredentials>>();

const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

/**
 * Reads the node's KLIQ credential, once for each context.
 *
 * @throws NodeOperationError when a field that KLIQ needs is empty or the base URL is no web address.
 */
export async function getKliqCredentials(context: KliqContext): Promise<KliqCredentials> {
	let account = accounts.get(context);
	if (account === undefined) {
		account = readAccount(context);
		accounts.set(context, account);
	}
	return await account;
}

async function readAccount(context: KliqContext): Promise<KliqCredentials> {
	const fields = await context.getCredentials<ICredentialDataDecryptedObject>(CREDENTIAL_NAME);
	const account: KliqCredentials = {
		apiKey: text(fields.apiKey),
		tenantId: text(fields.tenantId),
		baseUrl: text(fields.baseUrl).replace(/\/+$/, ''),
		signingSecret: text(fields.signingSecret) || undefined,
		fields,
	};
	refuseUnusable(context, account);
	return account;
}

function refuseUnusable(context: KliqContext, { apiKey, tenantId, baseUrl }: KliqCredentials) {
	const refuse = (what: string, wayOut: string) => {
		throw new NodeOperationError(context.getNode(), what, { description: wayOut });
	};
	if (!apiKey) {
		refuse('The KLIQ API credential has no API key', 'Open the credential and paste the key.');
	}
	if (!isPathSegment(tenantId)) {
		refuse(
			'The KLIQ API credential has no usable Tenant ID',
			'Open the credential and fill in the Tenant ID; it begins with t_.',
		);
	}
	if (!isPlainWebAddress(baseUrl)) {
		refuse(
			'The Base URL of the KLIQ API credential is not a web address',
			'Open the credential and set the Base URL, for example https://api.kliqpulse.com/v1. It takes no user name, question mark or #.',
		);
	}
}

function isPlainWebAddress(address: string): boolean {
	if (!isHttpUrl(address) || /[?#]/.test(address)) return false;
	const { username, password } = new URL(address);
	return username === '' && password === '';
}
