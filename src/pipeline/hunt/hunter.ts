/**
 * Rules over stored row groups, without making events of them: every value of the columns that rules read is matched once, and what
 * rules make of a row hangs on the predicates that its values satisfy, so rows are judged by these, each combination once
 * (kernel/hunt.ts). The few rows that some rule matches go to the {@link Decider}.
 */
import { Engine, type LaneSource, lanesOf, openImage, type Plan } from '../../detect/engine/index.ts';
import { Rebuilder, type SegmentReader } from '../../store/index.ts';
import type { RulePackage } from '../scanner.ts';
import { alike } from './alike.ts';
import { HuntColumns, type LoadedColumn, type SweptColumn, TooLarge } from './columns.ts';
import { type Decided, Decider } from './decider.ts';
import { comparePlaces, GroupPlaces, type Place, type Span } from './places.ts';
import { type HuntShape, HuntShapes, namesOfColumns } from './shapes.ts';

/** What to hunt in. */
export interface HuntGroup {
  readonly segment: SegmentReader;
  /** Index of the row group. */
  readonly group: number;
  readonly source: string;
  readonly span: Span;
  /** Rows up to here have been hunted in; null: none. */
  readonly after: Place | null;
  /** Whether somebody wants to know how far it goes. */
  readonly wantsLast?: boolean;
}

export interface GroupResult extends Decided {
  /** Events of the time asked for. */
  readonly events: number;
  /** Lane → events. */
  readonly lanes: Readonly<Record<string, number>>;
  /** The last place in the group, where it was asked for. */
  readonly last: Place | null;
}

export interface HuntCounts {
  rows: number;
  /** Rows that were read as events: some rule may match them, or their columns do not say all. */
  read: number;
}

/** Rows of one shape that have the same plan. */
interface Share {
  readonly shape: HuntShape;
  /** First row of the shape's run, and the rows of the share from there on, ascending; null: all. */
  readonly from: number;
  readonly to: number;
  readonly rows: Uint32Array | null;
  /** Entries of discriminators. */
  readonly probe: readonly { readonly position: number; readonly entry: number }[];
}

type ColumnOf = (shape: HuntShape, position: number) => LoadedColumn | null;
/** Null: nothing in it holds a keyword. */
type SearchedOf = (shape: HuntShape, position: number) => LoadedColumn | SweptColumn | null;

/** Memory for what one row group needs; where that is not enough its rows are read as events. */
export interface HuntSize {
  /** Distinct values. */
  readonly entries: number;
  /** Bytes of distinct texts, with the codes of columns. */
  readonly textBytes: number;
  /** Bytes of tokens that are no texts. */
  readonly tokenBytes: number;
}

const SIZE: HuntSize = { entries: 1 << 21, textBytes: 192 << 20, tokenBytes: 64 << 20 };
const ROWS_MAX = 0x8000;
const CODES_MAX = 0x80000;
/** Marks of rows: some rule may match; the columns do not say all. */
const MATCH = 1;
const READ = 2;

export class Hunter {
  readonly #engine: Engine;
  readonly #decider: Decider;
  readonly #shapes: HuntShapes;
  readonly #names = new WeakMap<SegmentReader, ReadonlyMap<string, string>>();
  /** Room for the rows, keys and marks of a share, and as many zeros. */
  #roomAt = 0;
  #roomRows = 0;
  readonly counts: HuntCounts = { rows: 0, read: 0 };

  constructor(rules: RulePackage, module: WebAssembly.Module, lanes?: LaneSource, size = SIZE) {
    const image = openImage(rules.image);
    if (image === null) throw new Error('the compiled rules are not of this version');
    const source = lanes ?? lanesOf(image);
    this.#engine = new Engine(module, image, { inputBytes: 1 << 20, lanes: source });
    this.#decider = new Decider(rules, module, source);
    this.#shapes = new HuntShapes(this.#engine);
    const { kernel } = this.#engine;
    if (kernel.hunt.initHunt(size.entries, size.textBytes, size.tokenBytes) === 0)
      throw new Error('the kernel cannot have memory for a hunt');
    kernel.refresh();
    kernel.textsFrom = kernel.get('texts');
    kernel.textsTo = kernel.textsFrom + size.textBytes;
  }

