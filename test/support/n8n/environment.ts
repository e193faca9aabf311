/** Settings of npm that say how to reach a registry; the only ones worth handing on. */
const NETWORK_SETTINGS = [
	'registry',
	'ca',
	'cafile',
	'proxy',
	'https_proxy',
	'noproxy',
	'strict_ssl',
	'cache',
	'userconfig',
	'globalconfig',
];

/** Variables by which a test runner or a loader would change the programs it starts. */
const RUNNER_VARIABLES = /^(NODE_OPTIONS|NODE_ENV|INIT_CWD|JEST_.*|TS_JEST.*|TSX_.*)$/i;

/** What a program needs of its surroundings; everything else would make n8n differ by machine. */
const SYSTEM_VARIABLES =
	/^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|SystemRoot|APPDATA|LOCALAPPDATA|USERPROFILE|PATHEXT|ComSpec|NODE_EXTRA_CA_CERTS)$/i;

/**
 * The environment for npm. Inside `npm run`, npm hands all its settings down as npm_* variables,
 * the project's `ignore-scripts` among them; only those about the network are kept.
 */
export function npmEnvironment(binFolder: string | undefined): NodeJS.ProcessEnv {
	const kept = Object.entries(process.env).filter(
		([name]) => !RUNNER_VARIABLES.test(name) && (!/^npm_/i.test(name) || isNetworkSetting(name)),
	);
	return withPath(Object.fromEntries(kept), binFolder);
}

/** The environment for pnpm, which reads npm's files but its own variables only. */
export function pnpmEnvironment(binFolder: string | undefined): NodeJS.ProcessEnv {
	const env = npmEnvironment(binFolder);
	const settings = Object.entries(env).filter(([name]) => /^npm_config_/i.test(name));
	const renamed = settings.map(([name, value]) => [`p${name.toLowerCase()}`, value]);
	return { ...Object.fromEntries(renamed), ...env };
}

/** The environment for n8n: nothing of the caller's but the system's own variables. */
export function plainEnvironment(binFolder: string | undefined): NodeJS.ProcessEnv {
	const kept = Object.entries(process.env).filter(([name]) => SYSTEM_VARIABLES.test(name));
	return withPath(Object.fromEntries(kept), binFolder);
}

function isNetworkSetting(name: string): boolean {
	const setting = name.toLowerCase().replace(/^npm_config_/, '');
	return NETWORK_SETTINGS.includes(setting.replaceAll('-', '_')) || /registry$/.test(setting);
}

function withPath(env: NodeJS.ProcessEnv, binFolder: string | undefined): NodeJS.ProcessEnv {
	if (binFolder === undefined) return env;
	const separator = process.platform === 'win32' ? ';' : ':';
	return { ...env, PATH: [binFolder, env.PATH].filter(Boolean).join(separator) };
}
