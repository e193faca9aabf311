import type { FastifyInstance } from 'fastify';
import type { SimulatorClock } from '../clock';
import type { KliqSettings } from '../settings';
import { KliqError } from './errors';

interface Window {
	endsAt: number;
	used: number;
}

/** Counts requests per API key in fixed windows, and refuses those over the limit. */
export function addRateLimit(
	app: FastifyInstance,
	clock: SimulatorClock,
	settings: KliqSettings,
): void {
	const windows = new Map<string, Window>();

	app.addHook('onRequest', async (request, reply) => {
		const now = clock.now();
		void reply.header('Date', new Date(now).toUTCString());
		const limit = settings.rateLimit;
		if (!limit) return;

		const key = String(request.headers['x-api-key'] ?? '');
		const current = windows.get(key);
		const window =
			current && now < current.endsAt
				? current
				: { endsAt: endOfWindow(now, limit.windowSeconds * 1000), used: 0 };
		windows.set(key, window);
		window.used += 1;

		void reply.headers({
			'X-RateLimit-Limit': limit.requests,
			'X-RateLimit-Remaining': Math.max(0, limit.requests - window.used),
			'X-RateLimit-Reset': Math.ceil(window.endsAt / 1000),
		});
		if (window.used > limit.requests) {
			void reply.header('Retry-After', Math.ceil((window.endsAt - now) / 1000));
			throw new KliqError(429, 'rate_limited', 'Too many requests');
		}
	});
}

/** Windows lie on the clock: their end has to be told in whole Unix seconds. */
const endOfWindow = (now: number, length: number) => (Math.floor(now / length) + 1) * length;
