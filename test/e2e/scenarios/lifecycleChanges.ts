import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';

import { IsolatedTenant } from '../../support/isolatedTenant';
import { chain, isN8nV1, webhookUrl } from '../../support/n8n';
import type { OpenTestBed, TestBed, TriggeredWorkflow } from '../../support/testBed';
import { useTestBed } from '../../support/useTestBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';

type TriggerNode = TriggeredWorkflow['trigger'];

export function describeLifecycleChanges(openTestBed: OpenTestBed): void {
	describe(`KLIQ Trigger and changes to it in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;

		useTestBed(openTestBed, (opened) => (testBed = opened));

		/** Saves the triggers of a published workflow and publishes what was saved. */
		async function change(id: string, triggers: TriggerNode[]): Promise<void> {
			const { connections } = chain([]);
			await testBed.client.updateWorkflow(id, { nodes: triggers, connections });
			// n8n 1.x publishes what is saved at once.
			if (!isN8nV1(N8N_VERSION)) await testBed.publish(id);
		}

		/** The workflow with its trigger changed. */
		const withTrigger = (
			workflow: TriggeredWorkflow,
			changes: Partial<INode>,
		): TriggeredWorkflow => ({
			...workflow,
			trigger: { ...workflow.trigger, ...changes } as TriggerNode,
		});

		/** Another trigger of the same workflow, as the editor copies it: with new IDs and the same settings. */
		function copyOf(workflow: TriggeredWorkflow): TriggeredWorkflow {
			const trigger: TriggerNode = {
				...workflow.trigger,
				id: randomUUID(),
				webhookId: randomUUID(),
				name: `${workflow.trigger.name}1`,
			};
			return { id: workflow.id, trigger, url: webhookUrl(testBed.n8n.url, trigger) };
		}

		/** The same nodes in a new workflow; n8n's editor gives their webhooks new addresses. */
		async function importAgain(
			{ trigger }: TriggeredWorkflow,
			webhookId: string,
		): Promise<TriggeredWorkflow> {
			const node = { ...trigger, webhookId };
			const { id } = await testBed.client.createWorkflow({ name: 'Imported', ...chain([node]) });
			return { id, trigger: node, url: webhookUrl(testBed.n8n.url, node) };
		}

		const end = async (tenant: IsolatedTenant, workflow: TriggeredWorkflow) => {
			await testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
		};

		describe('in the workflow', () => {
			it('keeps a duplicate and its original independent', async () => {
				const tenant = await IsolatedTenant.on(testBed);
				const original = await tenant.publishTriggered();
				const duplicate = await importAgain(original, randomUUID());
				await testBed.publish(duplicate.id);
				await tenant.expectHealthy(original);
				await tenant.expectHealthy(duplicate);

				await end(tenant, duplicate);
				await tenant.expectHealthy(original);
				await end(tenant, original);
			});

			it('publishes an import of the original once that is deleted, not before', async () => {
				const tenant = await IsolatedTenant.on(testBed);
				const original = await tenant.publishTriggered();
				const { id } = tenant.subscriptionOf(original);
				const imported = await importAgain(original, original.trigger.webhookId);
				await expect(testBed.publish(imported.id)).rejects.toThrow(/conflict|already taken/i);
				// n8n 1.x tidies up after the refused one by its trigger's `delete`, with the same URL.
				expect(tenant.subscriptionOf(original).id).toBe(id);
				await tenant.expectHealthy(original);

				await testBed.client.deleteWorkflow(original.id);
				await tenant.expectNothingLeft(original);
				await testBed.publish(imported.id);
				await tenant.expectHealthy(imported);
				await end(tenant, imported);
			});

			it('has one subscription after the trigger was renamed', async () => {
				const tenant = await IsolatedTenant.on(testBed);
				const workflow = await tenant.publishTriggered();
				const renamed = withTrigger(workflow, { name: 'When a photo arrives' });
				await change(workflow.id, [renamed.trigger]);
				await tenant.expectHealthy(renamed);
				await end(tenant, renamed);
			});

			it('subscribes to other events after they were changed', async () => {
				const tenant = await IsolatedTenant.on(testBed);
				const workflow = await tenant.publishTriggered();
				const parameters = { ...workflow.trigger.parameters, events: ['cv.job.failed'] };
				const changed = withTrigger(workflow, { parameters });
				await change(workflow.id, [changed.trigger]);
				await tenant.expectHealthy(changed);
				await end(tenant, changed);
			});

			it('keeps two triggers of a workflow independent while one is copied, disabled and removed', async () => {
				const tenant = await IsolatedTenant.on(testBed);
				const first = await tenant.publishTriggered();
				const copy = copyOf(first);
				const both = [first.trigger, copy.trigger];
				await change(first.id, both);
				await tenant.expectHealthy(first);
				await tenant.expectHealthy(copy);

				await change(first.id, [first.trigger, { ...copy.trigger, disabled: true }]);
				await tenant.expectNothingLeft(copy);
				await tenant.expectHealthy(first);

				await change(first.id, both);
				await tenant.expectHealthy(copy);
				await change(first.id, [copy.trigger]);
				await tenant.expectNothingLeft(first);
				await tenant.expectHealthy(copy);
				await end(tenant, copy);
			});
		});

		describe('in the credential', () => {
			const swapped = (workflow: TriggeredWorkflow, to: IsolatedTenant) =>
				withTrigger(workflow, {
					credentials: { kliqApi: { id: to.credentialId, name: 'KLIQ of the other tenant' } },
				});

			/** n8n's log says what is left, in both versions; the editor does not. */
			const expectLogged = async (subscriptionId: string, url: string, why: RegExp) =>
				await waitFor(() => {
					const line = testBed.n8n
						.logs()
						.split('\n')
						.find((each) => each.includes(`(${subscriptionId}) to ${url}`));
					expect(line).toContain('KLIQ may still hold a webhook subscription');
					expect(line).toContain('Delete it with a KLIQ node');
					expect(line).toMatch(why);
				});

			it('moves to another tenant and leaves nothing at the old one', async () => {
				const [old, other] = [await IsolatedTenant.on(testBed), await IsolatedTenant.on(testBed)];
				const workflow = await old.publishTriggered();
				const moved = swapped(workflow, other);
				await change(workflow.id, [moved.trigger]);
				await other.expectHealthy(moved);
				await old.expectNothingLeft(workflow);
				await end(other, moved);
			});

			it('moves to another tenant and says what is left where the old credential fails', async () => {
				const [old, other] = [await IsolatedTenant.on(testBed), await IsolatedTenant.on(testBed)];
				const workflow = await old.publishTriggered();
				const { id } = old.subscriptionOf(workflow);
				testBed.kliq.revokeKey(old.apiKey);
				const moved = swapped(workflow, other);
				await change(workflow.id, [moved.trigger]);
				await other.expectHealthy(moved);
				await expectLogged(id, workflow.url, /did not accept the API key/);

				// What is left there does no harm: its secret is not known any more.
				const left = old.subscriptionOf(workflow);
				expect(await old.deliver(moved, left)).toMatchObject({ status: 401 });
				await end(other, moved);
			});

			it('says what is left when the credential itself was changed to another tenant', async () => {
				const [old, other] = [await IsolatedTenant.on(testBed), await IsolatedTenant.on(testBed)];
				const workflow = await old.publishTriggered();
				const { id } = old.subscriptionOf(workflow);
				// A health check in between would subscribe at the other tenant and tell otherwise.
				other.plan({ method: 'POST', status: 503, times: Infinity });
				await old.changeCredential({ tenantId: other.id, apiKey: other.apiKey });
				await testBed.unpublish(workflow.id);
				testBed.kliq.faults.clear();
				await testBed.publish(workflow.id);
				await other.expectHealthy(workflow);
				const missing = `found no webhook subscription ${id} at KLIQ`;
				await waitFor(() => expect(testBed.n8n.logs()).toContain(missing));
				await end(other, workflow);
			});

			it('verifies with the subscription’s secret while the credential’s is added, changed and removed', async () => {
				const tenant = await IsolatedTenant.on(testBed);
				const workflow = await tenant.publishTriggered();
				await tenant.expectHealthy(workflow);
				for (const signingSecret of ['whsec_first', 'whsec_second', '']) {
					await tenant.changeCredential({ signingSecret });
					// The subscription is still the one from before, until a health check or a publication.
					await tenant.expectHealthy(workflow);
					await testBed.republish(workflow.id);
					await tenant.expectHealthy(workflow);
					const expected = signingSecret || /^whsec_[0-9a-f]{64}$/;
					expect(tenant.subscriptionOf(workflow).secret).toMatch(expected);
				}
				await end(tenant, workflow);
			});

			it.each<[string, (tenant: IsolatedTenant) => Promise<void> | void, RegExp]>([
				[
					'deleted',
					async (tenant) => await testBed.client.deleteCredential(tenant.credentialId),
					/Credential with ID .* does not exist/,
				],
				[
					'left without a key, which was revoked',
					(tenant) => testBed.kliq.revokeKey(tenant.apiKey),
					/did not accept the API key/,
				],
			])('unpublishes and says what is left when it was %s', async (_how, take, why) => {
				const tenant = await IsolatedTenant.on(testBed);
				const workflow = await tenant.publishTriggered();
				const left = tenant.subscriptionOf(workflow);
				await take(tenant);
				await testBed.unpublish(workflow.id);

				expect((await testBed.client.workflow(workflow.id)).active).toBe(false);
				await expectLogged(left.id, workflow.url, why);
				expect(await tenant.deliver(workflow, left)).toMatchObject({ status: 404 });
				expect(await testBed.client.webhookExecutions(workflow.id)).toEqual([]);
			});
		});
	});
}
