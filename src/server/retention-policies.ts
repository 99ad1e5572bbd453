/** Policies of retention as they are configured, for the history's thread. */
import type { RetentionSettings } from '../pipeline/index.ts';
import type { RetentionPolicy, WorthRow } from '../store/index.ts';
import type { Config } from './config/index.ts';

type Named = Config['retention']['policies'];
type Sources = Config['sources'];

const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

export function retentionPolicies(policies: Named): RetentionPolicy[] {
  return Object.entries(policies).map(([name, policy]) => {
    const { reason, by, keep, delete_after, max_bytes } = policy;
    const of = {
      tenants: some(policy.tenants),
      sources: some(policy.sources),
      types: some(policy.source_types),
      severities: some(policy.severities),
      classes: some(policy.classes),
      retentionClasses: some(policy.retention_classes),
      ...{ leastMs: keep, mostMs: delete_after, bytesMax: max_bytes },
    };
    const said = Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));
    return { name, reason, by, ...said };
  });
}

/** Where nothing is said a source is worth `medium`, and of retention class `default`. */
const DEFAULTS: WorthRow = { tenant: null, source: '*', severity: 'medium', retentionClass: 'default' };

export function retentionSettings({
  retention,
  sources,
  tenants,
}: Pick<Config, 'retention' | 'sources' | 'tenants'>): RetentionSettings {
  const rows = (tenant: string | null, own: Sources): WorthRow[] =>
    Object.entries(own).map(([source, { severity, class: of, retention_class }]) => ({
      ...{ tenant, source },
      ...(severity === undefined ? {} : { severity }),
      ...(of === undefined ? {} : { class: of }),
      ...(retention_class === undefined ? {} : { retentionClass: retention_class }),
    }));
  const worth = [
    DEFAULTS,
    ...rows(null, sources),
    ...Object.entries(tenants).flatMap(([name, own]) => rows(name, own.sources)),
  ];
  return { policies: retentionPolicies(retention.policies), worth };
}
