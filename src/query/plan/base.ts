/**
 * The events a query begins with: one SELECT for all segments whose columns supply the names it asks for in the same way, explicitly
 * column by column, put together by UNION ALL. Names are asked for while the query is translated; the SELECTs are written at the end.
 */
import { NOTHING, SOURCES, type SourceType } from '../../schema/index.ts';
import { type Cell, cellOf, choose, firstOf, PART_KINDS, type PartKind } from './cell.ts';
import { type Candidate, isVirtual, SegmentNames, typeOf, type Virtual } from './names.ts';
import { SQL_READERS } from './readers.ts';
import * as sql from './sql.ts';
import type { ColumnKind, Segment, SegmentColumn } from './view.ts';

/** Segments with the same names and constants. */
export interface Group {
  /** What the rows of its segments satisfy that are meant, over columns of the file; null: all are. */
  readonly only: string | null;
  /** The same: their source type, empty of none; null: all are. */
  readonly type: string | null;
  readonly names: SegmentNames;
  readonly source: string;
  readonly log: string;
  readonly tenant: string;
  readonly segments: readonly Segment[];
}

const KINDS: Readonly<Partial<Record<ColumnKind, PartKind>>> = {
  string: 'string',
  integer: 'long',
  float: 'real',
  boolean: 'bool',
  list: 'list',
};

const SQL_TYPES: Readonly<Record<PartKind, string>> = {
  bool: 'BOOLEAN',
  long: 'BIGINT',
  real: 'DOUBLE',
  datetime: 'BIGINT',
  timespan: 'BIGINT',
  string: 'VARCHAR',
  list: 'VARCHAR',
  dynamic: 'VARCHAR[]',
};

/** A column of the base: for each group an expression over its file. */
interface Column {
  readonly alias: string;
  readonly of: (group: Group) => string;
}

/** What a SELECT gives beside what was asked for by name. */
export interface More {
  /** Expressions with aliases, over columns of the file. */
  readonly columns: readonly (readonly [expression: string, alias: string])[];
  readonly condition: string | null;
}

export class Base {
  readonly groups: readonly Group[];
  readonly #columns: Column[] = [];
  #aliases = 0;
  readonly #cells = new Map<string, Cell | null>();
  readonly #resolved = new Map<Group, Map<string, Cell | null>>();
  /** Conditions that rows of all segments must satisfy, over columns of the file. */
  readonly #conditions: readonly string[];
  readonly #shown: readonly Virtual[];

  constructor(
    tenant: string,
    segments: readonly Segment[],
    shown: readonly Virtual[],
    conditions: readonly string[] = [],
  ) {
    this.groups = groupsOf(tenant, segments);
    this.#shown = shown;
    this.#conditions = conditions;
  }

  /** A name as columns of the base; null where it has no SQL in some segment. */
  cell(name: string): Cell | null {
    let cell = this.#cells.get(name);
    if (cell === undefined) {
      cell = this.#cell(name);
      this.#cells.set(name, cell);
    }
    return cell;
  }

  #cell(name: string): Cell | null {
    const kinds = new Set<PartKind>();
    for (const group of this.groups) {
      const own = this.#own(group, name);
      if (own === null) return null;
      for (const kind of own.keys()) kinds.add(kind);
    }
    const cell = new Map<PartKind, string>();
    for (const kind of PART_KINDS) {
      if (!kinds.has(kind)) continue;
      const of = (group: Group): string => this.#own(group, name)?.get(kind) ?? `NULL::${SQL_TYPES[kind]}`;
      cell.set(kind, this.#column(of));
    }
    return cell;
  }

  /** Whether a name leads to a column in some segment. */
  knows(name: string): boolean {
    return this.groups.some(({ names }) => names.candidates(name).length > 0);
  }

  /** A condition worked out in each group by itself; null where it has no SQL in one of them. */
  condition(make: (group: Group) => string | null): string | null {
    const made = new Map<Group, string>();
    for (const group of this.groups) {
      const own = make(group);
      if (own === null) return null;
      made.set(group, own);
    }
    return this.#column((group) => made.get(group) ?? 'FALSE');
  }

  /** A name that no other column of the statement has. */
  alias(letter: string): string {
    return `${letter}${this.#aliases++}`;
  }

