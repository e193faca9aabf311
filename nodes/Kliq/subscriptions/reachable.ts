import { isLoopbackUrl } from '../utils/url';

/** False for a URL that only this machine knows, unless KLIQ's API is on this machine, too. */
export const canReach = (baseUrl: string, url: string): boolean =>
	!isLoopbackUrl(url) || isLoopbackUrl(baseUrl);
