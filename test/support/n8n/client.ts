import { setTimeout as sleep } from 'node:timers/promises';
import { parse as parseFlatted } from 'flatted';
import type { ExecutionStatus, IDataObject, IRunExecutionData } from 'n8n-workflow';

import { pollInterval } from '../pollInterval';
import { N8nSession } from './session';
import type {
	CredentialInput,
	CredentialTestResult,
	Execution,
	ExecutionSummary,
	PublicationStatus,
	StoredWorkflow,
	WorkflowInput,
} from './types';
import { isN8nV1 } from './versions';

/** The owner account the sandbox makes. */
export const OWNER = {
	email: 'owner@example.com',
	firstName: 'Sandbox',
	lastName: 'Owner',
	password: 'Sandbox-0wner',
};

const PAGE_SIZE = 100;
/** n8n 2.x gives up on a publication by itself after about 80 s; more on a busy machine. */
const PUBLISH_WITHIN_MS = 240_000;
/** Guards against hanging: n8n may be slow on a busy machine. */
const EXECUTED_WITHIN_MS = 180_000;
const UNFINISHED: ExecutionStatus[] = ['new', 'running', 'waiting', 'unknown'];

/**
 * n8n's REST API, called as n8n's editor calls it, with the same methods for both versions. Every
 * method throws N8nRequestError when n8n refuses.
 */
export class N8nClient {
	private readonly session: N8nSession;
	private readonly isN8nV1: boolean;

	constructor({ url, version }: { url: string; version: string }) {
		this.session = new N8nSession(url);
		this.isN8nV1 = isN8nV1(version);
	}

	/** Makes the owner account of a fresh n8n and logs in as it. */
	async setUpOwner(): Promise<void> {
		await this.session.request('POST', '/rest/owner/setup', OWNER);
	}

	/** Logs in as the owner made before. n8n 1.x allows five logins in five minutes. */
	async login(): Promise<void> {
		const { email: emailOrLdapLoginId, password } = OWNER;
		await this.session.request('POST', '/rest/login', { emailOrLdapLoginId, password });
	}

	/** @returns the credential's id */
	async createCredential(credential: CredentialInput): Promise<string> {
		const { id } = await this.session.request<{ id: string }>(
			'POST',
			'/rest/credentials',
			credential,
		);
		return id;
	}

	async updateCredential(id: string, credential: CredentialInput): Promise<void> {
		await this.session.request('PATCH', `/rest/credentials/${id}`, credential);
	}

	async deleteCredential(id: string): Promise<void> {
		await this.session.request('DELETE', `/rest/credentials/${id}`);
	}

	/**
	 * What the credential's test button says. n8n tests stored credentials only, so one is made for
	 * the test and deleted again.
	 */
	async testCredential(type: string, data: IDataObject): Promise<CredentialTestResult> {
		const name = 'To be tested';
		const id = await this.createCredential({ type, name, data });
		try {
			return await this.session.request('POST', '/rest/credentials/test', {
				credentials: { id, type, name, data },
			});
		} finally {
			await this.deleteCredential(id);
		}
	}

	async createWorkflow(workflow: WorkflowInput): Promise<StoredWorkflow> {
		return await this.session.request('POST', '/rest/workflows', {
			settings: {},
			...workflow,
			active: false,
		});
	}

	async workflow(id: string): Promise<StoredWorkflow> {
		return await this.session.request('GET', `/rest/workflows/${id}`);
	}

	/** All that are published, or that n8n is trying to publish. */
	async publishedWorkflows(): Promise<Array<{ id: string }>> {
		return await this.session.request('GET', '/rest/workflows?filter={"active":true}');
	}

	/**
	 * Saves. On 2.x only the draft changes until the next `publish()`. On 1.x a published workflow is
	 * registered anew at once; if that fails the save is refused, the workflow is unpublished, and
	 * although the changes are stored, the next `publish()` brings back the version before them.
	 */
	async updateWorkflow(id: string, changes: Partial<WorkflowInput>): Promise<StoredWorkflow> {
		const { versionId } = await this.workflow(id);
		return await this.session.request('PATCH', `/rest/workflows/${id}`, { ...changes, versionId });
	}

	/** Moves a workflow to the personal project of another user, without its credentials. */
	async transferToAnotherUser(id: string): Promise<void> {
		const own = await this.personalProject();
		const user = { email: 'another@example.com', role: 'global:member' };
		await this.session.request('POST', '/rest/invitations', [user]);
		const projects = await this.session.request<Array<{ id: string }>>('GET', '/rest/projects');
		const destinationProjectId = projects.find((project) => project.id !== own)!.id;
		await this.session.request('PUT', `/rest/workflows/${id}/transfer`, { destinationProjectId });
	}

