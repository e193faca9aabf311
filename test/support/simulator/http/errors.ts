import type { FastifyReply } from 'fastify';

import type { ErrorShape, KliqSettings } from '../settings';

/** An answer other than success. Thrown by hooks and routes, written by the app's error handler. */
export class KliqError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
	) {
		super(message);
	}
}

/** Writes an error in the shape the settings ask for. */
export function sendError(reply: FastifyReply, settings: KliqSettings, error: KliqError) {
	const html = settings.errorShape === 'html';
	return reply
		.code(error.status)
		.type(html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8')
		.send(errorBody(settings.errorShape, error));
}

/** The body of an error in one of the shapes. */
export function errorBody(shape: ErrorShape, { status, code, message }: KliqError): string {
	switch (shape) {
		case 'nested':
			return JSON.stringify({ error: { code, message } });
		case 'message':
			return JSON.stringify({ message });
		case 'error':
			return JSON.stringify({ error: message });
		case 'fault':
			return JSON.stringify({ fault: { text: message } });
		case 'html':
			return `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`;
	}
}
