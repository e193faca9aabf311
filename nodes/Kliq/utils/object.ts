import type { IDataObject } from 'n8n-workflow';

/** Whether a value has fields of its own: a list has entries, a text letters. */
export const isObject = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value's fields, none where it has none of its own. */
export const asObject = (value: unknown): IDataObject => (isObject(value) ? value : {});