  /** All hits in a row group, in the order of the journal. Throws WeirError `store.damaged`. */
  hunt({ segment, group, source, span, after, wantsLast = false }: HuntGroup): GroupResult {
    const places = new GroupPlaces(segment, group);
    const { rows: count } = segment.groups[group];
    const wanted = wantedRows(places, count, span, after);
    const columns = new HuntColumns(this.#engine.kernel, segment, group);
    const lanes: Record<string, number> = {};
    const marks = new Uint8Array(count);
    try {
      this.#mark(segment, group, columns, wanted, marks, lanes);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      marks.fill(READ);
      for (const lane of Object.keys(lanes)) delete lanes[lane];
    }
    const rows: number[] = [];
    let events = 0;
    for (let row = 0; row < count; row++) {
      if (wanted !== null && wanted[row] === 0) continue;
      events++;
      if (marks[row] !== 0) rows.push(row);
    }
    this.counts.rows += events;
    this.counts.read += rows.length;
    const last = wantsLast ? places.last() : null;
    if (rows.length === 0) return { ...this.#decider.nothing(), events, lanes, last };
    const ordered = inOrder(rows, places);
    const rebuilder = new Rebuilder(segment, group, (name) => columns.chunkFor(name, rows), rows);
    const isRead = (row: number): boolean => marks[row] === READ;
    const decided = this.#decider.decide({ log: segment.log, source, rebuilder, places, rows: ordered, isRead, lanes });
    return { ...decided, events, lanes, last };
  }

  #mark(
    segment: SegmentReader,
    group: number,
    columns: HuntColumns,
    wanted: Uint8Array | null,
    marks: Uint8Array,
    lanes: Record<string, number>,
  ): void {
    const { kernel } = this.#engine;
    const runs = segment.shapes(group);
    const names = this.#namesOf(segment);
    this.#shapes.learn(runs.map(({ shape }) => shape));
    kernel.hunt.beginHunt();
    const nameOf = (key: string | null): string | null => (key === null ? null : (names.get(key) ?? null));
    const columnOf: ColumnOf = (shape, position) => {
      const name = nameOf(shape.columns[position]);
      return name === null ? null : columns.column(name);
    };
    const shares: Share[] = [];
    for (const { from, to, shape: text } of runs) {
      const shape = this.#shapes.get(text);
      if (shape === undefined) marks.fill(READ, from, to);
      else shares.push(...this.#sharesOf(shape, from, to, columnOf));
    }
    const plans = this.#plansOf(shares);
    shares.forEach((share, i) => {
      const { shape, from, to } = share;
      for (const position of this.#readBy(plans[i])) {
        const name = nameOf(shape.columns[position]);
        if (name !== null) columns.neededFor(name, from + firstOf(share), from + lastOf(share) + 1);
      }
      const matcher = this.#keywordsOf(plans[i]);
      if (matcher === null) return;
      columns.searchedFor(
        shape.columns.flatMap((key) => nameOf(key) ?? []),
        from,
        to,
        matcher,
      );
    });
    const searchedOf: SearchedOf = (shape, position) => {
      const name = nameOf(shape.columns[position]);
      return name === null ? null : columns.searched(name);
    };
    // Those of one lane together: an entry holds one set of predicates, that of the matcher which looked last.
    const order = shares
      .map((_, i) => i)
      .sort((a, b) => this.#laneOf(plans[a]) - this.#laneOf(plans[b]) || plans[a].address - plans[b].address);
    let last: Plan | null = null;
    for (const i of order) {
      const [share, plan] = [shares[i], plans[i]];
      if (plan.wrapped) eachRow(share, (row) => marks.fill(READ, row, row + 1));
      else {
        lanes[plan.lane] = (lanes[plan.lane] ?? 0) + countOf(share, wanted);
        if (plan.rules > 0) this.#judge(share, plan, plan !== last, columnOf, searchedOf, marks);
        last = plan;
      }
    }
  }

  /** The matcher of the keywords that a plan searches for; null: of none. */
  #keywordsOf({ address, rules, wrapped }: Plan): number | null {
    const [searched, matcher] = this.#engine.kernel.words.subarray((address >>> 2) + 5, (address >>> 2) + 7);
    return rules === 0 || wrapped || searched === 0 ? null : matcher;
  }

  /** Positions of the values that a plan's rules read. */
  *#readBy({ address, rules, wrapped }: Plan): Generator<number> {
    if (rules === 0 || wrapped) return;
    const { words } = this.#engine.kernel;
    const w = address >>> 2;
    for (let i = 0; i < words[w + 4]; i++) yield words[w + 8 + i * 2];
  }

  #laneOf({ address }: Plan): number {
    return this.#engine.kernel.words[address >>> 2];
  }

