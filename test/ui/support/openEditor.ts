import type { TestBed } from '../../support/testBed';
import type { Editor } from './editor';

/** Opens what a suite of the user interface needs, all on one n8n and in one browser session. */
export interface OpenEditor {
	/** The n8n with a simulated KLIQ of the suite's own. */
	testBed(): Promise<TestBed>;
	/** @param pictures see `Editor.open` */
	editor(pictures: string): Promise<Editor>;
}
