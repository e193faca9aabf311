import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

import { CheckFailed } from './errors';

/** Where to ask: the terminal, unless a test says otherwise. */
export interface Terminal {
	input: NodeJS.ReadableStream & { isTTY?: boolean };
	output: NodeJS.WritableStream;
}

/** Asks questions, one after the other. Reads nothing before the first. */
export class Prompt {
	private reader?: Interface;

	private isMuted = false;

	private isClosed = false;

	/** Lines that were typed, or piped, before they were asked for. */
	private readonly lines: string[] = [];

	private onLine: () => void = () => {};

	private isStopped = false;

	constructor(
		private readonly terminal: Terminal = { input: process.stdin, output: process.stderr },
	) {}

	/**
	 * Asks a question.
	 *
	 * @param isSecret shows nothing of what is typed
	 * @returns the answer without white space around it; empty where the input ends
	 * @throws CheckFailed on Ctrl-C
	 */
	async ask(question: string, { isSecret = false } = {}): Promise<string> {
		this.open();
		this.terminal.output.write(question);
		this.isMuted = isSecret;
		while (this.lines.length === 0 && !this.isClosed) {
			await new Promise<void>((resolve) => (this.onLine = resolve));
		}
		this.isMuted = false;
		if (isSecret) this.terminal.output.write('\n');
		if (this.isStopped) throw new CheckFailed('Stopped.');
		return (this.lines.shift() ?? '').trim();
	}

	/** Asks for a yes. Anything else is a no. */
	async confirm(question: string): Promise<boolean> {
		return /^y(es)?$/i.test(await this.ask(`${question} [y/N] `));
	}

	/** Gives the terminal back: Ctrl-C ends the process again. */
	close(): void {
		this.reader?.close();
	}

	private open(): void {
		if (this.reader) return;
		const { input, output } = this.terminal;
		const shown = new Writable({
			write: (chunk, _encoding, done) => {
				if (!this.isMuted) output.write(chunk);
				done();
			},
		});
		// In raw mode, which a terminal needs, the terminal itself does not echo either.
		this.reader = createInterface({ input, output: shown, terminal: input.isTTY === true });
		this.reader.on('line', (line) => {
			this.lines.push(line);
			this.onLine();
		});
		this.reader.on('SIGINT', () => {
			this.isStopped = true;
			this.reader?.close();
		});
		this.reader.on('close', () => {
			this.isClosed = true;
			this.onLine();
		});
	}
}
