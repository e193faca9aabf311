import { RESERVED_ORIGIN } from '../ownAddress';
import type { NodeRun, Session } from '../session';

/** One thing that KLIQ Trigger does when its workflow is published and unpublished. */
export interface Step {
	step: string;
	isGood: boolean;
	/** What KLIQ answered. */
	seen: string;
}

/** Publishes and unpublishes a KLIQ Trigger at the reserved address. */
export async function probeLifecycle(session: Session): Promise<Step[]> {
	const trigger = session.trigger(RESERVED_ORIGIN, ['cv.job.failed']);
	const published = await session.runHook(trigger, 'create');
	const steps = [stepOf('KLIQ Trigger subscribes', published, !published.failed)];
	if (!published.failed) {
		const found = await session.runHook(trigger, 'checkExists');
		const isFound = !found.failed && found.result === true;
		steps.push(stepOf('KLIQ Trigger finds its subscription again', found, isFound));
	}
	const unpublished = await session.runHook(trigger, 'delete');
	steps.push(stepOf('KLIQ Trigger unsubscribes', unpublished, !unpublished.failed));
	return steps;
}

export function stepOf(step: string, { exchanges }: NodeRun, isGood: boolean): Step {
	const answers = exchanges.map(
		({ method, answer, error }) => `${method} ${answer?.status ?? error ?? 'no answer'}`,
	);
	return { step, isGood, seen: answers.join(', ') || 'nothing was sent' };
}
