import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';

/** The token that Slack takes. */
export const SLACK_TOKEN = 'xoxb-of-the-test';

const UPLOADS = 'https://files.slack.com/upload/v1';

/** A file that has been attached to a message. */
export interface SlackPhoto {
	name: string;
	/** As its sender says. */
	type: string;
	content: Buffer;
}

/** A message as the people in the channel see it. */
export interface SlackMessage {
	channel: string;
	text: string;
	photo?: SlackPhoto;
}

/** What the stand-in for Slack keeps, and what a test changes in it. */
export interface SlackState {
	/** IDs of the channels that the app is in. */
	channels: string[];
	/** Oldest first. */
	messages: SlackMessage[];
	/** The next answers of a method, such as `files.getUploadURLExternal`, are this error. */
	refusals: Array<{ method: string; error: string }>;
}

interface Upload extends Partial<SlackPhoto> {
	name: string;
	length: number;
}

interface Refused {
	ok: false;
	error: string;
}

interface Completion {
	files?: Array<{ id: string; title?: string }>;
	channel_id?: string;
	initial_comment?: string;
}

const refused = (error: string): Refused => ({ ok: false, error });

/**
 * The methods of Slack's Web API that a workflow needs to post a message, with or without a file.
 * As Slack does, it answers 200 to what it refuses, and says so in the body.
 */
export function slackApi(https: { key: Buffer; cert: Buffer }, state: SlackState): FastifyInstance {
	const app = fastify({ https, forceCloseConnections: true }) as unknown as FastifyInstance;
	const uploads = new Map<string, Upload>();
	app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

	const method = <Body>(
		verb: 'GET' | 'POST',
		name: string,
		answer: (
			request: FastifyRequest<{ Body: Body; Querystring: Record<string, string> }>,
		) => object,
	) => {
		app.route<{ Body: Body; Querystring: Record<string, string> }>({
			method: verb,
			url: `/api/${name}`,
			handler: async (request) => {
				if (request.headers.authorization !== `Bearer ${SLACK_TOKEN}`)
					return refused('invalid_auth');
				const planned = state.refusals.findIndex((refusal) => refusal.method === name);
				if (planned >= 0) return refused(state.refusals.splice(planned, 1)[0].error);
				return answer(request);
			},
		});
	};

	method<{ channel?: string; text?: string }>('POST', 'chat.postMessage', ({ body }) => {
		const { channel = '', text } = body;
		if (!state.channels.includes(channel)) return refused('channel_not_found');
		if (!text) return refused('no_text');
		state.messages.push({ channel, text });
		const ts = `${state.messages.length}.000100`;
		return { ok: true, channel, ts, message: { type: 'message', text, ts } };
	});

	method('GET', 'files.getUploadURLExternal', ({ query }) => {
		const length = Number(query.length);
		if (!query.filename || !(length > 0)) return refused('invalid_arguments');
		const id = `F${uploads.size + 1}`;
		uploads.set(id, { name: query.filename, length });
		return { ok: true, upload_url: `${UPLOADS}/${id}`, file_id: id };
	});

	app.post<{ Params: { id: string }; Body: Buffer }>('/upload/v1/:id', async (request, reply) => {
		const upload = uploads.get(request.params.id);
		const file = await fileIn(request.body, request.headers['content-type'] ?? '');
		if (!upload || file.content.length !== upload.length) return await reply.code(400).send('no');
		Object.assign(upload, file);
		return `OK - ${file.content.length}`;
	});

	method<Completion>('POST', 'files.completeUploadExternal', ({ body }) => {
		const { files = [], channel_id: channel = '', initial_comment: text = '' } = body;
		const upload = uploads.get(files[0]?.id);
		if (upload?.content === undefined) return refused('file_not_found');
		if (!state.channels.includes(channel)) return refused('channel_not_found');
		const { name, type = '', content } = upload;
		state.messages.push({ channel, text, photo: { name, type, content } });
		return { ok: true, files: files.map(({ id, title = name }) => ({ id, title })) };
	});

	return app;
}

/** The file of an upload: the first one of a form, or else the whole body. */
async function fileIn(body: Buffer, contentType: string): Promise<Omit<SlackPhoto, 'name'>> {
	if (!contentType.startsWith('multipart/')) return { type: contentType, content: body };
	const form = await new Response(new Uint8Array(body), {
		headers: { 'content-type': contentType },
	}).formData();
	const file = [...form.values()].find((value) => typeof value !== 'string');
	if (file === undefined) throw new Error('The form has no file');
	return { type: file.type, content: Buffer.from(await file.arrayBuffer()) };
}
