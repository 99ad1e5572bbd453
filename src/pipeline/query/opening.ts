/** The world of one query: its tables, opened as it asks for them, all as of one moment, and what was read of them. */
import path from 'node:path';
import { fileInfo } from '../../base/index.ts';
import { expressionTools } from '../../detect/index.ts';
import {
  Context,
  DateTime,
  type Environment,
  formatDateTime,
  type OpenedTable,
  type Operator,
  parseQuery,
  RUN_LIMITS,
  RunError,
  runOperators,
  type TableName,
  type TableRequest,
  TICKS_PER_MS,
} from '../../lang/index.ts';
import { type EventsOptions, openEvents, type QueryRunner, type Ruled, type Segment } from '../../query/index.ts';
import { outsideText } from '../store/expirations.ts';
import type { AwayFiles, ThreadView } from '../store/history-messages.ts';
import type { Question, Sources } from './ask.ts';
import type { Read } from './coverage.ts';
import { detectorOf } from './detector.ts';
import { type Planned, StatementRecorder, withoutRows } from './explain.ts';
import { NO_PINS, type Pins } from './pages.ts';
import { lastOf, openTable, type TableRead } from './tables/index.ts';

/** Segments to read, and those whose file is not there. */
interface Held {
  readonly view: ThreadView;
  readonly there: readonly Segment[];
  /** What was fetched of it, or cannot be. */
  readonly asked: Map<string, Promise<boolean>>;
}

export class Opening {
  readonly environment: Environment;
  readonly #sources: Sources;
  readonly #question: Question;
  /** What would be done; null: it is done. */
  readonly plans: Planned[] | null;
  /** Up to where tables are read; null: it is no page. */
  #pins: Pins | null;
  #held: Promise<Held> | null = null;
  readonly #read = {
    views: [] as ThreadView[],
    missing: [] as Segment[],
    ruled: [] as Ruled[],
    tables: [] as TableRead[],
    notes: [] as string[],
  };

  constructor(sources: Sources, question: Question, pins: Pins | null = null, explains = false) {
    this.#pins = pins;
    this.plans = explains ? [] : null;
    this.#sources = sources;
    this.#question = question;
    this.environment = {
      now: question.now,
      tools: expressionTools,
      limits: RUN_LIMITS,
      signal: question.signal ?? null,
      note: (text) => this.#read.notes.push(text),
      open: (request) => this.#open(request),
      detector: async (targets) =>
        detectorOf(sources.rules(), targets, (text) => {
          this.#read.notes.push(text);
        }),
    };
  }

  get read(): Read {
    return this.#read;
  }

  /** As the first page of an answer finds them. */
  get pins(): Pins {
    return this.#pins ?? NO_PINS;
  }

  /** What was read may go. */
  release(): void {
    void this.#held?.then(
      ({ view }) => this.#sources.history.release(view),
      // It was never held; whoever opened it was told why.
      () => {},
    );
    this.#held = null;
  }

  async #open({ table, asof, operators }: TableRequest): Promise<OpenedTable> {
    const { tenant, since } = this.#question;
    const context = new Context(this.environment);
    if (table !== 'events') {
      const onOpen = (one: TableRead): void => {
        // A table that was opened for its columns alone, and is now for its rows.
        const { tables } = this.#read;
        const again = tables.findIndex((other) => other.table === one.table && other.rows === 0);
        tables.splice(again < 0 ? tables.length : again, 1, one);
      };
      const upTo = this.#pins === null ? null : this.#pinned(table);
      const { installation = true } = this.#question;
      const asked = { table, tenant, since, asof, upTo, operators, installation };
      const opened = await openTable(asked, this.#sources.tables, context, onOpen);
      this.plans?.push({ table, reads: `${table}, page by page`, operators, applied: 0, statements: [] });
      return this.plans === null ? opened : { ...opened, batches: NOTHING };
    }
    // Events that a query reads twice, in a join with themselves, are the same both times.
    this.#held ??= this.#hold();
    const held = await this.#held;
    const { view } = held;
    const pinned = this.#pins?.events ?? null;
    if (this.#pins !== null) this.#pins = { ...this.#pins, events: pinned ?? view.position };
    const { positions } = this.#question;
    const first = [
      ...(positions === undefined ? [] : withinOperators(positions)),
      ...(since === null ? [] : sinceOperators(since)),
      ...(pinned === null || pinned >= view.position ? [] : beforeOperators(pinned)),
    ];
    const all = [...first, ...operators];
    if (this.plans !== null) return this.#planned(held, all, first.length, asof, context, this.plans);
    const opened = await this.#events(this.#sources.pool, held, all, asof, context, {
      narrow: (files, needs) => this.#sources.history.narrow(files, needs),
      fetch: (files) => this.#fetch(held, files),
      ruled: (ruled) => this.#read.ruled.push(withView(ruled, view)),
    });
    if (opened.applied >= first.length) return { ...opened, applied: opened.applied - first.length };
    return { ...(await runOperators(first.slice(opened.applied), opened, context)), applied: 0 };
  }

  #events(
    pool: QueryRunner,
    { there }: Held,
    operators: readonly Operator[],
    asof: DateTime | null,
    context: Context,
    narrowing: Pick<EventsOptions, 'narrow' | 'fetch' | 'ruled'> = {},
  ): Promise<OpenedTable> {
    const { tenant, signal } = this.#question;
    return openEvents(
      { asof, operators },
      {
        pool,
        view: { tenant, folders: foldersOf(there), segments: there },
        tools: expressionTools,
        context,
        ...narrowing,
        ...(signal === undefined ? {} : { signal }),
      },
    );
  }

  /** As {@link #events}, with every statement recorded and none run. */
  async #planned(
    held: Held,
    all: readonly Operator[],
    own: number,
    asof: DateTime | null,
    context: Context,
    plans: Planned[],
  ): Promise<OpenedTable> {
    const { view, there } = held;
    const recorder = new StatementRecorder();
    // Where on its disk a server keeps things is nobody's business who may ask.
    const above = foldersOf(there).map((folder) => `${path.dirname(folder).replaceAll("'", "''")}/`);
    const placeless = (sql: string): string => above.reduce((text, place) => text.replaceAll(place, ''), sql);
    const opened = await withoutRows(await this.#events(recorder, held, all, asof, context));
    const events = there.reduce((sum, { rows }) => sum + rows, 0);
    const reads = `events: ${there.length} of ${view.all.segments} segments, ${events} events, up to position ${view.position}`;
    plans.push({
      table: 'events',
      reads,
      operators: all,
      applied: opened.applied,
      statements: recorder.statements.map(placeless),
    });
    const rest = await runOperators(all.slice(opened.applied, Math.max(own, opened.applied)), opened, context);
    return { ...rest, applied: Math.max(0, opened.applied - own) };
  }

  /** How far a table is read that grows; one that changes in its rows cannot be had in pages. */
  #pinned(table: TableName): number {
    if (this.#pins === null || (table !== 'hits' && table !== 'dead_letters')) {
      const why = `the answer cannot be had in pages: rows of ${table} change while they are read`;
      throw new RunError('query.argument', why, 'Ask for all of it at once.');
    }
    const upTo = this.#pins[table] ?? lastOf(table, this.#sources.tables);
    this.#pins = { ...this.#pins, [table]: upTo };
    return upTo;
  }

  async #hold(): Promise<Held> {
    const { tenant, since } = this.#question;
    const from = since === null ? {} : { from: BigInt(Math.floor(since * 1000)) };
    const view = await this.#sources.history.view({ tenant, ...from });
    const { positions } = this.#question;
    const wanted = view.segments.filter(
      ({ positions: of }) =>
        positions === undefined || of === undefined || (of[1] >= positions.from && of[0] < positions.to),
    );
    const [there, gone] = thereOf(wanted, view.cold);
    this.#read.views.push(view);
    if (view.outside !== null) this.#read.notes.push(outsideText(view.outside));
    this.#read.missing.push(...gone);
    return { view, there, asked: new Map() };
  }

  /** What is in the object store is fetched once it is known to be needed; gives what cannot be, which is told as missing. */
  async #fetch({ view, there, asked }: Held, files: readonly string[]): Promise<ReadonlySet<string>> {
    const cold = files.filter((file) => view.cold.has(file));
    const unasked = cold.filter((file) => !asked.has(file));
    if (unasked.length > 0) {
      const coming = this.#sources.history.fetch(view, unasked);
      for (const file of unasked) {
        const came = coming.then((away) => !away.has(file));
        // Whoever waits for it is told.
        came.catch(() => {});
        asked.set(file, came);
      }
      const away = await coming;
      this.#read.missing.push(...there.filter(({ file }) => away.has(file)));
      this.#read.notes.push(...awayNotes(away));
    }
    const gone = new Set<string>();
    for (const file of cold) if ((await asked.get(file)) === false) gone.add(file);
    return gone;
  }
}

