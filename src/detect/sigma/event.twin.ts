/** For tests: rules from short YAML, events from plain objects. */
import assert from 'node:assert/strict';
import { type EventView, evaluateRule, type LocatedValue } from './evaluate.ts';
import { type LoadOptions, loadRules } from './load.ts';
import type { DetectionRule } from './model.ts';

/** The rule with this `detection` (YAML, flow or block). */
export function ruleOf(detection: string, options: LoadOptions = {}): DetectionRule {
  const loaded = loadRules([{ path: 'rule.yml', text: ruleText(detection) }], options);
  assert.deepEqual(loaded.refused, []);
  return loaded.detections[0];
}

/** Why a rule with this `detection` is refused. */
export function refusalOf(detection: string): string {
  const loaded = loadRules([{ path: 'rule.yml', text: ruleText(detection) }]);
  assert.equal(loaded.refused.length, 1, `not refused: ${detection}`);
  return loaded.refused[0].reason;
}

export function ruleText(detection: string): string {
  const body = detection.includes('\n') ? `\n${detection.replace(/^/gm, '  ')}` : ` ${detection}`;
  return `title: T\nid: a0000000-0000-4000-8000-000000000000\nlogsource: {product: windows}\ndetection:${body}\n`;
}

/** An event of one level: arrays are lists, objects (present without values) nothing. Numbers are given as text in `#`. */
export function eventOf(event: Readonly<Record<string, unknown>>): EventView {
  const located = (path: string, value: unknown): LocatedValue[] => {
    if (Array.isArray(value)) return value.flatMap((element: unknown) => located(path, element));
    if (value === null) return [{ kind: 'null', text: '', path }];
    if (typeof value === 'string') return [{ kind: 'string', text: value, path }];
    if (typeof value === 'number') return [{ kind: 'number', text: String(value), path }];
    if (typeof value === 'bigint') return [{ kind: 'number', text: String(value), path }];
    if (typeof value === 'boolean') return [{ kind: 'boolean', text: String(value), path }];
    return [];
  };
  return {
    values: (field) => (Object.hasOwn(event, field) ? located(field, event[field]) : []),
    present: (field) => Object.hasOwn(event, field),
    all: () => Object.entries(event).flatMap(([path, value]) => located(path, value)),
  };
}

/** Whether a selection of one item matches an event with one field `f`; absent where no value is given. */
export function matches(item: string, ...values: readonly unknown[]): boolean {
  const event = values.length === 0 ? {} : { f: values.length === 1 ? values[0] : values };
  return evaluateRule(ruleOf(`{s: {${item}}, condition: s}`), eventOf(event));
}
