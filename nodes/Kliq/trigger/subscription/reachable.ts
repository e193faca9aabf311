import { canReach } from '../../subscriptions/reachable';
import { toSingleLine } from '../../utils/text';
import { isHttpUrl, withoutUserInfo } from '../../utils/url';
import type { Explanation } from './explanations';

/** For test events n8n 2.41 prefers N8N_EDITOR_BASE_URL to WEBHOOK_URL, and N8N_WEBHOOK_URL to both. */
const VARIABLE = 'WEBHOOK_URL (newer n8n 2.x: N8N_WEBHOOK_URL)';

/**
 * Explains why KLIQ cannot deliver to a webhook URL.
 *
 * @returns what is wrong and what the user does; undefined if nothing speaks against the URL
 */
export function explainUnreachable(url: string, baseUrl: string): Explanation | undefined {
	if (!isHttpUrl(url) || /[\s?#]/.test(url)) {
		return {
			message: `KLIQ cannot reach this n8n: its address is no web address (${toSingleLine(withoutUserInfo(url))})`,
			description: `Start n8n with the environment variable ${VARIABLE} set to its whole address, beginning with https://`,
		};
	}
	if (canReach(baseUrl, url)) return undefined;
	return {
		message: `KLIQ cannot reach this n8n: its address is ${new URL(url).origin}, which only this machine knows`,
		description: `Start n8n with the environment variable ${VARIABLE} set to an address that the internet can reach, beginning with https://. It may be that of a tunnel such as ngrok or cloudflared: start the tunnel first, then n8n with its address`,
	};
}
