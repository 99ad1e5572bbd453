/**
 * Operators in SQL. Each gives the rows behind it, or null where it has no SQL that means exactly the same; it and all behind it are then
 * run over DuckDB's rows by the evaluator.
 */
import {
  aggregateName,
  type Expression,
  namesOfColumns,
  type OperatorKind,
  type OperatorOf,
  rewrite,
  type SortKey,
  searchCondition,
} from '../../lang/index.ts';
import { AGGREGATE_SQL, identityOf } from './aggregates.ts';
import { type Cell, cellOf, type PartKind } from './cell.ts';
import type { Relation } from './relation.ts';
import { constantOf, holds } from './scope.ts';

/** Columns of the rows behind an operator, as the evaluator names them. */
interface After {
  readonly columns: readonly string[];
  readonly sparse: boolean;
}

type Push<Kind extends OperatorKind> = (node: OperatorOf<Kind>, input: Relation, after: After) => Relation | null;

function filtered(condition: Expression, input: Relation): Relation | null {
  const held = holds(input.bound(condition), input.scope());
  return held === null ? null : input.where(held);
}

const where: Push<'where'> = ({ condition }, input) => filtered(condition, input);

const search: Push<'search'> = ({ condition }, input) => filtered(searchCondition(condition), input);

/** Columns worked out from the row as it came. */
function worked(values: readonly Expression[], input: Relation): ReturnType<Relation['compute']> | null {
  const scope = input.scope();
  const cells = values.map((value) => scope.value(input.bound(value)));
  return cells.includes(null) ? null : input.compute(cells as readonly Cell[]);
}

const extend: Push<'extend'> = (node, input, { columns }) => {
  const done = worked(
    node.columns.map(({ value }) => value),
    input,
  );
  if (done === null) return null;
  const names = namesOfColumns(node.columns);
  const cells = new Map([...input.cells, ...names.map((name, i) => [name, done.cells[i]] as const)]);
  return done.relation.with({ cells, columns });
};

const project: Push<'project'> = (node, input, { columns, sparse }) => {
  const done = worked(
    node.columns.map(({ value }) => value),
    input,
  );
  if (done === null) return null;
  return done.relation.with({
    cells: new Map(columns.map((name, i) => [name, done.cells[i]])),
    columns,
    sparse,
    events: false,
  });
};

/** Columns left out or put in another order; of events the evaluator knows what is left. */
function kept(input: Relation, columns: readonly string[], sparse: boolean): Relation | null {
  if (input.events) return null;
  const cells = new Map(
    columns.flatMap((name) => (input.cells.has(name) ? [[name, input.cells.get(name) as Cell]] : [])),
  );
  return input.with({ columns, sparse, cells });
}

const chosen = (_: unknown, input: Relation, { columns, sparse }: After): Relation | null =>
  kept(input, columns, sparse);

const rename: Push<'project-rename'> = (_, input, { columns, sparse }) => {
  if (input.events) return null;
  const cells = new Map(
    input.columns.flatMap((name, i) => (input.cells.has(name) ? [[columns[i], input.cells.get(name) as Cell]] : [])),
  );
  return input.with({ columns, sparse, cells });
};

/** What rows are grouped by, and how the group's values are shown: of values that are one, a number before a text. */
function groupKey(
  cell: Cell,
  input: Relation,
): {
  readonly key: string;
  readonly cell: (alias: string) => Cell;
  readonly extra: readonly (readonly [string, string])[];
} | null {
  const key = identityOf(cell);
  if (key === null) return null;
  const [kind] = cell.keys();
  if (cell.size < 2) return { key, cell: (alias) => (kind === undefined ? new Map() : cellOf(kind, alias)), extra: [] };
  const extra: (readonly [string, string])[] = [];
  const shown = new Map<PartKind, string>();
  const better: string[] = [];
  for (const [part, of] of cell) {
    if (part === 'string') continue;
    const alias = input.base.alias('x');
    extra.push([`any_value(${of})`, alias]);
    shown.set(part, better.length === 0 ? alias : `CASE WHEN ${better.join(' AND ')} THEN ${alias} END`);
    better.push(`${alias} IS NULL`);
  }
  return {
    key,
    extra,
    cell: (alias) =>
      cell.has('string')
        ? new Map([...shown, ['string', `CASE WHEN ${better.join(' AND ')} THEN ${alias} END`]])
        : shown,
  };
}

