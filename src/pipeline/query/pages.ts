/**
 * Answers in pages. Nothing is kept between them: a cursor says up to which position of the journal, and of which hits, the first page was
 * complete, so that each page is of the same rows however much has come since, and where the page before ended. Where rows are events
 * one by one, that is the place of the last, and the next page reads on from there; where they are put in order, chosen or added up, it is
 * a number of rows, and the query is run again. Every order is made a whole one: by place in the journal, or by all columns.
 */
import { z } from 'zod';
import { sha256, WeirError } from '../../base/index.ts';
import {
  keysOfColumn,
  type Named,
  type Operator,
  type OperatorKind,
  type Pipeline,
  parseQuery,
  pathOf,
  printPath,
  type Query,
  type Row,
  RunError,
  type Stream,
} from '../../lang/index.ts';

/** Up to where tables are read: what comes later is in no page. */
const Pins = z.strictObject({
  events: z.number().int().min(0).nullable(),
  hits: z.number().int().min(0).nullable(),
  dead_letters: z.number().int().min(0).nullable(),
});
export type Pins = z.infer<typeof Pins>;

export const NO_PINS: Pins = { events: null, hits: null, dead_letters: null };

/** What a date can be, Unix milliseconds. */
const Time = z.number().min(-8.64e15).max(8.64e15);

const State = z.strictObject({
  /** Of the query, which must be the same. */
  query: z.string(),
  now: Time,
  since: Time.nullable(),
  pins: Pins,
  /** Behind the last row: its place, or how many rows there were. */
  after: z.union([
    z.tuple([z.number().int().min(0), z.number().int().min(0)]),
    z
      .number()
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER / 2),
  ]),
});
export type PageState = z.infer<typeof State>;

export interface PageAsked {
  /** Rows at most. */
  readonly limit: number;
  /** What the page before gave; null: the first page. */
  readonly cursor: string | null;
}

const CURSOR_LENGTH_MAX = 1024;

export function encodeCursor(state: PageState): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

/** @throws WeirError `cursor.unknown` where it is no cursor, or one of another query */
export function decodeCursor(cursor: string, text: string): PageState {
  let state: PageState;
  try {
    if (cursor.length > CURSOR_LENGTH_MAX) throw new RangeError(`${cursor.length} characters`);
    state = State.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    throw new WeirError('cursor.unknown', 'the cursor is none that an answer gave', { cause });
  }
  if (state.query !== nameOf(text)) throw new WeirError('cursor.unknown', 'the cursor is of another query');
  return state;
}

export const nameOf = (text: string): string => sha256(new TextEncoder().encode(text)).slice(0, 32);

/** Steps that give a row for a row, or none. */
const ROWWISE: ReadonlySet<OperatorKind> = new Set(['search', 'where', 'extend', 'project', 'parse', 'render']);
/** Steps whose rows come in the order of those before them. */
const ORDERLY: ReadonlySet<OperatorKind> = new Set([
  ...ROWWISE,
  'sort',
  'top',
  'take',
  'mv-expand',
  'detect',
  'project-away',
  'project-keep',
  'project-rename',
  'project-reorder',
]);
const CHOOSING: ReadonlySet<OperatorKind> = new Set(['take', 'top']);

const PLACE = ['weir.position', 'weir.row'] as const;

export interface Page {
  readonly query: Query;
  /** Rows to be passed over. */
  readonly skip: number;
  /** Whether rows have their places in columns that are not shown. */
  readonly placed: boolean;
}

