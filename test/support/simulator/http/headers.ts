import type { FastifyInstance } from 'fastify';

import type { KliqSettings } from '../settings';
import { pathOf } from './path';

const LIMIT = 'x-ratelimit-limit';
const REMAINING = 'x-ratelimit-remaining';
const RESET = 'x-ratelimit-reset';

/** Removes or rewrites headers that every answer has by default. To be added before all that sets them. */
export function addHeaderDeviations(app: FastifyInstance, settings: KliqSettings): void {
	const requestsByPath = new Map<string, number>();

	app.addHook('onRequest', async (request) => {
		const path = pathOf(request);
		requestsByPath.set(path, (requestsByPath.get(path) ?? 0) + 1);
	});
	app.addHook('onSend', async (request, reply, payload) => {
		const path = pathOf(request);
		const { sendsDate, pathsWithoutRateLimitHeaders, rateLimitRemaining } = settings.deviations;
		if (!sendsDate) {
			reply.raw.sendDate = false;
			reply.removeHeader('date');
		}
		if (pathsWithoutRateLimitHeaders && path.search(pathsWithoutRateLimitHeaders) >= 0) {
			for (const name of [LIMIT, REMAINING, RESET]) reply.removeHeader(name);
		} else if (rateLimitRemaining === 'ofPath' && reply.hasHeader(REMAINING)) {
			const left = Number(reply.getHeader(LIMIT)) - (requestsByPath.get(path) ?? 0);
			void reply.header(REMAINING, Math.max(0, left));
		}
		return payload;
	});
}
