import type { IDataObject } from 'n8n-workflow';

import type { Method } from './faults';
import type { Deletion, StoredSubscription, UrlForm } from './kliq';
import { saveStaticData, type TriggerRow, type WorkflowRow } from './n8n/database';
import type { Instance } from './n8n/instance';
import type { Plan } from './plan';
import { SECOND } from './time';
import { ADDRESSES, API_KEYS, EVENTS, type World } from './world';

/** A step that a person, n8n's host or KLIQ takes. */
export interface Command {
	/** Whether it makes sense after what has been asked for; by default it does. */
	isPossible?: (plan: Plan, args: string[]) => boolean;
	/** Notes what it asks for. */
	note?: (plan: Plan, args: string[]) => void;
	/** A promise where it takes time. */
	run: (world: World, args: string[]) => Promise<void> | void;
}

const isUp = (plan: Plan) => plan.isUp;
const isCopyUp = (plan: Plan) => plan.isCopyUp;
const isPublished = (plan: Plan, [index]: string[]) => plan.published.has(Number(index));
const isAnyPublished = (plan: Plan) => plan.published.size > 0;
const up = (plan: Plan) => void (plan.isUp = true);
const down = (plan: Plan) => void (plan.isUp = false);
const publish = (plan: Plan, [index]: string[]) => void plan.published.add(Number(index));
const unpublish = (plan: Plan, [index]: string[]) => void plan.published.delete(Number(index));

/** The workflow of an index, as far as there are so many. */
const workflowAt = ({ workflows }: Instance, index: string): WorkflowRow =>
	workflows[Number(index) % workflows.length];

const triggerAt = (instance: Instance, index: string): TriggerRow => {
	const all = instance.workflows.flatMap(({ triggers }) => triggers);
	return all[Number(index) % all.length];
};

/** Changes one of the subscriptions of a trigger of the original at KLIQ, if there is any. */
const byHand =
	(
		change: (world: World, found: StoredSubscription, trigger: TriggerRow) => void,
	): Command['run'] =>
	(world, [index]) => {
		const trigger = triggerAt(world.original, index);
		const all = world.ofTrigger(world.original, trigger);
		if (all.length === 0) return;
		world.changedByHand(trigger);
		change(world, all[world.random.below(all.length)], trigger);
	};

const restart = async (instance: Instance | undefined) => {
	instance?.kill();
	await instance?.start();
};

/** n8n is down while its database is changed. */
const whileDown = async ({ original }: World, change: () => void) => {
	original.kill();
	change();
	await original.start();
};

