import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { npmEnvironment, pnpmEnvironment } from '../../support/n8n/environment';

describe('the environment of an installation', () => {
	const before = process.env;

	beforeEach(() => {
		process.env = {
			PATH: '/usr/bin',
			HOME: '/home/me',
			NODE_OPTIONS: '--inspect',
			npm_config_registry: 'https://registry.example.com/',
			NPM_CONFIG_HTTPS_PROXY: 'http://proxy.example.com/',
			npm_config_ignore_scripts: 'true',
		};
	});

	afterEach(() => {
		process.env = before;
	});

	it('has the network settings of npm, none of the project or the test runner', () => {
		expect(npmEnvironment('/node/bin')).toEqual({
			PATH: expect.stringMatching(/^\/node\/bin[:;]\/usr\/bin$/),
			HOME: '/home/me',
			npm_config_registry: 'https://registry.example.com/',
			NPM_CONFIG_HTTPS_PROXY: 'http://proxy.example.com/',
		});
	});

	it('has them for pnpm by the names that it reads', () => {
		expect(pnpmEnvironment(undefined)).toMatchObject({
			PATH: '/usr/bin',
			pnpm_config_registry: 'https://registry.example.com/',
			pnpm_config_https_proxy: 'http://proxy.example.com/',
		});
	});
});
