import '../support/n8nCore/setup';
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadOutputSchema, PackageDirectoryLoader } from 'n8n-core';

import { packProject } from '../support/n8n/pack';
import { brokenLinks, landsInProject, linksIn } from './documentLinks';
import { faultsOf, type PackedPackage } from './inspect';
import { scan, type Scanned } from './scan';

const PROJECT = resolve(__dirname, '../..');

let folder: string;
let tarball: string;
let packed: PackedPackage;

beforeAll(async () => {
	tarball = await packProject(PROJECT);
	folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-kliq-unpacked-'));
	execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
	packed = {
		manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
		files: filesBelow(folder),
		size: statSync(tarball).size,
	};
	// n8n brings the peer.
	symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
}, 120_000);

afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
	rmSync(dirname(tarball), { recursive: true, force: true });
});

const filesBelow = (root: string, part = '.') =>
	readdirSync(join(root, part), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
		.map((path) => path.split(sep).join('/'))
		.sort();

/** What the sources call for: the bundles of nodes and credential, icons, codex, schemas, papers. */
const expectedFiles = () => [
	...['nodes', 'credentials', 'icons']
		.flatMap((part) => filesBelow(PROJECT, part))
		.filter((path) => !path.endsWith('.ts') || /\.(node|credentials)\.ts$/.test(path))
		.map((path) => `dist/${path.replace(/\.ts$/, '.js')}`),
	'dist/nodes/Kliq/shared.js',
	'README.md',
	'LICENSE.md',
	'package.json',
];

describe('the packed tarball', () => {
	it('is fit to publish', () => {
		expect(faultsOf(packed, expectedFiles())).toEqual([]);
	});

	it('loads in n8n, with both icons, the codex and the output schemas of every node', async () => {
		const loader = new PackageDirectoryLoader(folder);
		await loader.loadAll();

		const { nodes, credentials } = loader.types;
		expect(nodes.map(({ name }) => name).sort()).toEqual(['kliq', 'kliqTrigger']);
		expect(credentials.map(({ name }) => name)).toEqual(['kliqApi']);
		for (const { iconUrl } of [...nodes, ...credentials]) {
			const { light, dark } = iconUrl as Record<'light' | 'dark', string>;
			for (const url of [light, dark]) {
				expect(packed.files).toContain(url.replace('icons/n8n-nodes-kliq/', ''));
			}
		}
		for (const { codex } of nodes) expect(codex).toHaveProperty('categories');
		const schemaOf = (node: string, operation?: object) => {
			const nodeDir = dirname(join(folder, loader.known.nodes[node].sourcePath));
			return loadOutputSchema({ nodeDir, version: 1, ...operation });
		};
		const getJob = { resource: 'cvJob', operation: 'get' };
		expect(schemaOf('kliq', getJob)).toHaveProperty('properties.result');
		expect(schemaOf('kliqTrigger')).toHaveProperty('properties.data');
	});
});

describe('the scan that n8n verifies packages by', () => {
	it.each<[Scanned, () => string]>([
		['source', () => PROJECT],
		['tarball', () => folder],
	])('finds nothing in the %s', async (scanned, root) => {
		expect(await scan(root(), scanned)).toBe('');
	});

	it.each<[Scanned, string]>([
		['source', 'nodes/Kliq/sleep.ts'],
		['tarball', 'dist/nodes/Kliq/sleep.js'],
	])('finds in the %s what a comment would hide from the linter', async (scanned, path) => {
		const copy = mkdtempSync(join(tmpdir(), 'n8n-nodes-kliq-scanned-'));
		try {
			cpSync(join(PROJECT, 'package.json'), join(copy, 'package.json'));
			mkdirSync(dirname(join(copy, path)), { recursive: true });
			writeFileSync(join(copy, path), '/* eslint-disable */\nsetTimeout(() => {}, 1);\n');
			expect(await scan(copy, scanned)).toMatch(/sleep\.[jt]s[^]*no-restricted-globals/);
		} finally {
			rmSync(copy, { recursive: true, force: true });
		}
	});
});

describe('links to the documentation', () => {
	const DOCUMENTS = [
		'README.md',
		'CONTRIBUTING.md',
		'SECURITY.md',
		'examples/README.md',
		...filesBelow(PROJECT, 'docs').filter((path) => path.endsWith('.md')),
	];

	it('resolve within and between the documents', () => {
		const links = DOCUMENTS.flatMap((path) => linksIn(readFileSync(join(PROJECT, path), 'utf8')));
		expect(links.length).toBeGreaterThanOrEqual(80);
		expect(DOCUMENTS.flatMap((path) => brokenLinks(PROJECT, path))).toEqual([]);
	});

	it.each([
		[
			'the nodes and the credential',
			['nodes', 'credentials'],
			/(?<=documentationUrl = '|"url": ")https:[^'"]+/g,
			5,
		],
		['issue templates', ['.github/ISSUE_TEMPLATE'], /https:[^'"()\s]+/g, 4],
	])('of %s begin with the homepage and land on a document', (_what, folders, pattern, fewest) => {
		const links = folders
			.flatMap((part) => filesBelow(PROJECT, part))
			.flatMap((path) => readFileSync(join(PROJECT, path), 'utf8').match(pattern) ?? []);
		expect(links.length).toBeGreaterThanOrEqual(fewest);
		const { homepage } = packed.manifest;
		expect(links.filter((link) => !landsInProject(PROJECT, homepage!, link))).toEqual([]);
	});

	describe('are found broken:', () => {
		let project: string;

		beforeEach(() => {
			project = mkdtempSync(join(tmpdir(), 'n8n-nodes-kliq-documents-'));
			mkdirSync(join(project, 'docs'));
			writeFileSync(join(project, 'README.md'), '# Top\n\n```bash\n# a comment\n```\n');
			writeFileSync(join(project, 'docs/more.md'), '# More\n\n## “CV job” → `Slack`\n\n# More\n');
		});

		afterEach(() => rmSync(project, { recursive: true, force: true }));

		it.each([
			['a file', '[a](missing.md)', 'missing.md'],
			['a file in a folder', '[a](docs/missing.md)', 'docs/missing.md'],
			['a file outside of the project', '[a](../README.md)', '../README.md'],
			['a heading of its own', '[a](#missing)', '#missing'],
			['a comment in a code block', '[a](#a-comment)', '#a-comment'],
			['a heading of another document', '[a](docs/more.md#missing)', 'docs/more.md#missing'],
			['a heading used once more', '[a](docs/more.md#more-2)', 'docs/more.md#more-2'],
			['a picture', '![a](docs/missing.png)', 'docs/missing.png'],
			['a picture in HTML', '<img src="docs/missing.png">', 'docs/missing.png'],
			['code as text', '[`a`](missing.md)', 'missing.md'],
		])('%s', (_what, text, link) => {
			writeFileSync(join(project, 'links.md'), text);
			expect(brokenLinks(project, 'links.md')).toEqual([`links.md links to ${link}`]);
		});

		it('but not those that land, lead to other hosts or stand in code', () => {
			const text = `# Links
[a](#links) [b](README.md#top) [c](docs/more.md#cv-job--slack) [d](docs/more.md#more-1)
[e](https://example.com/missing) \`[f](missing.md)\`
`;
			writeFileSync(join(project, 'links.md'), text);
			expect(brokenLinks(project, 'links.md')).toEqual([]);
		});

		it.each([
			['https://example.com/kliq#top', true],
			['https://example.com/kliq/blob/main/docs/more.md#more', true],
			['https://example.com/kliq/blob/main/docs/more.md', true],
			['https://example.com/kliq#missing', false],
			['https://example.com/kliq/blob/main/docs/more.md#missing', false],
			['https://example.com/kliq/blob/main/docs/missing.md', false],
			['https://example.com/kliq/docs/more.md', false],
			['https://example.com/kliq-2#top', false],
			['https://example.org/kliq#top', false],
		])('%s lands: %s', (link, lands) => {
			expect(landsInProject(project, 'https://example.com/kliq', link)).toBe(lands);
		});
	});
});

describe('the check of the tarball finds', () => {
	type Case = [what: string, change: (copy: PackedPackage) => void, expected: RegExp];

	const fault = (change: (copy: PackedPackage) => void) => {
		const copy = structuredClone(packed);
		change(copy);
		return faultsOf(copy, expectedFiles()).join('\n');
	};
	const without = (path: string) => (copy: PackedPackage) => {
		copy.files = copy.files.filter((file) => file !== path);
	};

	it.each<Case>([
		[
			'a runtime dependency',
			({ manifest }) => (manifest.dependencies = { axios: '1.0.0' }),
			/runtime dependencies/,
		],
		[
			'a peer besides n8n-workflow',
			({ manifest }) => (manifest.peerDependencies!.react = '*'),
			/peers/,
		],
		[
			'the keyword missing by which n8n finds it',
			({ manifest }) => (manifest.keywords = ['kliq']),
			/lack n8n-community-node-package/,
		],
		...(['description', 'license', 'author', 'homepage', 'bugs', 'repository'] as const).map(
			(paper): Case => [
				`no ${paper}`,
				({ manifest }) => delete manifest[paper],
				new RegExp(`has no ${paper}`),
			],
		),
		[
			'rules of n8n switched off',
			({ manifest }) => (manifest.n8n!.strict = false),
			/strict is not true/,
		],
		['no engines', ({ manifest }) => delete manifest.engines, /which Node/],
		['other files packed', ({ manifest }) => manifest.files!.push('test'), /packs dist,test/],
		['a file too many', ({ files }) => files.push('dist/test.js'), /too many: dist\/test.js/],
		[
			'a node listed but missing',
			({ manifest }) => manifest.n8n!.nodes!.push('dist/nodes/Other/Other.node.js'),
			/not in it: dist\/nodes\/Other/,
		],
		[
			'a credential missing',
			without('dist/credentials/KliqApi.credentials.js'),
			/not in it: dist\/cred/,
		],
		['a codex missing', without('dist/nodes/Kliq/Kliq.node.json'), /without a codex/],
		[
			'an output schema missing',
			without('dist/nodes/Kliq/__schema__/v1.0.0.json'),
			/lacks a file: dist\/nodes\/Kliq\/__schema__/,
		],
		['an icon missing', without('dist/icons/kliq.dark.svg'), /lacks a file: dist\/icons/],
		['a weight of 60 kB', (copy) => (copy.size = 60_000), /weighs 60000 bytes/],
	])('%s', (_what, change, expected) => {
		expect(fault(change)).toMatch(expected);
	});
});
