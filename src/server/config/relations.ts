/** What settings ask of each other; a schema sees each one alone. */
import { isIP } from 'node:net';
import { policyFaults } from '../../store/index.ts';
import { seriesRuleFault, seriesRules } from '../metrics/series-rules.ts';
import { retentionPolicies } from '../retention-policies.ts';
import { isLoopback } from './loopback.ts';
import type { Finding } from './problems.ts';
import type { Config } from './schema.ts';
import type { Path } from './walk.ts';

/** An expression of a check: why it cannot be used, or null. */
export type CheckExpression = (text: string) => string | null;

export function relations(config: Config, checkExpression?: CheckExpression): Finding[] {
  const found: Finding[] = [];
  const say = (path: Path, message: string): number => found.push({ path, key: false, structural: false, message });
  const { host, tls, insecure_http } = config.listen;
  if (tls.auto && (tls.cert !== undefined || tls.key !== undefined)) {
    say(['listen', 'tls', 'auto'], 'either auto or a certificate of your own (cert and key), not both');
  } else if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [there, missing] = tls.cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    say(['listen', 'tls', there], `needs ${missing} beside it`);
  }
  // A name is judged when it is looked up, at the start.
  if (
    isIP(host) !== 0 &&
    !isLoopback(host) &&
    !tls.auto &&
    tls.cert === undefined &&
    tls.key === undefined &&
    !insecure_http
  ) {
    const instead =
      'give listen.tls (--tls auto makes a certificate), or allow it with listen.insecure_http (--insecure-http)';
    say(['listen', 'host'], `${host} is beyond loopback and there is no TLS: ${instead}`);
  }
  const { tiers } = config.store;
  if (tiers.cold.url === undefined) {
    const needs = 'needs store.tiers.cold.url: it says when segments go there';
    if (tiers.cold.after !== undefined) say(['store', 'tiers', 'cold', 'after'], needs);
    for (const name of Object.keys(tiers.policies)) say(['store', 'tiers', 'policies', name], needs);
  }
  const { group_bytes, segment_bytes, max_bytes } = config.journal;
  if (group_bytes > segment_bytes) say(['journal', 'group_bytes'], 'must not be larger than journal.segment_bytes');
  if ('bytes' in max_bytes && max_bytes.bytes < 2 * segment_bytes) {
    say(['journal', 'max_bytes'], 'must hold at least two files of journal.segment_bytes');
  }
  for (const [name, issuer] of Object.entries(config.auth.jwt)) {
    if ((issuer.jwks_url === undefined) === (issuer.jwks_file === undefined)) {
      say(['auth', 'jwt', name], 'needs one of jwks_url and jwks_file');
    }
    if ((issuer.tenant === undefined) === (issuer.tenant_claim === undefined)) {
      say(['auth', 'jwt', name], 'needs one of tenant and tenant_claim');
    }
  }
  for (const name of Object.keys(config.notify.log_files)) {
    if (!Object.hasOwn(config.notify.webhooks, name)) continue;
    say(['notify', 'log_files', name], 'a webhook has the same name: how far each is is kept under it');
  }
  if (
    (config.metrics.store === 'influxdb' || config.metrics.store === 'prometheus') &&
    config.metrics.url === undefined
  ) {
    say(['metrics', 'store'], `${config.metrics.store} needs metrics.url beside it`);
  }
  if (config.metrics.store === 'off' && Object.keys(config.metrics.series).length > 0) {
    say(['metrics', 'store'], 'series are derived into a store: off keeps none');
  }
  for (const rule of seriesRules(config)) {
    if (/^(?:weir|process|nodejs)_/.test(rule.name)) {
      say(['metrics', 'series', rule.name], "names that begin so are those of weir's own metrics");
    }
    for (const label of rule.labels) {
      if (!/^(?:weir_.*|time|value|increase|le)$/.test(label)) continue;
      say(
        ['metrics', 'series', rule.name, 'labels', label],
        'stores of metrics use that name themselves: take another',
      );
    }
    const fault = seriesRuleFault(rule);
    if (fault !== null) say(['metrics', 'series', rule.name], fault);
  }
  for (const fault of policyFaults(retentionPolicies(config.retention.policies))) {
    const [name] = fault.split(':');
    say(['retention', 'policies', ...(Object.hasOwn(config.retention.policies, name) ? [name] : [])], fault);
  }
  if (checkExpression !== undefined) expressions(config, checkExpression, say);
  return found;
}

type Sources = Config['sources'];

function expressions(config: Config, check: CheckExpression, say: (path: Path, message: string) => void): void {
  const inSources = (sources: Sources, path: Path): void => {
    for (const [source, policy] of Object.entries(sources)) {
      for (const kind of ['business_checks', 'compliance_checks'] as const) {
        for (const [name, text] of Object.entries(policy[kind])) {
          const why = check(text);
          if (why !== null) say([...path, source, kind, name], why);
        }
      }
    }
  };
  inSources(config.sources, ['sources']);
  for (const [tenant, { sources }] of Object.entries(config.tenants))
    inSources(sources, ['tenants', tenant, 'sources']);
}
