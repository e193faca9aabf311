import type { FastifyInstance } from 'fastify';

import type { SimulatorClock } from '../clock';
import type { KliqSettings, RateLimit } from '../settings';
import { KliqError } from './errors';

/** Requests that count against a key's limit at a moment. */
interface Count {
	/** With the request that was just counted. */
	used: number;
	/** When the next request is allowed again, if none is left. */
	opensAt: number;
	/** When the whole limit is free again. */
	resetsAt: number;
}

interface Counter {
	/** Counts one request. */
	count(now: number, limit: RateLimit): Count;
}

/**
 * Counts requests per API key, and refuses those over the limit. Windows, headers and the order of
 * answers are as `settings.rateLimit` says.
 */
export function addRateLimit(
	app: FastifyInstance,
	clock: SimulatorClock,
	settings: KliqSettings,
): void {
	const counters = new Map<string, Counter>();
	const delays = new WeakMap<object, number>();
	const pauses = new Set<unknown>();
	let counted = 0;

	app.addHook('onRequest', async (request, reply) => {
		const now = clock.now();
		void reply.header('Date', new Date(now).toUTCString());
		const limit = settings.rateLimit;
		if (!limit) return;

		const { windows = 'clock', windowSeconds, headers = 'all', answerDelaysMs = [] } = limit;
		// A window begun under another limit would go on to its end.
		const name = `${windows} ${windowSeconds} ${String(request.headers['x-api-key'] ?? '')}`;
		const counter =
			counters.get(name) ?? (windows === 'sliding' ? slidingWindow() : fixedWindows());
		counters.set(name, counter);
		const { used, opensAt, resetsAt } = counter.count(now, limit);
		delays.set(request, answerDelaysMs[counted++ % answerDelaysMs.length] ?? 0);

		if (headers === 'all') {
			void reply.headers({
				'X-RateLimit-Limit': limit.requests,
				'X-RateLimit-Remaining': Math.max(0, limit.requests - used),
				'X-RateLimit-Reset': Math.ceil(resetsAt / 1000),
			});
		}
		if (used > limit.requests) {
			if (headers !== 'none') void reply.header('Retry-After', Math.ceil((opensAt - now) / 1000));
			throw new KliqError(429, 'rate_limited', 'Too many requests');
		}
	});
	app.addHook('onSend', async (request, _reply, payload) => {
		const delayMs = delays.get(request) ?? 0;
		if (delayMs > 0) {
			await new Promise<void>((resolve) => {
				const timer = clock.setTimeout(() => {
					pauses.delete(timer);
					resolve();
				}, delayMs);
				pauses.add(timer);
			});
		}
		return payload;
	});
	app.addHook('preClose', async () => {
		for (const timer of pauses) clock.clearTimeout(timer);
	});
}

/** One window after the other; refused requests count as well. */
function fixedWindows(): Counter {
	let endsAt = -Infinity;
	let used = 0;
	return {
		count(now, { windows, windowSeconds }) {
			const length = windowSeconds * 1000;
			if (now >= endsAt) {
				// Windows on the clock end at whole multiples of their length since 1970.
				endsAt =
					windows === 'firstRequest' ? now + length : (Math.floor(now / length) + 1) * length;
				used = 0;
			}
			used += 1;
			return { used, opensAt: endsAt, resetsAt: endsAt };
		},
	};
}

/** The time up to now, a window long; refused requests do not count. */
function slidingWindow(): Counter {
	let times: number[] = [];
	return {
		count(now, { requests, windowSeconds }) {
			const length = windowSeconds * 1000;
			times = times.filter((time) => time + length > now);
			const used = times.length + 1;
			if (used <= requests) times.push(now);
			return { used, opensAt: times[0] + length, resetsAt: times[times.length - 1] + length };
		},
	};
}