/** By reason, since that is mostly one. */
export function awayNotes(away: AwayFiles): string[] {
  const whys = Map.groupBy(away, ([, why]) => why);
  return [...whys].map(([why, own]) => `${own.length} segments in the object store could not be read: ${why}`);
}

/** What the time asked for has ruled out counts too. */
function withView(ruled: Ruled, { pruned }: ThreadView): Ruled {
  const { segments, rows } = pruned.time;
  return { ...ruled, time: { segments: ruled.time.segments + segments, rows: ruled.time.rows + rows } };
}

const NOTHING: AsyncIterable<never> = {
  [Symbol.asyncIterator]: async function* () {},
};

/** Segments whose files are there, and those whose are not. */
export function thereOf(segments: readonly Segment[], cold: ReadonlySet<string>): [Segment[], Segment[]] {
  const parts: [Segment[], Segment[]] = [[], []];
  for (const segment of segments)
    parts[!cold.has(segment.file) && fileInfo(segment.file) === null ? 1 : 0].push(segment);
  return parts;
}

/** `store/tenant=…`: of one tenant, since a view is. */
export function foldersOf(segments: readonly Segment[]): string[] {
  return [...new Set(segments.map(({ file }) => path.dirname(path.dirname(file))))];
}

function withinOperators({ from, to }: { readonly from: number; readonly to: number }): readonly Operator[] {
  const condition = `weir.position >= ${from} and weir.position < ${to}`;
  return parseQuery(`events | where ${condition}`).tree?.body.operators ?? [];
}

function beforeOperators(position: number): readonly Operator[] {
  return parseQuery(`events | where weir.position < ${position}`).tree?.body.operators ?? [];
}

/** What leaves only events of a time and later. */
function sinceOperators(since: number): readonly Operator[] {
  const from = formatDateTime(new DateTime(BigInt(Math.floor(since)) * TICKS_PER_MS));
  const { tree } = parseQuery(`events | where @timestamp >= datetime(${from})`);
  return tree?.body.operators ?? [];
}
