import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';

/** Where Debian's package `chromium` puts it; KLIQ_CHROMIUM names another. */
const CHROMIUM = process.env.KLIQ_CHROMIUM ?? '/usr/bin/chromium';

const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) process.stderr.write(`No browser at ${CHROMIUM} to test the editor with.\n`);

/** `describe`, but skipped where there is no browser to test with. In CI it then fails. */
export const describeInBrowser = hasChromium || process.env.CI ? describe : describe.skip;

/** A headless browser that sends no requests of its own. */
export async function startBrowser(): Promise<Browser> {
	return await chromium.launch({
		executablePath: CHROMIUM,
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}
