import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

import { isN8nV1, OWNER } from '../../support/n8n';
import { waitFor } from '../../support/waitFor';

const PICTURES = resolve(__dirname, '../../../test-results/ui');
const STEP_TIMEOUT_MS = 120_000;
/** On a busy machine it takes long until a browser has loaded all of the editor. */
const LOAD_TIMEOUT_MS = 240_000;
const WINDOW = { width: 1440, height: 900 };
/** n8n animates its panels; a screenshot must wait for the end. */
const SETTLE_MS = 700;
/** What n8n puts over the canvas and over its panels. */
const N8NS_OWN = '.vue-flow__panel, .el-notification { visibility: hidden !important; }';
/** Around the picture of a workflow, in pixels. */
const MARGIN = 12;
/** The next page of the editor; then it is asked for once more. */
const SHOWN_WITHIN_MS = 20_000;
/** A page of the editor that looks the same in every n8n. */
const SETTINGS = { path: '/settings/personal', text: 'Basic Information' };
/** The name below a node and the plus behind it are outside of its box. */
const OUTSIDE = 44;

/** n8n's editor, operated by what is visible on the screen. */
export class Editor {
	private pictures = 0;

	private constructor(
		readonly page: Page,
		private readonly folder: string,
		private readonly isN8nV1: boolean,
	) {}

	/** A session of n8n's owner, whose windows share what the browser has loaded of the editor. */
	static async logIn(browser: Browser, { url }: { url: string }): Promise<BrowserContext> {
		const session = await browser.newContext({
			baseURL: url,
			viewport: WINDOW,
			deviceScaleFactor: 2,
			colorScheme: 'light',
			permissions: ['clipboard-read', 'clipboard-write'],
		});
		session.setDefaultTimeout(STEP_TIMEOUT_MS);
		session.setDefaultNavigationTimeout(LOAD_TIMEOUT_MS);
		const page = await session.newPage();
		await page.goto('/signin');
		await page.getByRole('textbox').first().fill(OWNER.email);
		await page.locator('input[type=password]').fill(OWNER.password);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.waitForURL(/home|workflow/);
		await page.close();
		return session;
	}

	/**
	 * Opens a window of n8n.
	 *
	 * @param pictures the folder under test-results/ui for the pictures of this window; emptied first
	 */
	static async open(session: BrowserContext, version: string, pictures: string): Promise<Editor> {
		const folder = join(PICTURES, pictures);
		rmSync(folder, { recursive: true, force: true });
		mkdirSync(folder, { recursive: true });
		const editor = new Editor(await session.newPage(), folder, isN8nV1(version));
		await editor.page.goto(SETTINGS.path);
		await editor.text(SETTINGS.text).waitFor();
		return editor;
	}

	async close(): Promise<void> {
		await this.page.close();
	}

	/** Keeps what the screen shows as NN-<name>.png. */
	async picture(name: string): Promise<void> {
		await this.page.waitForTimeout(SETTLE_MS);
		const number = String(++this.pictures).padStart(2, '0');
		const path = join(this.folder, `${number}-${name}.png`);
		await this.page.screenshot({ path, scale: 'css' });
	}

	/**
	 * Keeps one part of the screen, alone and sharp, as test-results/ui/docs/<name>.png.
	 *
	 * @param windowHeight of the window while the picture is taken
	 * @param height of the picture at most, where the rest of the part is empty
	 */
	async pictureForDocs(
		name: string,
		part: Locator,
		{ windowHeight = WINDOW.height, height = Infinity } = {},
	): Promise<void> {
		await this.page.setViewportSize({ ...WINDOW, height: windowHeight });
		// Away from everything that has a tooltip.
		await this.page.mouse.move(0, windowHeight - 1);
		await this.page.waitForTimeout(SETTLE_MS);
		const box = (await part.boundingBox())!;
		await this.page.screenshot({
			path: join(PICTURES, 'docs', `${name}.png`),
			clip: { ...box, height: Math.min(box.height, height) },
			style: N8NS_OWN,
		});
		await this.page.setViewportSize(WINDOW);
	}

	/** Keeps the workflow on the canvas and nothing around it, as <name>.png. */
	async pictureOfWorkflow(name: string): Promise<void> {
		// Away from everything that shows buttons below it.
		await this.page.mouse.move(0, WINDOW.height - 1);
		await this.page.waitForTimeout(SETTLE_MS);
		// The canvas has no roles or texts that would tell where it ends.
		const boxes = await this.page.locator('.vue-flow__node').evaluateAll((nodes) =>
			nodes.map((node) => {
				const { left, top, right, bottom } = node.getBoundingClientRect();
				return { left, top, right, bottom };
			}),
		);
		const x = Math.min(...boxes.map(({ left }) => left)) - MARGIN;
		const y = Math.min(...boxes.map(({ top }) => top)) - MARGIN;
		const width = Math.max(...boxes.map(({ right }) => right)) + OUTSIDE - x;
		const height = Math.max(...boxes.map(({ bottom }) => bottom)) + OUTSIDE - y;
		const path = join(this.folder, `${name}.png`);
		await this.page.screenshot({ path, clip: { x, y, width, height }, style: N8NS_OWN });
	}