/** A query as one page of it is asked. @param columnsOf of a pipeline, without reading its rows; null: rows have columns of their own */
export async function pageOf(
  query: Query,
  limit: number,
  after: PageState['after'] | null,
  columnsOf: (body: Pipeline) => Promise<readonly string[] | null>,
): Promise<Page> {
  const { body } = query;
  const { operators, source } = body;
  const kinds = operators.map(({ kind }) => kind);
  const events = source.kind === 'table' && source.name === 'events';
  const of = (steps: readonly Operator[]): Query => ({ ...query, body: { ...body, operators: steps } });
  if (events && kinds.every((kind) => ROWWISE.has(kind)) && !namesPlace(operators)) {
    const from = Array.isArray(after) ? steps(behind(after)) : [];
    const first = operators.findIndex(({ kind }) => kind !== 'where' && kind !== 'search');
    const at = first < 0 ? operators.length : first;
    const shown = operators.slice(at).map(withPlace);
    const all = [
      ...from,
      ...operators.slice(0, at),
      ...steps(`| sort by ${ORDER}`),
      ...shown,
      ...steps(`| take ${limit + 1}`),
    ];
    return { query: of(all), skip: 0, placed: true };
  }
  const skip = typeof after === 'number' ? after : 0;
  const last = steps(`| take ${skip + limit + 1}`);
  if (kinds.every((kind) => ORDERLY.has(kind)) && source.kind === 'table') {
    const order = events ? steps(`| sort by ${ORDER}`) : [];
    return { query: of([...order, ...operators, ...last]), skip, placed: false };
  }
  let end = kinds.findLastIndex((kind) => !ORDERLY.has(kind)) + 1;
  let columns = await columnsOf({ ...body, operators: operators.slice(0, end) });
  const project = kinds.indexOf('project', end);
  if (columns === null && project >= 0) {
    end = project + 1;
    columns = await columnsOf({ ...body, operators: operators.slice(0, end) });
  }
  const chosen = kinds.slice(0, end).find((kind) => CHOOSING.has(kind));
  if (columns === null) throw unpaged('its rows have columns of their own and no order', 'End it with a project.');
  if (chosen !== undefined) throw unpaged(`${chosen} chooses among rows in no order`, `Put the ${chosen} last.`);
  const order = columns.map((name) => `${printPath(keysOfColumn(name))} asc`).join(', ');
  const sorted = columns.length === 0 ? [] : steps(`| sort by ${order}`);
  return { query: of([...operators.slice(0, end), ...sorted, ...operators.slice(end), ...last]), skip, placed: false };
}

const ORDER = PLACE.map((name) => `${name} asc`).join(', ');

function behind([position, row]: readonly [number, number]): string {
  const [p, r] = PLACE;
  return `| where ${p} >= ${position} and (${p} > ${position} or ${r} > ${row})`;
}

function unpaged(why: string, hint: string): RunError {
  return new RunError(
    'query.argument',
    `the answer cannot be had in pages: ${why}`,
    `${hint} Or ask for all of it at once.`,
  );
}

/** Steps as they would be written. */
function steps(text: string): readonly Operator[] {
  const { tree } = parseQuery(`events ${text}`);
  if (tree === null) throw new TypeError(`no steps: ${text}`);
  return tree.body.operators;
}

/** Whether a step makes a column of a name that places have. */
function namesPlace(operators: readonly Operator[]): boolean {
  const names = operators.flatMap((operator) => {
    if (operator.kind !== 'extend' && operator.kind !== 'project') return operator.kind === 'parse' ? ['weir.row'] : [];
    return operator.columns.flatMap(({ name, value }) =>
      name !== null ? [pathOf(name.keys)] : value.kind === 'field' ? [pathOf(value.keys)] : [],
    );
  });
  return PLACE.some((place) => names.includes(place));
}

function withPlace(operator: Operator): Operator {
  if (operator.kind !== 'project') return operator;
  const { span } = operator;
  const place = PLACE.map(
    (name): Named => ({ name: null, value: { kind: 'field', keys: keysOfColumn(name), span }, span }),
  );
  return { ...operator, columns: [...operator.columns, ...place] };
}

/** Columns without those of places. */
export function shownOf(stream: Stream, { placed }: Page): Stream {
  if (!placed || stream.sparse) return stream;
  return { ...stream, columns: stream.columns.slice(0, stream.columns.length - PLACE.length) };
}

/** Takes rows until a page is full, and knows where the next one begins. */
export class PageTurner {
  readonly #page: Page;
  readonly #limit: number;
  #passed = 0;
  #taken = 0;
  #last: Row | null = null;
  #full = false;

  constructor(page: Page, limit: number) {
    this.#page = page;
    this.#limit = limit;
  }

  take(row: Row): 'passed' | 'shown' | 'end' {
    if (this.#passed < this.#page.skip) {
      this.#passed++;
      return 'passed';
    }
    this.#full = this.#taken === this.#limit;
    if (this.#full) return 'end';
    this.#taken++;
    this.#last = row;
    return 'shown';
  }

  /** Null: there are no more rows. */
  get after(): PageState['after'] | null {
    if (!this.#full || this.#last === null) return null;
    if (!this.#page.placed) return this.#page.skip + this.#taken;
    const [position, row] = PLACE.map((name) => Number(this.#last?.get(name)?.[0]));
    return [position, row];
  }
}
