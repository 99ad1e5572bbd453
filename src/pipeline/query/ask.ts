/** Queries over the history: read and checked, planned over the segments that a view holds, answered row by row, with what was covered. */
import { WeirError } from '../../base/index.ts';
import {
  checkQuery,
  formatDiagnostic,
  type Pipeline,
  parseQuery,
  type Query,
  RunError,
  rowJson,
  runQuery,
  type Stream,
} from '../../lang/index.ts';
import type { DuckPool } from '../../query/index.ts';
import type { LiveRules } from '../live/rule-set.ts';
import type { HistorySource } from '../store/history-messages.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { explained } from './explain.ts';
import { Opening } from './opening.ts';
import {
  decodeCursor,
  encodeCursor,
  NO_PINS,
  nameOf,
  type Page,
  type PageAsked,
  PageTurner,
  pageOf,
  shownOf,
} from './pages.ts';
import { TABLE_FIELDS, type TableSources } from './tables/index.ts';
import { Emptiness, whyOf } from './why.ts';

/** Where answers come from. */
export interface Sources {
  readonly history: HistorySource;
  readonly pool: DuckPool;
  readonly tables: TableSources;
  /** Rules in force; null: there are none, or not yet. */
  rules(): LiveRules | null;
}

export interface Question {
  readonly text: string;
  readonly tenant: string;
  /** Only events of this time and later, Unix milliseconds; null: all. */
  readonly since: number | null;
  /** The time of `now()`, Unix milliseconds. */
  readonly now: number;
  readonly signal?: AbortSignal;
  /** Only events of these positions of the journal, up to, without `to`; absent: all. */
  readonly positions?: { readonly from: number; readonly to: number };
  /** Whether who asks may see what is of the whole installation, as weir's own metrics are; unless said: yes. */
  readonly installation?: boolean;
  /** A page of the answer; absent: all of it. */
  readonly page?: PageAsked;
}

export interface Reply {
  readonly columns: readonly string[];
  /** Rows are shown with what they have only. */
  readonly sparse: boolean;
  /** JSON objects, one a row. Whoever stops reading ends the query. */
  readonly rows: AsyncIterable<string>;
  /** Whole once the rows have ended. */
  coverage(): Promise<Coverage>;
}

/** Reads a query. Throws `query.invalid` with every mistake, its place and what may be meant. */
export function readQuestion(text: string): Query {
  const { tree, diagnostics } = parseQuery(text);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const checked = tree === null || errors.length > 0 ? errors : checkQuery(tree, TABLE_FIELDS).diagnostics;
  const wrong = checked.filter(({ severity }) => severity === 'error');
  if (tree !== null && wrong.length === 0) return tree;
  const told = wrong.map((diagnostic) => formatDiagnostic(text, diagnostic)).join('\n');
  throw new WeirError('query.invalid', told, { hint: 'docs/query-language.md has the language.' });
}

/** @throws WeirError `query.…`, `store.…`; also from the rows */
export async function ask(sources: Sources, asked: Question): Promise<Reply> {
  const read = readQuestion(asked.text);
  const { page: wanted } = asked;
  const state = wanted?.cursor == null ? null : decodeCursor(wanted.cursor, asked.text);
  const question = state === null ? asked : { ...asked, now: state.now, since: state.since };
  const opening = new Opening(sources, question, wanted === undefined ? null : (state?.pins ?? NO_PINS), read.explain);
  const columnsOf = async (body: Pipeline): Promise<readonly string[] | null> => {
    const { columns, sparse } = await runQuery({ ...read, body }, opening.environment);
    return sparse ? null : columns;
  };
  let stream: Stream;
  let page: Page | null;
  try {
    page =
      wanted === undefined || read.explain
        ? null
        : await told(() => pageOf(read, wanted.limit, state?.after ?? null, columnsOf));
    stream = await told(() => runQuery(page?.query ?? read, opening.environment));
    if (opening.plans !== null) stream = explained(opening.plans);
  } catch (error) {
    opening.release();
    throw error;
  }
  const emptiness = new Emptiness();
  const shown = page === null ? stream : shownOf(stream, page);
  const turner = page === null || wanted === undefined ? null : new PageTurner(page, wanted.limit);
  return {
    columns: shown.columns,
    sparse: shown.sparse,
    rows: emptiness.of(rowsOf(shown, opening, turner)),
    coverage: async () => {
      const { history } = sources;
      const why = read.explain
        ? []
        : await whyOf({ query: read, question, read: opening.read, history, empty: emptiness.holds });
      const after = turner?.after ?? null;
      const { now, since, text } = question;
      const next = after === null ? null : encodeCursor({ query: nameOf(text), now, since, pins: opening.pins, after });
      return coverageOf(opening.read, why, next);
    },
  };
}

async function* rowsOf(stream: Stream, opening: Opening, turner: PageTurner | null): AsyncGenerator<string> {
  const batches = stream.batches[Symbol.asyncIterator]();
  try {
    for (let next = await told(() => batches.next()); next.done !== true; next = await told(() => batches.next())) {
      for (const row of next.value) {
        const taken = turner?.take(row) ?? 'shown';
        if (taken === 'end') return;
        if (taken === 'shown') yield rowJson(row, stream);
      }
    }
  } finally {
    await batches.return?.();
    opening.release();
  }
}

/** What the language throws, as errors of weir. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new WeirError(error.code, error.message, { hint: error.hint, cause: error });
  }
}