	/** Deletes the workflow, unpublishing it first if need be. */
	async deleteWorkflow(id: string): Promise<void> {
		const { active } = await this.workflow(id);
		if (active) {
			await this.unpublish(id);
			await this.waitUntilUnpublished(id);
		}
		await this.session.request('POST', `/rest/workflows/${id}/archive`, {});
		await this.session.request('DELETE', `/rest/workflows/${id}`);
	}

	/**
	 * Publishes the saved workflow. 1.x registers its webhooks before it answers and refuses if that
	 * fails; 2.x answers first: see `waitUntilPublished()`.
	 */
	async publish(id: string): Promise<void> {
		const { versionId } = await this.workflow(id);
		await (this.isN8nV1
			? this.session.request('PATCH', `/rest/workflows/${id}`, { active: true, versionId })
			: this.session.request('POST', `/rest/workflows/${id}/activate`, { versionId }));
	}

	/** 1.x removes the webhooks before it answers; 2.x after: see `waitUntilUnpublished()`. */
	async unpublish(id: string): Promise<void> {
		const { versionId } = await this.workflow(id);
		await (this.isN8nV1
			? this.session.request('PATCH', `/rest/workflows/${id}`, { active: false, versionId })
			: this.session.request('POST', `/rest/workflows/${id}/deactivate`, {}));
	}

	/** n8n 2.x only: 1.x has no such thing, and this throws. */
	async publicationStatus(id: string): Promise<PublicationStatus> {
		if (this.isN8nV1) throw new Error('n8n 1.x has no publication status');
		return await this.session.request('GET', `/rest/workflows/${id}/publication-status`);
	}

	/**
	 * Resolves when the published workflow's webhooks are registered.
	 *
	 * @throws Error with the message n8n shows when it has given up; it then stays so until it is published again
	 */
	async waitUntilPublished(id: string, withinMs = PUBLISH_WITHIN_MS): Promise<void> {
		if (this.isN8nV1) {
			const { active } = await this.workflow(id);
			if (!active) throw new Error(`Workflow ${id} is not published`);
			return;
		}
		const { status, triggers } = await this.settledPublication(id, withinMs);
		if (status === 'published') return;
		const messages = triggers.map(({ errorMessage }) => errorMessage).filter(Boolean);
		throw new Error(messages.join('; ') || `Workflow ${id} is ${status}`);
	}

	/**
	 * Resolves when n8n has unpublished the workflow. Errors of the trigger's own `delete` are in n8n's
	 * log only, in both versions.
	 */
	async waitUntilUnpublished(id: string, withinMs = PUBLISH_WITHIN_MS): Promise<void> {
		if (this.isN8nV1) return;
		const { status } = await this.settledPublication(id, withinMs);
		if (status !== 'not_published') throw new Error(`Workflow ${id} is still ${status}`);
	}

	/** All executions of a workflow, newest first. */
	async executions(
		workflowId: string,
		{ status }: { status?: ExecutionStatus } = {},
	): Promise<ExecutionSummary[]> {
		const filter = JSON.stringify({ workflowId, ...(status && { status: [status] }) });
		const found = new Map<string, ExecutionSummary>();
		let position: Record<string, string> | undefined = {};
		while (position !== undefined) {
			const query = new URLSearchParams({ filter, limit: String(PAGE_SIZE), ...position });
			const page: ExecutionPage = await this.session.request('GET', `/rest/executions?${query}`);
			for (const execution of page.results) found.set(execution.id, execution);
			position = this.positionAfter(page);
		}
		return [...found.values()].sort((a, b) => Number(b.id) - Number(a.id));
	}

	/**
	 * The executions that events have started, newest first. n8n 2.x stores what a trigger reports as a
	 * failed execution of another mode.
	 */
	async webhookExecutions(workflowId: string): Promise<ExecutionSummary[]> {
		return (await this.executions(workflowId)).filter(({ mode }) => mode === 'webhook');
	}

	/** One execution with what every node took in and gave out. */
	async execution(id: string): Promise<Execution> {
		const stored = await this.session.request<Omit<Execution, 'data'> & { data: string }>(
			'GET',
			`/rest/executions/${id}`,
		);
		return { ...stored, data: parseFlatted(stored.data) as IRunExecutionData };
	}