  #namesOf(segment: SegmentReader): ReadonlyMap<string, string> {
    let names = this.#names.get(segment);
    if (names === undefined) {
      names = namesOfColumns(segment);
      this.#names.set(segment, names);
    }
    return names;
  }

  /** The rows of a run by the values that decide what they are. */
  #sharesOf(shape: HuntShape, from: number, to: number, columnOf: ColumnOf): Share[] {
    const { words } = this.#engine.kernel;
    const record = words[(shape.node >> 2) + 10] >>> 2;
    const deciding: { position: number; first: number; codes: Uint32Array | null; at: number }[] = [];
    for (let i = 0; i < words[record + 1]; i++) {
      const position = words[record + 2 + i * 2];
      if (position === 0xffffffff) continue;
      const column = columnOf(shape, position);
      if (column === null) continue;
      const { first, codes, present } = column;
      deciding.push({ position, first, codes, at: present.indexOf(from) });
    }
    const probe = (row: number) =>
      deciding.map(({ position, first, codes, at }) => ({ position, entry: first + (codes?.[at + row] ?? at + row) }));
    const groups = alike(
      to - from,
      deciding.map(({ codes, at }) => ({ codes, at })),
    );
    if (groups === null) return [{ shape, from, to, rows: null, probe: probe(0) }];
    return groups.map((rows) => ({ shape, from, to, rows, probe: probe(rows[0]) }));
  }

  /** The plan of each share, from a row that has its deciding values and no others. */
  #plansOf(shares: readonly Share[]): Plan[] {
    const { kernel } = this.#engine;
    const plans: Plan[] = [];
    for (let i = 0; i < shares.length; ) {
      kernel.hunt.clearHuntRows();
      const first = i;
      for (; i < shares.length; i++) {
        const { shape, probe } = shares[i];
        const at = kernel.hunt.huntRow(shape.node, shape.columns.length, ROWS_MAX, CODES_MAX) >>> 2;
        if (at === 0) break;
        for (const { position, entry } of probe) kernel.words[at + position] = entry;
      }
      if (i === first) throw new TooLarge();
      this.#engine.evaluate(() => {});
      for (let row = 0; row < i - first; row++) {
        const plan = this.#engine.planOf(row);
        if (plan === undefined) throw new Error('a row that was evaluated has no plan');
        plans.push(plan);
      }
    }
    kernel.hunt.clearHuntRows();
    return plans;
  }

  /** Marks the rows of a share that some rule may match. */
  #judge(
    share: Share,
    plan: Plan,
    isNew: boolean,
    columnOf: ColumnOf,
    searchedOf: SearchedOf,
    marks: Uint8Array,
  ): void {
    const { kernel } = this.#engine;
    const { shape, from, to, rows } = share;
    const first = firstOf(share);
    const count = rows?.length ?? to - from;
    const w = plan.address >>> 2;
    const [items, searched, keywords, patterns] = kernel.words.subarray(w + 4, w + 8);
    const positions = kernel.words.slice(w + 8, w + 8 + items * 2 + searched);
    const room = this.#room(count);
    if (rows !== null) kernel.words.set(rows, room.rows >>> 2);
    kernel.words.fill(0, room.keys >>> 2, (room.keys >>> 2) + count);
    if (isNew) kernel.hunt.beginPlan();
    /** Where a value's entries are: codes, the value of the first row, offsets of the others, entry of code 0. */
    const place = (position: number): readonly [number, number, number, number] => {
      const column = columnOf(shape, position);
      // A null stands in no column: it is entry 0 of every row.
      if (column === null) return [0, 0, room.zeros, 0];
      // Rows count from `from`, whose own value need not be there.
      const at = column.present.indexOf(from + first) - first;
      return [column.codesAt, at, rows === null ? 0 : room.rows, column.first];
    };
    for (let i = 0; i < items; i++) {
      const [codes, at, offsets, entry] = place(positions[i * 2]);
      kernel.hunt.joinValues(codes, at, offsets, count, entry, positions[i * 2 + 1], room.keys);
    }
    const offsets = rows === null ? 0 : room.rows;
    for (let i = 0; i < searched; i++) {
      const column = searchedOf(shape, positions[items * 2 + i]);
      // Nor does a keyword stand in a null.
      if (column === null) continue;
      const at = column.present.indexOf(from);
      if ('hot' in column)
        kernel.hunt.joinSwept(
          column.hotAt,
          column.hot,
          at,
          offsets,
          count,
          column.first,
          keywords,
          patterns,
          room.keys,
        );
      else kernel.hunt.joinKeywords(column.codesAt, at, offsets, count, column.first, keywords, patterns, room.keys);
    }
    if (kernel.hunt.judgeRows(plan.address, room.keys, count, room.marks) === 0) return;
    const found = kernel.bytes.subarray(room.marks, room.marks + count);
    for (let i = 0; i < count; i++) if (found[i] !== 0) marks[from + (rows?.[i] ?? i)] = MATCH;
  }

  #room(count: number): Readonly<Record<'rows' | 'keys' | 'zeros' | 'marks', number>> {
    if (count > this.#roomRows) {
      this.#roomRows = Math.max(count, this.#roomRows * 2, 1 << 17);
      this.#roomAt = this.#engine.kernel.alloc(this.#roomRows * 13 + 64);
    }
    const [at, size] = [this.#roomAt, this.#roomRows * 4];
    return { rows: at, keys: at + size, zeros: at + size * 2, marks: at + size * 3 };
  }
}

