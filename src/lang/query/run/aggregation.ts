/** The aggregates of one operator: what is counted for each group, and the columns made of it. */
import { childrenOf, type Expression, pathOf } from '../../tree.ts';
import type { Values } from '../../value.ts';
import { aggregateName } from '../aggregates.ts';
import { ALL_COLUMNS, nameOf, namesOf } from '../names.ts';
import type { Named } from '../tree.ts';
import type { Aggregate, Running as RunningAggregate } from './aggregates/aggregate.ts';
import { AGGREGATE_WORK } from './aggregates/index.ts';
import type { Hold } from './budget.ts';
import { keysOf, settle, type Wanted } from './columns.ts';
import { compile, type Evaluate } from './compile.ts';
import type { Context } from './environment.ts';
import { rewrite } from './rewrite.ts';
import { cellOf, type Row, type Shape } from './row.ts';

type Call = Extract<Expression, { kind: 'call' }>;

/** The aggregates of one group, on their way. */
export type Running = readonly RunningAggregate[];

export interface Aggregation {
  readonly names: readonly string[];
  /** Whether all columns of a sparse table are among them. */
  readonly sparse: boolean;
  start(hold: Hold): Running;
  add(running: Running, row: Row): void;
  /** A cell for each name. */
  finish(running: Running): Values[];
}

interface Slot {
  readonly aggregate: Aggregate;
  readonly args: readonly Evaluate[];
}

/** Columns made of what slots gave. */
interface Output {
  readonly wanted: readonly Wanted[];
  cells(results: readonly (readonly Values[])[]): readonly Values[];
}

/**
 * Aggregates alone have their own columns, several of them `arg_max`; inside expressions (`sum(a) / count()`) they are worked out first and
 * read by the expression like columns.
 * @param by what rows are grouped by: its columns are not among those of `*`
 */
export function aggregationOf(
  aggregates: readonly Named[],
  by: readonly { readonly name: string; readonly value: Expression }[],
  input: Shape,
  context: Context,
): Aggregation {
  const grouped = new Set(by.flatMap(({ value }) => (value.kind === 'field' ? [pathOf(value.keys)] : [])));
  const slots: Slot[] = [];
  const slotOf = (call: Call, args: readonly Expression[]): number => {
    const aggregate = AGGREGATE_WORK[aggregateName(call.name) ?? ''];
    return slots.push({ aggregate, args: args.map((arg) => compile(arg, input, context)) }) - 1;
  };
  const outputs = aggregates.map(({ name, value }): Output => {
    const given = name === null ? null : pathOf(name.keys);
    if (value.kind === 'call' && aggregateName(value.name) !== null) {
      const { args, names } = withoutStars(value, input.columns, grouped);
      const slot = slotOf(value, args);
      return {
        wanted: names.map((derived, i) => ({ given: i === 0 ? given : null, derived })),
        cells: (results) => results[slot],
      };
    }
    const inner: number[] = [];
    const outer = rewrite(value, (node) => {
      if (node.kind !== 'call' || aggregateName(node.name) === null) return null;
      inner.push(slotOf(node, node.arguments));
      return { kind: 'field', keys: [hidden(inner.length - 1)], span: node.span };
    });
    const evaluate = compile(outer, { columns: [], sparse: false }, context);
    return {
      wanted: [{ given, derived: nameOf(value) }],
      cells: (results) => [cellOf(evaluate(new Map(inner.map((slot, i) => [hidden(i), results[slot][0]]))))],
    };
  });
  const names = settle(
    outputs.flatMap(({ wanted }) => wanted),
    by.map(({ name }) => name),
  );
  return {
    names,
    sparse: input.sparse && aggregates.some(({ value }) => childrenOf(value).some(({ kind }) => kind === 'every')),
    start: (hold) => {
      hold.take(96 * slots.length);
      return slots.map(({ aggregate, args }) => aggregate(args, hold));
    },
    add: (running, row) => {
      for (const aggregate of running) aggregate.add(row);
    },
    finish: (running) => {
      const results = running.map((aggregate) => aggregate.finish());
      return outputs.flatMap(({ cells }) => cells(results));
    },
  };
}

/** No column is called so. */
const hidden = (slot: number): string => `\u0000${slot}`;

/** Arguments with `*` replaced by the columns it means, and what the columns they give are called. */
function withoutStars(
  call: Call,
  columns: readonly string[],
  grouped: ReadonlySet<string>,
): { readonly args: readonly Expression[]; readonly names: readonly (string | null)[] } {
  if (!call.arguments.some(({ kind }) => kind === 'every')) return { args: call.arguments, names: namesOf(call) };
  const written = new Set(call.arguments.flatMap((arg) => (arg.kind === 'field' ? [pathOf(arg.keys)] : [])));
  const derived = namesOf(call);
  const args: Expression[] = [];
  const names: (string | null)[] = [];
  call.arguments.forEach((arg, i) => {
    if (arg.kind !== 'every') {
      args.push(arg);
      names.push(derived[i] === ALL_COLUMNS ? null : derived[i]);
      return;
    }
    const path = pathOf(arg.keys);
    const meant = columns.filter((name) => path === '' || name === path || name.startsWith(`${path}.`));
    for (const name of meant) {
      if (grouped.has(name) || written.has(name)) continue;
      args.push({ kind: 'field', keys: keysOf(name), span: arg.span });
      names.push(name);
    }
  });
  return { args, names };
}
