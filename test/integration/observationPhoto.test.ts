import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UserError } from 'n8n-workflow';

import { MAX_CONCURRENCY } from '../../nodes/Kliq/execution/runItems';
import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { JPEG, PNG, startPhotoServer, type PhotoServer } from '../support/photoServer';
import type { KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';
import { waitFor } from '../support/waitFor';

const MEGABYTE = 1024 * 1024;

let kliq: KliqSimulator;
let photos: PhotoServer;

useSimulator((started) => (kliq = started));

beforeEach(async () => {
	photos = await startPhotoServer();
});

afterEach(async () => {
	jest.restoreAllMocks();
	await photos.stop();
});

const node = (observationId: string, options: object = {}, more: Partial<NodeSetup> = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: {
			resource: 'observation',
			operation: 'get',
			observationId: byId(observationId),
			options: { downloadPhoto: true, ...options },
		},
		credential: kliqCredential(kliq),
		...more,
	});

/** Get with Download Photo, of an observation whose photo lies there. */
const getPhoto = (imageUrl: string, options: object = {}) =>
	node(kliq.seedObservation({ imageUrl }).id, options);

const at = (path: string) => `${photos.url}${path}`;

const errorAt = async (path: string) => await errorOf(getPhoto(at(path)));

/** Has the second time limit (the photo's; the first is that of KLIQ's answer) end so soon. */
function shortenDownloads(milliseconds: number): number[] {
	const asked: number[] = [];
	const timeout = AbortSignal.timeout.bind(AbortSignal);
	jest.spyOn(AbortSignal, 'timeout').mockImplementation((limit) => {
		asked.push(limit);
		return timeout(asked.length === 2 ? milliseconds : limit);
	});
	return asked;
}

