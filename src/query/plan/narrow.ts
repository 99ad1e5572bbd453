/**
 * What is ruled out before rows are read: segments by time, by the columns they have and the bounds of these, row groups by the
 * filters of their terms. Where few rows are left they are found without DuckDB (find/): it would read every column of every row group.
 */
import { WeirError } from '../../base/index.ts';
import type { Context, DateTime, Operator, Tools } from '../../lang/index.ts';
import type { ColumnNeed, Narrowed } from '../../store/index.ts';
import type { DuckBatch, DuckQuery, FindQuery } from '../duck/answer.ts';
import type { Find } from '../find/messages.ts';
import type { Necessary } from '../find/necessary.ts';
import { Base, type Group } from './base.ts';
import type { Virtual } from './names.ts';
import { necessaryOf } from './necessary.ts';
import { needsOf } from './needs.ts';
import { timesOf } from './planner.ts';
import type { Segment, StoreView } from './view.ts';

/** Segments and events. */
export interface Tally {
  readonly segments: number;
  readonly rows: number;
}

/** What was not read since it cannot be of the answer. */
export interface Ruled {
  readonly time: Tally;
  /** No column that is needed. */
  readonly columns: Tally;
  /** No such value within the bounds of a column. */
  readonly values: Tally;
  /** No row group that may have the terms. */
  readonly terms: Tally;
  /** Row groups whose filters were asked, and those that were ruled out. */
  readonly groups: { readonly asked: number; readonly ruled: number };
  /** Rows that were found without DuckDB; null: it reads what is left. */
  readonly found: number | null;
}

/** What runs statements and finds rows: a pool of processes, or whoever wants to know the statements. */
export interface QueryRunner {
  query(query: DuckQuery | FindQuery): Promise<AsyncIterable<DuckBatch>>;
}

