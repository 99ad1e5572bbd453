/** SQL of DuckDB's own over the segments of a tenant, as the view `events`: read only, and nothing else to be read. */
import { WeirError } from '../../base/index.ts';
import { formatJson, type Value } from '../../lang/index.ts';
import type { Segment } from '../../query/index.ts';
import type { Question, Reply, Sources } from './ask.ts';
import { coverageOf } from './coverage.ts';
import { awayNotes, foldersOf, thereOf } from './opening.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Columns that every file has: what the view has where there are no files. */
const OWN =
  `NULL::BIGINT AS "weir.position", NULL::INTEGER AS "weir.row", NULL::TIMESTAMPTZ AS "weir.time", ` +
  `NULL::TIMESTAMPTZ AS "weir.received", NULL::VARCHAR AS "weir.shape", NULL::VARCHAR AS "weir.type"`;

/** The view as docs/store.md has it for other programs, over named files: those of one moment, each event once. */
export function eventsView(files: readonly string[]): string {
  if (files.length === 0) return `SELECT ${OWN} WHERE FALSE`;
  const list = files.map(text).join(', ');
  return `SELECT * FROM read_parquet([${list}], union_by_name = true, hive_partitioning = false)`;
}

export async function askSql(
  { history, pool }: Pick<Sources, 'history' | 'pool'>,
  { text: sql, tenant, signal }: Pick<Question, 'text' | 'tenant' | 'signal'>,
): Promise<Reply> {
  const view = await history.view({ tenant });
  const release = (): void => history.release(view);
  try {
    // Nothing is known of what the statement needs: all of it is read.
    const away = await history.fetch(view, [...view.cold]);
    const [here, gone] = thereOf(view.segments, view.cold);
    const there = here.filter(({ file }) => !away.has(file));
    const missing = [...gone, ...here.filter(({ file }) => away.has(file))];
    const answer = await pool.query({
      sql,
      scope: { folders: foldersOf(there), files: [] },
      views: [{ name: 'events', sql: eventsView(there.map(({ file }: Segment) => file)) }],
      ...(signal === undefined ? {} : { signal }),
    });
    const columns = distinct((await answer.columns()).map(({ name }) => name));
    return {
      columns,
      sparse: false,
      rows: rowsOf(columns, answer, release),
      coverage: async () =>
        coverageOf({ views: [view], missing, ruled: [], tables: [], notes: awayNotes(away) }, [], null),
    };
  } catch (error) {
    release();
    throw error instanceof WeirError && error.code === 'query.refused' ? refused(error) : error;
  }
}

function refused(error: WeirError): WeirError {
  const hint =
    'One SELECT over the view events; docs/store.md has its columns. Names with dots are written "host.name".';
  return new WeirError(error.code, error.message, { hint, cause: error });
}

type Batches = AsyncIterable<{ readonly rows: number; readonly columns: readonly (readonly Value[])[] }>;

async function* rowsOf(names: readonly string[], batches: Batches, release: () => void): AsyncGenerator<string> {
  const keys = names.map((name) => JSON.stringify(name));
  try {
    for await (const { rows, columns } of batches) {
      for (let row = 0; row < rows; row++) {
        yield `{${keys.map((key, i) => `${key}:${formatJson(columns[i][row])}`).join(',')}}`;
      }
    }
  } finally {
    release();
  }
}

/** SQL lets two columns have one name; an object of JSON does not. */
function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let n = 1; taken.has(free); n++) free = `${name}_${n}`;
    taken.add(free);
    return free;
  });
}
