import { toDateTime } from '../../../functions.ts';
import { DateTime, List, TimeSpan, type Value, type Values } from '../../../value.ts';
import { namesOf } from '../columns.ts';
import { compile, condition, constant } from '../compile.ts';
import { argumentError } from '../error.ts';
import { bagOf } from '../json.ts';
import { cell, identity, type Row, sizeOfRow } from '../row.ts';
import { batched } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** Column that says when a row happened. */
const TIME = '@timestamp';
const RESULT = ['start', 'end', 'events'];

/** A row that some step wants. */
export interface Happening {
  readonly row: Row;
  readonly time: bigint;
  readonly cells: Values[];
  /** Numbers of the steps whose conditions it satisfies. */
  readonly steps: readonly number[];
}

/** A step that must happen, with those that must not before it. */
interface Wanted {
  readonly step: number;
  readonly forbidden: readonly number[];
}

export interface Plan {
  readonly wanted: readonly Wanted[];
  /** What must not happen behind the last step, until the time is over. */
  readonly after: readonly number[];
}

/**
 * Rows that happen one after the other, with equal values of `by`. Of several that could begin a sequence the latest does, being nearest to
 * what follows; a row is in one sequence at most. Rows of the same time count in the order they came. One row for each sequence: the values
 * of `by`, when it began and ended, and its rows; in the order of their ends.
 */
export const sequence: StageOf<'sequence'> = (node, input, context) => {
  const within = constant(node.within, context);
  if (!(within instanceof TimeSpan) || within.ticks <= 0n) {
    throw argumentError('sequence … within needs a span above 0', 'Write it as 5m, or 1h.');
  }
  const plan = planOf(node.steps);
  const holds = node.steps.map((step) => condition(step.condition, input, context));
  const byNames = namesOf(node.by);
  const by = node.by.map(({ value }) => compile(value, input, context));
  const hold = context.budget.hold('sequence');
  const now = BigInt(Math.trunc(context.environment.now)) * 10_000n;

  async function gathered(): Promise<Map<string, Happening[]>> {
    const groups = new Map<string, Happening[]>();
    let timeless = 0;
    for await (const batch of input.batches) {
      context.check();
      for (const row of batch) {
        const steps = holds.flatMap((test, i) => (test(row) ? [i] : []));
        if (steps.length === 0) continue;
        const time = toDateTime(cell(row, TIME)[0] ?? null);
        if (time === null) {
          timeless++;
          continue;
        }
        const cells = by.map((value) => value(row));
        // What has no value belongs to nobody.
        if (cells.some((values) => values.length === 0)) continue;
        const key = JSON.stringify(cells.map(identity));
        hold.take(sizeOfRow(row) + 128);
        const group = groups.get(key);
        const happening = { row, time: time.ticks, cells, steps };
        if (group === undefined) groups.set(key, [happening]);
        else group.push(happening);
      }
    }
    if (timeless > 0) context.environment.note(`sequence left out ${timeless} rows without ${TIME}`);
    return groups;
  }

  const names = [...byNames, ...RESULT];
  return {
    table: input.table,
    columns: names,
    sparse: false,
    batches: (async function* () {
      try {
        const groups = await gathered();
        const found: (readonly Happening[])[] = [];
        for (const group of groups.values()) {
          group.sort((a, b) => ordered(a.time, b.time));
          found.push(...sequencesOf(group, plan, within.ticks, now));
        }
        found.sort((a, b) => ordered(timeOf(a.at(-1)), timeOf(b.at(-1))));
        yield* batched(rows(found), context);
      } finally {
        hold.release();
      }
    })(),
  };

  function* rows(found: readonly (readonly Happening[])[]): Iterable<Row> {
    for (const events of found) {
      const [first] = events;
      const row = new Map<string, Values>(byNames.map((name, i) => [name, first.cells[i]]));
      row.set('start', [new DateTime(first.time)]);
      row.set('end', [new DateTime(timeOf(events.at(-1)))]);
      row.set('events', [new List(events.map((event): Value => bagOf(event.row)))]);
      yield row;
    }
  }
};

const ordered = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const timeOf = (event: Happening | undefined): bigint => event?.time ?? 0n;

export function planOf(steps: readonly { readonly absent: boolean }[]): Plan {
  const wanted: Wanted[] = [];
  let forbidden: number[] = [];
  steps.forEach(({ absent }, step) => {
    if (absent) forbidden.push(step);
    else {
      wanted.push({ step, forbidden });
      forbidden = [];
    }
  });
  return { wanted, after: forbidden };
}

/**
 * Sequences among rows in the order of time. What has come so far is kept once for each step, the latest of its kind: what fits in the time
 * with an earlier beginning fits with it too.
 */
export function sequencesOf(
  rows: readonly Happening[],
  { wanted, after }: Plan,
  within: bigint,
  now: bigint,
): (readonly Happening[])[] {
  const found: (readonly Happening[])[] = [];
  let begun: (readonly Happening[] | null)[] = wanted.map(() => null);
  /** Whole, but for what must not come behind it. */
  let waiting: (readonly Happening[])[] = [];
  /** When what must not come before the first step last came. */
  let disturbed: bigint | null = null;
  const inTime = (partial: readonly Happening[], time: bigint): boolean => time - partial[0].time <= within;

  for (const row of rows) {
    const { time, steps } = row;
    waiting = waiting.filter((whole) => {
      if (inTime(whole, time)) return !after.some((step) => steps.includes(step));
      found.push(whole);
      return false;
    });
    const next = [...begun];
    for (let i = 0; i < wanted.length; i++) {
      if (!steps.includes(wanted[i].step)) continue;
      const before = i === 0 ? [] : begun[i - 1];
      if (before === null || (before.length > 0 && !inTime(before, time))) continue;
      if (i === 0 && wanted[0].forbidden.length > 0 && disturbed !== null && time - disturbed <= within) continue;
      next[i] = [...before, row];
    }
    // What a step forbids before it ends what waits for that step, unless the row is that step.
    for (let i = 1; i < wanted.length; i++) {
      if (wanted[i].forbidden.some((step) => steps.includes(step)) && next[i - 1] === begun[i - 1]) next[i - 1] = null;
    }
    if (wanted[0].forbidden.some((step) => steps.includes(step))) disturbed = time;
    const whole = next[wanted.length - 1];
    begun =
      whole === null ? next : next.map((partial) => (partial?.some((one) => whole.includes(one)) ? null : partial));
    if (whole === null) continue;
    if (after.length === 0) found.push(whole);
    else waiting.push(whole);
  }
  for (const whole of waiting) if (now - whole[0].time > within) found.push(whole);
  return found;
}