export interface NarrowOptions {
  readonly pool: QueryRunner;
  readonly view: StoreView;
  readonly tools: Tools;
  readonly context: Context;
  readonly signal?: AbortSignal;
  readonly timeMs?: number;
  /** Asks the catalogue; absent: there is none. */
  readonly narrow?: (files: readonly string[], needs: readonly ColumnNeed[]) => Promise<Narrowed>;
  /** Has files on disk before they are read, and gives those that cannot be; absent: all are there. */
  readonly fetch?: (files: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** Rows of one group of segments that may be of the answer. */
export interface FoundRows {
  readonly group: Group;
  readonly rows: Extract<Find, { kind: 'read' }>['rows'];
}

export interface Left {
  /** Segments that may hold rows. */
  readonly segments: readonly Segment[];
  /** Null: they were not looked for. */
  readonly found: readonly FoundRows[] | null;
  readonly ruled: Ruled;
}

const NONE: Tally = { segments: 0, rows: 0 };
/** Rows that are found at most; more are DuckDB's. */
const FOUND_MAX = 4096;
/** Rows in which single columns are searched at most: DuckDB has these columns quickly too, but not the rest of few rows. */
const SEARCHED_MAX = 4_000_000;

export async function narrowed(
  operators: readonly Operator[],
  asof: DateTime | null,
  shown: readonly Virtual[],
  options: NarrowOptions,
): Promise<Left> {
  const { view, tools, context } = options;
  const world = { tools, now: context.environment.now };
  const range = timesOf(operators, world);
  const timely = view.segments.filter(({ minTime, maxTime }) => maxTime >= range.from && minTime <= range.to);
  const ruled = { time: beside(view.segments, timely), columns: NONE, values: NONE, terms: NONE };
  const unasked = { asked: 0, ruled: 0 };
  const groups = new Base(view.tenant, timely, shown).groups;
  const needs = needsOf(operators, groups, world);
  const isSearch = groups.some((group) => necessaryOf(operators, group, world) !== null);
  if (options.narrow === undefined || (needs.length === 0 && !isSearch))
    return { segments: await fetched(timely, options), found: null, ruled: { ...ruled, groups: unasked, found: null } };
  const { files, pruned } = await options.narrow(
    timely.map(({ file }) => file),
    needs,
  );
  const bounded = await fetched(
    timely.filter(({ file }) => files.has(file)),
    options,
  );
  const byBounds = { ...ruled, columns: pruned.columns, values: pruned.values };
  if (!isSearch) return { segments: bounded, found: null, ruled: { ...byBounds, groups: unasked, found: null } };
  const parts = new Base(view.tenant, bounded, shown).groups.map((group) => ({
    group,
    necessary: necessaryOf(operators, group, world),
  }));
  const probed = await probe(parts, files, options);
  const may = new Set(probed.flatMap(({ held }) => [...held.keys()]));
  const segments = bounded.filter(({ file }) => may.has(file));
  const asked = sum(bounded.map(({ file }) => files.get(file)?.length ?? 0));
  const kept = new Set(
    probed.flatMap(({ held }) => [...held].flatMap(([file, own]) => own.map((one) => `${one.group} ${file}`))),
  );
  const found = asof === null ? await find(probed, options) : null;
  const told: Ruled = {
    ...byBounds,
    terms: beside(bounded, segments),
    groups: { asked, ruled: Math.max(0, asked - kept.size) },
    found: found === null ? null : sum(found.flatMap(({ rows }) => rows.map((own) => own.rows.length))),
  };
  return { segments, found, ruled: told };
}

async function fetched(segments: readonly Segment[], { fetch }: NarrowOptions): Promise<readonly Segment[]> {
  if (fetch === undefined || segments.length === 0) return segments;
  const gone = await fetch(segments.map(({ file }) => file));
  return segments.filter(({ file }) => !gone.has(file));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** What is in one list of segments and not in the other. */
function beside(all: readonly Segment[], left: readonly Segment[]): Tally {
  const rows = (list: readonly Segment[]): number => sum(list.map((segment) => segment.rows));
  return { segments: all.length - left.length, rows: rows(all) - rows(left) };
}

interface Part {
  readonly group: Group;
  readonly necessary: Necessary | null;
}

/** A row group that may have what is necessary. */
interface Held {
  readonly group: number;
  readonly rows: number;
  /** It has a filter. */
  readonly filtered: boolean;
}

interface Probed extends Part {
  /** File → row groups. */
  readonly held: ReadonlyMap<string, readonly Held[]>;
}

async function probe(parts: readonly Part[], files: Narrowed['files'], options: NarrowOptions): Promise<Probed[]> {
  const asked = parts.map(({ group, necessary }) => ({
    necessary,
    files: group.segments.map(({ file }) => ({ file, groups: files.get(file) ?? null })),
  }));
  const held = parts.map(() => new Map<string, Held[]>());
  for await (const { rows, columns } of await answer({ kind: 'probe', parts: asked }, options)) {
    for (let i = 0; i < rows; i++) {
      const [part, file, group, count, filtered] = columns.map((column) => Number(column[i]));
      const name = asked[part].files[file].file;
      const own = held[part].get(name) ?? [];
      own.push({ group, rows: count, filtered: filtered === 1 });
      held[part].set(name, own);
    }
  }
  return parts.map((part, i) => ({ ...part, held: held[i] }));
}

/** Null: they are too many, or nothing says which they are. */
async function find(probed: readonly Probed[], options: NarrowOptions): Promise<FoundRows[] | null> {
  const rows = sum(probed.flatMap(({ held }) => [...held.values()].flatMap((own) => own.map((one) => one.rows))));
  if (rows > SEARCHED_MAX && !probed.some(({ necessary }) => isOfAny(necessary))) return null;
  const found: FoundRows[] = [];
  let left = FOUND_MAX;
  for (const { group, necessary, held } of probed) {
    if (held.size === 0) continue;
    if (necessary === null) return null;
    const files = [...held].map(([file, own]) => ({
      file,
      groups: own.map((one) => one.group),
      filtered: own.map((one) => one.filtered),
    }));
    const own = new Map<string, { file: string; group: number; rows: number[] }>();
    try {
      const work = { kind: 'find', necessary, type: group.type, files, rowsMax: left } as const;
      for await (const { rows: count, columns } of await answer(work, options)) {
        for (let i = 0; i < count; i++) {
          const [file, rowGroup, row] = columns.map((column) => Number(column[i]));
          const place = own.get(`${file} ${rowGroup}`) ?? { file: files[file].file, group: rowGroup, rows: [] };
          place.rows.push(row);
          own.set(`${file} ${rowGroup}`, place);
          left--;
        }
      }
    } catch (error) {
      if (error instanceof WeirError && error.code === 'query.many') return null;
      throw error;
    }
    found.push({ group, rows: [...own.values()] });
  }
  return found;
}

/** Whether any column may have something that is asked for: then all must be read, of every row. */
function isOfAny(necessary: Necessary | null): boolean {
  if (necessary === null) return false;
  return necessary.kind === 'value' ? necessary.columns === null : necessary.of.some(isOfAny);
}

/** Rows of what is done without DuckDB, batch by batch. */
export async function answer(
  find: Find,
  { pool, view, signal, timeMs }: NarrowOptions,
): ReturnType<QueryRunner['query']> {
  const query: FindQuery = {
    find,
    scope: { folders: view.folders, files: [] },
    ...(signal === undefined ? {} : { signal }),
    ...(timeMs === undefined ? {} : { timeMs }),
  };
  return pool.query(query);
}