interface Grouped {
  readonly relation: Relation;
  readonly keys: readonly Cell[];
  readonly aggregates: readonly Cell[];
}

/** Rows for groups: their keys, then cells of aggregates. */
function grouped(by: readonly Cell[], aggregates: readonly Cell[], input: Relation): Grouped | null {
  const keys = by.map((cell) => groupKey(cell, input));
  if (keys.includes(null)) return null;
  const select: string[] = [];
  const known = keys as readonly NonNullable<(typeof keys)[number]>[];
  const keyCells = known.map(({ key, cell, extra }) => {
    const alias = input.base.alias('x');
    select.push(`${key} AS ${alias}`);
    for (const [expression, name] of extra) select.push(`${expression} AS ${name}`);
    return { alias, cell: cell(alias) };
  });
  const cells = aggregates.map((cell) => {
    return new Map(
      [...cell].map(([kind, of]) => {
        const alias = input.base.alias('x');
        select.push(`${of} AS ${alias}`);
        return [kind, alias] as const;
      }),
    );
  });
  const group = keyCells.length === 0 ? '' : ` GROUP BY ${keyCells.map(({ alias }) => alias).join(', ')}`;
  // Without groups there is one row, also of nothing: an aggregate makes it one.
  if (keyCells.length === 0) select.push(`count(*) AS ${input.base.alias('x')}`);
  const { wrap } = input;
  const relation = input.with({
    wrap: (base) => `SELECT ${select.join(', ')} FROM (${wrap(base)})${group}`,
    order: [],
    limit: by.length === 0 ? 1 : null,
    events: false,
  });
  return { relation, keys: keyCells.map(({ cell }) => cell), aggregates: cells };
}

const summarize: Push<'summarize'> = (node, input, { columns, sparse }) => {
  const scope = input.scope();
  const by = node.by.map(({ value }) => scope.value(input.bound(value)));
  if (by.includes(null) || sparse) return null;
  const computed = input.compute(by as readonly Cell[]);
  // Aggregates alone, and those inside expressions, which are worked out over what these give.
  const slots: Cell[] = [];
  const outputs: ((cells: readonly Cell[], hidden: Relation) => readonly (Cell | null)[])[] = [];
  const slotsOf = (call: Extract<Expression, { kind: 'call' }>): readonly number[] | null => {
    const name = aggregateName(call.name) ?? '';
    const work = Object.hasOwn(AGGREGATE_SQL, name) ? AGGREGATE_SQL[name] : undefined;
    // An order is only kept where nothing is gathered in it.
    if (work === undefined || (input.order.length > 0 && name.startsWith('make_'))) return null;
    const cells = work(
      call.arguments.map((arg) => input.bound(arg)),
      scope,
      '',
    );
    return cells === null ? null : cells.map((cell) => slots.push(cell) - 1);
  };
  for (const { value } of node.aggregates) {
    if (value.kind === 'call' && aggregateName(value.name) !== null) {
      const own = slotsOf(value);
      if (own === null) return null;
      outputs.push((cells) => own.map((slot) => cells[slot]));
      continue;
    }
    let possible = true;
    const inner: number[] = [];
    const outer = rewrite<Expression>(value, (call) => {
      if (call.kind !== 'call' || aggregateName(call.name) === null) return null;
      const own = slotsOf(call);
      if (own === null) possible = false;
      inner.push(own?.[0] ?? 0);
      return { kind: 'field', keys: [`\0${inner.length - 1}`], span: call.span };
    });
    if (!possible) return null;
    outputs.push((cells, hidden) => {
      const named = new Map(inner.map((slot, i) => [`\0${i}`, cells[slot]]));
      return [hidden.with({ cells: named, columns: [] }).scope().value(outer)];
    });
  }
  const done = grouped(computed.cells, slots, computed.relation);
  if (done === null) return null;
  const given = outputs.flatMap((output) => output(done.aggregates, done.relation));
  if (given.includes(null) || given.length + done.keys.length !== columns.length) return null;
  const last = done.relation.compute([...done.keys, ...(given as readonly Cell[])]);
  return last.relation.with({ cells: new Map(columns.map((name, i) => [name, last.cells[i]])), columns, sparse });
};

