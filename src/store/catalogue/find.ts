/** Looking segments up: by time in SQL, then by columns, then by the bounds of columns. */
import type { Database } from '../../base/index.ts';
import type { SegmentColumn, SegmentKind } from '../segment/kinds.ts';
import { mayMeet, unpackBounds, unpackSome } from './bounds.ts';
import { type ColumnNumbers, numbersOf } from './columns.ts';
import { unpackGroups } from './groups.ts';
import type { ColumnNeed, Found, MeasuredColumn, Narrowed, SegmentQuery, StoredSegment, Tally } from './types.ts';

type Statement = ReturnType<Database['prepare']>;
type Row = Readonly<Record<string, unknown>>;

const FIELDS = `s.n, s.file, t.name AS tenant, o.name AS source, l.name AS log, s.level, s.first, s.last, s.rows, s.bytes,
  s.raw_bytes, s.min_time, s.max_time, s.min_received, s.max_received, s.list, s.types, s.object`;
const FROM = `FROM segments s JOIN tenants t ON t.n = s.tenant JOIN sources o ON o.n = s.source JOIN logs l ON l.n = s.log`;
const ORDER = 'ORDER BY s.tenant, s.source, s.log, s.first';
const [LEAST, GREATEST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Where a list has the columns that could meet a need, ascending, and their kinds. */
type Places = readonly { readonly place: number; readonly kind: SegmentKind }[];

/** A need with the numbers of the columns that could meet it. */
interface Asked {
  readonly need: ColumnNeed;
  readonly kinds: ReadonlyMap<number, SegmentKind>;
}

export class SegmentFinder {
  readonly #database: Database;
  readonly #columns: ColumnNumbers;
  readonly #list: Statement;
  readonly #bounds: Statement;
  readonly #one: Statement;
  readonly #groups: Statement;

  constructor(database: Database, columns: ColumnNumbers) {
    this.#database = database;
    this.#columns = columns;
    this.#list = database.prepare('SELECT packed FROM column_lists WHERE n = ?');
    this.#bounds = database.prepare('SELECT packed FROM segment_bounds WHERE segment = ?');
    this.#groups = database.prepare('SELECT packed FROM segment_groups WHERE segment = ?');
    this.#one = this.#prepare(`SELECT ${FIELDS} ${FROM} WHERE s.file = ?`);
  }

  all(): StoredSegment[] {
    const lists = this.#database.prepare('SELECT n, packed FROM column_lists').all();
    const packed = new Map(lists.map((row) => [Number(row['n']), row['packed'] as Uint8Array]));
    return this.#stored(this.#prepare(`SELECT ${FIELDS} ${FROM} ${ORDER}`).all(), packed);
  }

  one(file: string): StoredSegment | null {
    return this.#stored(this.#one.all(file))[0] ?? null;
  }

  measured(file: string): MeasuredColumn[] {
    const row = this.#one.get(file);
    if (row === undefined) return [];
    const columns = this.#columns.columnsOf(this.#packed(Number(row['list'])));
    const measures = unpackBounds(this.#packedBounds(row), columns.length);
    return columns.map((column, i) => ({ ...column, ...measures[i] }));
  }

  find({ tenant, sources, from = LEAST, to = GREATEST, needs = [] }: SegmentQuery): Found {
    const names = sources ?? [];
    const whose = `WHERE t.name = ?${sources === undefined ? '' : ` AND o.name IN (${names.map(() => '?').join()})`}`;
    const counted = this.#database
      .prepare(`SELECT count(*) AS segments, coalesce(sum(s.rows), 0) AS rows ${FROM} ${whose}`)
      .get(tenant, ...names);
    const all = { segments: Number(counted?.['segments']), rows: Number(counted?.['rows']) };
    const timely = this.#prepare(
      `SELECT ${FIELDS} ${FROM} ${whose} AND s.max_time >= ? AND s.min_time <= ? ${ORDER}`,
    ).all(tenant, ...names, from, to);
    const { left, columns, values } = this.#meeting(timely, needs);
    const { segments, rows } = tally(timely);
    return {
      segments: this.#stored(left),
      all,
      pruned: {
        time: { segments: all.segments - segments, rows: all.rows - rows },
        columns: tally(columns),
        values: tally(values),
      },
    };
  }

  narrow(files: readonly string[], needs: readonly ColumnNeed[]): Narrowed {
    const known = files.map((file) => this.#one.get(file));
    const { left, columns, values } = this.#meeting(
      known.filter((row) => row !== undefined),
      needs,
    );
    const groupsOf = (row: Row): Uint8Array | undefined =>
      this.#groups.get(Number(row['n']))?.['packed'] as Uint8Array | undefined;
    const may = new Map(
      left.map((row) => {
        const packed = groupsOf(row);
        return [String(row['file']), packed === undefined ? null : unpackGroups(packed)] as const;
      }),
    );
    // What took its place is not among these: it must be read as it is.
    for (const [i, row] of known.entries()) if (row === undefined) may.set(files[i], null);
    return { files: may, pruned: { columns: tally(columns), values: tally(values) } };
  }

  earliest(tenant: string, sources?: readonly string[]): bigint | null {
    const whose = `WHERE t.name = ?${sources === undefined ? '' : ` AND o.name IN (${sources.map(() => '?').join()})`}`;
    const row = this.#prepare(`SELECT min(s.min_time) AS earliest ${FROM} ${whose}`).get(tenant, ...(sources ?? []));
    return (row?.['earliest'] as bigint | null | undefined) ?? null;
  }

  /** Segments that may meet all needs, those without a column for one, and those whose bounds rule it out. */
  #meeting(rows: readonly Row[], needs: readonly ColumnNeed[]): { left: Row[]; columns: Row[]; values: Row[] } {
    const parts = { left: [] as Row[], columns: [] as Row[], values: [] as Row[] };
    const asked = needs.map((need) => ({ need, kinds: this.#kindsOf(need) }));
    const lists = new Map<number, readonly Places[]>();
    for (const row of rows) {
      const places = asked.length === 0 ? [] : this.#placesOf(Number(row['list']), asked, lists);
      if (places.some((own) => own.length === 0)) parts.columns.push(row);
      else if (asked.every(({ need }, i) => this.#mayMeet(row, need, places[i]))) parts.left.push(row);
      else parts.values.push(row);
    }
    return parts;
  }

  #kindsOf({ paths }: ColumnNeed): Asked['kinds'] {
    return new Map(paths.flatMap((path) => this.#columns.withPath(path).map(({ number, kind }) => [number, kind])));
  }

  #placesOf(list: number, asked: readonly Asked[], known: Map<number, readonly Places[]>): readonly Places[] {
    let places = known.get(list);
    if (places === undefined) {
      const numbers = numbersOf(this.#packed(list));
      places = asked.map(({ kinds }) =>
        numbers.flatMap((number, place) => {
          const kind = kinds.get(number);
          return kind === undefined ? [] : [{ place, kind }];
        }),
      );
      known.set(list, places);
    }
    return places;
  }

  #mayMeet(row: Row, need: ColumnNeed, places: Places): boolean {
    if (need.values === undefined && need.from === undefined && need.to === undefined) return true;
    const measures = unpackSome(
      this.#packedBounds(row),
      places.map(({ place }) => place),
    );
    return places.some(({ kind }, i) => mayMeet(need, kind, measures[i].bounds));
  }

  #packedBounds(row: Row): Uint8Array {
    return this.#bounds.get(Number(row['n']))?.['packed'] as Uint8Array;
  }

  #packed(list: number): Uint8Array {
    return this.#list.get(list)?.['packed'] as Uint8Array;
  }

  #prepare(sql: string): Statement {
    const statement = this.#database.prepare(sql);
    // Hostile event times do not fit a double.
    statement.setReadBigInts(true);
    return statement;
  }

  #stored(rows: readonly Row[], packed?: ReadonlyMap<number, Uint8Array>): StoredSegment[] {
    const lists = new Map<number, () => readonly SegmentColumn[]>();
    return rows.map((row) => {
      const list = Number(row['list']);
      let columns = lists.get(list);
      if (columns === undefined) {
        columns = this.#columnsLater(packed?.get(list) ?? this.#packed(list));
        lists.set(list, columns);
      }
      return storedOf(row, columns);
    });
  }

  /** The list is read now, for it may be gone when it is asked for; columns stay until the next start or rebuild. */
  #columnsLater(packed: Uint8Array): () => readonly SegmentColumn[] {
    let decoded: readonly SegmentColumn[] | null = null;
    return () => {
      decoded ??= this.#columns.columnsOf(packed);
      return decoded;
    };
  }
}

function storedOf(row: Row, columns: () => readonly SegmentColumn[]): StoredSegment {
  const raw = row['raw_bytes'];
  const types = row['types'];
  return {
    file: String(row['file']),
    tenant: String(row['tenant']),
    source: String(row['source']),
    log: String(row['log']),
    object: row['object'] === null ? null : String(row['object']),
    level: Number(row['level']),
    first: Number(row['first']),
    last: Number(row['last']),
    rows: Number(row['rows']),
    bytes: Number(row['bytes']),
    ...(raw === null ? {} : { rawBytes: Number(raw) }),
    ...(types === null ? {} : { types: JSON.parse(String(types)) as string[] }),
    minTime: row['min_time'] as bigint,
    maxTime: row['max_time'] as bigint,
    minReceived: row['min_received'] as bigint,
    maxReceived: row['max_received'] as bigint,
    get columns() {
      return columns();
    },
  };
}

function tally(rows: readonly Row[]): Tally {
  return { segments: rows.length, rows: rows.reduce((sum, row) => sum + Number(row['rows']), 0) };
}
