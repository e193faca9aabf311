/**
 * Posts and waits for the whole answer.
 *
 * @throws Error for any other status than the expected one
 */
export async function post(
	url: string,
	body: Buffer | string,
	headers: Record<string, string> = { 'content-type': 'application/json' },
	expected = 200,
): Promise<void> {
	const response = await fetch(url, { method: 'POST', body, headers });
	const text = await response.text();
	if (response.status !== expected) {
		throw new Error(`${url} was answered ${response.status}: ${text.slice(0, 300)}`);
	}
}