/** Rows that are asked for, a byte each; null: all. */
function wantedRows(places: GroupPlaces, count: number, span: Span, after: Place | null): Uint8Array | null {
  const within = places.within(span);
  if (after === null) return within;
  const wanted = within ?? new Uint8Array(count).fill(1);
  for (let row = 0; row < count; row++) if (comparePlaces(places.placeOf(row), after) <= 0) wanted[row] = 0;
  return wanted;
}

function inOrder(rows: readonly number[], places: GroupPlaces): readonly number[] {
  if (rows.length < 2) return rows;
  const at = new Map(rows.map((row) => [row, places.placeOf(row)]));
  const placeOf = (row: number): Place => at.get(row) ?? places.placeOf(row);
  return rows.toSorted((a, b) => comparePlaces(placeOf(a), placeOf(b)));
}

function eachRow({ from, to, rows }: Share, take: (row: number) => void): void {
  if (rows === null) for (let row = from; row < to; row++) take(row);
  else for (const row of rows) take(from + row);
}

/** First and last row of a share, from its run's first on. */
const firstOf = ({ rows }: Share): number => rows?.[0] ?? 0;
const lastOf = ({ from, to, rows }: Share): number => rows?.at(-1) ?? to - from - 1;

function countOf(share: Share, wanted: Uint8Array | null): number {
  if (wanted === null) return share.rows?.length ?? share.to - share.from;
  let count = 0;
  eachRow(share, (row) => {
    count += wanted[row];
  });
  return count;
}
