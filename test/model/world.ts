import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { clock } from '../support/n8nCore/discreteEventClock';
import { Causes } from './causes';
import { deriveSecret } from './code';
import { FAULTS, type Method } from './faults';
import { INVARIANTS, type Breach, type InvariantName } from './invariants';
import { Kliq, type StoredSubscription } from './kliq';
import { Addresses } from './n8n/addresses';
import { copyDatabase, type TriggerRow, type WorkflowRow } from './n8n/database';
import type { Instance } from './n8n/instance';
import { N8n1 } from './n8n/n8n1';
import { N8n2 } from './n8n/n8n2';
import type { Process } from './n8n/process';
import type { Surroundings } from './n8n/surroundings';
import { Random } from './random';
import { SECOND } from './time';

/** Public addresses that an n8n may have. The last one is of a copy of the database. */
export const ADDRESSES = ['a', 'b', 'c', 'd'].map((name) => `https://n8n-${name}.example.com`);

export const EVENTS = [['cv.job.completed'], ['visit.submitted', 'cv.job.failed']];

const TENANTS = ['t_1', 't_2'];

/** The first two are of the first tenant. */
export const API_KEYS = ['kliq_live_1', 'kliq_live_2', 'kliq_live_3'];

/** A trigger of which it is not known so long after it was published that it is subscribed is worth telling. */
const MAX_FIRST_MS = 45 * SECOND;

/** A trigger and where it is. */
export interface Located {
	readonly instance: Instance;
	readonly workflow: WorkflowRow;
	readonly trigger: TriggerRow;
}

/** KLIQ, one or several n8n, and what has happened. */
export class World implements Surroundings {
	readonly random: Random;

	readonly kliq: Kliq;

	readonly addresses: Addresses;

	readonly causes = new Causes();

	/** The original first. */
	readonly instances: Instance[];

	/** A second n8n with a copy of the database and the same address. */
	twin?: Instance;

	credential: ICredentialDataDecryptedObject = {
		apiKey: API_KEYS[0],
		tenantId: TENANTS[0],
		baseUrl: 'https://api.kliqpulse.com/v1',
		signingSecret: '',
	};

	readonly lines: string[] = [];

	readonly breaches: Breach[] = [];

	/** Subscriptions that no n8n may touch. */
	readonly foreign: StoredSubscription[] = [];

	/** Subscriptions that n8n has made. */
	readonly made: Array<{ at: number; trigger: TriggerRow }> = [];

	/** What allows a trigger to subscribe once more. */
	readonly licences: Array<{ at: number; trigger: TriggerRow }> = [];

	/** When the credential or the address has changed last: the triggers follow without delay. */
	followAt = -Infinity;

	private readonly faultTimes: Array<{ method: Method; fault: string; until?: number }> = [];

	private readonly begunAt = performance.now();

	constructor(
		seed: number,
		readonly isN8nV1: boolean,
	) {
		this.random = new Random(seed);
		this.addresses = new Addresses(this.random, (line) => this.trace(line));
		this.kliq = new Kliq(this.random, (line) => this.trace(line));
		API_KEYS.forEach((key, index) => this.kliq.tenants.set(key, TENANTS[index < 2 ? 0 : 1]));
		// n8n 1.x does with a workflow what 2.x does with a trigger.
		const names = isN8nV1 ? [['A1', 'A2'], ['B']] : [['A'], ['B']];
		const workflows = names.map((each) => this.newWorkflow(each));
		this.instances = [this.newInstance('P', workflows, ADDRESSES[0])];
		this.addForeign();
	}

	get original(): Instance {
		return this.instances[0];
	}

	/** The n8n with a copy of the database and an address of its own. */
	get copy(): Instance | undefined {
		return this.instances[1];
	}

	private get everyInstance(): Instance[] {
		return [...this.instances, ...(this.twin ? [this.twin] : [])];
	}

	/** The triggers of all n8n but the twin, which wants what the original wants. */
	get all(): Located[] {
		return this.instances.flatMap((instance) =>
			instance.workflows.flatMap((workflow) =>
				workflow.triggers.map((trigger) => ({ instance, workflow, trigger })),
			),
		);
	}

	trace(line: string): void {
		const at = ((performance.now() - this.begunAt) / SECOND).toFixed(1);
		this.lines.push(`${at.padStart(9)} ${line.slice(0, 240)}`);
	}

