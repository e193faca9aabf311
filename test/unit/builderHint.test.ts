import { describe, expect, it } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';

// Anew for each test, so that mutation testing sees which test reads them.
const action = () => new Kliq().description;
const trigger = () => new KliqTrigger().description;

describe('the hint for n8n’s AI builder', () => {
	it.each([
		['KLIQ', action, trigger],
		['KLIQ Trigger', trigger, action],
	])('of %s names the credential and the other node', (_name, describeNode, other) => {
		const { builderHint } = describeNode();
		expect(builderHint!.searchHint).toMatch(
			/Ask the user for one KLIQ API credential and nothing else/,
		);
		expect(builderHint!.searchHint).toMatch(/instead of polling/);
		expect(builderHint!.relatedNodes!.map(({ nodeType }) => nodeType)).toEqual([
			`n8n-nodes-kliq.${other().name}`,
		]);
	});

	it('keeps the builder from asking for what the trigger makes by itself', () => {
		expect(trigger().builderHint!.searchHint).toMatch(/never ask for a webhook URL, a secret/);
		expect(action().builderHint!.searchHint).toMatch(/create no webhook subscription for it/);
	});
});
