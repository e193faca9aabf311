import { createHmac } from 'node:crypto';

import { CHECK_INTERVAL_MS } from './code';
import type { LoggedRequest, StoredSubscription } from './kliq';
import type { TriggerRow } from './n8n/database';
import { messageOf, type Instance } from './n8n/instance';
import type { Process } from './n8n/process';
import { HOUR, MINUTE } from './time';
import type { Located, World } from './world';

/** How long a check may take, with the spread of starts and its waits. */
export const CHECK_MS = CHECK_INTERVAL_MS + 3 * MINUTE;

const LICENCE_MS = HOUR + 15 * MINUTE;

/** Checks what must hold at every moment, after a change at KLIQ. */
export function checkChange(world: World, request?: LoggedRequest): void {
	if (request?.changed !== undefined) {
		const process = request.caller as Process;
		const instance = world.instanceOf(process);
		if (request.method === 'POST') checkMade(world, instance, request.changed);
		else checkDeleted(world, process, request.changed);
	}
	world.closeCauses();
}

function checkMade(world: World, instance: Instance, { url }: StoredSubscription): void {
	const { trigger } = instance.find(url)!;
	const at = performance.now();
	world.made.push({ at, trigger });

	const isOfTrigger = (each: { trigger: TriggerRow }) => each.trigger === trigger;
	const made = world.made.filter((each) => isOfTrigger(each) && each.at > at - HOUR);
	const licences = world.licences.filter((each) => isOfTrigger(each) && each.at > at - LICENCE_MS);
	const living = world.processes.filter(({ isDead }) => !isDead);
	if (made.length > licences.length + Math.max(1, living.length)) {
		world.breach('few-posts', `${trigger.name} has made ${made.length} in an hour`);
	}

	const right = world
		.ofTrigger(instance, trigger)
		.filter((each) => !each.isByHand && world.isRight(instance, trigger, each));
	const starts = world.processes.filter(({ startedAt }) => startedAt > at - HOUR);
	// A list that hides what a lost answer has made is trusted after an hour, and so again.
	const hiddenMs = Math.max(0, at - world.kliq.urlFormChangedAt);
	const hidden = Number.isFinite(hiddenMs) ? Math.floor(hiddenMs / HOUR) : 0;
	if (right.length > 2 + starts.length + hidden) {
		world.breach('one-surplus', `${trigger.name} has ${right.map(({ id }) => id).join(' ')}`);
	}
}

function checkDeleted(world: World, process: Process, deleted: StoredSubscription): void {
	const { id, url, tenant, isActive } = deleted;
	const what = `${process.name} has deleted ${id}`;
	if (world.foreign.some((each) => each.id === id)) return world.breach('foreign', what);

	const instance = world.instanceOf(process);
	const owner = world.addresses.instanceAt(url);
	if (owner !== undefined && isActive && isOfOther(owner, instance, url)) {
		world.breach('others-live', what);
	}

	const found = instance.find(url);
	if (found === undefined || tenant !== world.credential.tenantId) return;
	const { workflow, trigger } = found;
	const isIdle = workflow.status === 'published' && !instance.isBusy(workflow) && !process.isDead;
	const isAtUrl = url.startsWith(instance.urlOf(trigger));
	if (!isIdle || !isAtUrl || !isActive) return;
	const left = world.ofTrigger(instance, trigger).filter((each) => each.isActive);
	if (left.length === 0) world.breach('no-gap', `${what}, the last one of ${trigger.name}`);
}

/** Whether a URL is of another n8n that lives and has published the trigger. */
function isOfOther(owner: Instance, instance: Instance, url: string): boolean {
	const isAnother = owner !== instance && owner.address !== instance.address;
	const isAtAddress = url.startsWith(`${owner.address}/`);
	const isPublished = owner.find(url)?.workflow.status === 'published';
	return isAnother && isAtAddress && owner.leader !== undefined && isPublished;
}

/**
 * Published triggers that need not wait for the hour between two subscriptions: they have made none, or
 * their credential or address has changed since.
 */
export const notLimited = (world: World, since: number) =>
	publishedTriggers(world).filter(({ trigger }) => {
		const made = world.made.filter((each) => each.trigger === trigger).at(-1);
		return made === undefined || made.at < since - HOUR || made.at < world.followAt;
	});

export const publishedTriggers = (world: World): Located[] =>
	world.all.filter(
		({ instance, workflow }) => workflow.status === 'published' && instance.leader !== undefined,
	);

export function checkServed(world: World, triggers: Located[]): void {
	for (const { instance, trigger } of triggers) {
		if (world.isServed(instance, trigger)) continue;
		world.breach('served', `${trigger.name} has ${describe(world, instance, trigger)}`);
	}
}

/** Checks what must hold when all is quiet. */
export function checkQuiet(world: World): void {
	checkServed(world, publishedTriggers(world));
	for (const { instance, trigger } of publishedTriggers(world)) {
		for (const { id, url, isActive } of world.elsewhere(instance, trigger)) {
			const leadsHere = world.addresses.instanceAt(url) === instance;
			const leadsToOther = world.addresses.instanceAt(url) !== undefined && !leadsHere;
			if (leadsHere || (!isActive && !leadsToOther))
				world.breach('moved', `${id} is left at ${url}`);
		}
	}
	for (const { instance, workflow, trigger } of world.all) {
		const { status } = workflow;
		const all = world.ofTrigger(instance, trigger);
		const shown = describe(world, instance, trigger);
		if (status !== 'unpublished') {
			const isLeft = status === 'failed' && trigger.mayBeLeft;
			if (all.length > 1 && !isLeft) world.breach('single', `${trigger.name} has ${shown}`);
		} else if (
			all.some((each) => !each.isByHand) &&
			!trigger.mayBeLeft &&
			!isOfTwin(world, trigger)
		) {
			world.breach('gone', `${trigger.name}, not published, has ${shown}`);
		}
	}
	for (const each of world.foreign) {
		if (!world.kliq.subscriptions.includes(each)) world.breach('foreign', `${each.id} has changed`);
	}
}

/** Whether the second n8n with the same address has published it. */
const isOfTwin = ({ twin }: World, { webhookId }: TriggerRow): boolean =>
	twin?.workflows.some(
		({ status, triggers }) =>
			status === 'published' && triggers.some((each) => each.webhookId === webhookId),
	) ?? false;

/** Sends each published trigger an event that its subscription signs. */
export async function checkAccepted(world: World): Promise<void> {
	for (const { instance, trigger } of publishedTriggers(world)) {
		const all = world.ofTrigger(instance, trigger);
		const subscription = all.find((each) => world.isRight(instance, trigger, each));
		if (subscription === undefined) continue;
		const body = Buffer.from(JSON.stringify({ id: 'evt_1', type: trigger.events[0], data: {} }));
		const signature = createHmac('sha256', subscription.secret).update(body).digest('hex');
		const headers = { 'content-type': 'application/json', 'x-kliq-signature': signature };
		const outcome = await world.addresses
			.post(subscription.url, body, headers)
			.then(({ statusCode, isRun }) => (isRun ? '' : `status ${statusCode}`), messageOf);
		if (outcome) world.breach('accepted', `${trigger.name} answers an event with ${outcome}`);
	}
}

function describe(world: World, instance: Instance, trigger: TriggerRow): string {
	const all = world.ofTrigger(instance, trigger).map((each) => {
		const right = world.isRight(instance, trigger, each) ? 'right' : 'wrong';
		return `${each.id} (${right}${each.isActive ? '' : ', off'})`;
	});
	return all.join(' ') || 'none';
}
