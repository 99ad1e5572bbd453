/** Policies of retention as they are configured, for the history's thread. */
import type { RetentionSettings } from '../pipeline/index.ts';
import type { RetentionPolicy, SegmentScope, WorthRow } from '../store/index.ts';
import type { Config } from './config/index.ts';

type Named = Config['retention']['policies'];
type Sources = Config['sources'];

const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

/** For which segments something is said; what is not said is not in it. */
export function scopeOf(
  said: Pick<Named[string], 'tenants' | 'sources' | 'source_types' | 'severities' | 'classes' | 'retention_classes'>,
): SegmentScope {
  const of = {
    ...{ tenants: some(said.tenants), sources: some(said.sources), types: some(said.source_types) },
    ...{ severities: some(said.severities), classes: some(said.classes) },
    retentionClasses: some(said.retention_classes),
  };
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));
}

export function retentionPolicies(policies: Named): RetentionPolicy[] {
  return Object.entries(policies).map(([name, policy]) => {
    const { reason, by, keep, delete_after, max_bytes } = policy;
    const of = { ...scopeOf(policy), leastMs: keep, mostMs: delete_after, bytesMax: max_bytes };
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
