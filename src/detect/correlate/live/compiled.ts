/** What a correlation is to all tenants: worked out once per rule set. */
import { type LimitName, limits } from '../../../base/index.ts';
import type { CorrelationRule } from '../../sigma/model.ts';
import { type Kind, kindOf } from '../aggregates.ts';
import { judgedAtEnd } from '../condition.ts';
import { allFieldNeeds } from '../hits.ts';
import { referencedFirst } from '../order.ts';

/** A correlation with the hash of all that its meaning depends on (contract: rule version). */
export interface VersionedRule {
  readonly rule: CorrelationRule;
  readonly version: string;
}

export interface Compiled extends VersionedRule {
  readonly kind: Kind;
  readonly atEnd: boolean;
  /** How far behind the watermark it runs: below it stand correlations whose windows must be over first. Ms. */
  readonly delayMs: number;
  /** How long after its time a late event is still taken. Ms. */
  readonly retentionMs: number;
  /** Rule id → its places among `rule.rules`. */
  readonly places: ReadonlyMap<string, readonly number[]>;
  /** Fields that correlations above read of its firings; null: none refers to it. */
  readonly above: readonly string[] | null;
  /** Whether all it refers to are detections, so that each event is one base event. */
  readonly flat: boolean;
}

type Bounds = Readonly<Pick<Record<LimitName, number>, 'correlationRetentionMsMin' | 'correlationRetentionMsMax'>>;

/** Referenced correlations first. */
export function compileCorrelations(rules: readonly VersionedRule[], bounds: Bounds = limits): Compiled[] {
  const needs = allFieldNeeds(rules.map(({ rule }) => rule));
  const versions = new Map(rules.map(({ rule, version }) => [rule.id, version]));
  const compiled = new Map<string, Compiled>();
  for (const rule of referencedFirst(rules.map(({ rule }) => rule))) {
    const below = rule.rules.map((id) => compiled.get(id)).filter((one) => one !== undefined);
    const places = new Map<string, number[]>();
    for (const [place, id] of rule.rules.entries()) places.set(id, [...(places.get(id) ?? []), place]);
    compiled.set(rule.id, {
      rule,
      version: versions.get(rule.id) ?? '',
      kind: kindOf(rule),
      atEnd: judgedAtEnd(rule),
      delayMs: Math.max(0, ...below.map(({ rule, atEnd, delayMs }) => delayMs + (atEnd ? rule.timespanMs : 0))),
      retentionMs: Math.min(
        Math.max(rule.timespanMs, bounds.correlationRetentionMsMin),
        bounds.correlationRetentionMsMax,
      ),
      places,
      above: needs.get(rule.id) ?? null,
      flat: below.length === 0,
    });
  }
  return [...compiled.values()];
}
