import type { INodePropertyOptions } from 'n8n-workflow';

import { KliqTrigger } from './nodes';

/** The event types that KLIQ Trigger offers. */
export const EVENT_TYPES: string[] = new KliqTrigger().description.properties
	.filter(({ name }) => name === 'events')
	.flatMap(({ options }) => (options as INodePropertyOptions[]).map(({ value }) => String(value)));
