/** What holds for one source of one tenant, once all places that speak of it are put together. */
import { limits } from '../../base/index.ts';
import type { MaskMethod, Severity } from '../../ingest/index.ts';
import type { Config } from './schema.ts';
import type { Bytes, Ms } from './units.ts';

export interface SourcePolicy {
  readonly validation: 'off' | 'warn' | 'enforce';
  /** Name → expression that holds for good events. */
  readonly business_checks: Readonly<Record<string, string>>;
  readonly compliance_checks: Readonly<Record<string, string>>;
  /** Field → what becomes of its values before anything looks at them. */
  readonly mask: Readonly<Record<string, MaskMethod>>;
  readonly retention_class: string;
  /** What its events are worth under pressure, and their class, for shedding policies; '' for none. */
  readonly severity: Severity;
  readonly class: string;
  readonly time_zone: string;
  readonly lateness: Ms;
  /** `auto`: to be learnt from its pauses. */
  readonly silent_after: Ms | 'auto' | 'off';
  /** Absent: no bound. */
  readonly requests_per_s?: number;
  readonly bytes_per_s?: Bytes;
}

/** Where no place says anything. */
const DEFAULTS: Omit<SourcePolicy, 'lateness'> = {
  validation: 'off',
  business_checks: {},
  compliance_checks: {},
  mask: {},
  retention_class: 'default',
  severity: 'medium',
  class: '',
  time_zone: 'UTC',
  silent_after: 'auto',
};

type Policies = Config['sources'];

/** {@link sourcePolicy} for every request: worked out once for each tenant and source, as long as these are not too many. */
export function sourcePolicies(
  config: Pick<Config, 'sources' | 'tenants' | 'detect'>,
): (tenant: string, source: string) => SourcePolicy {
  const known = new Map<string, SourcePolicy>();
  return (tenant, source) => {
    const key = `${tenant}\t${source}`;
    let policy = known.get(key);
    if (policy === undefined) {
      if (known.size >= limits.admissionKeysMax) known.clear();
      policy = sourcePolicy(config, tenant, source);
      known.set(key, policy);
    }
    return policy;
  };
}

/**
 * The nearest place that says something wins, setting by setting: the tenant's own policy for the source, the tenant's `*`,
 * that of all tenants for the source, `*` of all tenants. Checks and masks of all places add up; of one name the nearest is taken.
 */
export function sourcePolicy(
  config: Pick<Config, 'sources' | 'tenants' | 'detect'>,
  tenant: string,
  source: string,
): SourcePolicy {
  const own = (policies: Policies, name: string) => (Object.hasOwn(policies, name) ? [policies[name]] : []);
  const of = (policies: Policies) => [...own(policies, '*'), ...(source === '*' ? [] : own(policies, source))];
  const tenants = Object.hasOwn(config.tenants, tenant) ? of(config.tenants[tenant].sources) : [];
  let policy: SourcePolicy = { ...DEFAULTS, lateness: config.detect.lateness };
  for (const each of [...of(config.sources), ...tenants]) {
    const { business_checks, compliance_checks, mask, ...rest } = each;
    const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    policy = {
      ...policy,
      ...said,
      business_checks: { ...policy.business_checks, ...business_checks },
      compliance_checks: { ...policy.compliance_checks, ...compliance_checks },
      mask: { ...policy.mask, ...mask },
    };
  }
  return policy;
}
