/** `weir query`: a question to the history of a data folder: its server is asked where one runs, else the folder itself. */
import path from 'node:path';
import { fileInfo, folderOwner, lockFolder, now, WeirError } from '../../base/index.ts';
import { timeMs } from '../../gateway/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { openMeta, type SavedQuery } from '../../meta/index.ts';
import {
  ask,
  type Coverage,
  FolderTables,
  History,
  HistoryViews,
  type Reply,
  type Sources,
} from '../../pipeline/index.ts';
import { DuckPool, type Tally } from '../../query/index.ts';
import { EXIT, oneOf, usageError } from '../failure.ts';
import { ROW_FORMATS, type RowFormat, type RowOutput, rowOutput } from '../output/rows.ts';
import { demandDataFolder } from '../places.ts';
import { problemOf, serverKey } from '../serverPages.ts';
import { timeOfApi } from '../since.ts';
import { printable } from '../terminal/escape.ts';

export interface QueryFlags {
  /** A query that was saved under this name, in place of a text. */
  readonly saved?: string;
  readonly data?: string;
  readonly since?: string;
  readonly format?: string;
  readonly explain?: boolean;
}

const TENANT = 'default';

export async function queryCommand(given: string | undefined, flags: QueryFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  if ((given === undefined) === (flags.saved === undefined)) throw usageError('give a query, or --saved and its name');
  const format = formatOf(flags.format);
  const asked = flags.since === undefined ? null : timeOfApi('--since', flags.since);
  demandDataFolder(folder);
  const owner = folderOwner(folder);
  const saved = flags.saved === undefined ? null : await savedQuery(folder, owner?.url ?? null, flags.saved);
  const text = saved?.query ?? given ?? '';
  const since = asked ?? (saved?.since == null ? null : timeMs(saved.since, now()));
  const body = { query: text, ...(since === null ? {} : { since: new Date(since).toISOString() }) };
  return answered(folder, format, {
    path: '/v1/query',
    body,
    ask: (sources, signal) => ask(sources, { text, tenant: TENANT, since, now: now(), signal }),
    explain: flags.explain,
  });
}

export function formatOf(flag: string | undefined): RowFormat {
  const format = oneOf('--format', flag ?? (process.stdout.isTTY ? 'table' : 'ndjson'), ROW_FORMATS);
  if (format === 'parquet' && process.stdout.isTTY)
    throw usageError(
      'a Parquet file is not for a terminal: send it to a file, as in --format parquet > answer.parquet',
    );
  return format;
}

/** A question, as a server is asked it and as a folder is. */
export interface Asked {
  readonly path: string;
  readonly body: unknown;
  readonly ask: (sources: Sources, signal: AbortSignal) => Promise<Reply>;
  /** Whether to say what was ruled out. */
  readonly explain?: boolean | undefined;
}

/** Rows to standard output, what they cover to standard error. */
export async function answered(folder: string, format: RowFormat, asked: Asked): Promise<number> {
  const owner = folderOwner(folder);
  const output = rowOutput(format, (out) => process.stdout.write(out));
  const coverage =
    owner?.url == null ? await askFolder(folder, asked, output) : await askServer(folder, owner.url, asked, output);
  output.end({ 'weir.coverage': JSON.stringify(coverage) });
  process.stderr.write(`${covered(coverage)}\n`);
  if (asked.explain === true) process.stderr.write(`${explained(coverage)}\n`);
  return EXIT.done;
}

/** Of the server that runs, else of the folder. */
async function savedQuery(
  folder: string,
  url: string | null,
  name: string,
): Promise<Pick<SavedQuery, 'query' | 'since'>> {
  const unknown = (): WeirError =>
    new WeirError('meta.query_unknown', `no query is saved as ${name}`, {
      hint: 'GET /v1/queries lists those there are.',
    });
  if (url === null) {
    // Opening what is not there would make it.
    if (fileInfo(path.join(folder, 'meta.db')) === null) throw unknown();
    using _lock = lockFolder(folder);
    using meta = openMeta(folder);
    const found = meta.queries.get(TENANT, name);
    if (found === null) throw unknown();
    return found;
  }
  const key = serverKey(folder, url, 'GET /v1/queries with a key that may search');
  const where = `${url}/v1/queries/${encodeURIComponent(name)}`;
  const answer = await fetch(where, { headers: { authorization: `Bearer ${key}` } });
  if (answer.status === 404) throw unknown();
  if (!answer.ok) throw new WeirError('cli.server', `${where} answered ${answer.status}`);
  return (await answer.json()) as Pick<SavedQuery, 'query' | 'since'>;
}

