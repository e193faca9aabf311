import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';

import { SLACK_TOKEN, slackApi, type SlackMessage, type SlackState } from './api';
import { startConnectProxy } from './connectProxy';

export type { SlackMessage } from './api';

const CERTIFICATE = resolve(__dirname, 'certificate/cert.pem');
const KEY = resolve(__dirname, 'certificate/key.pem');

/** A stand-in for Slack, which n8n's own Slack node takes for Slack. */
export interface Slack {
	/** What n8n has to be started with, so that slack.com is this. */
	env: Record<string, string>;
	/** Values of a Slack API credential. */
	credential: { accessToken: string };
	/** The ID of a channel that the app is in. */
	channel: string;
	/** What has been posted, oldest first. */
	messages: SlackMessage[];
	/** The next `times` calls of a method are refused with this error. */
	refuse(method: string, error: string, times: number): void;
	/** Hosts on the internet that n8n wanted to reach and could not. */
	refusedHosts: string[];
	stop(): Promise<void>;
}

export async function startSlack(): Promise<Slack> {
	const state: SlackState = { channels: ['C0TEST'], messages: [], refusals: [] };
	const app = slackApi({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) }, state);
	await app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = app.server.address() as AddressInfo;
	const proxy = await startConnectProxy({ 'slack.com': port, 'files.slack.com': port });
	return {
		env: {
			HTTPS_PROXY: proxy.url,
			NO_PROXY: '127.0.0.1,localhost',
			NODE_EXTRA_CA_CERTS: CERTIFICATE,
		},
		credential: { accessToken: SLACK_TOKEN },
		channel: state.channels[0],
		messages: state.messages,
		refuse: (method, error, times) => {
			state.refusals.push(...Array.from({ length: times }, () => ({ method, error })));
		},
		refusedHosts: proxy.refusedHosts,
		stop: async () => {
			await proxy.stop();
			await app.close();
		},
	};
}
