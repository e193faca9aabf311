import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

/** Where GitHub shows a file of the project, below the homepage. */
const FILES_AT_GITHUB = '/blob/main/';

/**
 * Finds the links of a Markdown document that lead nowhere: to a file that the project does not have,
 * or to a heading that the file does not have. Links to other hosts are not followed.
 *
 * @param project the project's folder
 * @param path the document, relative to the project's folder
 * @returns a sentence for each broken link
 */
export function brokenLinks(project: string, path: string): string[] {
	return linksIn(readFileSync(join(project, path), 'utf8'))
		.filter((link) => !/^[a-z]+:/i.test(link))
		.filter((link) => !resolves(project, targetOf(path, link)))
		.map((link) => `${path} links to ${link}`);
}

/**
 * Whether an absolute link begins with the homepage and lands on a file, and on a heading, of the
 * project.
 *
 * @param homepage the address of the project, where the README is shown
 */
export function landsInProject(project: string, homepage: string, link: string): boolean {
	if (!link.startsWith(homepage)) return false;
	const [page, anchor] = link.slice(homepage.length).split('#');
	if (page === '') return resolves(project, { path: 'README.md', anchor });
	if (!page.startsWith(FILES_AT_GITHUB)) return false;
	return resolves(project, { path: page.slice(FILES_AT_GITHUB.length), anchor });
}

interface Target {
	/** Relative to the project's folder. */
	path: string;
	anchor?: string;
}

function targetOf(from: string, link: string): Target {
	const [path, anchor] = link.split('#');
	return { path: path === '' ? from : join(dirname(from), path), anchor };
}

function resolves(project: string, { path, anchor }: Target): boolean {
	const file = join(project, path);
	if (path.startsWith('..') || !existsSync(file)) return false;
	return anchor === undefined || anchorsIn(readFileSync(file, 'utf8')).includes(anchor);
}

/** The targets of a document's links and pictures, in Markdown and in HTML. */
export function linksIn(markdown: string): string[] {
	const text = withoutCode(markdown);
	const inMarkdown = text.matchAll(/\]\(([^()\s]+)\)/g);
	const inHtml = text.matchAll(/\b(?:href|src)="([^"]+)"/g);
	return [...inMarkdown, ...inHtml].map(([, target]) => target);
}

/** The anchors that GitHub gives to a document's headings; a heading's second use gets a number. */
export function anchorsIn(markdown: string): string[] {
	const uses = new Map<string, number>();
	return [...withoutFences(markdown).matchAll(/^#{1,6} +(.*)$/gm)].map(([, heading]) => {
		const anchor = heading
			.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
			.toLowerCase()
			.replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
			.replaceAll(' ', '-');
		const used = uses.get(anchor) ?? 0;
		uses.set(anchor, used + 1);
		return used === 0 ? anchor : `${anchor}-${used}`;
	});
}

const withoutFences = (markdown: string) => markdown.replace(/^```[\s\S]*?^```/gm, '');

/** A link's text may hold code, so only what is inside the backticks goes. */
const withoutCode = (markdown: string) => withoutFences(markdown).replace(/`[^`\n]*`/g, '``');
