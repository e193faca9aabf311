import { createInterface } from 'node:readline';

import { OWNER } from '../support/n8n';
import { KLIQ_EVENT_TYPES } from '../support/simulator';
import { openDemoEnvironment, type DemoEnvironment } from './environment';
import {
	deliverEvents,
	isAsPromised,
	sendEvent,
	sendForgeries,
	summaryOf,
} from './scenarios/eventDelivery';
import { analyzePhoto, submitObservation } from './scenarios/photoAnalysis';
import {
	healingSummary,
	isHealed,
	switchOffAndRestart,
	watchHealing,
} from './scenarios/selfHealing';

const BETWEEN_EVENTS_MS = 30_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function demo(staysUp: boolean): Promise<boolean> {
	const environment = await openDemoEnvironment(say);
	const end = interruption();
	try {
		say('Publishing the workflow: KLIQ Trigger → Write a Line');
		await environment.testBed.publish(environment.eventLines.id);

		const result = await deliverEvents(environment);
		say('One event of each type, and forged requests:');
		summaryOf(result).forEach(say);

		say('Publishing a second one: KLIQ Trigger → Start CV Job, and submitting a photo');
		await environment.testBed.publish(environment.photoAnalysis.id);
		const { observationId, jobId, isCompleted } = await analyzePhoto(environment);
		say(`  submitted:  observation ${observationId}`);
		say(`  started:    ${jobId ? `CV job ${jobId}` : 'no CV job'}`);
		say(`  completed:  ${isCompleted ? 'its event has run the first workflow' : 'no event of it'}`);

		say('KLIQ switches the first workflow’s subscription off, and n8n restarts');
		await switchOffAndRestart(environment);
		say('  waiting:    for KLIQ Trigger to look after it, half a minute at most');
		const healing = await watchHealing(environment);
		healingSummary(healing).forEach(say);
		if (staysUp) await stayUp(environment, end);

		const left = await unsubscribe(environment);
		say(`  left:       ${left} subscriptions at KLIQ after unpublishing`);
		return isAsPromised(result) && isCompleted && isHealed(healing) && left === 0;
	} finally {
		await environment.close();
	}
}

/** Resolves at the first Ctrl-C or SIGTERM; later ones are left to end the process at once. */
async function interruption(): Promise<void> {
	await new Promise<void>((resolve) => {
		process.once('SIGINT', resolve);
		process.once('SIGTERM', resolve);
	});
}

async function stayUp(environment: DemoEnvironment, end: Promise<void>): Promise<void> {
	const { n8n, kliq } = environment.testBed;
	say('');
	say(
		`Look around:   ${n8n.url}/workflow/${environment.eventLines.id}   (executions: tab at the top)`,
	);
	say(`Log in as:     ${OWNER.email}   password: ${OWNER.password}`);
	say(`KLIQ is at:    ${kliq.baseUrl}   tenant ${kliq.tenantId}   key ${kliq.apiKey}`);
	say('Send an event: press Enter here; f and Enter sends forged ones');
	say('Stop:          Ctrl-C');
	say('');

	let count = 0;
	const send = async () => {
		const type = KLIQ_EVENT_TYPES[count++ % KLIQ_EVENT_TYPES.length];
		if (type === 'observation.created') {
			say(
				`${await submitObservation(kliq)}  submitted: its event, and its CV job’s, are on the way`,
			);
			return;
		}
		const { event, delivered } = await sendEvent(environment, type);
		say(`${event.id}  ${type}  ${delivered ? 'delivered' : 'NOT delivered'}`);
	};
	const sendForged = async () => {
		const statuses = await sendForgeries(environment);
		say(`${statuses.length} forged requests, answered ${statuses.join(', ')}`);
	};
	const timer = setInterval(() => void send(), BETWEEN_EVENTS_MS);
	const keyboard = createInterface({ input: process.stdin });
	keyboard.on('line', (line) => void (line.trim() === 'f' ? sendForged() : send()));
	await end;
	clearInterval(timer);
	keyboard.close();
	say('Stopping: unpublishing the workflows, which unsubscribes them at KLIQ');
}

async function unsubscribe(environment: DemoEnvironment): Promise<number> {
	const { testBed, eventLines, photoAnalysis } = environment;
	for (const { id } of [eventLines, photoAnalysis]) await testBed.unpublish(id);
	return testBed.kliq.subscriptions().length;
}

demo(!process.argv.includes('--once')).then(
	(isGood) => {
		say(isGood ? 'All as promised.' : 'NOT as promised: see the lines above.');
		process.exitCode = isGood ? 0 : 1;
	},
	(error: Error) => {
		process.stderr.write(`The demo failed: ${error.message}\n`);
		process.exitCode = 1;
	},
);
