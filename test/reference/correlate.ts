/** Correlations in the plainest way: for every event of a group, its window is collected again from the whole list. */
import { canonical } from './decimal.ts';
import { fold } from './fold.ts';
import type { Correlation } from './rule.ts';
import { get, listOf, Refused, textOf, type Yaml } from './yaml.ts';

/** A match of a rule (or a firing of a correlation), with where its event stands. */
export interface Hit {
  readonly rule: string;
  /** Epoch milliseconds; null: no time, so no part in any window. */
  readonly time: number | null;
  readonly path: string;
  readonly record: number;
  /** Values of a field, nulls left out; empty when it is absent. */
  values(field: string): readonly string[];
  /** A firing is an event of its own, not one with the base event it stands at. */
  readonly firing?: boolean;
}

export interface Firing {
  readonly correlation: string;
  /** Values of the group-by fields as its last event spells them. */
  readonly group: readonly (readonly string[])[];
  /** What the condition was judged on. */
  readonly value: number;
  /** (time, path, record) of its last event. */
  readonly time: number;
  readonly path: string;
  readonly record: number;
  /** Records of the window's events, in order. */
  readonly records: readonly number[];
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const OPERATORS: Record<string, (left: number, right: number) => boolean> = {
  gt: (left, right) => left > right,
  gte: (left, right) => left >= right,
  lt: (left, right) => left < right,
  lte: (left, right) => left <= right,
  eq: (left, right) => left === right,
  neq: (left, right) => left !== right,
};

/** An event: the hits of all rules that matched it, or one firing. */
interface Entry {
  readonly time: number;
  readonly path: string;
  readonly record: number;
  readonly hits: Hit[];
}

interface Spec {
  readonly id: string;
  readonly type: string;
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly spanMs: number;
  readonly conditions: readonly { readonly op: string; readonly value: number }[];
  readonly fields: readonly string[];
  readonly percentile: number;
  readonly alias: (name: string, rule: string) => string;
}

/** `ids`: name or id of every rule and correlation → id. */
function read({ id, body }: Correlation, ids: ReadonlyMap<string, string>): Spec {
  const type = textOf(get(body, 'type')) ?? '';
  const resolve = (value: Yaml): string => {
    const found = ids.get(textOf(value) ?? '');
    if (found === undefined) throw new Refused(`${id}: unknown rule ${textOf(value)}`);
    return found;
  };
  const rules = listOf(get(body, 'rules')).map(resolve);
  const span = /^([0-9]+)([smhd])$/.exec(textOf(get(body, 'timespan')) ?? '');
  if (span === null) throw new Refused(`${id}: timespan`);
  const condition = get(body, 'condition');
  const entries = condition?.is === 'map' ? condition.entries : [];
  const aliases = get(body, 'aliases');
  return {
    id,
    type,
    rules,
    groupBy: listOf(get(body, 'group-by')).map((field) => textOf(field) ?? ''),
    spanMs: Number(span[1]) * (SECONDS[span[2] ?? ''] ?? 0) * 1000,
    conditions:
      condition === undefined
        ? [{ op: 'gte', value: rules.length }]
        : entries.flatMap(([op, value]) => (op in OPERATORS ? [{ op, value: Number(textOf(value)) }] : [])),
    fields: listOf(get(condition, 'field')).map((field) => textOf(field) ?? ''),
    percentile: Number(textOf(get(condition, 'percentile')) ?? 50),
    alias: (name, rule) => {
      const alias = get(aliases, name);
      const chosen = alias?.is === 'map' ? alias.entries.find(([reference]) => ids.get(reference) === rule) : undefined;
      return textOf(chosen?.[1]) ?? name;
    },
  };
}

/** All firings of all correlations. `names`: id → name of the base rules. */
export function correlate(
  correlations: readonly Correlation[],
  names: ReadonlyMap<string, string | undefined>,
  hits: readonly Hit[],
): { firings: Firing[]; ungrouped: Map<string, number> } {
  const ids = new Map<string, string>();
  for (const [id, name] of [...names, ...correlations.map(({ id, name }) => [id, name] as const)]) {
    ids.set(id, id);
    if (name !== undefined) ids.set(name, id);
  }
  const firings: Firing[] = [];
  const ungrouped = new Map<string, number>();
  const all = [...hits];
  const waiting = correlations.map((correlation) => read(correlation, ids));
  while (waiting.length > 0) {
    // One whose rules are all done: correlations may refer to correlations.
    const next = waiting.findIndex(({ rules }) => !rules.some((rule) => waiting.some(({ id }) => id === rule)));
    const [spec] = waiting.splice(next, 1);
    if (next < 0 || spec === undefined) throw new Refused('correlations refer to each other in a circle');
    const { fired, missing } = run(spec, all);
    if (missing > 0) ungrouped.set(spec.id, missing);
    for (const { firing, last } of fired) {
      firings.push(firing);
      all.push({
        rule: spec.id,
        time: firing.time,
        path: firing.path,
        record: firing.record,
        firing: true,
        values: (field) => firing.group[spec.groupBy.indexOf(field)] ?? last.hits[0]?.values(field) ?? [],
      });
    }
  }
  return { firings, ungrouped };
}

function before(a: Entry | Hit, b: Entry | Hit): number {
  const time = (a.time ?? 0) - (b.time ?? 0);
  if (time !== 0) return time;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.record - b.record;
}

function run(spec: Spec, hits: readonly Hit[]): { fired: { firing: Firing; last: Entry }[]; missing: number } {
  const mine = hits.filter((hit) => hit.time !== null && spec.rules.includes(hit.rule));
  const groupOf = (hit: Hit): (readonly string[])[] =>
    spec.groupBy.map((field) => hit.values(spec.alias(field, hit.rule)));
  const complete = mine.filter((hit) => groupOf(hit).every((values) => values.length > 0));
  // Left out is an event none of whose hits has a group (under aliases one may and another may not).
  const missing = entriesOf(mine).filter(({ hits }) => !hits.some((hit) => complete.includes(hit))).length;
  const groups = Map.groupBy(complete, (hit) => JSON.stringify(groupOf(hit).map((values) => values.map(fold))));
  const fired: { firing: Firing; last: Entry }[] = [];
  for (const members of groups.values()) {
    const entries = entriesOf(members);
    for (const window of judged(spec, entries)) {
      const last = window.at(-1);
      const hit = last?.hits[0];
      if (last === undefined || hit === undefined) continue;
      const { time, path, record } = last;
      const value = measure(spec, window) ?? Number.NaN;
      const records = window.map((entry) => entry.record);
      fired.push({ firing: { correlation: spec.id, group: groupOf(hit), value, time, path, record, records }, last });
    }
  }
  return { fired, missing };
}

function entriesOf(hits: readonly Hit[]): Entry[] {
  const entries: Entry[] = [];
  for (const hit of [...hits].sort((a, b) => before(a, b) || Number(a.firing ?? false) - Number(b.firing ?? false))) {
    const same = entries.at(-1);
    const own = hit.firing === true || same?.hits[0]?.firing === true;
    if (same !== undefined && !own && before(same, hit) === 0) same.hits.push(hit);
    else entries.push({ time: hit.time ?? 0, path: hit.path, record: hit.record, hits: [hit] });
  }
  return entries;
}

/** The windows for which the correlation fires. */
function judged(spec: Spec, entries: readonly Entry[]): Entry[][] {
  const holds = (window: readonly Entry[]): boolean => {
    const value = measure(spec, window);
    return value !== null && spec.conditions.every(({ op, value: than }) => OPERATORS[op]?.(value, than));
  };
  const found: Entry[][] = [];
  if (spec.conditions.every(({ op }) => op === 'gt' || op === 'gte')) {
    let firedAt: number | null = null;
    entries.forEach((entry, i) => {
      // What stands at one position arrives together.
      const next = entries[i + 1];
      if (next !== undefined && before(entry, next) === 0) return;
      const window = entries.slice(0, i + 1).filter(({ time }) => time >= entry.time - spec.spanMs);
      if (!holds(window)) firedAt = null;
      else if (firedAt === null || entry.time - firedAt > spec.spanMs) {
        firedAt = entry.time;
        found.push(window);
      }
    });
    return found;
  }
  // Judged when the window of a group's first event is over; the next event opens the next window.
  let rest = [...entries];
  for (let first = rest[0]; first !== undefined; first = rest[0]) {
    const end = first.time + spec.spanMs;
    const window = rest.filter(({ time }) => time <= end);
    if (holds(window)) found.push(window);
    rest = rest.filter(({ time }) => time > end);
  }
  return found;
}

function measure(spec: Spec, window: readonly Entry[]): number | null {
  switch (spec.type) {
    case 'event_count':
      return window.length;
    case 'temporal':
      return spec.rules.filter((rule) => window.some(({ hits }) => hits.some((hit) => hit.rule === rule))).length;
    case 'temporal_ordered':
      return longestInOrder(spec.rules, window);
    case 'value_count':
      return new Set(window.flatMap((entry) => combinations(spec, entry))).size;
    case 'value_sum':
    case 'value_avg':
    case 'value_percentile':
      return ofNumbers(
        spec,
        window.flatMap((entry) => numbersIn(spec, entry)),
      );
    default:
      throw new Refused(`correlation type ${spec.type}`);
  }
}

/** How many of the rules, in their order, have events of their own in the order of the events. */
function longestInOrder(rules: readonly string[], window: readonly Entry[]): number {
  if (rules.length === 0 || window.length === 0) return 0;
  const [rule, ...laterRules] = rules;
  const without = longestInOrder(laterRules, window);
  const at = window.findIndex(({ hits }) => hits.some((hit) => hit.rule === rule));
  if (at < 0) return without;
  const position = window[at] as Entry;
  const later = window.slice(at + 1).filter((entry) => before(position, entry) < 0);
  return Math.max(without, 1 + longestInOrder(laterRules, later));
}

/** Every combination of the counted fields' values in an event. */
function combinations(spec: Spec, entry: Entry): string[] {
  return entry.hits.flatMap((hit) => {
    let found: string[][] = [[]];
    for (const field of spec.fields) {
      const values = hit.values(spec.alias(field, hit.rule)).map(fold);
      found = found.flatMap((combination) => values.map((value) => [...combination, value]));
    }
    return found.map((combination) => JSON.stringify(combination));
  });
}

/** Of one event, once however many rules it matched. */
function numbersIn(spec: Spec, { hits }: Entry): number[] {
  const [hit] = hits;
  const field = spec.fields[0] ?? '';
  if (hit === undefined) return [];
  return hit.values(spec.alias(field, hit.rule)).flatMap((text) => {
    const number = canonical(text);
    return number === null ? [] : [Number(number)];
  });
}

function ofNumbers({ type, percentile }: Spec, numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null;
  if (type === 'value_percentile') {
    const rank = Math.max(1, Math.ceil((percentile * numbers.length) / 100));
    return numbers.toSorted((a, b) => a - b)[rank - 1] ?? null;
  }
  const sum = numbers.reduce((total, number) => total + number, 0);
  return type === 'value_sum' ? sum : sum / numbers.length;
}
