/**
 * DuckDB's side of the store rows, in a process of its own: an order as its argument (DuckOrder), a Used or an Asked as its output.
 * It is used as its documentation has it: one `read_json`, one `copy … to`, Parquet with its own settings but for zstd.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { type Answer, asked, used } from './used.ts';

export type DuckOrder =
  | {
      readonly step: 'convert';
      readonly ndjson: string;
      readonly parquet: string;
      /** Names and types of columns are found before anything is measured. */
      readonly isSchemaKnown: boolean;
    }
  | { readonly step: 'count'; readonly files: readonly string[]; readonly field: string; readonly warm: number }
  /** Events that hold a text in the value of any column, in any case. */
  | { readonly step: 'needle'; readonly files: readonly string[]; readonly text: string; readonly warm: number };

const order = JSON.parse(process.argv[2]) as DuckOrder;
// To convert is work for one thread on either side; who asks has all of the machine.
const instance = await DuckDBInstance.create(':memory:', order.step === 'convert' ? { threads: '1' } : {});
const connection = await instance.connect();
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const name = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** A sample of all lines: by DuckDB's own of 20,480 fields that come later would be left out without a word. */
const jsonOptions = "format='newline_delimited', maximum_object_size=67108864";

async function columnsOf(source: string): Promise<{ name: string; type: string }[]> {
  const rows = await (await connection.runAndReadAll(`describe select * from ${source}`)).getRowObjectsJson();
  return rows.map(({ column_name, column_type }) => ({ name: String(column_name), type: String(column_type) }));
}

async function convert({ ndjson, parquet, isSchemaKnown }: Extract<DuckOrder, { step: 'convert' }>): Promise<unknown> {
  let source = `read_json(${text(ndjson)}, ${jsonOptions}, sample_size=-1)`;
  if (isSchemaKnown) {
    const columns = await columnsOf(source);
    const map = columns.map((column) => `${text(column.name)}: ${text(column.type)}`).join(', ');
    source = `read_json(${text(ndjson)}, ${jsonOptions}, columns={${map}})`;
  }
  const copy = `copy (select * from ${source}) to ${text(parquet)} (format parquet, compression zstd)`;
  return used(async () => {
    await connection.run(copy);
    return null;
  });
}

const filesOf = (files: readonly string[]): string =>
  `read_parquet([${files.map(text).join(', ')}], union_by_name=true)`;

async function answer(sql: string): Promise<Answer> {
  const rows = await (await connection.runAndReadAll(sql)).getRowsJson();
  return rows.map(([value, count]) => [value === null ? null : String(value), Number(count)]);
}

async function run(): Promise<unknown> {
  if (order.step === 'convert') return convert(order);
  const source = filesOf(order.files);
  if (order.step === 'count') {
    const field = name(order.field);
    return asked(order.warm, () => answer(`select ${field}, count(*) from ${source} group by ${field}`));
  }
  // The columns are asked for each time: whoever looks in any field has to, and it is part of what is cold.
  return asked(order.warm, async () => {
    const columns = await columnsOf(source);
    const tests = columns.map((column) => {
      const value = column.type === 'VARCHAR' ? name(column.name) : `${name(column.name)}::varchar`;
      // In any case, as a search of weir's has it; `ilike` would take twice as long.
      return `contains(lower(${value}), ${text(order.text.toLowerCase())})`;
    });
    return answer(`select null, count(*) from ${source} where ${tests.join(' or ')}`);
  });
}

process.stdout.write(JSON.stringify(await run()));
connection.closeSync();
instance.closeSync();
