/** What npm, node-gyp and pnpm print when they fail, and what that means for the user. */
const REASONS: Array<[RegExp, string]> = [
	[/ENOSPC|no space left/i, 'the disk is full'],
	[
		/not found: (make|g\+\+|cc|c\+\+)|gyp ERR! find Python|gyp ERR! stack.*\bmake\b.*ENOENT/i,
		'a C++ toolchain is missing (python3, make, g++)',
	],
	[
		/npm (error|ERR!).*(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)/,
		'the npm registry cannot be reached',
	],
	[/ERR_PNPM_\w*NETWORK_ERROR|error sending request/, 'the npm registry cannot be reached'],
	[
		/npm (error|ERR!).*(ETARGET|E404)|ERR_PNPM_(NO_MATCHING_VERSION|FETCH_404)/,
		'the npm registry does not have a package it needs',
	],
	[
		/npm (error|ERR!).*(EACCES|EPERM)|permission denied \(os error/i,
		'a file or folder may not be written',
	],
];

/** Why a command has failed, in plain words, by its output; undefined if that says nothing known. */
export const reasonIn = (output: string): string | undefined =>
	REASONS.find(([pattern]) => pattern.test(output))?.[1];
