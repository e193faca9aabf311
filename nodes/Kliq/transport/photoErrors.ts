import { isObject } from '../utils/object';
import { classifyNetworkError, UNKNOWN_FAILURE, type NetworkErrorKind } from './networkErrors';

/** Why there is no photo: what happened, and what the user does next. */
export interface PhotoProblem {
	message: string;
	description: string;
}

const OPEN_IT =
	'Open the observation’s imageUrl in a private browser window to see what is there: the link may have expired, the photo may have been deleted, or one has to sign in. n8n downloads it as that window does, without KLIQ’s API key.';

const TRY_AGAIN = 'Try again in a few minutes.';

/** The file is larger than any photo of KLIQ's. */
export const TOO_LARGE: PhotoProblem = {
	message: 'The photo is larger than 20 MB',
	description:
		'KLIQ takes photos of 20 MB at most, so another file may lie at its address. If you need it, turn Download Photo off and give imageUrl to an HTTP Request node.',
};

/** The response has no body. */
export const EMPTY: PhotoProblem = {
	message: 'The file at the photo’s address is empty',
	description: OPEN_IT,
};

/** The response names no type, and the content is no photo. */
export const NO_IMAGE: PhotoProblem = {
	message: 'The photo’s address leads to a file that is neither a JPEG nor a PNG',
	description: OPEN_IT,
};

/** Content of another type than an image's. */
export const explainType = (type: string): PhotoProblem => ({
	message: /^text\/html\b/i.test(type)
		? 'The photo’s address leads to a web page, not to an image'
		: `The photo’s address leads to a file that is no image (${type})`,
	description: OPEN_IT,
});

/** Why a response with this status brings no photo; undefined if it does. */
export function explainStatus(status: number, host: string): PhotoProblem | undefined {
	if (status >= 200 && status < 300) return undefined;
	const isTemporary = status >= 500 || status === 429 || status === 408;
	return isTemporary
		? {
				message: `${host} cannot give out the photo right now (HTTP ${status})`,
				description: TRY_AGAIN,
			}
		: { message: `${host} does not give out the photo (HTTP ${status})`, description: OPEN_IT };
}

/**
 * Why no response came, or not all of it.
 *
 * @param error what n8n's HTTP client or `withTimeout` has thrown
 * @param redact makes n8n's own words safe to show
 */
export function explainFailure(
	error: unknown,
	host: string,
	redact: (text: string) => string,
): PhotoProblem {
	const refusal = findRefusal(error);
	if (refusal) {
		return {
			message: `n8n does not download the photo: ${redact(refusal.message)}`,
			description: redact(refusal.description),
		};
	}
	if (isRedirectLoop(error)) {
		return {
			message: `The photo’s address at ${host} only leads on to other addresses`,
			description: OPEN_IT,
		};
	}
	const reason = REASONS[classifyNetworkError(errorCode(error))](host);
	return {
		message: `The photo could not be downloaded: ${reason}`,
		description: `${TRY_AGAIN} If it stays like this, check that n8n’s machine may reach the photo’s address through its firewall or proxy. To go on without the photo, turn Download Photo off.`,
	};
}

const REASONS: Record<NetworkErrorKind, (host: string) => string> = {
	dnsNotFound: (host) => `there is no server by the name of ${host}`,
	connectionRefused: (host) => `${host} refused the connection`,
	hostUnreachable: (host) => `n8n’s machine cannot reach ${host}`,
	untrustedCertificate: (host) => `the certificate of ${host} is not trusted`,
	tlsNotSupported: (host) => `${host} does not speak HTTPS`,
	invalidHeader: (host) => `n8n cannot send the request to ${host}`,
	timeout: (host) => `${host} did not send all of it within 30 seconds`,
	unreadableResponse: (host) => `the answer of ${host} is damaged`,
	connectionLost: (host) => `the connection to ${host} broke off`,
};

/** The code of the time limit, of n8n's HTTP client or of Node. */
function errorCode(error: unknown): string {
	const { httpCode, code } = error as { httpCode?: unknown; code?: unknown };
	return String(httpCode ?? code ?? UNKNOWN_FAILURE);
}

/** True for too many redirects. Only the message says so everywhere: n8n 2.x behind a proxy gives no code. */
const isRedirectLoop = (error: unknown) => /number of redirects/.test((error as Error).message);

/**
 * The error, or the one behind it, that tells the user what to do: n8n itself refuses, for example by its
 * SSRF protection, which the HTTP client wraps where a redirect or a name leads to a blocked address.
 */
function findRefusal(error: unknown): PhotoProblem | undefined {
	if (!isObject(error)) return undefined;
	const { message, description, cause } = error;
	return typeof description === 'string' && description !== ''
		? { message: String(message), description }
		: findRefusal(cause);
}
