import { describe, expect, it } from '@jest/globals';

import {
	isHttpUrl,
	isLoopbackUrl,
	isPathSegment,
	isPrivateUrl,
	withoutUserInfo,
} from '../../nodes/Kliq/utils/url';

describe('isLoopbackUrl', () => {
	it.each([
		'localhost',
		'LOCALHOST',
		'localhost.',
		'n8n.localhost',
		'n8n.localhost.',
		'127.0.0.1',
		'127.9.8.7',
		'127.10.20.255',
		'127.1',
		'0x7f000001',
		'0.0.0.0',
		'0.0.0.1',
		'[::1]',
		'[::]',
		'[0:0:0:0:0:0:0:1]',
		'[::ffff:127.0.0.1]',
		'[::ffff:127.0.2.1]',
		'[::127.0.0.1]',
		'[::ffff:0.0.0.0]',
	])('is true for %s', (host) => expect(isLoopbackUrl(`http://${host}:5678/webhook`)).toBe(true));

	it.each([
		'n8n.example.com',
		'localhost.example.com',
		'notlocalhost',
		'128.0.0.1',
		'10.0.0.1',
		'192.168.1.5',
		'127.0.0.1.example.com',
		'[2001:db8::1]',
		'[::ffff:10.0.0.1]',
		'[::2]',
		'[::1:7f00:1]',
	])('is false for %s', (host) => expect(isLoopbackUrl(`http://${host}:5678/webhook`)).toBe(false));
});

describe('isPrivateUrl', () => {
	it.each([
		'127.0.0.1',
		'localhost',
		'10.0.0.1',
		'192.168.1.5',
		'172.16.0.1',
		'172.31.255.1',
		'[fd00::1]',
		'[fc12::1]',
		'kliq',
		'kliq.local',
		'kliq.internal.',
		'kliq.lan',
		'kliq.home.arpa',
	])('is true for %s', (host) => expect(isPrivateUrl(`https://${host}:8443/v1`)).toBe(true));

	it.each([
		'api.kliqpulse.com',
		'kliq.local.example.com',
		'10.example.com',
		'192.169.1.5',
		'172.15.0.1',
		'172.32.0.1',
		'110.0.0.1',
		'[2001:db8::1]',
		'[::fd00]',
	])('is false for %s', (host) => expect(isPrivateUrl(`https://${host}:8443/v1`)).toBe(false));
});

describe('isHttpUrl', () => {
	it.each(['https://a.example.com', 'HTTP://a.example.com/b?c#d'])('is true for %s', (url) =>
		expect(isHttpUrl(url)).toBe(true),
	);

	it.each([
		'https:a.example.com',
		'ftp://a.example.com',
		'a.example.com',
		'',
		'https://',
		' https://a.b',
	])('is false for “%s”', (url) => expect(isHttpUrl(url)).toBe(false));
});

describe('withoutUserInfo', () => {
	it('removes user name and password, and changes nothing else', () => {
		expect(withoutUserInfo('https://ann:pass@a.example.com/b')).toBe('https://a.example.com/b');
		expect(withoutUserInfo('https://ann@a.example.com/b')).toBe('https://a.example.com/b');
		expect(withoutUserInfo('https://:pass@a.example.com/b')).toBe('https://a.example.com/b');
		expect(withoutUserInfo('https://A.example.com')).toBe('https://A.example.com');
		expect(withoutUserInfo('not a URL')).toBe('not a URL');
	});
});

describe('isPathSegment', () => {
	it.each(['a', '..a', ' a ', 'a/b'])('is true for “%s”', (text) =>
		expect(isPathSegment(text)).toBe(true),
	);

	it.each(['', ' ', '.', '..', '\ud800'])('is false for %j', (text) =>
		expect(isPathSegment(text)).toBe(false),
	);
});
