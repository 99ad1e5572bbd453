/** What a sample of events offers to rules: its lanes and the fields that occur in each. */

import type { DetectionRule, Expr, Item, RuleSet } from '../detect/index.ts';
import { discover, openInput, type Unparsed } from '../formats/index.ts';
import { applies, type Fact } from '../schema/index.ts';
import { packRules } from './rules.ts';
import { Scanner } from './scanner.ts';

/** Events that are the same thing as far as rules are concerned. */
interface SampleLane {
  readonly facts: readonly Fact[];
  readonly fields: Set<string>;
  events: number;
}

export interface Sample {
  readonly events: number;
  /** Why the rule cannot fire on any of these events, whatever their values; null when it might. */
  silence(rule: DetectionRule): string | null;
}

const INPUT_BYTES = 1 << 20;

/** Reads the sample with the engine's eyes. Parts that cannot be read go to `report`. */
export async function readSample(
  rules: RuleSet,
  paths: readonly string[],
  report: (unparsed: Unparsed) => void,
): Promise<Sample> {
  const { engine } = new Scanner(packRules(rules), INPUT_BYTES);
  const lanes = new Map<readonly Fact[], SampleLane>();
  let events = 0;
  const look = (): void => {
    engine.evaluate(() => {});
    const rows = engine.kernel.get('rowCount');
    events += rows;
    for (let row = 0; row < rows; row++) {
      const facts = engine.factsOfRow(row);
      let lane = lanes.get(facts);
      if (lane === undefined) {
        lane = { facts, fields: new Set(), events: 0 };
        lanes.set(facts, lane);
      }
      lane.events++;
      const { fields, containers } = engine.shapeOf(row);
      for (const name of fields.keys()) lane.fields.add(name);
      for (const name of containers) lane.fields.add(name);
    }
  };
  for (const found of discover(paths, {}, report)) {
    for await (const input of openInput(found.path, { recover: false }, report)) {
      for await (const { bytes } of input.chunks()) {
        engine.kernel.load(bytes);
        while (engine.kernel.scan()) look();
      }
    }
  }
  const all = [...lanes.values()];
  return { events, silence: (rule) => silenceOf(rule, all) };
}

function silenceOf(rule: DetectionRule, lanes: readonly SampleLane[]): string | null {
  const missing = new Set<string>();
  let applied = false;
  for (const { facts, fields } of lanes) {
    for (const fact of facts.filter((each) => applies(rule.logsource, each))) {
      applied = true;
      const absent = (item: Item): boolean =>
        item.field !== null && !fields.has(fact.rewrite?.[item.field] ?? item.field);
      if (!isFalse(rule.expr, rule.items, absent)) return null;
      for (const item of rule.items) if (absent(item) && item.field !== null) missing.add(item.field);
    }
  }
  if (!applied) return 'no event is of its log source';
  return `no event of its log source has ${[...missing].join(' or ')}`;
}

/** Whether the tree is false whatever the values, given which fields are absent from every event. */
function isFalse(expr: Expr, items: readonly Item[], absent: (item: Item) => boolean): boolean {
  switch (expr.op) {
    case 'and':
      return expr.args.some((arg) => isFalse(arg, items, absent));
    case 'or':
      return expr.args.every((arg) => isFalse(arg, items, absent));
    case 'const':
      return !expr.value;
    // The opposite of what an absent field cannot do may well hold.
    case 'not':
      return false;
    case 'item': {
      const item = items[expr.item];
      const wantsAbsence = item.test.kind === 'null' || (item.test.kind === 'exists' && !item.test.value);
      return !wantsAbsence && absent(item);
    }
  }
}