	/** Puts a text where Ctrl+V takes it from. */
	async copy(text: string): Promise<void> {
		await this.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
	}

	/** What Ctrl+C has put there. */
	async copied(): Promise<string> {
		return await this.page.evaluate<string>('navigator.clipboard.readText()');
	}

	async newWorkflow(): Promise<void> {
		await this.goTo('/workflow/new', this.text('Add first step…'));
	}

	async openWorkflow(id: string): Promise<void> {
		await this.goTo(`/workflow/${id}`, this.page.getByRole('radio', { name: 'Editor' }));
	}

	/**
	 * Goes elsewhere in the editor by way of its settings, leaving behind what is not saved. Loading the
	 * editor anew would take some ten seconds; its router also listens to the browser's Back.
	 */
	private async goTo(path: string, arrived: Locator): Promise<void> {
		const settings = this.text(SETTINGS.text);
		const leave = this.button('Leave without saving');
		// n8n 2.x saves a new workflow first, and then stays where it is or even comes back to it.
		await waitFor(async () => {
			await this.route(SETTINGS.path);
			await settings.or(leave).first().waitFor({ timeout: SHOWN_WITHIN_MS });
			if (await leave.isVisible()) await leave.click({ timeout: SHOWN_WITHIN_MS });
			// The dialog fades out; it has a Save button, too.
			await leave.waitFor({ state: 'hidden', timeout: SHOWN_WITHIN_MS });
			await settings.waitFor({ timeout: SHOWN_WITHIN_MS });
			await this.route(path);
			await arrived.waitFor({ timeout: SHOWN_WITHIN_MS });
		});
	}

	private async route(path: string): Promise<void> {
		await this.page.evaluate(
			`history.pushState(null, '', ${JSON.stringify(path)});
			dispatchEvent(new PopStateEvent('popstate', { state: null }));`,
		);
	}

	/** Has n8n start the workflow by itself from now on, or try to. */
	async publish(): Promise<void> {
		if (this.isN8nV1) {
			// n8n saves by itself when it listens.
			if (await this.button('Save').isVisible()) await this.button('Save').click();
			await this.page.getByRole('switch').locator('..').click();
		} else {
			await this.button('Publish').click();
			await this.picture('publish-dialog');
			await this.page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
		}
	}

	/** In an empty workflow: the search of the nodes panel. */
	async searchNodes(words: string): Promise<void> {
		await this.text('Add first step…').locator('..').getByRole('button').first().click();
		await this.page.getByPlaceholder('Search nodes').fill(words);
	}

	/** From the canvas to a node's panel. */
	async openNode(name: string | RegExp): Promise<void> {
		await this.page.locator('.vue-flow__node').filter({ hasText: name }).dblclick();
	}

	/** In a node's panel: a field of the input, in its Schema view, onto a parameter. */
	async drag(field: string, parameter: Locator): Promise<void> {
		const source = this.page.locator(`[data-target="mappable"][data-name="${field}"]`).first();
		await source.waitFor();
		// Fields move until the whole preview is there.
		await this.untilStill(source);
		await source.hover();
		await this.page.mouse.down();
		await parameter.hover();
		await this.page.mouse.up();
	}

	/** Resolves when a part of the screen has not moved for a while. */
	private async untilStill(part: Locator): Promise<void> {
		const place = async () => JSON.stringify(await part.boundingBox());
		let before: string;
		do {
			before = await place();
			await this.page.waitForTimeout(SETTLE_MS);
		} while ((await place()) !== before);
	}

	/** From a node's panel back to the canvas. */
	async leaveNode(): Promise<void> {
		const backdrop = { x: 5, y: 450 };
		await this.page.mouse.click(backdrop.x, backdrop.y);
		await this.page.getByRole('dialog').first().waitFor({ state: 'hidden' });
	}

	/** A part of the screen by the name n8n's own tests have for it. */
	part(name: string): Locator {
		return this.page.locator(`[data-test-id="${name}"]`).filter({ visible: true }).last();
	}

	text(text: string | RegExp): Locator {
		return this.page.getByText(text, { exact: typeof text === 'string' }).first();
	}

	/** Of several with the same name, the one in front: n8n puts dialogs at the end of the page. */
	button(name: string | RegExp): Locator {
		return this.page
			.getByRole('button', { name, exact: typeof name === 'string' })
			.filter({ visible: true })
			.last();
	}

	/** The box to type into, or to choose from, under a field's label. */
	field(label: string): Locator {
		return this.page
			.getByText(new RegExp(`^\\s*${label}\\s*\\*?\\s*$`))
			.last()
			.locator('xpath=following::input[1]');
	}

	/** All that the page says, a line for each piece. */
	async reading(): Promise<string> {
		return await this.page.locator('body').innerText();
	}
}
