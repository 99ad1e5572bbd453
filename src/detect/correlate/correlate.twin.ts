/**
 * The plain twin of the correlation engine, for tests: every window is computed afresh from the whole list. Shares
 * nothing with the engine but the rule's type.
 */
import type { CorrelationRule } from '../sigma/model.ts';

export interface TwinEvent {
  readonly time: number;
  readonly path: string;
  readonly record: number;
  readonly rules: readonly string[];
  readonly fields: Readonly<Record<string, readonly (string | null)[]>>;
}

export interface TwinFiring {
  readonly group: readonly string[];
  readonly time: number;
  readonly record: number;
  readonly events: readonly number[];
  readonly value: number;
}

type Member = TwinEvent & { readonly index: number; readonly as: readonly string[] };

export function twin(
  rule: CorrelationRule,
  events: readonly TwinEvent[],
): { firings: TwinFiring[]; ungrouped: number } {
  const sorted = events
    .map((event, index): Member => ({ ...event, index, as: [] }))
    .filter((event) => event.rules.some((id) => rule.rules.includes(id)))
    .sort((a, b) => a.time - b.time || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.record - b.record);
  const groups = new Map<string, Member[]>();
  let ungrouped = 0;
  for (const event of sorted) {
    const seen = new Set<string>();
    for (const id of rule.rules.filter((id) => event.rules.includes(id))) {
      for (const as of combinations(rule.groupBy.map((name) => texts(event, rule.aliases[name]?.[id] ?? name)))) {
        const key = JSON.stringify(as.map((value) => value.toLowerCase()));
        if (!seen.has(key)) {
          groups.set(key, [...(groups.get(key) ?? []), { ...event, as }]);
        }
        seen.add(key);
      }
    }
    if (seen.size === 0) ungrouped++;
  }
  const rising = rule.condition.every(({ op }) => op === 'gt' || op === 'gte');
  const firings: TwinFiring[] = [];
  for (const members of groups.values()) {
    firings.push(...(rising ? atEveryEvent(rule, members) : atTheEnd(rule, members)));
  }
  firings.sort((a, b) => a.time - b.time || a.record - b.record || (`${a.group}` < `${b.group}` ? -1 : 1));
  return { firings, ungrouped };
}

function atEveryEvent(rule: CorrelationRule, members: readonly Member[]): TwinFiring[] {
  const firings: TwinFiring[] = [];
  let firedAt: number | null = null;
  members.forEach((event, i) => {
    const window = members.slice(0, i + 1).filter((other) => other.time >= event.time - rule.timespanMs);
    const value = judgedOn(rule, window);
    if (!truth(rule, value)) {
      firedAt = null;
    } else if (firedAt === null || event.time > firedAt + rule.timespanMs) {
      firedAt = event.time;
      firings.push(firing(rule, window, value, event));
    }
  });
  return firings;
}

function atTheEnd(rule: CorrelationRule, members: readonly Member[]): TwinFiring[] {
  const firings: TwinFiring[] = [];
  let rest = members;
  while (rest.length > 0) {
    const end = rest[0].time + rule.timespanMs;
    const window = rest.filter((event) => event.time <= end);
    rest = rest.filter((event) => event.time > end);
    const value = judgedOn(rule, window);
    if (truth(rule, value)) firings.push(firing(rule, window, value, window[window.length - 1]));
  }
  return firings;
}

function firing(rule: CorrelationRule, window: readonly Member[], value: number | null, at: Member): TwinFiring {
  // Which of several equal sequences is shown is free; the tests check the engine's sequence by itself.
  const events = rule.type === 'temporal_ordered' ? [] : window.map((event) => event.index);
  return { group: at.as, time: at.time, record: at.record, events, value: value ?? 0 };
}

function truth(rule: CorrelationRule, value: number | null): boolean {
  if (value === null) return false;
  return rule.condition.every(({ op, value: bound }) => {
    if (op === 'gt') return value > bound;
    if (op === 'gte') return value >= bound;
    if (op === 'lt') return value < bound;
    if (op === 'lte') return value <= bound;
    return op === 'eq' ? value === bound : value !== bound;
  });
}

function judgedOn(rule: CorrelationRule, window: readonly Member[]): number | null {
  const matched = window.map((event) => rule.rules.flatMap((id, i) => (event.rules.includes(id) ? [i] : [])));
  if (rule.type === 'event_count') return window.length;
  if (rule.type === 'temporal') return new Set(matched.flat()).size;
  if (rule.type === 'temporal_ordered') return longest(matched, 0, 0);
  if (rule.type === 'value_count') {
    const keys = window.flatMap((event) => combinations(rule.field.map((name) => texts(event, name))));
    return new Set(keys.map((key) => JSON.stringify(key).toLowerCase())).size;
  }
  // The test's numbers have at most two decimals, so that hundredths are exact.
  const hundredths = window
    .flatMap((event) => texts(event, rule.field[0]))
    .filter((text) => /^-?\d+(\.\d+)?$/.test(text))
    .map((text) => Math.round(Number(text) * 100));
  if (hundredths.length === 0) return null;
  const sum = hundredths.reduce((a, b) => a + b, 0) / 100;
  if (rule.type === 'value_sum') return sum;
  if (rule.type === 'value_avg') return sum / hundredths.length;
  const ordered = hundredths.sort((a, b) => a - b).map((value) => value / 100);
  for (let k = 1; k <= ordered.length; k++) {
    if (100 * k >= (rule.percentile ?? 50) * ordered.length) return ordered[k - 1];
  }
  return null;
}

/** The longest run of rules in their order, events in theirs: take a step with this event, or leave it. */
function longest(matched: readonly (readonly number[])[], from: number, rule: number): number {
  if (from === matched.length) return 0;
  let best = longest(matched, from + 1, rule);
  for (const step of matched[from]) {
    if (step >= rule) best = Math.max(best, 1 + longest(matched, from + 1, step + 1));
  }
  return best;
}

function texts(event: TwinEvent, field: string): string[] {
  return (event.fields[field] ?? []).filter((value) => value !== null);
}

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>((all, list) => all.flatMap((head) => list.map((value) => [...head, value])), [[]]);
}
