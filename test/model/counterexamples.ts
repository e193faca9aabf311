/** A sequence of steps that code of this project once did not stand. */
export interface Counterexample {
	name: string;
	steps: string;
	isN8nV1?: true;
	/** For what happens by chance; 1 by default. */
	seed?: number;
	/** How often the owner of the first trigger is told; by default as the invariants have it. */
	told?: number;
	/** How many subscriptions the first trigger makes. */
	made?: number;
}

/** Each has a right end by the invariants, and what it says besides. */
export const COUNTEREXAMPLES: Counterexample[] = [
	{
		name: 'gone while n8n was down, and the first POST after the start fails',
		steps: 'publish 0 +1min; kill +5s; remove 0 +5s; fault POST 503; start +11min; heal +1min',
		told: 1,
	},
	{
		name: 'gone while n8n was down, healed at the start, and gone again at once',
		steps: 'publish 0 +1min; kill +5s; remove 0 +5s; start +40s; remove 0 +1min',
	},
	{
		name: 'API key changed and changed back before a restart',
		steps: 'publish 0 +1min; key 1 +15min; key 0 +5s; restart +1min',
		told: 0,
	},
	{
		name: 'signing secret changed and changed back before a restart',
		steps: 'publish 0 +1min; secret own +15min; secret derived +5s; restart +1min',
		told: 0,
	},
	{
		name: 'made anew by hand with another secret',
		steps: 'publish 0 +15min; make-anew 0 +1min',
	},
	{
		name: 'made anew by hand with another secret while n8n was down',
		steps: 'publish 0 +15min; kill +5s; make-anew 0 +5s; start +1min',
	},
	{
		name: 'credential changed once, then restarts',
		steps: 'publish 0 +1min; secret own +15min; restart +15min; restart +15min',
		told: 0,
		made: 2,
	},
	{
		name: 'published while n8n was down',
		steps: 'publish-offline 0 +15min; restart +15min; restart +15min',
		told: 0,
		made: 1,
	},
	{
		name: 'published while n8n 1.x was down',
		steps: 'publish-offline 0 +15min; restart +15min; restart +15min',
		isN8nV1: true,
		told: 0,
		made: 1,
	},
	{
		name: 'static data lost',
		steps: 'publish 0 +15min; static 0 lost +15min; restart +15min',
		told: 0,
		made: 1,
	},
	{
		name: 'answers of POST lost for two hours by a cut connection',
		steps: 'publish 0 +1min; switch-off 0 +1s; fault POST cut-after +2h; heal +1min',
		told: 1,
		made: 2,
	},
	{
		name: 'answers of POST lost for two hours by a time limit',
		steps: 'publish 0 +1min; switch-off 0 +1s; fault POST hang-after +2h; heal +1min',
		told: 1,
		made: 2,
	},
	{
		name: 'answers of POST lost for two hours by 504',
		steps: 'publish 0 +1min; switch-off 0 +1s; fault POST 504-after +2h; heal +1min',
		told: 1,
		made: 2,
	},
	{
		name: 'a copy with another address starts',
		steps: 'publish 0 +1min; copy +15min',
	},
	{
		name: 'a copy with another address starts, and its workflow is unpublished',
		steps: 'publish 0 +1min; copy +2s; copy-unpublish 0 +15min',
	},
	{
		name: 'n8n 1.x: one of two triggers in a workflow reports while the key is revoked',
		steps: 'publish 0 +1min; fault GET 401 +3h; heal +1min',
		isN8nV1: true,
		told: 1,
	},
	{
		name: 'n8n 1.x: one of two triggers in a workflow reports, and lists fail after it',
		steps: 'publish 0 +1min; switch-off 0; fault DELETE hang-after +500s; fault GET 503 +1h; heal',
		isN8nV1: true,
		told: 1,
	},
	{
		name: 'tenant changed and changed back',
		steps: 'publish 0 +1min; tenant 1 +15min; tenant 0 +130min',
		told: 0,
	},
	{
		name: 'tenant changed and changed back, then unpublished',
		steps: 'publish 0 +1min; tenant 1 +15min; tenant 0 +130min; unpublish 0 +1min',
		told: 0,
	},
	{
		name: 'gone while n8n was down, then another tenant within ten minutes',
		steps: 'publish 0 +1min; kill +5s; remove 0 +5s; start +40s; tenant 1 +1min',
	},
	{
		name: 'DELETE is answered 204 and does nothing while a check heals',
		steps: 'publish 0 +1min; deletes never +1s; switch-off 0 +15min; deletes at-once +1s',
		told: 1,
	},
	{
		name: 'DELETE is answered 204 and does nothing at unpublishing',
		steps: 'publish 0 +1min; deletes never +1s; unpublish 0 +1min; deletes at-once +1min',
	},
	{
		name: 'healed, then moved twice before a check',
		steps: 'publish 0 +1min; switch-off 0 +15min; move 1 leads-here +1s; move 2 leads-here +1min',
		told: 1,
	},
	{
		name: 'healed, then moved and unpublished before a check',
		steps: 'publish 0 +1min; switch-off 0 +15min; move 1 leads-here +1s; unpublish 0 +1min',
		told: 1,
	},
	{
		name: 'healed, then moved and edited before a check',
		steps: 'publish 0 +1min; switch-off 0 +15min; move 1 leads-here +1s; edit 0 1 +1min',
		told: 1,
	},
	{
		name: 'signing secret changed twice within the hour',
		steps: 'publish 0 +1min; secret own +15min; secret other +1min',
		told: 0,
	},
	{
		name: 'signing secret and API key changed within the hour',
		steps: 'publish 0 +1min; secret own +15min; key 1; secret derived +50min',
		told: 0,
	},
	{
		name: 'healed while DELETE fails',
		steps: 'publish 0 +1min; switch-off 0 +1s; fault DELETE 503 +11min; heal +11min',
		told: 1,
	},
	{
		name: '401, then 403 with another key',
		steps: 'publish 0 +1min; fault GET 401 +15min; fault GET 403 +30min; heal',
		told: 2,
	},
	...['certificate', 'redirect', 'no-tls'].map((fault) => ({
		name: `KLIQ cannot be asked for a reason that only a person can end: ${fault}`,
		steps: `publish 0 +1min; fault GET ${fault} +30min; heal`,
		told: 1,
	})),
	{
		name: 'leader again after the API key has changed',
		steps: 'publish 0 +1min; key 1 +15min; leader +700s; key 0 +5s; leader +1min',
		told: 0,
	},
	{
		name: 'lists lag by 20 s at publishing',
		steps: 'lag 20 +1s; publish 0 +20min',
		told: 0,
		made: 1,
	},
	{
		name: 'n8n 1.x with two mains: workflow deleted, imported again and unpublished',
		steps: 'publish 0 +1min; leader +1min; import-again 0 +1min; unpublish 0 +1min',
		isN8nV1: true,
		seed: 2,
	},
	{
		name: 'two n8n with the same address',
		steps: 'publish 0 +1min; twin +1min; switch-off 0 +2h; switch-off 0 +2h',
	},
	{
		name: 'switched off, and POST fails for a day',
		steps: 'publish 0 +1min; switch-off 0 +1s; fault POST 503 +24h; heal +1min',
		told: 1,
	},
	{
		name: 'n8n 1.x: saved while lists lag by 30 s',
		steps: 'publish 0 +1min; lag 30 +11min; edit 0 0 +65min',
		isN8nV1: true,
		told: 0,
	},
	{
		name: 'published again within the lag of lists',
		steps: 'publish 0 +15min; lag 9 +1min; unpublish 0 +1s; publish 0 +65min',
		seed: 2,
		told: 0,
	},
	{
		name: 'lists cannot be read after a publication that found its subscription',
		steps: 'publish 0 +200ms; restart +1s; fault GET 429 +105min',
		told: 0,
	},
	{
		name: 'POST answers without an ID while lists hide URLs',
		steps: 'list hidden; fault POST no-id; publish 0 +105min',
	},
	{
		name: 'answers of POST lost while lists hide URLs',
		steps: 'list hidden; publish 0 +1min; fault POST cut-after; switch-off 0 +3h',
	},
	{
		name: 'DELETE refused for good after a move',
		steps: 'publish 0 +1min; fault DELETE 401 +1min; move 1 leads-here +105min',
		told: 1,
	},
	{
		name: 'edited while DELETE and POST fail',
		steps: 'publish 0 +1min; fault DELETE unknown-name; fault POST 503; edit 0 1 +15s; heal',
		told: 0,
	},
	{
		name: 'moved, and published again in the same process',
		steps: 'publish 0 +1min; move 1 leads-nowhere +11min; unpublish 0 +1s; publish 0 +11min',
		told: 1,
	},
	{
		name: 'a copy with another address meets two subscriptions of the original',
		steps: 'publish 0 +3min; double 0; copy +15min',
	},
	{
		name: 'DELETE is refused, then answered 204 and does nothing, at unpublishing',
		steps: 'publish 0; deletes never +3min; fault DELETE 401; unpublish 0 +500ms; heal +45s',
	},
	{
		name: 'n8n 1.x: killed while it saves a change',
		steps: 'publish 0 +15min; edit 0 0; kill +5min; start +11min',
		isN8nV1: true,
		seed: 6,
		told: 1,
	},
	{
		name: 'n8n 1.x: killed while it unpublishes',
		steps: 'publish 0 +15min; unpublish 0 +50ms; kill +5min; start +11min',
		isN8nV1: true,
		seed: 6,
		told: 1,
	},
	{
		name: 'first subscribed an hour after the publication, and removed at once',
		steps: 'fault POST 503; publish 0 +75min; heal +75s; remove 0 +65min',
		isN8nV1: true,
		told: 2,
	},
];
