import { canReach } from '../../subscriptions/reachable';
import { toSingleLine } from '../../utils/text';
import { isHttpUrl, withoutUserInfo } from '../../utils/url';
import type { Explanation } from './publication';

/**
 * Explains why KLIQ cannot deliver to a webhook URL.
 *
 * @returns what is wrong and what the user does; undefined if nothing speaks against the URL
 */
export function explainUnreachable(url: string, baseUrl: string): Explanation | undefined {
	if (!isHttpUrl(url) || /[\s?#]/.test(url)) {
		return {
			message: `KLIQ cannot reach this n8n: its address is no web address (${toSingleLine(withoutUserInfo(url))})`,
			description:
				'Start n8n with the environment variable WEBHOOK_URL set to its whole address, beginning with https://',
		};
	}
	if (canReach(baseUrl, url)) return undefined;
	return {
		message: `KLIQ cannot reach this n8n: its address is ${new URL(url).origin}, which only this machine knows`,
		description:
			'Start n8n with the environment variable WEBHOOK_URL set to an address that the internet can reach, or with a tunnel such as ngrok or cloudflared in front of it',
	};
}
