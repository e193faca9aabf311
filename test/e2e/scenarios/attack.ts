import { createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { kliqCredential } from '../../support/kliqCredential';
import { listenOnFreePort } from '../../support/listen';
import { buildNode, chain, isN8nV1 } from '../../support/n8n';
import {
	KLIQ,
	type OpenTestBed,
	type TestBed,
	type TriggeredWorkflow,
} from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';

const REFUSED = { status: 401, body: '{"error":"Invalid signature"}' };
const IGNORED = { status: 200, body: '{"received":true,"ignored":"not a JSON object"}' };

/** Of 100 characters that an address, JSON or a regular expression writes differently. */
const ODD_SECRET = `whsec_"${'a+/\\$&.*('.repeat(10)} é`;

export function describeAttack(openTestBed: OpenTestBed): void {
	describe(`an attacker at n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;

		beforeAll(async () => {
			testBed = await openTestBed();
		});

		afterAll(async () => {
			await testBed?.close();
		});

		afterEach(() => {
			testBed?.kliq.faults.clear();
		});

		describe('sending events', () => {
			let workflow: TriggeredWorkflow;
			let secret: string;
			let events = 0;
			/** How many executions there were before the test. */
			let before: number;

			beforeAll(async () => {
				workflow = await testBed.publishTriggered();
				secret = testBed.subscriptionsTo(workflow.url)[0].secret;
			});

			beforeEach(async () => {
				before = await count();
			});

			const sign = (body: string | Buffer) =>
				createHmac('sha256', secret).update(body).digest('hex');

			const send = async (
				body: string | Buffer,
				signature: string,
				headers: Record<string, string> = {},
			) => await testBed.kliq.deliverRaw({ url: workflow.url, secret, body, signature, headers });

			/** Another event each time, so that it can be told which ones have run. */
			const newEvent = (more: object = {}) => {
				const event = { id: `evt_${++events}`, type: 'visit.submitted', ...more };
				return { event, text: JSON.stringify(event) };
			};

			/** Sends one more valid event: the executions of the test must be its own and the expected ones. */
			const expectRuns = async (...expected: object[]) => {
				const { event, text } = newEvent();
				expect(await send(text, sign(text))).toMatchObject({ status: 200 });
				const all = before + expected.length + 1;
				const ended = await testBed.client.waitForExecutions(workflow.id, all);
				expect(await testBed.eventsOf(ended.slice(0, ended.length - before))).toEqual([
					...expected,
					event,
				]);
				expect(await count()).toBe(all);
			};

			const count = async () => (await testBed.client.executions(workflow.id)).length;

			it.each<[string, (text: string) => Buffer]>([
				['gzip', gzipSync],
				['deflate', deflateSync],
			])('runs what was signed when a proxy compresses it: %s', async (encoding, compress) => {
				const { event, text } = newEvent();
				const headers = { 'Content-Encoding': encoding };
				expect(await send(compress(text), sign(text), headers)).toMatchObject({ status: 200 });
				await expectRuns(event);
			});

			it.each<[string, (text: string) => Buffer, string]>([
				['gzip, signed in that form', gzipSync, 'gzip'],
				['deflate, signed in that form', deflateSync, 'deflate'],
				['gzip twice', (text) => gzipSync(gzipSync(text)), 'gzip'],
			])('cannot have the signature fit other bytes: %s', async (_what, compress, encoding) => {
				const bytes = compress(newEvent().text);
				const headers = { 'Content-Encoding': encoding, 'Content-Type': 'text/plain' };
				expect(await send(bytes, sign(bytes), headers)).toEqual(REFUSED);
				await expectRuns();
			});

			it('cannot have brotli, which n8n leaves as it is, taken for an event', async () => {
				const { text } = newEvent();
				const bytes = brotliCompressSync(text);
				const headers = { 'Content-Encoding': 'br', 'Content-Type': 'text/plain' };
				expect(await send(bytes, sign(text), headers)).toEqual(REFUSED);
				expect(await send(bytes, sign(bytes), headers)).toEqual(IGNORED);
				await expectRuns();
			});

			it('cannot fill memory with a small body that grows when unpacked', async () => {
				const bytes = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
				const answer = await send(bytes, sign(bytes), { 'Content-Encoding': 'gzip' });
				expect('status' in answer && answer.status >= 400).toBe(true);
				await expectRuns();
			});

			it.each([
				['application/x-www-form-urlencoded'],
				['text/plain'],
				['application/octet-stream'],
				['application/json; charset=latin1'],
				['text/html; charset=utf-16le'],
			])('runs the signed bytes, whatever n8n makes of them as %s', async (contentType) => {
				const { event, text } = newEvent({ data: { name: 'é=1&type=x%00&ÿ' } });
				expect(await send(text, sign(text), { 'Content-Type': contentType })).toMatchObject({
					status: 200,
				});
				await expectRuns(event);
			});

			it.each<[string, string, (text: string) => Buffer]>([
				['UTF-16', 'text/plain; charset=utf-16le', (text) => Buffer.from(text, 'utf16le')],
				['a byte order mark', 'text/plain', (text) => Buffer.from(`\ufeff${text}`)],
				['XML', 'text/plain', () => Buffer.from('<type>visit.submitted</type>')],
			])('cannot have %s taken for an event, though signed', async (_what, type, encode) => {
				const bytes = encode(newEvent().text);
				expect(await send(bytes, sign(bytes), { 'Content-Type': type })).toEqual(IGNORED);
				await expectRuns();
			});

			it.each([['multipart/form-data; boundary=b'], ['multipart/mixed; boundary=b']])(
				'cannot hide the body from the signature as %s',
				async (contentType) => {
					const body =
						'--b\r\nContent-Disposition: form-data; name="type"\r\n\r\nvisit.submitted\r\n--b--\r\n';
					expect(await send(body, sign(body), { 'Content-Type': contentType })).toEqual(REFUSED);
					expect(await send(body, sign(''), { 'Content-Type': contentType })).toEqual(REFUSED);
					await expectRuns();
				},
			);

			it.each<[string, Record<string, string>]>([
				['an unknown charset', { 'Content-Type': 'application/json; charset=x-nope' }],
				['UTF-16 that is none', { 'Content-Type': 'application/json; charset=utf-16le' }],
				['compressed data that is none', { 'Content-Encoding': 'gzip' }],
				['XML that is none', { 'Content-Type': 'application/xml' }],
				[
					'a form that is none',
					{ 'Content-Type': 'multipart/form-data; boundary=b; charset=utf-16' },
				],
			])('gets n8n’s own refusal for %s, and n8n goes on', async (_what, headers) => {
				const { text } = newEvent();
				const answer = await send(text, sign(text), headers);
				expect('status' in answer && answer.status >= 400).toBe(true);
				await expectRuns();
			});

			it('cannot reach any prototype with an event', async () => {
				const text =
					'{"id":"evt_p","type":"visit.submitted","__proto__":{"polluted":1,"toString":1},' +
					'"constructor":{"prototype":{"polluted":1}},"data":{"__proto__":{"polluted":1},"hasOwnProperty":1}}';
				expect(await send(text, sign(text))).toMatchObject({ status: 200 });
				const inherited = '{"__proto__":{"type":"visit.submitted"}}';
				expect(await send(inherited, sign(inherited))).toEqual({
					status: 200,
					body: '{"received":true,"ignored":"no event type"}',
				});
				// Anything polluted would show in the next event, or keep n8n from running it.
				await expectRuns(expect.objectContaining({ id: 'evt_p' }));
			});

			it('can have a signed event run again: nothing in it says when it was sent', async () => {
				const { event, text } = newEvent();
				expect(await send(text, sign(text))).toMatchObject({ status: 200 });
				expect(await send(text, sign(text))).toMatchObject({ status: 200 });
				await expectRuns(event, event);
			});

			describe('with headers that no HTTP client would send', () => {
				const HUNG_UP = 0;
				/** n8n's HTTP parser does not take it for HTTP. */
				const UNREAD = [400, HUNG_UP];

				const exchange = async (headers: string[], body: string): Promise<number> =>
					await new Promise((resolve, reject) => {
						const { hostname, port, pathname, host } = new URL(workflow.url);
						const head = [
							`POST ${pathname} HTTP/1.1`,
							`Host: ${host}`,
							'Connection: close',
							...headers,
						];
						let answer = '';
						const socket = connect(Number(port), hostname, () => {
							socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
							socket.write(body);
						});
						socket.on('data', (data) => (answer += data.toString('latin1')));
						// n8n hangs up on bytes it will not read, and that may overtake its answer.
						socket.on('error', (error: NodeJS.ErrnoException) => {
							if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
						});
						socket.setTimeout(60_000, () => socket.destroy(new Error('No answer')));
						socket.on('close', () =>
							resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? HUNG_UP)),
						);
					});

				const wrong = '0'.repeat(64);

				it.each<[string, number[], (right: string) => string[]]>([
					[
						'wrong, then right',
						[401],
						(right) => [`X-Kliq-Signature: ${wrong}`, `x-KLIQ-sigNATURE: ${right}`],
					],
					[
						'right, then wrong',
						[401],
						(right) => [`x-kliq-signature: ${right}`, `X-KLIQ-SIGNATURE: ${wrong}`],
					],
					['a comma', [401], (right) => [`X-Kliq-Signature: ,${right}`]],
					[
						'folded in the middle',
						UNREAD,
						(right) => [`X-Kliq-Signature: ${right.slice(0, 9)}\r\n ${right.slice(9)}`],
					],
					['a NUL behind', UNREAD, (right) => [`X-Kliq-Signature: ${right}\0`]],
					['latin1 behind', [401], (right) => [`X-Kliq-Signature: ${right}\xa0`]],
					['a space before the colon', UNREAD, (right) => [`X-Kliq-Signature : ${right}`]],
					[
						'a bare line feed',
						UNREAD,
						(right) => [`X-Kliq-Signature: ${wrong}\nX-Kliq-Signature: ${right}`],
					],
					['underscores', [401], (right) => [`X_Kliq_Signature: ${right}`]],
					['a cookie', [401], (right) => [`Cookie: x-kliq-signature=${right}`]],
					[
						'a name as long as a page',
						[401],
						(right) => [`X-Kliq-Signature${'-'.repeat(4_000)}: ${right}`],
					],
					['a megabyte', [431, HUNG_UP], (right) => [`X-Kliq-Signature: ${right.repeat(16_384)}`]],
				])('is refused: %s', async (_what, expected, headers) => {
					const { text } = newEvent();
					const framing = ['Content-Type: application/json', `Content-Length: ${text.length}`];
					const status = await exchange([...framing, ...headers(sign(text))], text);
					expect(expected).toContain(status);
					await expectRuns();
				});

				it('cannot frame a body in two ways', async () => {
					const { text } = newEvent();
					const chunked = `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
					const status = await exchange(
						[
							'Content-Type: application/json',
							`Content-Length: ${text.length}`,
							'Transfer-Encoding: chunked',
							`X-Kliq-Signature: ${sign(text)}`,
						],
						chunked,
					);
					expect(UNREAD).toContain(status);
					await expectRuns();
				});

				it('finds a signature in capitals and chunks as good as any', async () => {
					const { event, text } = newEvent();
					const chunked = [...text].map((each) => `1\r\n${each}\r\n`).join('') + '0\r\n\r\n';
					const headers = ['Transfer-Encoding: chunked', `X-KLIQ-SIGNATURE:\t${sign(text)} `];
					expect(await exchange(headers, chunked)).toBe(200);
					await expectRuns(event);
				});
			});
		});

		describe('reading what n8n stores', () => {
			const SHARED = 'whsec_shared_and_not_published';

			const database = async (): Promise<string> => {
				const folder = join(testBed.n8n.userFolder, '.n8n');
				const names = (await readdir(folder)).filter((name) => name.startsWith('database.sqlite'));
				const files = await Promise.all(
					names.map(async (name) => await readFile(join(folder, name))),
				);
				return Buffer.concat(files).toString('latin1');
			};

			it('finds neither key nor signing secret, derived or of the credential', async () => {
				const credentialId = await testBed.client.createCredential({
					type: 'kliqApi',
					name: 'With a secret',
					data: kliqCredential(testBed.kliq, { signingSecret: SHARED }),
				});
				const derived = await testBed.publishTriggered();
				const shared = await testBed.publishTriggered({ credentialId });
				const [{ id, secret }] = testBed.subscriptionsTo(derived.url);
				expect(testBed.subscriptionsTo(shared.url)[0].secret).toBe(SHARED);

				await waitFor(async () => {
					const { staticData } = await testBed.client.workflow(derived.id);
					expect(JSON.stringify(staticData)).toContain(id);
				});
				await waitFor(async () => expect(await database()).toContain(id));
				const stored = await database();
				for (const hidden of [secret, SHARED, testBed.kliq.apiKey]) {
					expect(stored).not.toContain(hidden);
					expect(testBed.n8n.logs()).not.toContain(hidden);
				}
			});
		});

		describe('impersonating KLIQ’s API', () => {
			let elsewhere: Server;
			const visits: string[] = [];
			let elsewherePort: number;
			const location = () => `http://localhost:${elsewherePort}/v1`;

			beforeAll(async () => {
				elsewhere = createServer((request, response) => {
					void buffer(request).then((body) => {
						visits.push(JSON.stringify([request.method, request.rawHeaders, body.toString()]));
						response.end('{"data":[]}');
					});
				});
				elsewherePort = await listenOnFreePort(elsewhere);
			});

			afterAll(() => {
				elsewhere?.close();
			});

			beforeEach(() => {
				visits.length = 0;
			});

			/** Runs the KLIQ node once. @returns all that n8n has stored of it */
			const runAndRead = async (credentialId: string, onError?: 'continueRegularOutput') => {
				const start = buildNode({ type: 'n8n-nodes-base.manualTrigger', name: 'Start' });
				const action = buildNode({
					type: KLIQ,
					name: 'KLIQ',
					parameters: {
						resource: 'webhook',
						operation: 'create',
						url: 'https://a.example.com/',
						events: ['cv.job.failed'],
					},
					credentials: { kliqApi: credentialId },
				});
				const { id } = await testBed.client.createWorkflow({
					name: 'Attacked',
					...chain([start, { ...action, onError }]),
				});
				await testBed.client.runManually(id, 'Start');
				const [{ id: executionId }] = await testBed.client.waitForExecutions(id, 1);
				return JSON.stringify(await testBed.client.execution(executionId));
			};

			it('is not handed the key by a redirect of what the test button asks for', async () => {
				testBed.kliq.faults.next({ status: 307, headers: { location: location() }, times: 9 });
				const result = await testBed.client.testCredential('kliqApi', kliqCredential(testBed.kliq));
				expect(result.status).toBe('Error');
				expect(visits).toEqual([]);
			});

			it('cannot put the key into what the test button says', async () => {
				for (const status of [200, 400, 401, 403, 404, 422, 500]) {
					const message = `echo ${testBed.kliq.apiKey}`;
					testBed.kliq.faults.clear();
					// n8n asks a second time after a 401.
					testBed.kliq.faults.next({ status, body: { message, error: message }, times: 9 });
					const result = await testBed.client.testCredential(
						'kliqApi',
						kliqCredential(testBed.kliq),
					);
					expect(result).toEqual({ status: 'Error', message: expect.not.stringContaining('echo') });
				}
			});

			it('is sent the key by the HTTP Request node, which sends it wherever a workflow says', async () => {
				await testBed.runHttpRequest(location());
				expect(visits).toEqual([expect.stringContaining(testBed.kliq.apiKey)]);
			});

			it('cannot put the key or the secret into executions or logs by repeating them', async () => {
				const { apiKey } = testBed.kliq;
				const credentialId = await testBed.client.createCredential({
					type: 'kliqApi',
					name: 'With a secret',
					data: kliqCredential(testBed.kliq, { signingSecret: ODD_SECRET }),
				});
				const forms = [
					ODD_SECRET,
					encodeURIComponent(ODD_SECRET),
					JSON.stringify(ODD_SECRET),
					apiKey,
				];
				const marker = /a\+\/\\+\$&\.\*\(|a%2B%2F%5C/;
				for (const onError of [undefined, 'continueRegularOutput'] as const) {
					for (const status of [200, 400, 403, 418, 500]) {
						// Not for the health check of a published workflow, which only lists.
						testBed.kliq.faults.next({
							method: 'POST',
							status,
							body: { message: `Wrong: ${forms.join(' ')}`, error: { cause: forms } },
							headers: { location: `/${apiKey}`, 'www-authenticate': apiKey },
						});
						const stored = await runAndRead(credentialId, onError);
						expect(stored).not.toContain(apiKey);
						expect(stored).not.toMatch(marker);
					}
				}
				testBed.kliq.faults.next({
					method: 'POST',
					body: 'xxxx',
					status: 200,
					headers: { 'content-encoding': 'gzip' },
				});
				expect(await runAndRead(credentialId)).not.toContain(apiKey);
				expect(testBed.n8n.logs()).not.toContain(apiKey);
				expect(testBed.n8n.logs()).not.toMatch(marker);
			});

			it('cannot write lines of its own, or secrets, into n8n’s log while publishing fails', async () => {
				const { apiKey } = testBed.kliq;
				const message = `no\n2026-01-01 | info | FORGED LINE\u2028\u001b[31m ${apiKey}`;
				testBed.kliq.faults.next({ method: 'POST', status: 422, body: { message }, times: 99 });
				const { id } = await testBed.createTriggered();
				const why = await testBed.publish(id).then(
					() => 'published',
					(error: Error) => error.message,
				);
				expect(why).toContain('KLIQ did not accept the request');
				// 1.x tells the person who publishes and logs nothing.
				if (!isN8nV1(N8N_VERSION)) {
					await waitFor(() => expect(testBed.n8n.logs()).toContain('FORGED LINE'));
				}
				expect(why).not.toContain(apiKey);
				expect(why).not.toContain('\n');
				expect(testBed.n8n.logs()).not.toMatch(/^.{0,10}2026-01-01 \| info \| FORGED LINE/m);
				expect(testBed.n8n.logs()).not.toContain('\u001b[31m ');
				expect(testBed.n8n.logs()).not.toContain(apiKey);
				if (!isN8nV1(N8N_VERSION)) await testBed.unpublish(id);
			});
		});
	});
}
