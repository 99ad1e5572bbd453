/** `weir sql`: one SELECT of DuckDB's own over the history of a data folder, as the view `events`. */
import { askSql } from '../../pipeline/index.ts';
import { demandDataFolder } from '../places.ts';
import { answered, formatOf } from './query.ts';

export interface SqlFlags {
  readonly data?: string;
  readonly format?: string;
}

const TENANT = 'default';

export function sqlCommand(text: string, flags: SqlFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const format = formatOf(flags.format);
  demandDataFolder(folder);
  return answered(folder, format, {
    path: '/v1/sql',
    body: { sql: text },
    ask: (sources, signal) => askSql(sources, { text, tenant: TENANT, signal }),
  });
}
