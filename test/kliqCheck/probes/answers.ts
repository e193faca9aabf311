import { type Exchange, routeOf } from '../kliqProxy';
import type { Session } from '../session';
import { fieldNames, listed, placeOfMessage } from '../shapes';
import { isSuccess } from './lists';

const DAY_S = 86_400;

/** Looks at everything that KLIQ answered in the run: redirects, errors, dates, rate-limit headers. */
export function judgeAnswers(session: Session): void {
	const answered = session.exchanges.filter(({ answer }) => answer !== undefined);
	judgeRedirects(session, answered);
	judgeErrors(session, answered);
	judgeDates(session, answered);
	judgeRateLimitHeaders(session, answered);
}

const statusOf = ({ answer }: Exchange) => answer?.status ?? 0;

const routeOfExchange = ({ method, path }: Exchange) => `${method} ${routeOf(path)}`;

function judgeRedirects({ findings }: Session, answered: Exchange[]): void {
	const redirects = answered.filter((each) => statusOf(each) >= 300 && statusOf(each) < 400);
	for (const each of redirects) {
		findings.differs('KLIQ-HTTP-REDIRECT', `${routeOfExchange(each)}: ${statusOf(each)}`);
	}
	if (redirects.length === 0 && answered.length > 0) {
		findings.held('KLIQ-HTTP-REDIRECT', `none in ${answered.length} answers`);
	}
}

function judgeErrors({ findings }: Session, answered: Exchange[]): void {
	for (const each of answered.filter((exchange) => statusOf(exchange) >= 400)) {
		const place = placeOfMessage(each.answer?.json);
		const status = statusOf(each);
		if (place) {
			findings.held('KLIQ-ERROR-MESSAGE', `${status}: ${place}`);
		} else {
			const isJson = each.answer?.json !== undefined;
			const what = isJson ? `JSON with ${listed(fieldNames(each.answer?.json))}` : 'no JSON';
			findings.differs('KLIQ-ERROR-MESSAGE', `${status}: ${what}`);
		}
	}
}

function judgeDates({ findings }: Session, answered: Exchange[]): void {
	const dates = answered.map(({ answer }) => Date.parse(String(answer?.headers.date ?? '')));
	const missing = dates.filter(Number.isNaN).length;
	if (missing > 0) {
		findings.differs('KLIQ-HTTP-DATE', `missing in ${missing} of ${dates.length} answers`);
		return;
	}
	// Date is cut to the second before it: on average half a second ago.
	const skews = answered.map(
		({ sentAt, endedAt }, index) => dates[index] + 500 - (sentAt + endedAt) / 2,
	);
	const median = skews.sort((one, other) => one - other)[Math.floor(skews.length / 2)];
	if (median === undefined) return;
	const seconds = Math.round(median / 1_000);
	const skew =
		seconds === 0
			? 'within a second of ours'
			: `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`;
	findings.held('KLIQ-HTTP-DATE', `KLIQ’s clock is ${skew}`);
}

function judgeRateLimitHeaders({ findings }: Session, answered: Exchange[]): void {
	const routes = new Map<string, string[]>();
	for (const each of answered.filter((exchange) => isSuccess(exchange))) {
		routes.set(routeOfExchange(each), [
			...(routes.get(routeOfExchange(each)) ?? []),
			...missingHeaders(each),
		]);
	}
	for (const [route, missing] of routes) {
		if (missing.length === 0) continue;
		findings.differs('KLIQ-RATE-HEADERS', `${route}: ${listed(missing)}`);
	}
	if (routes.size > 0) {
		findings.held(
			'KLIQ-RATE-HEADERS',
			`on all ${routes.size} routes: ${listed([...routes.keys()])}`,
		);
	}
}

/** What a node needs and an answer lacks. */
function missingHeaders({ answer, endedAt }: Exchange): string[] {
	const number = (name: string) => Number(answer?.headers[name] ?? NaN);
	const reset = number('x-ratelimit-reset');
	const secondsLeft = reset - endedAt / 1_000;
	return [
		...(Number.isNaN(number('x-ratelimit-remaining')) ? ['no X-RateLimit-Remaining'] : []),
		...(Number.isNaN(reset) ? ['no X-RateLimit-Reset'] : []),
		...(Math.abs(secondsLeft) > DAY_S ? ['X-RateLimit-Reset is no time near now'] : []),
	];
}
