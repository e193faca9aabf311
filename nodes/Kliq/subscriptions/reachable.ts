/** Whether an address names the machine itself, which nobody else can reach under that name. */
export function isLoopback(url: string): boolean {
	const { hostname } = new URL(url);
	return (
		hostname === 'localhost' ||
		hostname.endsWith('.localhost') ||
		hostname === '[::1]' ||
		hostname === '0.0.0.0' ||
		/^127(\.\d+){3}$/.test(hostname)
	);
}
