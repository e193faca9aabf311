import { createSubscription } from '../../subscriptions/api';
import type { KliqClient } from '../../transport/client';
import { failureKindOf } from '../../transport/failure';
import type { NewSubscription } from '../../types';
import type { Desired, Plan } from './plan';
import type { Publication } from './publication';

/** What applying a plan has done. */
export interface Applied {
	/** ID of the subscription that was made. */
	created?: string;
	/** IDs of those that KLIQ had, and that are deleted. */
	deleted: string[];
	/** IDs of those that KLIQ did not have any more. */
	missing: string[];
	/** The first failure of a deletion. All have been tried. */
	error?: Error;
}

/**
 * Applies a plan: subscribes, then deletes the others, so that there is no moment without a
 * subscription. The only place that creates or deletes a trigger's subscription. What a request may have
 * done is noted in the publication. If the publication ends meanwhile, what was made is deleted again.
 *
 * @param kliq with a deadline; what was made has to be deleted also after the end of the publication
 * @throws NodeApiError as `kliqApiRequest` if subscribing fails; nothing is deleted then
 */
export async function applyPlan(
	kliq: KliqClient,
	{ create, remove }: Pick<Plan, 'create' | 'remove'>,
	{ subscription }: Desired,
	publication: Publication,
): Promise<Applied> {
	if (create === undefined || subscription === undefined) {
		return await deleteAll(kliq, remove, publication);
	}
	const id = await post(kliq.withSignal(publication.signal), subscription, publication);
	const others = remove.filter((each) => each !== id);
	const applied = await deleteAll(kliq, publication.signal.aborted ? [id] : others, publication);
	return { ...applied, created: publication.signal.aborted ? undefined : id };
}

/** A lost answer may leave one more, which the next list shows. */
async function post(
	kliq: KliqClient,
	subscription: NewSubscription,
	publication: Publication,
): Promise<string> {
	publication.posts();
	return await createSubscription(kliq, subscription, { callerCleansUp: true }).then(
		({ id }) => {
			publication.made({ id, url: subscription.url });
			return id;
		},
		(error: unknown) => {
			if (failureKindOf(error) !== 'passing') publication.madeNothing();
			throw error;
		},
	);
}

async function deleteAll(
	kliq: KliqClient,
	ids: string[],
	publication: Publication,
): Promise<Applied> {
	const applied: Applied = { deleted: [], missing: [] };
	for (const id of ids) {
		try {
			const deletion = await kliq.deleteById('webhook', id, { ignoreNotFound: true });
			(deletion === 'deleted' ? applied.deleted : applied.missing).push(id);
			publication.deleted();
		} catch (error) {
			applied.error ??= error as Error;
		}
	}
	return applied;
}
