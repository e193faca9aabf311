import { removeUserFolder } from '../support/n8nCore/userFolder';
import { type CommandLine, readCommandLine, USAGE } from './commandLine';
import { CheckFailed, Interrupted } from './errors';
import { Prompt } from './prompt';
import { isGood, leftLine, tableOf, writeReport } from './report';
import { type CheckOptions, runCheck } from './runCheck';
import type { CheckCredentials } from './session';

/** KLIQ's own, as the credential has it. */
const BASE_URL = 'https://api.kliqpulse.com/v1';

const EXIT = { good: 0, differs: 1, failed: 2, interrupted: 130 };

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
	const commandLine = readCommandLine(process.argv.slice(2));
	if (commandLine.help) {
		say(USAGE);
		return EXIT.good;
	}
	const prompt = new Prompt();
	const credentials = await readCredentials(prompt);
	const events = await readEvents(prompt, commandLine);
	prompt.close();
	const interruption = new AbortController();
	// A second Ctrl-C ends the process at once; the next run removes what is left.
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => interruption.abort());
	}
	const result = await runCheck({ credentials, events, say, interruption: interruption.signal });
	say('');
	say(tableOf(result));
	await writeReport(commandLine.reportFile, result);
	say(`The same as JSON, without secrets and personal data: ${commandLine.reportFile}`);
	if (result.cleanUp.left.length > 0) return EXIT.failed;
	return isGood(result) ? EXIT.good : EXIT.differs;
}

async function readCredentials(prompt: Prompt): Promise<CheckCredentials> {
	const { KLIQ_API_KEY, KLIQ_TENANT_ID, KLIQ_BASE_URL } = process.env;
	const apiKey = KLIQ_API_KEY?.trim() || (await prompt.ask('KLIQ API key: ', { isSecret: true }));
	const tenantId = KLIQ_TENANT_ID?.trim() || (await prompt.ask('KLIQ tenant ID: '));
	const baseUrl = KLIQ_BASE_URL?.trim() || BASE_URL;
	if (apiKey === '' || tenantId === '') throw new CheckFailed('A key and a tenant ID are needed.');
	if (!URL.canParse(baseUrl)) throw new CheckFailed('KLIQ_BASE_URL is no web address.');
	return { apiKey, tenantId, baseUrl };
}

async function readEvents(
	prompt: Prompt,
	{ events }: CommandLine,
): Promise<CheckOptions['events']> {
	if (!events) return undefined;
	const { origin, port, minutes, creation } = events;
	const isAgreed =
		creation !== undefined &&
		(await prompt.confirm(
			'Make one observation and one CV job in this tenant? All subscribers are told of them. The observation is deleted at the end; a CV job cannot be deleted.',
		));
	if (creation && !isAgreed) throw new CheckFailed('Nothing was made.');
	const onReady = () => {
		say(`Waiting for events at the tunnel to port ${port}, ${minutes} min at most`);
		if (!creation) say('Make one happen in KLIQ now, for example submit an observation');
	};
	return { origin, port, waitMs: minutes * 60_000, minuteMs: 60_000, creation, onReady };
}

main()
	.then(
		(code) => code,
		(error: Error & { left?: string[] }) => {
			if (error.left) complain(leftLine(error.left));
			if (error instanceof Interrupted) {
				complain('Stopped.');
				return EXIT.interrupted;
			}
			// Any other message may hold what KLIQ said.
			const isOurs =
				error instanceof CheckFailed ||
				(error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
			complain(isOurs ? error.message : `The check failed (${error.name}).`);
			return EXIT.failed;
		},
	)
	.then((code) => {
		removeUserFolder();
		process.exit(code);
	});
