import { describe, expect, it } from '@jest/globals';

import {
	wasNotSent,
	isPermanent,
	classifyNetworkError,
} from '../../nodes/Kliq/transport/networkErrors';

describe('the code of a failed connection', () => {
	it.each([
		'CERT_HAS_EXPIRED',
		'CERT_NOT_YET_VALID',
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'ERR_TLS_CERT_ALTNAME_INVALID',
		'SELF_SIGNED_CERT_IN_CHAIN',
		'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	])('%s is about a certificate, and stays so', (code) => {
		expect(classifyNetworkError(code)).toBe('untrustedCertificate');
		expect(wasNotSent(code) && isPermanent(code)).toBe(true);
	});

	it.each(['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_BAD_RECORD_MAC', 'ECONNRESET'])(
		'%s may come after the request was heard',
		(code) => {
			expect(classifyNetworkError(code)).toBe('connectionLost');
			expect(wasNotSent(code) || isPermanent(code)).toBe(false);
		},
	);

	it('for a name that is unknown stays, for one that cannot be looked up passes', () => {
		expect(isPermanent('ENOTFOUND')).toBe(true);
		expect(isPermanent('EAI_AGAIN')).toBe(false);
		expect(wasNotSent('EAI_AGAIN')).toBe(true);
	});
});
