import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { answerWith, FrontServer, passOnTo, type FrontRule } from '../support/frontServer';
import { nextCheck } from '../support/healthChecks';
import type { TestBed, TriggeredWorkflow } from '../support/testBed';
import { useTestBed } from '../support/useTestBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import { expectReports, openTestBed, reportsOf } from './support/healing';

const HTML = { 'content-type': 'text/html' };

/** What a proxy does (asks for a login, knows no such path, redirects, swallows all), and what the owner is told. */
const OTHERS: Array<[FrontRule, RegExp]> = [
	[answerWith(401, '<p>Sign in</p>', HTML), /by a web page \(HTTP 401\)/],
	[answerWith(404, 'Not Found'), /by HTTP 404/],
	[
		answerWith(301, '', { location: 'https://n8n.example.com/' }),
		/by a redirect to https:\/\/n8n\.example\.com\//,
	],
	[answerWith(200), /by HTTP 200/],
];

describe(`KLIQ Trigger asks its own address in n8n ${N8N_VERSION}`, () => {
	let front: FrontServer;
	let testBed: TestBed;
	/** By the path of a trigger. */
	const rules = new Map<string, FrontRule>();

	beforeAll(async () => {
		front = await FrontServer.start();
		front.rule = (request, response) => {
			const [path] = request.url!.split('?');
			return rules.get(path)!(request, response);
		};
	});

	useTestBed(
		async () => await openTestBed({ webhookUrl: `${front.url}/` }),
		(opened) => (testBed = opened),
	);

	afterAll(async () => {
		await front?.stop();
	});

	const publishBehind = async (rule: FrontRule): Promise<TriggeredWorkflow> => {
		const workflow = await testBed.createTriggered();
		rules.set(new URL(workflow.url).pathname, rule);
		await testBed.publish(workflow.id);
		return workflow;
	};

	it('tells nobody where a proxy leads to it, also after a start', async () => {
		let asked = 0;
		const passOn = passOnTo(testBed.n8n.url);
		const workflow = await publishBehind((request, response) => {
			asked++;
			return passOn(request, response);
		});
		await waitFor(() => expect(asked).toBeGreaterThan(0));
		await testBed.n8n.restart();
		asked = 0;
		await waitFor(() => expect(asked).toBeGreaterThan(0));
		// The owner would be told after the second.
		await nextCheck(testBed.kliq, testBed.kliq.tenantId);
		expect(await reportsOf({ testBed, workflow })).toEqual([]);
		expect(testBed.n8n.logs()).not.toContain('no answer from its own address');
		const { deliveries } = testBed.kliq.emit('visit.submitted');
		await waitFor(() => expect(deliveries[0].attempts[0]?.status).toBe(200));
	});

	it('tells what else answers there', async () => {
		const workflows: TriggeredWorkflow[] = [];
		for (const [rule] of OTHERS) workflows.push(await publishBehind(rule));
		for (const [index, [, message]] of OTHERS.entries()) {
			await expectReports({ testBed, workflow: workflows[index] }, message);
		}
	});
});
