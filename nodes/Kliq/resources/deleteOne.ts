import type { Output } from '../execution/operation';
import type { KliqClient } from '../transport/client';
import { RESOURCES, type ResourceName } from '../types';

/**
 * Deletes one entity for an operation.
 *
 * @returns the operation's output, with a hint if nobody knows whether there was such an entity
 * @throws NodeOperationError and NodeApiError as `kliqApiRequest`
 */
export async function deleteOne(
	kliq: KliqClient,
	resource: ResourceName,
	id: string,
): Promise<Output> {
	const jsons = [{ deleted: true }];
	if ((await kliq.deleteById(resource, id)) !== 'unknown') return { jsons };
	const { singular } = RESOURCES[resource];
	return {
		jsons,
		hint: `KLIQ failed at the first attempt to delete the ${singular}, and did not know it at the next. It does not exist now; if its ID was wrong, nothing was deleted.`,
	};
}
