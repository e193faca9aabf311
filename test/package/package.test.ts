import '../support/n8nCore/setup';
import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { PackageDirectoryLoader } from 'n8n-core';

import { packProject } from '../support/n8n/pack';
import { faultsOf, type PackedPackage } from './inspect';

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

/** What the sources call for: a JavaScript file for each TypeScript file, icons, codex, papers. */
const expectedFiles = () => [
	...['nodes', 'credentials', 'icons']
		.flatMap((part) => filesBelow(PROJECT, part))
		.map((path) => `dist/${path.replace(/\.ts$/, '.js')}`),
	'README.md',
	'LICENSE.md',
	'package.json',
];

describe('the packed tarball', () => {
	it('is fit to publish', () => {
		expect(faultsOf(packed, expectedFiles())).toEqual([]);
	});

	it('loads in n8n, with both icons and the codex of every node', async () => {
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
	});
});

describe('links to the documentation', () => {
	const anchorsOfReadme = () =>
		[...readFileSync(join(PROJECT, 'README.md'), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
			title
				.toLowerCase()
				.replace(/[^\w\- ]/g, '')
				.replaceAll(' ', '-'),
		);

	it('begin with the homepage and land on a heading of the README', () => {
		const { homepage } = packed.manifest;
		const linking = filesBelow(PROJECT, 'nodes').concat(filesBelow(PROJECT, 'credentials'));
		const links = linking.flatMap(
			(path) => readFileSync(join(PROJECT, path), 'utf8').match(/https:[^'"\s]+#[\w-]+/g) ?? [],
		);
		expect(links.length).toBeGreaterThanOrEqual(5);
		for (const link of links) {
			const [page, anchor] = link.split('#');
			expect(page).toBe(homepage);
			expect(anchorsOfReadme()).toContain(anchor);
		}
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
		['an icon missing', without('dist/icons/kliq.dark.svg'), /lacks a file: dist\/icons/],
		['a weight of 40 kB', (copy) => (copy.size = 40_000), /weighs 40000 bytes/],
	])('%s', (_what, change, expected) => {
		expect(fault(change)).toMatch(expected);
	});
});
