const MAX_LENGTH = 500;

/**
 * Puts a text on one line, without control characters, which steer terminals, and without
 * characters that turn the reading direction. So foreign text cannot pass for a log line.
 *
 * @returns the first 500 characters, with an ellipsis if there are more
 */
export function toSingleLine(text: string): string {
	const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
	return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** A text that begins with a capital letter. */
export const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A text with one full stop at its end, for another sentence to follow. */
export const asSentence = (text: string) => `${text.replace(/\.$/, '')}.`;