export const COMMANDS: Record<string, Command> = {
	publish: {
		isPossible: (plan, args) => plan.isUp && !isPublished(plan, args),
		note: publish,
		run: async ({ original }, [index]) => await original.publish(workflowAt(original, index)),
	},
	unpublish: {
		isPossible: (plan, args) => plan.isUp && isPublished(plan, args),
		note: unpublish,
		run: async ({ original }, [index]) => await original.unpublish(workflowAt(original, index)),
	},
	edit: {
		isPossible: (plan, args) => plan.isUp && isPublished(plan, args),
		run: async ({ original }, [index, events]) =>
			await original.edit(workflowAt(original, index), EVENTS[Number(events)]),
	},
	/** Deletes the workflow and imports it again. */
	'import-again': {
		isPossible: (plan, args) => plan.isUp && isPublished(plan, args),
		run: async ({ original }, [index]) => await original.importAgain(workflowAt(original, index)),
	},
	/** As `n8n publish:workflow` while n8n is down. */
	'publish-offline': {
		isPossible: (plan, args) => !isPublished(plan, args),
		note: (plan, args) => {
			up(plan);
			publish(plan, args);
		},
		run: async (world, [index]) =>
			await whileDown(world, () => {
				const workflow = workflowAt(world.original, index);
				if (workflow.status === 'unpublished') workflow.status = 'published';
			}),
	},
	kill: { isPossible: isUp, note: down, run: ({ original }) => original.kill() },
	start: {
		isPossible: (plan) => !plan.isUp,
		note: up,
		run: async ({ original }) => await original.start(),
	},
	restart: { note: up, run: async ({ original }) => await restart(original) },
	leader: { isPossible: isUp, run: async ({ original }) => await original.changeLeader() },
	/** To another public address; the earlier one still leads here, or nowhere. */
	move: {
		note: up,
		run: async (world, [index, earlier]) =>
			await world.move(ADDRESSES[Number(index)], { doesEarlierLead: earlier === 'leads-here' }),
	},

	fault: { run: (world, [method, fault]) => world.setFault(method as Method, fault) },
	heal: { run: (world) => world.endFaults() },
	lag: { run: ({ kliq }, [seconds]) => void (kliq.lagMs = Number(seconds) * SECOND) },
	list: {
		run: ({ kliq }, [form]) => {
			if (kliq.urlForm === 'as-sent') kliq.urlFormChangedAt = performance.now();
			kliq.urlForm = form as UrlForm;
		},
	},
	cursor: { run: ({ kliq }, [what]) => void (kliq.doesCursorRepeat = what === 'repeats') },
	deletes: { run: ({ kliq }, [when]) => void (kliq.deletion = when as Deletion) },

	'switch-off': {
		isPossible: isAnyPublished,
		run: byHand(({ kliq }, { id }) => kliq.update(id, { isActive: false })),
	},
	remove: { isPossible: isAnyPublished, run: byHand(({ kliq }, { id }) => kliq.remove(id)) },
	'other-events': {
		isPossible: isAnyPublished,
		run: byHand(({ kliq }, { id }) => kliq.update(id, { events: ['observation.created'] })),
	},
	/** A second one beside it. */
	double: {
		isPossible: isAnyPublished,
		run: byHand((world, { tenant }, { events, webhookId }) => {
			const url = `${world.original.address}/webhook/${webhookId}/webhook`;
			world.kliq.add({ tenant, url, events, secret: 'whsec_by_hand' });
		}),
	},
	/** With the plain URL and another secret. */
	'make-anew': {
		isPossible: isAnyPublished,
		run: byHand(({ kliq }, { id, tenant, url, events }) => {
			const [plainUrl] = url.split('?');
			kliq.remove(id);
			kliq.add({ tenant, url: plainUrl, events, secret: 'whsec_by_hand' });
		}),
	},

	key: {
		run: (world, [index]) =>
			world.setCredential({ apiKey: API_KEYS[Number(index)], tenantId: 't_1' }),
	},
	tenant: {
		run: (world, [index]) =>
			world.setCredential(
				index === '0'
					? { apiKey: API_KEYS[0], tenantId: 't_1' }
					: { apiKey: API_KEYS[2], tenantId: 't_2' },
			),
	},
	secret: {
		run: (world, [which]) =>
			world.setCredential({ signingSecret: which === 'derived' ? '' : `whsec_${which}` }),
	},

	/** Loses the static data of a trigger, or restores it from a backup. */
	static: {
		isPossible: isAnyPublished,
		note: up,
		run: async (world, [index, what]) =>
			await whileDown(world, () => {
				const trigger = triggerAt(world.original, index);
				const { backups } = trigger;
				const backup: IDataObject | undefined = backups[world.random.below(backups.length || 1)];
				saveStaticData(trigger, what === 'lost' ? undefined : backup);
			}),
	},

	/** A second n8n begins to run with a copy of the database and the same address. */
	twin: {
		isPossible: (plan) => plan.isUp && !plan.hasTwin,
		note: (plan) => void (plan.hasTwin = true),
		run: async (world) => await world.addTwin(),
	},
	/** A second n8n begins to run with a copy of the database and an address of its own. */
	copy: {
		isPossible: (plan) => !plan.hasCopy,
		note: (plan) => void Object.assign(plan, { hasCopy: true, isCopyUp: true }),
		run: async (world) => await world.addCopy(),
	},
	'copy-unpublish': {
		isPossible: isCopyUp,
		run: async ({ copy }, [index]) => await copy?.unpublish(workflowAt(copy, index)),
	},
	'copy-edit': {
		isPossible: isCopyUp,
		run: async ({ copy }, [index, events]) =>
			await copy?.edit(workflowAt(copy, index), EVENTS[Number(events)]),
	},
	'copy-restart': {
		isPossible: (plan) => plan.hasCopy,
		note: (plan) => void (plan.isCopyUp = true),
		run: async ({ copy }) => await restart(copy),
	},
	'copy-kill': {
		isPossible: isCopyUp,
		note: (plan) => void (plan.isCopyUp = false),
		run: ({ copy }) => copy?.kill(),
	},

	wait: { run: () => {} },
};
