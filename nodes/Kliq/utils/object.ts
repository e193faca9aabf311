import type { IDataObject } from 'n8n-workflow';

/** True for non-null objects that are not arrays. */
export const isObject = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value itself if it is an object (see `isObject`), else an empty one. */
export const asObject = (value: unknown): IDataObject => (isObject(value) ? value : {});