	/** Notes that an invariant does not hold. */
	breach(invariant: InvariantName, what: string): void {
		this.trace(`BREACH of ${invariant} (${INVARIANTS[invariant]}): ${what}`);
		this.breaches.push({ invariant, what });
	}

	async ask(process: Process, request: IHttpRequestOptions): Promise<unknown> {
		return await this.addresses.request(process, request);
	}

	started(process: Process): void {
		for (const { triggers } of this.instanceOf(process).workflows) {
			for (const trigger of triggers) this.publishing(trigger);
		}
	}

	publishing(trigger: TriggerRow): void {
		this.licences.push({ at: performance.now(), trigger });
		this.causes.close('not yet subscribed', trigger);
		void clock.sleep(MAX_FIRST_MS).then(() => {
			const located = this.all.find((each) => each.trigger === trigger);
			if (located === undefined || this.isKnownToBeServed(located)) return;
			this.causes.open('not yet subscribed', trigger);
		});
	}

	instanceOf(process: Process): Instance {
		return this.everyInstance.find(({ processes }) => processes.includes(process))!;
	}

	get processes(): Process[] {
		return this.everyInstance.flatMap(({ processes }) => processes);
	}

	/** Starts work and does not wait for it. */
	begin(work: Promise<void>): void {
		work.catch((error: Error) => this.breach('no-throw', String(error.stack)));
	}

	/** A second n8n begins to run with a copy of the database. */
	async addCopy(): Promise<void> {
		if (this.copy !== undefined) return;
		const copy = this.newInstance('C', copyDatabase(this.original.workflows), ADDRESSES[3]);
		this.instances.push(copy);
		await copy.start();
	}

	/** A second n8n begins to run with a copy of the database and the same address. */
	async addTwin(): Promise<void> {
		if (this.twin !== undefined) return;
		const { workflows, address } = this.original;
		this.twin = this.newInstance('T', copyDatabase(workflows), address, { leads: false });
		// Each of them is told of what the other one does: nothing to judge.
		this.causes.open('twin', undefined, { times: Infinity });
		await this.twin.start();
	}

	/** The original gets another public address. */
	async move(address: string, { doesEarlierLead }: { doesEarlierLead: boolean }): Promise<void> {
		const { original } = this;
		original.kill();
		if (!doesEarlierLead) this.addresses.leadNowhere(original.address);
		original.address = address;
		this.followAt = performance.now();
		this.addresses.lead(address, original);
		await original.start();
	}

	setCredential(values: ICredentialDataDecryptedObject): void {
		this.credential = { ...this.credential, ...values };
		this.followAt = performance.now();
		for (const { trigger } of this.all) this.licences.push({ at: performance.now(), trigger });
	}

	setFault(method: Method, fault: string): void {
		this.endFault(method);
		this.kliq.faults[method] = fault;
		this.faultTimes.push({ method, fault });
		if (FAULTS[fault].needsPerson) this.causes.open(`${method} ${fault}`);
	}

	endFaults(): void {
		for (const method of ['GET', 'POST', 'DELETE'] as const) this.endFault(method);
	}

	hasNeededPerson(since: number): boolean {
		return this.faultTimes.some(
			({ fault, until = Infinity }) => FAULTS[fault].needsPerson && until >= since,
		);
	}

	/** Notes that a person has changed a subscription at KLIQ. */
	changedByHand(trigger: TriggerRow): void {
		const hourAgo = performance.now() - 3600 * SECOND;
		const isAgain = this.made.some((each) => each.trigger === trigger && each.at >= hourAgo);
		// Told that it has ended again within the hour, and that it has been replaced.
		this.causes.open('changed at KLIQ', trigger, { times: isAgain ? 2 : 1, mayBeLate: true });
	}

	/** Until the next start it is an outage. */
	halfDone(trigger: TriggerRow): void {
		this.causes.open('killed half done', trigger, { mayBeLate: true });
		this.causes.close('killed half done', trigger);
	}

