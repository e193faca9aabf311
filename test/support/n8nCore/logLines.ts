import { jest } from '@jest/globals';

import type { NodeUnderTest } from './node';

/**
 * The lines that nodes write to n8n's log from now on, until mocks are restored: `<level>: <line>`.
 *
 * @param node any node: they share the log
 */
export function captureLogLines(node: NodeUnderTest): string[] {
	const lines: string[] = [];
	const { logger } = node.hooks();
	for (const level of ['debug', 'info', 'warn', 'error'] as const) {
		jest.spyOn(logger, level).mockImplementation((line) => void lines.push(`${level}: ${line}`));
	}
	return lines;
}
