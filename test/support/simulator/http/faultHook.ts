import { clearTimeout, setTimeout } from 'node:timers';
import type { FastifyInstance } from 'fastify';

import type { FaultPlan } from '../faults';
import type { KliqSettings } from '../settings';
import { errorBody, KliqError, sendError } from './errors';
import { pathOf } from './path';

/** Adds latency and applies queued faults to matching requests, after the log and before everything else. */
export function addFaults(app: FastifyInstance, faults: FaultPlan, settings: KliqSettings): void {
	const lostAnswers = new WeakSet<object>();
	const statusesAfter = new WeakMap<object, number>();
	const timers = new Set<NodeJS.Timeout>();

	const delay = async (ms: number) =>
		await new Promise<void>((resolve) => {
			const timer = setTimeout(() => {
				timers.delete(timer);
				resolve();
			}, ms);
			timers.add(timer);
		});

	app.addHook('preValidation', async (request, reply) => {
		const fault = faults.take(request.method, pathOf(request));
		const delayMs = settings.latencyMs + (fault?.delayMs ?? 0);
		if (delayMs > 0) await delay(delayMs);
		if (!fault) return;
		if (fault.cut === 'before') {
			reply.hijack();
			request.raw.socket.destroy();
			return;
		}
		if (fault.cut === 'after') lostAnswers.add(request);
		if (fault.statusAfter !== undefined) statusesAfter.set(request, fault.statusAfter);
		if (fault.status === undefined) return;

		void reply.headers(fault.headers ?? {});
		if (fault.body === undefined && fault.status >= 400) {
			return sendError(reply, settings, new KliqError(fault.status, 'fault', 'Planned fault'));
		}
		return reply.code(fault.status).send(fault.body);
	});
	app.addHook('onSend', async (request, reply, payload) => {
		if (lostAnswers.has(request)) request.raw.socket.destroy();
		const status = statusesAfter.get(request);
		if (status === undefined) return payload;
		void reply.code(status).removeHeader('content-length');
		return errorBody(settings.errorShape, new KliqError(status, 'fault', 'Planned fault'));
	});
	app.addHook('preClose', async () => {
		for (const timer of timers) clearTimeout(timer);
	});
}
