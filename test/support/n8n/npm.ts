import { type CommandRun, runCommand } from './command';

/** Runs npm and waits for it: see `runCommand`. */
export async function runNpm(args: string[], run: CommandRun): Promise<void> {
	await runCommand({ name: 'npm', program: 'npm', args }, run);
}
