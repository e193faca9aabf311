import { OBSERVATION_MARKER } from '../ownAddress';
import { isSuccess } from '../probes/lists';
import { judgeCreated } from '../probes/subscriptionJudges';
import { idIn, type NodeRun, type Session, unknownId } from '../session';

/** What to make at KLIQ, for events to come. */
export interface Creation {
	locationId: string;
	imageUrl: string;
	model: string;
}

/** Asks for a CV job on an unknown observation, then makes an observation and a CV job on it. */
export async function createObservationAndJob(
	session: Session,
	{ locationId, imageUrl, model }: Creation,
): Promise<void> {
	judgeStatus(session, 'KLIQ-JOB-OBSERVATION', await startJob(session, unknownId('obs'), model));

	const { last } = await session.run({
		resource: 'observation',
		operation: 'create',
		locationId,
		imageUrl,
		additionalFields: {
			metadata: { pairs: [{ key: OBSERVATION_MARKER, value: session.runId }] },
		},
	});
	if (!isSuccess(last)) {
		judgeStatus(session, 'KLIQ-OBS-LOCATION', { last });
		return;
	}
	const id = idIn(last?.answer?.json);
	if (id !== '') session.ownObservations.add(id);
	judgeCreated(session, last!);

	const job = await startJob(session, id, model);
	if (isSuccess(job.last)) judgeCreated(session, job.last!);
}

async function startJob(session: Session, observationId: string, model: string): Promise<NodeRun> {
	return await session.run({
		resource: 'cvJob',
		operation: 'create',
		observationId: { __rl: true, mode: 'id', value: observationId },
		model,
		waitForCompletion: false,
	});
}

function judgeStatus({ findings }: Session, id: string, { last }: Pick<NodeRun, 'last'>): void {
	const status = last?.answer?.status;
	if (status === undefined || status === 403) return;
	if (status === 404) findings.held(id, '404');
	else if (status < 500 && status !== 429) findings.differs(id, String(status));
}
