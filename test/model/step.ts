import type fc from 'fast-check';

import { clock } from '../support/n8nCore/discreteEventClock';
import { COMMANDS } from './commands';
import type { Plan } from './plan';
import { formatDuration, parseDuration } from './time';
import type { World } from './world';

/** A command with its arguments, and the time that passes after it has begun. */
export class Step implements fc.AsyncCommand<Plan, World> {
	constructor(
		private readonly name: string,
		private readonly args: string[],
		private readonly waitMs: number,
	) {
		if (!(name in COMMANDS)) throw new Error(`Not a command: ${name}`);
	}

	/** From `fault POST 503 +15s`. */
	static parse(text: string): Step {
		const words = text.trim().split(/\s+/);
		const [wait] = words.at(-1)!.startsWith('+') ? [words.pop()!.slice(1)] : ['0ms'];
		const [name, ...args] = words;
		return new Step(name, args, parseDuration(wait));
	}

	check({ ...plan }: Readonly<Plan>): boolean {
		return COMMANDS[this.name].isPossible?.(plan, this.args) ?? true;
	}

	async run(plan: Plan, world: World): Promise<void> {
		const { note, run } = COMMANDS[this.name];
		note?.(plan, this.args);
		world.trace(`> ${this.toString()}`);
		const begun = run(world, this.args);
		if (begun !== undefined) world.begin(begun);
		await clock.sleep(this.waitMs);
	}

	toString(): string {
		const wait = this.waitMs > 0 ? [`+${formatDuration(this.waitMs)}`] : [];
		return [this.name, ...this.args, ...wait].join(' ');
	}
}

/** From steps with semicolons between. */
export const parseSteps = (text: string): Step[] =>
	text
		.split(';')
		.filter((step) => step.trim())
		.map((step) => Step.parse(step));
