/**
 * A rule's version says what it decides and nothing else: where its file lies, its title and its level may change and it stays; a
 * filter, a pipeline, the value of a placeholder or a mapping changes it.
 */
import { sha256 } from '../base/index.ts';
import type { CorrelationRule, DetectionRule } from '../detect/index.ts';
import { SOURCES } from '../schema/index.ts';

const VERSION_CHARACTERS = 32;

export const hash = (value: unknown): string => sha256(JSON.stringify(value)).slice(0, VERSION_CHARACTERS);

let mappings: string | null = null;

/** What it decides with, in one form whatever the order in which it was written. */
export function detectionVersion({ id, logsource, items, expr }: DetectionRule): string {
  mappings ??= hash(SOURCES);
  return hash([mappings, { id, logsource, items, expr }]);
}

/** @param versionOf of the rules it relates */
export function correlationVersion(rule: CorrelationRule, versionOf: ReadonlyMap<string, string>): string {
  const { id, type, rules, groupBy, timespanMs, condition, field, percentile, aliases, generate } = rule;
  const members = rules.map((member) => versionOf.get(member) ?? member);
  return hash({ id, type, rules: members, groupBy, timespanMs, condition, field, percentile, aliases, generate });
}
