/** The parts of a package.json that decide what n8n gets. */
export interface Manifest {
	name: string;
	description?: string;
	keywords?: string[];
	license?: string;
	author?: unknown;
	homepage?: string;
	bugs?: unknown;
	repository?: unknown;
	engines?: { node?: string };
	files?: string[];
	main?: string;
	dependencies?: object;
	optionalDependencies?: object;
	bundledDependencies?: unknown;
	bundleDependencies?: unknown;
	peerDependencies?: Record<string, string>;
	n8n?: { strict?: boolean; nodes?: string[]; credentials?: string[] };
}

/** A packed tarball: its manifest, the paths in it and its size. */
export interface PackedPackage {
	manifest: Manifest;
	files: string[];
	/** Bytes of the tarball. */
	size: number;
}

/** Guards against files that do not belong in it; nearly all of it is code and the README. */
const LARGEST_TARBALL = 60_000;
/** By this n8n finds community nodes at npm. */
const COMMUNITY_TAG = 'n8n-community-node-package';
const PAPERS = ['description', 'license', 'author', 'homepage', 'bugs', 'repository'] as const;

/**
 * Finds what is wrong with a packed package.
 *
 * @param expected every path that the sources call for
 * @returns a sentence for each fault, none if it is fit to publish
 */
export function faultsOf({ manifest, files, size }: PackedPackage, expected: string[]): string[] {
	return [
		...dependencyFaults(manifest),
		...paperFaults(manifest),
		...listFaults('has a file too many', files, expected),
		...listFaults('lacks a file', expected, files),
		...listFaults('lists what is not in it', listed(manifest), files),
		...listFaults('has a node without a codex file', codexes(manifest), files),
		...(size >= LARGEST_TARBALL ? [`It weighs ${size} bytes, ${LARGEST_TARBALL} or more`] : []),
	];
}

function dependencyFaults(manifest: Manifest): string[] {
	const kinds = [
		'dependencies',
		'optionalDependencies',
		'bundledDependencies',
		'bundleDependencies',
	] as const;
	const faults = kinds
		.filter((kind) => Object.keys(manifest[kind] ?? {}).length > 0)
		.map((kind) => `It has runtime dependencies (${kind})`);
	const peers = JSON.stringify(manifest.peerDependencies);
	if (peers !== '{"n8n-workflow":"*"}') faults.push(`Its peers are ${peers}, not n8n-workflow`);
	return faults;
}

/** What npm shows, and what n8n looks at before it verifies a package. */
function paperFaults(manifest: Manifest): string[] {
	const { keywords, n8n, engines, files } = manifest;
	return [
		...PAPERS.filter((paper) => !manifest[paper]).map((paper) => `It has no ${paper}`),
		...(keywords?.includes(COMMUNITY_TAG) ? [] : [`Its keywords lack ${COMMUNITY_TAG}`]),
		...(n8n?.strict === true ? [] : ['n8n.strict is not true']),
		...(engines?.node ? [] : ['It does not say which Node it runs on (engines)']),
		...(files?.join() === 'dist' ? [] : [`It packs ${files?.join() ?? 'all files'}, not dist`]),
	];
}

const listed = ({ n8n }: Manifest) => [...(n8n?.nodes ?? []), ...(n8n?.credentials ?? [])];

const codexes = ({ n8n }: Manifest) =>
	(n8n?.nodes ?? []).map((node) => node.replace(/\.node\.js$/, '.node.json'));

const listFaults = (what: string, paths: string[], known: string[]) =>
	paths.filter((path) => !known.includes(path)).map((path) => `It ${what}: ${path}`);
