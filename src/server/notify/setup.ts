/** Notifiers as configured, as the notifiers take them. */
import type { NotifierConfig, NotifyFilter } from '../../alerts/index.ts';
import { limits, readText } from '../../base/index.ts';
import { type Config, revealSecret } from '../config/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `config.secret` and `disk.read` where a secret or a certificate is not there. */
export function notifierConfigs({ notify }: Pick<Config, 'notify'>, environment: Environment): NotifierConfig[] {
  const webhooks = Object.entries(notify.webhooks).map(([name, webhook]): NotifierConfig => {
    const { url, secret, headers, timeout, private_networks, ca } = webhook;
    const revealed = Object.entries(headers).map(([header, value]) => [header, revealSecret(value, environment)]);
    return {
      kind: 'webhook',
      name,
      filter: filterOf(webhook),
      url,
      headers: Object.fromEntries(revealed) as Record<string, string>,
      timeoutMs: timeout,
      privateNetworks: private_networks.includes('any') ? 'any' : private_networks,
      ...(secret === undefined ? {} : { secret: revealSecret(secret, environment) }),
      ...(ca === undefined ? {} : { ca: readText(ca, limits.secretBytesMax) }),
    };
  });
  const files = Object.entries(notify.log_files).map(([name, file]): NotifierConfig => {
    return { kind: 'log_file', name, filter: filterOf(file), path: file.path };
  });
  return [...webhooks, ...files];
}

type Filtered = Config['notify']['log_files'][string];

function filterOf({ min_level, rules, tenants }: Pick<Filtered, 'min_level' | 'rules' | 'tenants'>): NotifyFilter {
  return {
    levelMin: min_level,
    ...(rules.length === 0 ? {} : { rules }),
    ...(tenants.length === 0 ? {} : { tenants }),
  };
}