const count: Push<'count'> = (_, input, { columns, sparse }) => {
  const done = grouped([], [cellOf('long', 'count(*)')], input);
  return done === null
    ? null
    : done.relation.with({ cells: new Map([[columns[0], done.aggregates[0]]]), columns, sparse });
};

const distinct: Push<'distinct'> = (node, input, { columns, sparse }) => {
  if (node.columns.length === 0 && input.events) return null;
  const scope = input.scope();
  const cells =
    node.columns.length === 0
      ? columns.map((name) => input.cells.get(name) ?? new Map<PartKind, string>())
      : node.columns.map(({ value }) => scope.value(input.bound(value)));
  if (cells.includes(null)) return null;
  const computed = input.compute(cells as readonly Cell[]);
  const done = grouped(computed.cells, [], computed.relation);
  if (done === null) return null;
  const last = done.relation.compute(done.keys);
  return last.relation.with({ cells: new Map(columns.map((name, i) => [name, last.cells[i]])), columns, sparse });
};

/** Terms of ORDER BY. Null is before NaN is before values, or the reverse; kinds come one after the other. */
function terms(
  keys: readonly SortKey[],
  input: Relation,
): { readonly relation: Relation; readonly terms: readonly string[] } | null {
  const done = worked(
    keys.map(({ value }) => value),
    input,
  );
  if (done === null) return null;
  const found: string[] = [];
  for (const [i, cell] of done.cells.entries()) {
    const { order, nulls } = keys[i];
    const kinds = [...cell.keys()];
    if (kinds.includes('list') || kinds.includes('dynamic') || (kinds.includes('long') && kinds.includes('real')))
      return null;
    if (kinds.length === 0) continue;
    const missing = nulls === 'first' ? 'DESC' : 'ASC';
    const parts = [...cell];
    const values = parts.map(([, of]) => of);
    const real = cell.get('real');
    if (kinds.length === 1 && real === undefined) found.push(`${values[0]} ${order} NULLS ${nulls}`);
    else {
      found.push(`(${values.map((of) => `${of} IS NULL`).join(' AND ')}) ${missing}`);
      if (real !== undefined) found.push(`coalesce(isnan(${real}), FALSE) ${missing}`);
      const rank = parts.map(([, of], place) => `WHEN ${of} IS NOT NULL THEN ${place}`).join(' ');
      if (kinds.length > 1) found.push(`CASE ${rank} END ${order}`);
      for (const of of values) found.push(`${of} ${order}`);
    }
  }
  return { relation: done.relation, terms: found };
}

const sort: Push<'sort'> = (node, input) => {
  const done = terms(node.by, input);
  // Rows with equal keys keep the order they had.
  return done === null ? null : done.relation.with({ order: [...done.terms, ...input.order] });
};

function limited(input: Relation, most: number): Relation {
  const { wrap, order } = input;
  const sorted = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
  return input.with({
    wrap: (base) => `SELECT * FROM (${wrap(base)})${sorted} LIMIT ${most}`,
    limit: Math.min(most, input.limit ?? most),
  });
}

/** A whole number that `LIMIT` takes; the evaluator says what is wrong with others. */
function countOf(node: Expression, input: Relation): number | null {
  const value = constantOf(node, input.scope());
  return typeof value === 'bigint' && value >= 0n && value < 2n ** 53n ? Number(value) : null;
}

const take: Push<'take'> = (node, input) => {
  const most = countOf(node.count, input);
  return most === null ? null : limited(input, most);
};

const top: Push<'top'> = (node, input) => {
  const most = countOf(node.count, input);
  const done = terms(node.by, input);
  if (most === null || done === null) return null;
  return limited(done.relation.with({ order: [...done.terms, ...input.order] }), most);
};

export const OPERATOR_SQL: { readonly [Kind in OperatorKind]?: Push<Kind> } = {
  where,
  search,
  extend,
  project,
  'project-away': chosen,
  'project-keep': chosen,
  'project-reorder': chosen,
  'project-rename': rename,
  summarize,
  count,
  distinct,
  sort,
  take,
  top,
};