	tell(process: Process, trigger: TriggerRow, message: string): void {
		this.trace(`TOLD ${process.name} ${trigger.name}: ${message}`);
		// Each other address, once for a workflow in a process.
		const instance = this.instanceOf(process);
		const workflow = instance.workflows.find(({ triggers }) => triggers.includes(trigger));
		for (const { url } of this.elsewhere(instance, trigger)) {
			const { origin } = new URL(url);
			this.causes.open(`elsewhere ${process.name} ${workflow?.id} ${origin}`, trigger);
		}
		if (this.causes.tell({ process, trigger, message })) return;
		this.breach('told-once', `${trigger.name} was told: ${message}`);
	}

	secretOf(trigger: TriggerRow): string {
		const { apiKey, signingSecret } = this.credential;
		return String(signingSecret) || deriveSecret(String(apiKey), trigger.webhookId);
	}

	/** Subscriptions of a trigger: with its URL, whatever the query, in the credential's tenant. */
	ofTrigger(instance: Instance, trigger: TriggerRow): StoredSubscription[] {
		const url = instance.urlOf(trigger);
		return this.ofTenant().filter((each) => withoutQuery(each.url) === url);
	}

	/** Subscriptions of a trigger to other addresses. */
	elsewhere(instance: Instance, trigger: TriggerRow): StoredSubscription[] {
		const { pathname } = new URL(instance.urlOf(trigger));
		return this.ofTenant().filter(({ url }) => {
			const { pathname: shown, origin } = new URL(url);
			return shown === pathname && origin !== instance.address;
		});
	}

	isRight(instance: Instance, trigger: TriggerRow, subscription: StoredSubscription): boolean {
		const { isActive, secret, events, url } = subscription;
		const hasUrl = withoutQuery(url) === instance.urlOf(trigger);
		const hasEvents = [...events].sort().join() === [...trigger.events].sort().join();
		return isActive && hasUrl && hasEvents && secret === this.secretOf(trigger);
	}

	/** Closes what there is no more to tell of. */
	closeCauses(): void {
		for (const located of this.all) {
			if (!this.isServed(located.instance, located.trigger)) continue;
			this.causes.close('changed at KLIQ', located.trigger);
			if (!this.isKnownToBeServed(located)) continue;
			const { trigger } = located;
			// The first subscription of a publication may be made hours after it.
			const isFirst = this.causes.close('not yet subscribed', trigger);
			if (isFirst) this.licences.push({ at: performance.now(), trigger });
		}
	}

	isServed(instance: Instance, trigger: TriggerRow): boolean {
		return this.ofTrigger(instance, trigger).some((each) => this.isRight(instance, trigger, each));
	}

	private isKnownToBeServed({ instance, trigger }: Located): boolean {
		const { GET, POST } = this.kliq.faults;
		return GET === undefined && POST === undefined && this.isServed(instance, trigger);
	}

	private ofTenant(): StoredSubscription[] {
		return this.kliq.subscriptions.filter(({ tenant }) => tenant === this.credential.tenantId);
	}

	private endFault(method: Method): void {
		const fault = this.kliq.faults[method];
		if (fault === undefined) return;
		delete this.kliq.faults[method];
		this.causes.close(`${method} ${fault}`);
		for (const each of this.faultTimes) {
			if (each.method === method) each.until ??= performance.now();
		}
		this.closeCauses();
	}

	private newWorkflow(names: string[]): WorkflowRow {
		const triggers = names.map((name) => ({
			name,
			nodeId: this.random.uuid(),
			webhookId: this.random.uuid(),
			events: EVENTS[0],
			staticData: undefined,
			backups: [],
			mayBeLeft: false,
		}));
		return { id: this.random.uuid(), triggers, status: 'unpublished' };
	}

	private newInstance(
		name: string,
		workflows: WorkflowRow[],
		address: string,
		{ leads = true }: { leads?: boolean } = {},
	): Instance {
		const Line = this.isN8nV1 ? N8n1 : N8n2;
		const instance = new Line(this, name, workflows, address);
		if (leads) this.addresses.lead(address, instance);
		return instance;
	}

	private addForeign(): void {
		const [{ triggers }] = this.original.workflows;
		const urls = ['https://elsewhere.example.com/', `${this.original.urlOf(triggers[0])}/2`];
		for (const tenant of TENANTS) {
			for (const url of urls) {
				const more = { events: EVENTS[0], secret: 'whsec_foreign' };
				this.foreign.push(this.kliq.add({ tenant, url, ...more }));
			}
		}
	}
}

export function withoutQuery(text: string): string {
	const url = new URL(text);
	url.search = '';
	return url.href;
}