describe('Download Photo', () => {
	it('puts the photo beside the JSON, and is off unless asked for', async () => {
		const { id, imageUrl } = kliq.seedObservation({ imageUrl: at('/file/shelf%207.jpg?token=t') });
		const [{ json, binary, pairedItem }] = await node(id).execute();
		expect(json).toMatchObject({ id, imageUrl, status: 'pending' });
		expect(pairedItem).toEqual({ item: 0 });
		expect(Object.keys(binary!)).toEqual(['data']);
		expect(binary!.data).toMatchObject({
			data: JPEG.toString('base64'),
			fileName: 'shelf 7.jpg',
			fileExtension: 'jpg',
			mimeType: 'image/jpeg',
			fileType: 'image',
		});
		for (const off of [false, 'false', '']) {
			const [item] = await node(id, { downloadPhoto: off }).execute();
			expect(item).not.toHaveProperty('binary');
		}
		expect(photos.requests).toHaveLength(1);
	});

	it('sends neither the API key nor anything else of the credential', async () => {
		await getPhoto(at('/file/a.jpg')).execute();
		const [headers] = photos.requests;
		expect(headers.accept).toBe('image/*');
		expect(Object.keys(headers)).not.toContain('x-api-key');
		expect(JSON.stringify(headers)).not.toContain(kliq.apiKey);
	});

	it.each([
		['photo', 'photo'],
		[' photo ', 'photo'],
		['', 'data'],
	])('Put Output File in Field: %j', async (binaryPropertyName, field) => {
		const [{ binary }] = await getPhoto(at('/file/a.jpg'), { binaryPropertyName }).execute();
		expect(Object.keys(binary!)).toEqual([field]);
	});

	it('follows redirects, without credentials of the address before', async () => {
		const { host } = new URL(photos.url);
		const target = encodeURIComponent(
			`http://localhost:${host.split(':')[1]}/file/b.png?content=png&type=image/png`,
		);
		const start = `http://user:secret@${host}/redirect?to=${target}`;
		const [{ binary }] = await getPhoto(start).execute();
		expect(binary!.data).toMatchObject({
			mimeType: 'image/png',
			data: PNG.toString('base64'),
		});
		const [first, second] = photos.requests;
		expect(first.authorization).toMatch(/^Basic /);
		expect(second.authorization).toBeUndefined();
	});

	it('keeps photos with their items, ten at a time', async () => {
		const observations = Array.from({ length: MAX_CONCURRENCY + 2 }, (_, number) =>
			kliq.seedObservation({ imageUrl: at(`/file/${number}.jpg`) }),
		);
		const output = await node('={{ $json.id }}').execute(items(observations));
		expect(
			output.map(({ json, binary, pairedItem }) => [json.id, binary!.data.fileName, pairedItem]),
		).toEqual(observations.map(({ id }, item) => [id, `${item}.jpg`, { item }]));
	});

	describe('takes what calls itself an image, or nothing and is a JPEG or PNG:', () => {
		it.each([
			['type=image/jpeg', 'image/jpeg'],
			['type=IMAGE/WebP;%20q=1', 'image/webp'],
			['type=image/png%20;%20q=1', 'image/png'],
			['type=application/octet-stream', 'image/jpeg'],
			['type=binary/octet-stream&content=png', 'image/png'],
			['type=none', 'image/jpeg'],
		])('%s', async (query, mimeType) => {
			const [{ binary }] = await getPhoto(at(`/file/a?${query}`)).execute();
			expect(binary!.data.mimeType).toBe(mimeType);
		});

		it.each([
			['type=text/html;charset=utf-8', 'leads to a web page, not to an image'],
			['type=application/json', 'leads to a file that is no image (application/json)'],
			['type=image/', 'leads to a file that is no image (image/)'],
			['type=image/png,text/html', 'leads to a file that is no image (image/png,text/html)'],
			['type=x-image/png', 'leads to a file that is no image (x-image/png)'],
			[
				'type=application/octet-stream&content=text',
				'leads to a file that is neither a JPEG nor a PNG',
			],
			['type=none&content=text', 'leads to a file that is neither a JPEG nor a PNG'],
		])('refuses %s', async (query, message) => {
			const error = await errorAt(`/file/a.jpg?${query}`);
			expect(error.message).toContain(`The photo’s address ${message}`);
			expect(error.description).toContain(
				'Open the observation’s imageUrl in a private browser window',
			);
		});
	});

	it('gives a file without an image’s extension that of its type', async () => {
		const [{ binary }] = await getPhoto(at('/file/a.php')).execute();
		expect(binary!.data).toMatchObject({ fileName: 'a.php.jpg', fileExtension: 'jpg' });
	});

	describe('says what to do', () => {
		it.each([
			['', 'The observation has no photo to download'],
			['  ', 'The observation has no photo to download'],
			['ftp://files.example.com/a.jpg', 'The photo’s address is not a web address'],
			['/photos/a.jpg', 'The photo’s address is not a web address'],
		])('where imageUrl is %j', async (imageUrl, message) => {
			const error = await errorOf(getPhoto(imageUrl));
			expect(error.message).toBe(message);
			expect(error.description).toContain('Turn Download Photo off');
			expect(error.context.itemIndex).toBe(0);
		});

		it.each([undefined, null, 7, {}])('where KLIQ’s imageUrl is %j', async (imageUrl) => {
			kliq.faults.next({ status: 200, body: { id: 'obs_1', imageUrl } });
			expect((await errorOf(node('obs_1'))).message).toBe(
				'The observation has no photo to download',
			);
		});

		it.each([300, 400, 401, 403, 404, 410])('for HTTP %i', async (status) => {
			const { message, description } = await errorAt(`/status/${status}`);
			const { host } = new URL(photos.url);
			expect(message).toBe(`${host} does not give out the photo (HTTP ${status})`);
			expect(description).toContain('the link may have expired');
		});

		it.each([408, 429, 500, 503])('for HTTP %i, which may pass', async (status) => {
			const { message, description } = await errorAt(`/status/${status}`);
			expect(message).toContain(`cannot give out the photo right now (HTTP ${status})`);
			expect(description).toBe('Try again in a few minutes.');
		});

		it('for an empty file', async () => {
			expect((await errorAt('/file/a.jpg?content=empty')).message).toBe(
				'The file at the photo’s address is empty',
			);
		});

		it('for an address that leads in circles', async () => {
			expect((await errorAt('/loop')).message).toContain('only leads on to other addresses');
		});

		it.each([
			['http://kliq-photos.invalid/a.jpg', 'there is no server by the name of kliq-photos.invalid'],
			['http://127.0.0.1:1/a.jpg', '127.0.0.1:1 refused the connection'],
		])('for %s', async (imageUrl, reason) => {
			const { message, description } = await errorOf(getPhoto(imageUrl));
			expect(message).toBe(`The photo could not be downloaded: ${reason}`);
			expect(description).toContain('turn Download Photo off');
		});

		it('for a photo that breaks off', async () => {
			expect((await errorAt('/cut.jpg')).message).toContain('broke off');
		});

		it('in n8n’s own words where n8n refuses, also when that lies behind another error', async () => {
			const refusal = new UserError('The request was blocked', { description: 'Ask your admin' });
			const wrapped = Object.assign(new Error('x'), { code: 'ECONNRESET', cause: refusal });
			for (const thrown of [refusal, wrapped]) {
				const nodeUnderTest = getPhoto(at('/file/a.jpg'));
				const context = nodeUnderTest.execution();
				jest.spyOn(context.helpers, 'httpRequest').mockRejectedValue(thrown);
				await expect(new Kliq().execute.call(context)).rejects.toMatchObject({
					message: 'n8n does not download the photo: The request was blocked',
					description: 'Ask your admin',
				});
			}
		});

		it.each(['/status/403', '/file/a.jpg?type=text/html', '/loop', '/cut.jpg', '/endless.jpg'])(
			'without what follows the host in the address: %s',
			async (path) => {
				const error = await errorAt(`${path}${path.includes('?') ? '&' : '?'}signature=0a1b2c`);
				const { message, description, stack } = error;
				expect(JSON.stringify([error, message, description, stack])).not.toContain('0a1b2c');
			},
		);
	});

	describe('stops', () => {
		it('reading at 20 MB, and closes the connection', async () => {
			expect((await errorAt('/endless.jpg')).message).toBe('The photo is larger than 20 MB');
			await waitFor(() => expect(photos.openResponses()).toBe(0));
			expect(photos.sentBytes()).toBeGreaterThanOrEqual(20 * MEGABYTE);
			expect(photos.sentBytes()).toBeLessThan(30 * MEGABYTE);
		});

		it('before reading where the length is announced', async () => {
			expect((await errorAt('/announced.jpg')).message).toBe('The photo is larger than 20 MB');
			await waitFor(() => expect(photos.openResponses()).toBe(0));
		});

		it('a compressed one by what it unpacks to', async () => {
			expect((await errorAt('/bomb.jpg')).message).toBe('The photo is larger than 20 MB');
		});

		it.each(['/silent.jpg', '/mute.jpg'])('after 30 seconds in all: %s', async (path) => {
			const asked = shortenDownloads(300);
			const { message } = await errorAt(path);
			expect(asked[1]).toBe(30_000);
			expect(message).toContain('did not send all of it within 30 seconds');
			await waitFor(() => expect(photos.openResponses()).toBe(0));
		});

		it.each(['/silent.jpg', '/mute.jpg'])('with the execution: %s', async (path) => {
			const execution = new AbortController();
			const output = getPhoto(at(path)).execute([{ json: {} }], execution.signal);
			const ended = expect(output).rejects.toThrow('The execution was canceled');
			await waitFor(() => expect(photos.openResponses()).toBe(1));
			execution.abort();
			await ended;
			await waitFor(() => expect(photos.openResponses()).toBe(0));
		});
	});

	it('fails only its own item under Continue on Fail', async () => {
		const observations = ['/status/404', '/file/a.jpg'].map((path) =>
			kliq.seedObservation({ imageUrl: at(path) }),
		);
		const nodeUnderTest = node('={{ $json.id }}', {}, { onError: 'continueRegularOutput' });
		const [failed, downloaded] = await nodeUnderTest.execute(items(observations));
		expect(failed.json.error).toContain('(HTTP 404)');
		expect(downloaded.binary).toHaveProperty('data');
	});
});
