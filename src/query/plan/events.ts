/** The table `events`: rows of segments, as far as a query wants them, with what DuckDB can do of it done. */
import { type DateTime, ExtendedRow, type OpenedTable, type Operator, type Row, type Value } from '../../lang/index.ts';
import type { DuckBatch, DuckQuery } from '../duck/answer.ts';
import { queryError } from '../errors.ts';
import { Base, type Group } from './base.ts';
import type { Cell, PartKind } from './cell.ts';
import { demandOf } from './demand.ts';
import { layoutOf, type Wanted, wantedOf } from './layout.ts';
import { SHOWN, type Virtual } from './names.ts';
import { type FoundRows, answer as found, type Left, type NarrowOptions, narrowed, type Ruled } from './narrow.ts';
import { type Plan, plan, shownColumns } from './planner.ts';
import type { Relation } from './relation.ts';
import { cellValues, EventRow, type Output, tableRows } from './rows.ts';
import * as sql from './sql.ts';

export interface EventsOptions extends NarrowOptions {
  /** Fields of weir that are shown with events; some by default. */
  readonly shown?: readonly Virtual[];
  readonly progress?: (done: number) => void;
  /** Told what was ruled out before anything was read. */
  readonly ruled?: (ruled: Ruled) => void;
  /** Told every statement before it runs. */
  readonly statement?: (sql: string) => void;
}

/** Opens the table for a pipeline over it: rows behind as many operators as DuckDB can do. */
export async function openEvents(
  request: { readonly operators: readonly Operator[]; readonly asof: DateTime | null },
  options: EventsOptions,
): Promise<OpenedTable> {
  const { view, tools, context } = options;
  const shown = shownOf(options);
  const left = await narrowed(request.operators, request.asof, shown, options);
  options.ruled?.(left.ruled);
  if (left.found !== null) return foundEvents(left, left.found, request.operators, options);
  const planned = await plan(view, { ...request, tools, context, shown, segments: left.segments });
  const { relation, applied } = planned;
  const rest = request.operators.slice(applied);
  return {
    table: 'events',
    ...relation.shape,
    applied,
    batches: relation.events ? eventBatches(planned, rest, options) : tableBatches(relation, options),
  };
}

const shownOf = ({ shown = SHOWN }: EventsOptions): readonly Virtual[] => shown;

/** Events that were found already: the evaluator has the last word on them, and does all of the pipeline. */
function foundEvents(
  { segments }: Left,
  parts: readonly FoundRows[],
  operators: readonly Operator[],
  options: EventsOptions,
): OpenedTable {
  const { view } = options;
  const base = new Base(view.tenant, segments, shownOf(options));
  const columns = shownColumns(view.segments, shownOf(options));
  const knows = (name: string): boolean => base.knows(name);
  return {
    table: 'events',
    columns,
    sparse: true,
    knows,
    applied: 0,
    batches: foundBatches(parts, operators, options),
  };
}

async function* foundBatches(
  parts: readonly FoundRows[],
  operators: readonly Operator[],
  options: EventsOptions,
): AsyncGenerator<readonly Row[]> {
  const demand = demandOf(operators);
  for (const { group, rows } of parts) {
    if (rows.length === 0) continue;
    const { columns, paths } = wantedOf(group, demand);
    const layout = layoutOf(group, paths, new Map(), shownOf(options));
    for await (const batch of await found({ kind: 'read', columns, rows }, options))
      yield Array.from({ length: batch.rows }, (_, row) => new EventRow(layout, batch.columns, row));
  }
}

/** Rows of one statement, batch by batch. */
async function* answer(statement: string, options: EventsOptions): AsyncGenerator<DuckBatch> {
  const { pool, view, signal, timeMs, progress } = options;
  options.statement?.(statement);
  const query: DuckQuery = {
    sql: statement,
    // The same for all queries of a tenant, so that what was read for one is at hand for the next.
    scope: { folders: view.folders, files: [] },
    ...(signal === undefined ? {} : { signal }),
    ...(timeMs === undefined ? {} : { timeMs }),
    ...(progress === undefined ? {} : { progress }),
  };
  yield* await pool.query(query);
}

/** What is selected, and where it will be found. */
class Selection {
  readonly list: string[] = [];

  add(of: string): number {
    return this.list.push(`${of} AS o${this.list.length}`) - 1;
  }

  cell(cell: Cell): readonly Output[] {
    return [...cell].map(([kind, of]) => ({ kind, place: this.add(of) }));
  }
}

function orderBy({ order }: Relation): string {
  return order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
}

async function* tableBatches(relation: Relation, options: EventsOptions): AsyncGenerator<readonly Row[]> {
  const { columns, cells, base } = relation;
  const selection = new Selection();
  const outputs = columns.map((name) => selection.cell(cells.get(name) ?? new Map<PartKind, string>()));
  if (selection.list.length === 0) selection.add('1');
  const statement = `SELECT ${selection.list.join(', ')} FROM (${relation.wrap(base.render())})${orderBy(relation)}`;
  for await (const batch of answer(statement, options)) yield [...tableRows(columns, outputs, batch)];
}

/** What of events the rest of a query reads, as SQL. */
interface Selected extends Wanted {
  readonly selection: Selection;
  readonly expressions: readonly (readonly [expression: string, alias: string])[];
}

