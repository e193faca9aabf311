import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { kliqCredential } from '../support/kliqCredential';
import { buildNode, isN8nV1 } from '../support/n8n';
import { byId, EXTRA_FIELDS } from '../support/n8nCore/items';
import { JPEG, startPhotoServer, type PhotoServer } from '../support/photoServer';
import { shelfResult } from '../support/simulator';
import { TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';

/** What n8n 2.x takes; KLIQ and the photos of the test are on this machine. */
const SSRF_PROTECTION = {
	N8N_SSRF_PROTECTION_ENABLED: 'true',
	N8N_SSRF_ALLOWED_IP_RANGES: '127.0.0.1/32',
};

const getObservation = (id: string, options: object): INodeParameters => ({
	resource: 'observation',
	operation: 'get',
	observationId: byId(id),
	options: { ...options },
});

describe(`the KLIQ node in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;
	let photos: PhotoServer;

	beforeAll(async () => {
		photos = await startPhotoServer();
		testBed = await TestBed.open(N8N_VERSION, { env: SSRF_PROTECTION });
	});

	afterAll(async () => {
		await testBed?.close();
		await photos?.stop();
	});

	const seed = (url: string) => testBed.kliq.seedSubscription({ url, events: ['visit.submitted'] });

	it('lists all subscriptions over pages', async () => {
		const seeded = Array.from({ length: 230 }, (_, number) =>
			seed(`https://a.example.com/${number}`),
		);
		const listed = await testBed.runAction({
			resource: 'webhook',
			operation: 'getAll',
			returnAll: true,
		});
		expect(listed.map(({ id }) => id)).toEqual(seeded.map(({ id }) => id));
		expect(JSON.stringify(listed)).not.toContain('whsec_');
	});

	it('creates one and returns its secret', async () => {
		const [created] = await testBed.runAction({
			resource: 'webhook',
			operation: 'create',
			url: 'https://b.example.com/kliq',
			events: ['visit.submitted'],
		});
		const [stored] = testBed.subscriptionsTo('https://b.example.com/kliq');
		expect(created).toMatchObject({ id: stored.id, secret: stored.secret });
	});

	it('deletes one', async () => {
		const { id, url } = seed('https://c.example.com/');
		const webhookId = byId(id);
		expect(
			await testBed.runAction({ resource: 'webhook', operation: 'delete', webhookId }),
		).toEqual([{ deleted: true }]);
		expect(testBed.subscriptionsTo(url)).toEqual([]);
	});

	it('retries when a connection breaks, without doing anything twice', async () => {
		const { id } = seed('https://d.example.com/');
		const webhookId = byId(id);
		testBed.kliq.faults.next({ method: 'DELETE', cut: 'after' });
		expect(
			await testBed.runAction({ resource: 'webhook', operation: 'delete', webhookId }),
		).toEqual([{ deleted: true }]);

		testBed.kliq.faults.next({ method: 'POST', cut: 'after' });
		const url = 'https://e.example.com/';
		const parameters = { resource: 'webhook', operation: 'create', url, events: ['cv.job.failed'] };
		await expect(testBed.runAction(parameters)).rejects.toMatchObject({
			message: expect.stringContaining('broke off'),
			description: expect.stringContaining(
				'look among the webhook subscriptions before you run it again',
			),
		});
		expect(testBed.subscriptionsTo(url)).toHaveLength(1);
	});

	it('downloads the photo of an observation for the nodes that follow', async () => {
		const { id } = testBed.kliq.seedObservation({ imageUrl: `${photos.url}/file/shelf.jpg` });
		const toBase64 = buildNode({
			type: 'n8n-nodes-base.extractFromFile',
			name: 'To base64',
			parameters: { operation: 'binaryToPropery', binaryPropertyName: 'photo' },
		});
		const options = { downloadPhoto: true, binaryPropertyName: 'photo' };
		const output = await testBed.runAction(getObservation(id, options), {}, [toBase64]);
		expect(output).toEqual([{ data: JPEG.toString('base64') }]);
		expect(photos.requests.at(-1)).not.toHaveProperty('x-api-key');

		const large = testBed.kliq.seedObservation({ imageUrl: `${photos.url}/endless.jpg` });
		await expect(testBed.runAction(getObservation(large.id, options))).rejects.toMatchObject({
			message: 'The photo is larger than 20 MB',
		});
		await waitFor(() => expect(photos.openResponses()).toBe(0));
	});

	// n8n 1.x has no such protection.
	if (!isN8nV1(N8N_VERSION)) {
		it('keeps to n8n’s SSRF protection, also in redirects', async () => {
			const forbidden = 'http://169.254.169.254/latest/photo.jpg';
			const redirect = `${photos.url}/redirect?to=${encodeURIComponent(forbidden)}`;
			for (const imageUrl of [forbidden, redirect]) {
				const { id } = testBed.kliq.seedObservation({ imageUrl });
				const download = testBed.runAction(getObservation(id, { downloadPhoto: true }));
				await expect(download).rejects.toMatchObject({
					message: expect.stringContaining(
						'n8n does not download the photo: The request was blocked',
					),
					description: expect.stringContaining('ask your n8n administrator'),
				});
			}
		});
	}

	it('filters CV jobs', async () => {
		const seeded = [testBed.kliq.seedJob(), testBed.kliq.seedJob({ status: 'failed' })];
		const filters = { status: 'failed', model: seeded[1].model };
		const parameters = { resource: 'cvJob', operation: 'getAll', filters };
		expect((await testBed.runAction(parameters)).map(({ id }) => id)).toEqual([seeded[1].id]);
	});

	it('gives an agent as much as Output says', async () => {
		const { id } = testBed.kliq.seedJob({ status: 'completed', result: shelfResult() });
		testBed.kliq.settings.extraFields = EXTRA_FIELDS;
		const fieldsGiven = async (parameters: object) => {
			const get = { resource: 'cvJob', operation: 'get', jobId: byId(id), ...parameters };
			const [job] = (await testBed.runTool(get)) as object[];
			return Object.keys(job);
		};
		expect(await fieldsGiven({})).toEqual(['id', 'observationId', 'model', 'status', 'result']);
		expect(await fieldsGiven({ output: 'raw' })).toContain('field0');
		expect(await fieldsGiven({ output: 'selectedFields', fields: ['status'] })).toEqual([
			'id',
			'status',
		]);
	});

	it('evaluates the expressions of its credential on the item that it serves as a tool of an agent', async () => {
		const name = 'KLIQ by item';
		const id = await testBed.client.createCredential({
			type: 'kliqApi',
			name,
			data: kliqCredential(testBed.kliq, {
				apiKey: '={{ $json.key }}',
				tenantId: '={{ $json.tenant }}',
			}),
		});
		const get = { resource: 'cvJob', operation: 'get', jobId: byId('={{ $json.jobId }}') };
		for (const tenant of ['t_one', 't_two']) {
			testBed.kliq.addTenant(tenant);
			const { id: jobId } = testBed.kliq.seedJob({ tenantId: tenant, status: 'queued' });
			const item = { json: { tenant, jobId, key: testBed.kliq.addKey({ tenantId: tenant }) } };
			const input = buildNode({
				type: 'n8n-nodes-base.code',
				name: 'Input',
				typeVersion: 2,
				parameters: { jsCode: `return ${JSON.stringify([item])}` },
			});
			const tool = await testBed.runTool(get, { credentials: { kliqApi: { id, name } } }, [input]);
			expect(tool).toMatchObject([{ id: jobId }]);
		}
	});

	it('says what to do when KLIQ does not know the ID', async () => {
		const webhookId = byId('wh_unknown');
		const parameters = { resource: 'webhook', operation: 'delete', webhookId };
		await expect(testBed.runAction(parameters)).rejects.toMatchObject({
			message: 'KLIQ has no webhook subscription with the ID “wh_unknown”',
			description: expect.stringContaining('Choose the webhook subscription from the list'),
		});
		expect(await testBed.runAction(parameters, { onError: 'continueRegularOutput' })).toEqual([
			{ error: 'KLIQ has no webhook subscription with the ID “wh_unknown”' },
		]);
	});
});
