import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Where to ask: the terminal, unless a test says otherwise. */
export interface Terminal {
	input: NodeJS.ReadableStream & { isTTY?: boolean };
	output: NodeJS.WritableStream;
}

const OWN_TERMINAL: Terminal = { input: process.stdin, output: process.stderr };

/**
 * Asks a question.
 *
 * @param isSecret shows nothing of what is typed
 * @returns the answer without white space around it; empty where the input ends
 * @throws the signal's reason when it is aborted, as by Ctrl-C
 */
export async function ask(
	question: string,
	{ isSecret = false, terminal = OWN_TERMINAL } = {},
): Promise<string> {
	const { input, output } = terminal;
	const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
	output.write(question);
	const reader = createInterface({
		input,
		output: isSecret ? muted : output,
		// In raw mode, the terminal itself does not echo either.
		terminal: input.isTTY === true,
	});
	try {
		return await new Promise<string>((resolve, reject) => {
			reader.once('line', (line) => resolve(line.trim()));
			reader.once('close', () => resolve(''));
			reader.once('SIGINT', () => reject(new Error('Stopped')));
		});
	} finally {
		reader.close();
		if (isSecret) output.write('\n');
	}
}

/** Asks for a yes. Anything else is a no. */
export async function confirm(question: string, terminal = OWN_TERMINAL): Promise<boolean> {
	return /^y(es)?$/i.test(await ask(`${question} [y/N] `, { terminal }));
}
