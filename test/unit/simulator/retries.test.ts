import { describe, expect, it } from '@jest/globals';

import { manualClock, startKliqSimulator } from '../../support/simulator';
import { call, receiver, simulator } from './helpers';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const events = ['cv.job.failed'];

async function failing(status: number | null = 500, patienceMs?: number) {
	const clock = manualClock({ start: START, patienceMs });
	const target = await receiver(status);
	const kliq = await simulator({ clock });
	const { id } = kliq.seedSubscription({ url: target.url, events });
	return { clock, target, kliq, id };
}

const minutesOf = (attempts: Array<{ at: number }>) =>
	attempts.map(({ at }) => (at - START) / MINUTE);

describe('retries', () => {
	it('come after 1 min, 5 min, 30 min, 2 h and 24 h with the same bytes; then it is disabled', async () => {
		const { clock, target, kliq } = await failing();

		const [delivery] = kliq.emit('cv.job.failed').deliveries;
		await delivery.firstAttempt;
		const counts = [];
		for (const step of [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 24 * HOUR]) {
			await clock.advance(step - 1);
			counts.push(target.received.length);
			await clock.advance(1);
			counts.push(target.received.length);
		}

		expect(counts).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
		expect(minutesOf(delivery.attempts)).toEqual([0, 1, 6, 36, 156, 1596]);
		const [first, ...others] = target.received;
		for (const { body, headers } of others) {
			expect(body).toEqual(first.body);
			expect(headers['x-kliq-signature']).toBe(first.headers['x-kliq-signature']);
		}
		expect(await delivery.ended).toBe('failed');
		expect(kliq.subscriptions()[0].live).toBe(false);
		expect((await call(kliq, 'GET', '/webhooks')).json.data[0].active).toBe(false);
		expect(kliq.emit('cv.job.failed').deliveries).toEqual([]);
		await clock.advance(48 * HOUR);
		expect(target.received).toHaveLength(6);
	});

	it('all come in one long step of the clock', async () => {
		const { clock, kliq } = await failing();
		const [delivery] = kliq.emit('cv.job.failed').deliveries;

		await clock.advance(27 * HOUR);

		expect(minutesOf(delivery.attempts)).toEqual([0, 1, 6, 36, 156, 1596]);
	});

	it('do not disable before the fifth has failed', async () => {
		const { clock, kliq } = await failing();
		kliq.emit('cv.job.failed');

		await clock.advance(1595 * MINUTE);

		expect(kliq.subscriptions()[0].live).toBe(true);
	});

	it('end with the first success, even at the last retry', async () => {
		const { clock, target, kliq } = await failing();
		const [delivery] = kliq.emit('cv.job.failed').deliveries;
		await clock.advance(1595 * MINUTE);
		target.status = 204;
		await clock.advance(48 * HOUR);

		expect(delivery.attempts.map(({ status }) => status)).toEqual([500, 500, 500, 500, 500, 204]);
		expect(await delivery.ended).toBe('delivered');
		expect(kliq.subscriptions()[0].live).toBe(true);
	});

	it.each([301, 400, 404])('follow an answer of %i as well', async (status) => {
		const { clock, kliq } = await failing(status);
		const [delivery] = kliq.emit('cv.job.failed').deliveries;

		await clock.advance(MINUTE);

		expect(delivery.attempts.map((attempt) => attempt.status)).toEqual([status, status]);
	});

	it('follow a refused connection', async () => {
		const { clock, kliq } = await failing();
		kliq.seedSubscription({ url: 'http://127.0.0.1:1/', events });
		const [, delivery] = kliq.emit('cv.job.failed').deliveries;

		await clock.advance(MINUTE);

		expect(delivery.attempts).toEqual([
			{ at: START, error: expect.stringContaining('ECONNREFUSED') },
			{ at: START + MINUTE, error: expect.stringContaining('ECONNREFUSED') },
		]);
	});

	it('follow 30 seconds without an answer', async () => {
		const { clock, target, kliq } = await failing(null, 100);
		const [delivery] = kliq.emit('cv.job.failed').deliveries;

		await clock.advance(29_999);
		expect(delivery.attempts).toEqual([]);
		await clock.advance(1);
		expect(await delivery.firstAttempt).toEqual({ at: START, error: 'timeout' });

		target.status = 200;
		await clock.advance(MINUTE);
		expect(delivery.attempts[1]).toEqual({
			at: START + 90_000,
			status: 200,
			body: 'answer 200',
		});
	});

	it('are independent for each event and subscription', async () => {
		const { clock, target, kliq } = await failing();
		const good = await receiver();
		kliq.seedSubscription({ url: good.url, events });

		const first = kliq.emit('cv.job.failed');
		await clock.advance(30_000);
		const second = kliq.emit('cv.job.failed');
		await clock.advance(MINUTE);

		expect(minutesOf(first.deliveries[0].attempts)).toEqual([0, 1]);
		expect(minutesOf(second.deliveries[0].attempts)).toEqual([0.5, 1.5]);
		expect(target.received).toHaveLength(4);
		expect(good.received).toHaveLength(2);
	});

	it('are cancelled when the subscription is deleted', async () => {
		const { clock, target, kliq, id } = await failing();
		const [delivery] = kliq.emit('cv.job.failed').deliveries;
		await clock.advance(0);

		await call(kliq, 'DELETE', `/webhooks/${id}`);

		expect(await delivery.ended).toBe('dropped');
		await clock.advance(HOUR);
		expect(target.received).toHaveLength(1);
	});

	it('are cancelled when the subscription is disabled while an attempt is pending', async () => {
		const { clock, target, kliq, id } = await failing();
		const [delivery] = kliq.emit('cv.job.failed').deliveries;

		kliq.disable(id);

		expect(await delivery.ended).toBe('dropped');
		await clock.advance(HOUR);
		expect(target.received).toHaveLength(1);
	});

	it('are cancelled when the simulator stops, waiting or pending', async () => {
		const clock = manualClock();
		const kliq = await startKliqSimulator({ clock });
		const [refusing, silent] = [await receiver(500), await receiver(null)];
		kliq.seedSubscription({ url: refusing.url, events });
		kliq.seedSubscription({ url: silent.url, events });
		const [waiting, pending] = kliq.emit('cv.job.failed').deliveries;
		await waiting.firstAttempt;

		await kliq.stop();

		expect(await waiting.ended).toBe('dropped');
		expect(await pending.ended).toBe('dropped');
		expect(pending.attempts).toMatchObject([{ error: 'stopped' }]);
	});
});