function selected(group: Group, demand: ReadonlySet<string> | null, letter: () => string): Selected {
  const wanted = wantedOf(group, demand);
  const selection = new Selection();
  const own = ['"weir.position"', '"weir.row"', 'epoch_us("weir.time")', 'epoch_us("weir.received")'];
  const others = wanted.columns.map(({ name, kind }) =>
    kind === 'list' ? `${sql.identifier(name)}::VARCHAR` : sql.identifier(name),
  );
  const expressions = [...own, ...others].map((expression) => {
    const alias = letter();
    selection.add(alias);
    return [expression, alias] as const;
  });
  return { ...wanted, selection, expressions };
}

/**
 * Events with their own columns. Groups come one after the other, since each has its own; where rows were cut or put in order in SQL, that is
 * done first over all of them, and what was chosen is then fetched.
 */
async function* eventBatches(
  { relation }: Plan,
  rest: readonly Operator[],
  options: EventsOptions,
): AsyncGenerator<readonly Row[]> {
  const demand = demandOf(rest);
  if (relation.limit !== null || relation.order.length > 0) {
    yield* chosenEvents(relation, demand, options);
    return;
  }
  const { base } = relation;
  for (const group of base.groups) {
    const { selection, expressions, paths } = selected(group, demand, () => base.alias('p'));
    const worked = new Map([...relation.cells].map(([name, cell]) => [name, selection.cell(cell)]));
    const layout = layoutOf(group, paths, worked, shownOf(options));
    const inner = relation.wrap(base.render([group], { columns: expressions, condition: null }));
    for await (const batch of answer(`SELECT ${selection.list.join(', ')} FROM (${inner})`, options)) {
      yield Array.from({ length: batch.rows }, (_, row) => new EventRow(layout, batch.columns, row));
    }
  }
}

/** Rows that are fetched at a time: their places stand in the statement. */
const FETCHED_ROWS = 4096;

/** A row that was chosen: which it is, and what was worked out of it. */
interface Chosen {
  readonly position: bigint;
  readonly row: bigint;
  readonly file: string;
  readonly columns: readonly Value[];
}

async function* chosenEvents(
  relation: Relation,
  demand: ReadonlySet<string> | null,
  options: EventsOptions,
): AsyncGenerator<readonly Row[]> {
  const { base } = relation;
  const selection = new Selection();
  const places = ['position', 'row', 'file'].map(() => base.alias('p'));
  const columns = ['"weir.position"', '"weir.row"', 'filename'].map((of, i) => [of, places[i]] as const);
  for (const place of places) selection.add(place);
  const worked = new Map([...relation.cells].map(([name, cell]) => [name, selection.cell(cell)]));
  const inner = relation.wrap(base.render(base.groups, { columns, condition: null }));
  let waiting: Chosen[] = [];
  for await (const { rows, columns: values } of answer(
    `SELECT ${selection.list.join(', ')} FROM (${inner})${orderBy(relation)}`,
    options,
  )) {
    for (let i = 0; i < rows; i++) {
      const own = values.map((column) => column[i]);
      waiting.push({ position: own[0] as bigint, row: own[1] as bigint, file: own[2] as string, columns: own });
    }
    while (waiting.length >= FETCHED_ROWS) {
      yield await fetched(waiting.slice(0, FETCHED_ROWS), worked, demand, options);
      waiting = waiting.slice(FETCHED_ROWS);
    }
  }
  if (waiting.length > 0) yield await fetched(waiting, worked, demand, options);
}

/** Chosen rows as events, in their order. */
async function fetched(
  chosen: readonly Chosen[],
  worked: ReadonlyMap<string, readonly Output[]>,
  demand: ReadonlySet<string> | null,
  options: EventsOptions,
): Promise<readonly Row[]> {
  const files = new Set(chosen.map(({ file }) => file));
  const segments = options.view.segments.filter(({ file }) => files.has(file));
  const base = new Base(options.view.tenant, segments, shownOf(options));
  const found = new Map<string, Row>();
  for (const group of base.groups) {
    const own = new Set(group.segments.map(({ file }) => file));
    const wantedRows = chosen.filter(({ file }) => own.has(file));
    const { selection, expressions, paths } = selected(group, demand, () => base.alias('p'));
    const layout = layoutOf(group, paths, new Map(), shownOf(options));
    const inner = base.render([group], { columns: expressions, condition: isOneOf(wantedRows) });
    for await (const batch of answer(`SELECT ${selection.list.join(', ')} FROM (${inner})`, options)) {
      for (let row = 0; row < batch.rows; row++) {
        const key = `${group.log} ${batch.columns[0][row]} ${batch.columns[1][row]}`;
        found.set(key, new EventRow(layout, batch.columns, row));
      }
    }
  }
  const logs = new Map(segments.map(({ file, log }) => [file, log]));
  return chosen.map(({ position, row, file, columns }) => {
    const event = found.get(`${logs.get(file)} ${position} ${row}`);
    if (event === undefined) throw queryError('query.failed', `row ${position}/${row} is no longer in ${file}`);
    if (worked.size === 0) return event;
    const own = [...worked].map(
      ([name, outputs]) =>
        [
          name,
          cellValues(
            outputs,
            columns.map((value) => [value]),
            0,
          ),
        ] as const,
    );
    return new ExtendedRow(event, new Map(own));
  });
}

function isOneOf(rows: readonly Chosen[]): string {
  const positions = rows.map(({ position }) => position).sort((a, b) => (a < b ? -1 : 1));
  const [least, greatest] = [positions[0], positions[positions.length - 1]];
  const places = rows.map(({ position, row }) => `(${position}, ${row})`).join(', ');
  // What Parquet knows of pages is compared with the bounds.
  return `"weir.position" BETWEEN ${least} AND ${greatest} AND ("weir.position", "weir.row") IN (${places})`;
}