async function askFolder(folder: string, { ask: answerOf }: Asked, output: RowOutput): Promise<Coverage> {
  using _lock = lockFolder(folder);
  using tables = new FolderTables(folder);
  const history = new History(folder, { environment: process.env });
  const pool = new DuckPool(path.join(folder, 'query'));
  const gone = new AbortController();
  const stop = (): void => gone.abort();
  process.once('SIGINT', stop);
  try {
    const { next } = new JournalReader(path.join(folder, 'journal')).head();
    const source = new HistoryViews(history).upTo(next);
    const reply = await answerOf({ history: source, pool, tables, rules: () => tables.rules() }, gone.signal);
    output.begin(reply.sparse ? null : reply.columns);
    for await (const row of reply.rows) output.row(row);
    return await reply.coverage();
  } finally {
    process.off('SIGINT', stop);
    await pool.close();
    history.close();
  }
}

/** Lines of the answer, then how it ended. */
async function askServer(
  folder: string,
  url: string,
  { path: where, body }: Asked,
  output: RowOutput,
): Promise<Coverage> {
  const key = serverKey(folder, url, `POST ${where} with a key that may search`);
  const answer = await fetch(`${url}${where}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok || answer.body === null) throw await problemOf(answer, url);
  const columns = JSON.parse(answer.headers.get('weir-columns') ?? 'null') as string[] | null;
  output.begin(columns);
  let coverage: Coverage | null = null;
  let rest = '';
  const decoder = new TextDecoder();
  const line = (json: string): void => {
    if (json.startsWith('{"weir.coverage":'))
      coverage = (JSON.parse(json) as { 'weir.coverage': Coverage })['weir.coverage'];
    else if (json.startsWith('{"error":')) {
      const { error } = JSON.parse(json) as { error: { code: string; detail: string } };
      throw new WeirError(error.code, error.detail);
    } else output.row(json);
  };
  for await (const chunk of answer.body) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const json of lines) line(json);
  }
  if (rest !== '') line(rest);
  if (coverage === null) throw new WeirError('cli.server', 'the answer ended before it was whole');
  return coverage;
}

/** What was not read, and why that was not needed. */
export function explained({ ruled }: Coverage): string {
  return ruled
    .map(({ time, columns, values, terms, groups, found }) => {
      const told = [
        `by time ${counted(time)}`,
        `without a column that is asked for ${counted(columns)}`,
        `by bounds ${counted(values)}`,
        `by terms ${counted(terms)}`,
      ];
      const asked = groups.asked === 0 ? [] : [`weir: of ${groups.asked} row groups, terms rule out ${groups.ruled}`];
      const rows = found === null ? [] : [`weir: ${found} rows were found without DuckDB`];
      return [`weir: ruled out: ${told.join('; ')}`, ...asked, ...rows].join('\n');
    })
    .join('\n');
}

const counted = ({ segments, rows }: Tally): string => `${segments} segments (${rows} events)`;

/** What was read, a line each for people. */
export function covered({ events, segments, share, missing, pruned, position, tables, notes, why }: Coverage): string {
  const lines = tables.map(({ table, rows, until }) => {
    const evaluated = until === null ? '' : `; evaluated up to position ${until}`;
    return `weir: ${rows} rows of ${table}${evaluated}`;
  });
  const passed = pruned === 0 ? '' : `, ${pruned} that cannot hold an answer passed over`;
  if (tables.length === 0 || position > 0) {
    lines.push(`weir: ${events} events in ${segments} segments${passed}; complete up to position ${position}`);
  }
  if (share < 1) lines.push(`weir: ${(share * 100).toFixed(2)} % of the events could be read; these are missing:`);
  for (const { from, to, events: lost } of missing) lines.push(`  ${lost} events from ${from} to ${to}`);
  for (const note of notes) lines.push(`weir: ${printable(note)}`);
  for (const { text } of why) lines.push(`weir: ${printable(text)}`);
  return lines.join('\n');
}
