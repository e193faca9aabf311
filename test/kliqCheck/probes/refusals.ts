import { randomBytes } from 'node:crypto';

import { type Session, unknownId } from '../session';
import type { Access } from './lists';

/** Asks with a wrong key, for a foreign tenant and for unknown IDs, and looks at the statuses. */
export async function probeRefusals(session: Session, access: Access): Promise<void> {
	const { findings } = session;
	const resource = (['webhook', 'observation', 'cvJob'] as const).find((each) => access[each])!;
	const read = { resource, operation: 'getAll', returnAll: false, limit: 1, simplify: false };

	const wrongKey = `kliq_live_${randomBytes(16).toString('hex')}`;
	const ofKey = await session.run(read, { apiKey: wrongKey });
	judge(session, 'KLIQ-AUTH-KEY', ofKey.last?.answer?.status, [401]);

	const ofTenant = await session.run(read, { tenantId: unknownId('t') });
	judge(session, 'KLIQ-AUTH-TENANT', ofTenant.last?.answer?.status, [403, 404]);

	const targets = [
		{ resource: 'observation', field: 'observationId', prefix: 'obs' },
		{ resource: 'cvJob', field: 'jobId', prefix: 'job' },
	] as const;
	for (const target of targets.filter((each) => access[each.resource])) {
		const run = await session.run({
			resource: target.resource,
			operation: 'get',
			simplify: false,
			[target.field]: { __rl: true, mode: 'id', value: unknownId(target.prefix) },
		});
		judge(session, 'KLIQ-ERROR-NOT-FOUND', run.last?.answer?.status, [404], target.resource);
	}
	if (!access.observation && !access.cvJob) {
		findings.notSeen('KLIQ-ERROR-NOT-FOUND', 'the key lacks observations:read and cv:read');
	}
}

function judge(
	{ findings }: Session,
	id: string,
	status: number | undefined,
	expected: number[],
	resource?: string,
): void {
	if (status === undefined) return;
	const seen = resource ? `${resource}: ${status}` : String(status);
	if (expected.includes(status)) findings.held(id, seen);
	else findings.differs(id, seen);
}
