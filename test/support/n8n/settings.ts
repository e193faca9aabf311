import { isN8nV1, type N8nVersion } from './versions';

/**
 * n8n's environment: everything on loopback, nothing that calls home, everything else at the
 * defaults that people run. `NODE_ENV` is as in n8n's Docker image.
 */
export function n8nSettings(options: {
	version: N8nVersion;
	userFolder: string;
	port: number;
	brokerPort: number;
	url: string;
	webhookUrl: string;
	hasEditor: boolean;
}): Record<string, string> {
	return {
		NODE_ENV: 'production',
		N8N_USER_FOLDER: options.userFolder,
		DB_TYPE: 'sqlite',
		N8N_HOST: '127.0.0.1',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_PORT: String(options.port),
		N8N_EDITOR_BASE_URL: options.url,
		WEBHOOK_URL: options.webhookUrl,
		// Two n8n on one machine collide on the default.
		N8N_RUNNERS_BROKER_PORT: String(options.brokerPort),
		// Without it n8n starts with half to two thirds of the processor time.
		N8N_DISABLE_UI: String(!options.hasEditor),
		N8N_SECURE_COOKIE: 'false',
		// The coming default; without it 1.x complains at every start.
		N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'true',

		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		// The list of n8n's verified packages is fetched from n8n's servers.
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		EXTERNAL_FRONTEND_HOOKS_URLS: '',
		// 2.x fetches a list of MCP servers from n8n's servers; 1.x refuses names of modules it lacks.
		...(!isN8nV1(options.version) && { N8N_DISABLED_MODULES: 'mcp-registry' }),
	};
}
