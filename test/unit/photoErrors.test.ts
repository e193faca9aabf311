import { describe, expect, it } from '@jest/globals';

import { explainFailure } from '../../nodes/Kliq/transport/photoErrors';

const HOST = 'photos.example.com';

const explain = (error: unknown) => explainFailure(error, HOST, (text) => text);

describe('why a photo could not be downloaded', () => {
	it.each([
		['ENOTFOUND', `there is no server by the name of ${HOST}`],
		['ECONNREFUSED', `${HOST} refused the connection`],
		['EHOSTUNREACH', `n8n’s machine cannot reach ${HOST}`],
		['DEPTH_ZERO_SELF_SIGNED_CERT', `the certificate of ${HOST} is not trusted`],
		['EPROTO', `${HOST} does not speak HTTPS`],
		['ERR_INVALID_CHAR', `n8n cannot send the request to ${HOST}`],
		['ETIMEDOUT', `${HOST} did not send all of it within 30 seconds`],
		['UNREADABLE', `the answer of ${HOST} is damaged`],
		['ECONNRESET', `the connection to ${HOST} broke off`],
	])('is told by the code %s', (code, reason) => {
		const message = `The photo could not be downloaded: ${reason}`;
		expect(explain({ code })).toMatchObject({ message });
		expect(explain({ httpCode: code })).toMatchObject({ message });
		expect(explain({ code, description: '' })).toMatchObject({ message });
	});

	it('is a lost connection without a code', () => {
		expect(explain(new Error('aborted')).message).toContain('broke off');
	});
});
