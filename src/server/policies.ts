/** What the events of each source are held to, as it is configured. */
import type { ValidationPolicy } from '../pipeline/index.ts';
import { type Config, sourcePolicy } from './config/index.ts';

export type PolicyOf = (tenant: string, source: string) => ValidationPolicy | null;

/** Sources whose policies are remembered: senders name them as they like. */
const SOURCES_MAX = 10_000;

export function configuredPolicies(config: Pick<Config, 'sources' | 'tenants' | 'detect'>): PolicyOf {
  const known = new Map<string, ValidationPolicy | null>();
  return (tenant, source) => {
    const key = `${tenant} ${source}`;
    let policy = known.get(key);
    if (policy === undefined) {
      if (known.size >= SOURCES_MAX) known.clear();
      const { validation, business_checks, compliance_checks } = sourcePolicy(config, tenant, source);
      policy =
        validation === 'off' ? null : { mode: validation, business: business_checks, compliance: compliance_checks };
      known.set(key, policy);
    }
    return policy;
  };
}