  #column(of: (group: Group) => string): string {
    const alias = this.alias('b');
    this.#columns.push({ alias, of });
    return alias;
  }

  /** A name as expressions over the columns of a group's files. */
  #own(group: Group, name: string): Cell | null {
    const cells = this.#resolved.get(group) ?? new Map<string, Cell | null>();
    this.#resolved.set(group, cells);
    const known = cells.get(name);
    if (known !== undefined) return known;
    const cell = isVirtual(name) ? virtual(name, group) : nameCell(name, group.names);
    cells.set(name, cell);
    return cell;
  }

  /**
   * What `*` stands for: all columns of a group and what weir shows with an event; or for `host.*` all that goes by names that begin so. As
   * expressions over its files; null where one has no SQL.
   */
  every(group: Group, path: string): readonly Cell[] | null {
    const { names } = group;
    if (path === '*') {
      const own = [...names.paths.keys()].filter((name) => !isVirtual(name) && !name.startsWith('weir.'));
      // Weir's own fields are asked for by name only.
      const shown = this.#shown.filter((name) => !name.startsWith('weir.'));
      return [...shown.map((name) => virtual(name, group)), ...own.map((name) => pathCell(name, names))];
    }
    const prefix = path.slice(0, -1);
    const cells = [prefix.slice(0, -1), ...names.namesBelow(prefix)].map((name) => nameCell(name, names));
    return cells.includes(null) ? null : (cells as readonly Cell[]);
  }

  /** What gives all rows of groups, with every column asked for so far. */
  render(groups: readonly Group[] = this.groups, more: More = { columns: [], condition: null }): string {
    const conditions = [...this.#conditions, ...(more.condition === null ? [] : [more.condition])];
    const selects = groups.map((group) => {
      const own = group.only === null ? conditions : [...conditions, group.only];
      const where = own.length === 0 ? '' : ` WHERE ${sql.and(own)}`;
      const list = [
        ...this.#columns.map(({ alias, of }) => `${of(group)} AS ${alias}`),
        ...more.columns.map(([expression, alias]) => `${expression} AS ${alias}`),
      ];
      const select = list.length === 0 ? '1 AS b' : list.join(', ');
      return `SELECT ${select} FROM ${parquet(group, select)}${where}`;
    });
    if (selects.length > 0) return selects.join(' UNION ALL ');
    const nothing = [...this.#columns.map(({ alias }) => alias), ...more.columns.map(([, alias]) => alias)];
    return `SELECT ${nothing.map((alias) => `NULL AS ${alias}`).join(', ') || '1 AS b'} WHERE FALSE`;
  }
}

/**
 * Segments of one source type, source and log as long as no column of one is called as another of the other. A file names columns as it
 * likes where names differ by case only.
 */
function groupsOf(tenant: string, segments: readonly Segment[]): Group[] {
  const drafts: Draft[] = [];
  for (const segment of segments) {
    const { source, log } = segment;
    for (const { type, only } of partsOf(segment)) {
      const draft = drafts.find(
        (one) =>
          one.type === type && one.only === only && one.source === source && one.log === log && takes(one, segment),
      );
      if (draft !== undefined) draft.segments.push(segment);
      else {
        const fresh: Draft = {
          type,
          only,
          source,
          log,
          segments: [segment],
          byName: new Map(),
          byPath: new Map(),
          lists: new Set(),
        };
        takes(fresh, segment);
        drafts.push(fresh);
      }
    }
  }
  return drafts.map(({ type, only, source, log, segments: own, byName }) => ({
    only: only === null ? null : only === '' ? '"weir.type" IS NULL' : `"weir.type" = ${sql.text(only)}`,
    type: only,
    names: new SegmentNames(byName.values(), type),
    source,
    log,
    tenant,
    segments: own,
  }));
}

/** Events of a segment by the type of their source, since names mean what the type says: of several each is asked by itself. */
function partsOf({ types, columns }: Segment): { readonly type: SourceType | null; readonly only: string | null }[] {
  if (types === undefined) return [{ type: typeOf(columns), only: null }];
  return types.map((id) => {
    const type = SOURCES.find((source) => source.id === id) ?? null;
    if (types.length === 1) return { type, only: null };
    return { type, only: id };
  });
}

interface Draft {
  readonly type: SourceType | null;
  /** Source type of its rows, empty of none; null: that of all rows. */
  readonly only: string | null;
  readonly source: string;
  readonly log: string;
  readonly segments: Segment[];
  /** Small letters of physical names → column. */
  readonly byName: Map<string, SegmentColumn>;
  /** Path and kind → physical name. */
  readonly byPath: Map<string, string>;
  readonly lists: Set<readonly SegmentColumn[]>;
}

function takes({ byName, byPath, lists }: Draft, { columns }: Segment): boolean {
  if (lists.has(columns)) return true;
  const key = ([, path, kind]: SegmentColumn): string => `${kind} ${path}`;
  for (const column of columns) {
    const [physical] = column;
    const same = byName.get(physical.toLowerCase());
    if (same !== undefined && (same[0] !== physical || key(same) !== key(column))) return false;
    if ((byPath.get(key(column)) ?? physical) !== physical) return false;
  }
  for (const column of columns) {
    byName.set(column[0].toLowerCase(), column);
    byPath.set(key(column), column[0]);
  }
  lists.add(columns);
  return true;
}

/** Own columns of weir, which every file has. */
const OWN = ['weir.position', 'weir.row', 'weir.time', 'weir.received', 'weir.shape', 'weir.raw'];

/** Folders of segments are no columns. Footers of all files are read first only where some lack a column that is asked for. */
function parquet({ segments }: Group, select: string): string {
  const asked = new Set([...select.matchAll(/"((?:[^"]|"")*)"/g)].map(([, name]) => name.replaceAll('""', '"')));
  for (const name of OWN) asked.delete(name);
  const lists = new Set(segments.map(({ columns }) => columns));
  const lacking = [...lists].some((columns) => {
    let found = 0;
    for (const [physical] of columns) if (asked.has(physical)) found++;
    return found < asked.size;
  });
  const files = segments.map(({ file }) => sql.text(file)).join(', ');
  return `read_parquet([${files}], hive_partitioning = false${lacking ? ', union_by_name = true' : ''})`;
}

const RECEIVED = 'epoch_us("weir.received")';

function virtual(name: Virtual, { log, source, tenant }: Group): Cell {
  switch (name) {
    case '@timestamp':
      return cellOf('datetime', 'epoch_us(coalesce("weir.time", "weir.received"))');
    case 'weir.received':
      return cellOf('datetime', RECEIVED);
    case 'weir.id':
      return cellOf('string', `(${sql.text(`${log}/0/`)} || "weir.position" || '/' || "weir.row")`);
    case 'weir.position':
      return cellOf('long', '"weir.position"');
    case 'weir.row':
      return cellOf('long', 'CAST("weir.row" AS BIGINT)');
    case 'weir.source.id':
      return cellOf('string', sql.text(source));
    default:
      return cellOf('string', sql.text(tenant));
  }
}

function nameCell(name: string, names: SegmentNames): Cell | null {
  const cells: Cell[] = [];
  let rank: number | null = null;
  for (const candidate of names.candidates(name)) {
    // Columns that supply a name together make several values of it.
    if (candidate.rank === rank) return null;
    rank = candidate.rank;
    const cell = suppliedCell(candidate, names);
    if (cell === null) return null;
    cells.push(cell);
  }
  return firstOf(cells);
}

/** A path's columns. */
export function pathCell(path: string, names: SegmentNames): Cell {
  const cell = new Map<PartKind, string>();
  for (const [kind, physical] of names.paths.get(path) ?? []) {
    const part = KINDS[kind];
    if (part === undefined) continue;
    const column = sql.identifier(physical);
    cell.set(part, part === 'list' ? someList(`${column}::VARCHAR`) : column);
  }
  return new Map(PART_KINDS.flatMap((kind) => (cell.has(kind) ? [[kind, cell.get(kind) ?? '']] : [])));
}

/** A list without elements, or of nulls alone, is no value. */
function someList(of: string): string {
  return `CASE WHEN NOT regexp_full_match(${of}, '\\[(?:null|[,\\s])*\\]') THEN ${of} END`;
}

function suppliedCell({ path, supply }: Candidate, names: SegmentNames): Cell | null {
  const cell = pathCell(path, names);
  const row = supply?.row ?? null;
  if (row === null || cell.size === 0) return cell;
  if (cell.has('list')) return null;
  const reader = row.read === null ? null : SQL_READERS[row.read];
  if (reader === undefined || (reader !== null && !reader.keepsNumbers && cell.size > (cell.has('string') ? 1 : 0)))
    return null;
  const read = new Map(cell);
  const texts = cell.get('string');
  if (texts !== undefined) {
    const some = `CASE WHEN NOT ${isNothing(texts)} THEN ${texts} END`;
    read.set('string', reader === null ? some : `CASE WHEN NOT ${isNothing(texts)} THEN ${reader.sql(texts)} END`);
  }
  if (row.when === null) return read;
  const conditions: string[] = [];
  for (const [name, values] of Object.entries(row.when)) {
    const own = discriminator(name, names);
    if (own === null) return null;
    conditions.push(`lower(${own}) IN (${values.map((value) => sql.text(value.toLowerCase())).join(', ')})`);
  }
  return choose([{ when: sql.and(conditions), cell: read }]);
}

/** The text of a discriminator; null where it has no SQL. */
function discriminator(name: string, names: SegmentNames): string | null {
  const cell = firstOf(names.discriminator(name).map((path) => pathCell(path, names)));
  const texts: string[] = [];
  for (const [kind, of] of cell) {
    if (kind === 'string') texts.push(of);
    else if (kind === 'long' || kind === 'bool') texts.push(`CAST(${of} AS VARCHAR)`);
    else return null;
  }
  return texts.length === 0 ? 'NULL' : sql.first(texts);
}

const BLANK = String.raw`[\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}]*`;
const WORDS = [...NOTHING].filter((word) => word !== '').map((word) => word.replace(/[()]/g, '\\$&'));

/** Texts by which sources say that there is nothing, blanks around them. Most are too long to be looked at. */
function isNothing(text: string): string {
  return `(length(${text}) <= 8 AND regexp_full_match(${text}, ${sql.text(`${BLANK}(?:${WORDS.join('|')})?${BLANK}`)}))`;
}
