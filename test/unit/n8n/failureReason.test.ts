import { describe, expect, it } from '@jest/globals';

import { reasonIn } from '../../support/n8n/failureReason';

const UNREACHABLE = 'the npm registry cannot be reached';
const MISSING = 'the npm registry does not have a package it needs';
const FORBIDDEN = 'a file or folder may not be written';
const NO_TOOLCHAIN = 'a C++ toolchain is missing (python3, make, g++)';

describe('why an installation has failed', () => {
	// As npm 11, node-gyp 12 and pnpm 12.21 print it.
	it.each([
		['npm error code ENOSPC', 'the disk is full'],
		[
			'Failed to write to file at "/c/v11": No space left on device (os error 28)',
			'the disk is full',
		],
		['gyp ERR! stack Error: not found: make', NO_TOOLCHAIN],
		['gyp ERR! find Python checking Python explicitly set', NO_TOOLCHAIN],
		['npm error network request to https://a.example.com/x failed, ECONNREFUSED', UNREACHABLE],
		['Error: ERR_PNPM_RESOLVING_NPM_RESOLVER_NETWORK_ERROR', UNREACHABLE],
		['  ├─▶ error sending request\n  ├─▶ tcp connect error', UNREACHABLE],
		['npm error code ETARGET', MISSING],
		['npm error code E404', MISSING],
		['Error: ERR_PNPM_NO_MATCHING_VERSION', MISSING],
		['Error: ERR_PNPM_FETCH_404', MISSING],
		['npm error code EACCES', FORBIDDEN],
		['cannot create directory at "/c/node_modules": Permission denied (os error 13)', FORBIDDEN],
		['Done in 28.5s using pnpm', undefined],
	])('%s', (output, reason) => {
		expect(reasonIn(`Progress: resolved 1\n${output}\n`)).toBe(reason);
	});
});