	/**
	 * Waits until at least `count` executions of the workflow have come to an end, well or not.
	 *
	 * @returns all that have ended, newest first; more than `count` if there are more
	 * @throws Error that says what there was instead after `timeoutMs`
	 */
	async waitForExecutions(
		workflowId: string,
		count: number,
		timeoutMs = EXECUTED_WITHIN_MS,
	): Promise<ExecutionSummary[]> {
		const begun = Date.now();
		for (;;) {
			const all = await this.executions(workflowId);
			const ended = all.filter(({ status }) => !UNFINISHED.includes(status));
			if (ended.length >= count) return ended;
			const waitedMs = Date.now() - begun;
			if (waitedMs > timeoutMs) {
				const statuses = all.map(({ status }) => status).join(', ') || 'none at all';
				throw new Error(
					`Waited ${timeoutMs} ms for ${count} executions of workflow ${workflowId}; there are: ${statuses}`,
				);
			}
			await sleep(pollInterval(waitedMs));
		}
	}

	/**
	 * "Listen for test event", or "Execute workflow" where the trigger has no webhook or is pinned.
	 *
	 * @returns `waitingForWebhook` once the test webhook is registered, else the execution's id
	 */
	async runManually(
		workflowId: string,
		triggerNode: string,
		more: object = {},
	): Promise<{ waitingForWebhook?: boolean; executionId?: string }> {
		const start = { triggerToStartFrom: { name: triggerNode }, ...more };
		// 1.x runs the workflow it is handed; 2.x the one it has stored.
		const body = this.isN8nV1 ? { workflowData: await this.workflow(workflowId), ...start } : start;
		return await this.session.request('POST', `/rest/workflows/${workflowId}/run`, body);
	}

	/** "Stop listening". n8n removes the test webhook after it has answered. */
	async stopListening(workflowId: string): Promise<void> {
		await this.session.request('DELETE', `/rest/test-webhook/${workflowId}`);
	}

	/**
	 * Makes a data table in the owner's own project.
	 *
	 * @param columns names of its columns, which are all of type String
	 * @returns the table's id
	 */
	async createDataTable(name: string, columns: string[]): Promise<string> {
		const { id } = await this.session.request<{ id: string }>(
			'POST',
			`/rest/projects/${await this.personalProject()}/data-tables`,
			{ name, columns: columns.map((column) => ({ name: column, type: 'string' })) },
		);
		return id;
	}

	/** All rows of a data table. 1.x gives no more than 50 at once. */
	async dataTableRows(id: string): Promise<IDataObject[]> {
		const path = `/rest/projects/${await this.personalProject()}/data-tables/${id}/rows`;
		const rows: IDataObject[] = [];
		for (;;) {
			const page = await this.session.request<{ count: number; data: IDataObject[] }>(
				'GET',
				`${path}?take=50&skip=${rows.length}`,
			);
			rows.push(...page.data);
			if (page.data.length === 0 || rows.length >= page.count) return rows;
		}
	}

	/** Names of all node types n8n has loaded, such as `n8n-nodes-base.noOp`. */
	async nodeTypes(): Promise<string[]> {
		return await this.typeNames('/types/nodes.json');
	}

	/** Names of all credential types n8n has loaded. */
	async credentialTypes(): Promise<string[]> {
		return await this.typeNames('/types/credentials.json');
	}

	private async personalProject(): Promise<string> {
		const { id } = await this.session.request<{ id: string }>('GET', '/rest/projects/personal');
		return id;
	}

	private async typeNames(path: string): Promise<string[]> {
		const types = await this.session.request<Array<{ name: string }>>('GET', path);
		return types.map(({ name }) => name);
	}

	private async settledPublication(id: string, withinMs: number): Promise<PublicationStatus> {
		const begun = Date.now();
		const { activeVersionId } = await this.workflow(id);
		for (;;) {
			const publication = await this.publicationStatus(id);
			const { status, liveVersionId } = publication;
			// n8n reads whether it is at work and what has come of it separately, and shows neither for a
			// moment between both (its WorkflowPublicationStatusService).
			const isTorn = status === 'not_published' && activeVersionId !== null;
			const isStale = status === 'published' && liveVersionId !== activeVersionId;
			if (status !== 'in_progress' && !isStale && !isTorn) return publication;
			const waitedMs = Date.now() - begun;
			if (waitedMs > withinMs) {
				throw new Error(`n8n has not settled workflow ${id}'s publication in ${withinMs} ms`);
			}
			await sleep(pollInterval(waitedMs));
		}
	}

	/** Where the next page of executions begins; 1.x goes by the last id, 2.x by a cursor. */
	private positionAfter(page: ExecutionPage): Record<string, string> | undefined {
		if (!this.isN8nV1) return page.nextCursor ? { cursor: page.nextCursor } : undefined;
		const last = page.results.at(-1);
		return last && page.results.length >= PAGE_SIZE ? { lastId: last.id } : undefined;
	}
}

interface ExecutionPage {
	results: ExecutionSummary[];
	nextCursor?: string | null;
}
