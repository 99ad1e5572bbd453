/** Rows of an answer as lines of JSON, as CSV, as a Parquet file, or as a table for people. Each row is a JSON object. */
import { printable } from '../terminal/escape.ts';
import { displayWidth, fit } from '../terminal/width.ts';
import { cellsOf, textOf } from './cells.ts';
import { newLineStore } from './lineStore.ts';
import { ParquetRows } from './parquetRows.ts';

export interface RowOutput {
  /** Names of the columns; null: each row has its own. */
  begin(columns: readonly string[] | null): void;
  row(json: string): void;
  /** @param about what a file that has room for it says of the answer, by names */
  end(about: Readonly<Record<string, string>>): void;
}

export const ROW_FORMATS = ['table', 'ndjson', 'csv', 'parquet'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** Rows of which a table's widths are made; what comes later is cut to them. */
const SAMPLE_ROWS = 200;
const WIDTH_MAX = 60;

export function rowOutput(format: RowFormat, write: (part: string | Uint8Array) => void): RowOutput {
  if (format === 'ndjson') return { begin: () => {}, row: (json) => write(`${json}\n`), end: () => {} };
  if (format === 'parquet') return new ParquetRows(write);
  return format === 'csv' ? new CsvOutput(write) : new TableOutput(write);
}

/** Texts of a row's cells by name. */
const textsOf = (json: string): Map<string, string> => {
  const texts = new Map<string, string>();
  for (const [name, cell] of cellsOf(json)) texts.set(name, textOf(cell));
  return texts;
};

/** Rows that have columns of their own are kept until all are known: CSV has one head. */
class CsvOutput implements RowOutput {
  readonly #write: (text: string) => void;
  #columns: readonly string[] | null = null;
  readonly #names = new Set<string>();
  readonly #rows = newLineStore();

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  begin(columns: readonly string[] | null): void {
    this.#columns = columns;
    if (columns !== null) this.#write(csvHead(columns));
  }

  row(json: string): void {
    const texts = textsOf(json);
    if (this.#columns !== null) {
      this.#line(this.#columns, texts);
      return;
    }
    for (const name of texts.keys()) this.#names.add(name);
    this.#rows.add(0, json);
  }

  end(): void {
    if (this.#columns === null) {
      const columns = [...this.#names];
      this.#write(csvHead(columns));
      for (const json of this.#rows.sorted()) this.#line(columns, textsOf(json));
    }
    this.#rows[Symbol.dispose]();
  }

  #line(columns: readonly string[], texts: ReadonlyMap<string, string>): void {
    this.#write(csvLine(columns.map((name) => texts.get(name) ?? '')));
  }
}

/** RFC 4180. What a spreadsheet would take for a formula is made a text. */
function csvLine(cells: readonly string[]): string {
  const safe = (cell: string): string =>
    /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell;
  return csvHead(cells.map(safe));
}

function csvHead(cells: readonly string[]): string {
  const quoted = cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(',')}\r\n`;
}

class TableOutput implements RowOutput {
  readonly #write: (text: string) => void;
  #columns: readonly string[] | null = null;
  #widths: readonly number[] | null = null;
  #rows: Map<string, string>[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  begin(columns: readonly string[] | null): void {
    this.#columns = columns;
  }

  row(json: string): void {
    const cells = textsOf(json);
    if (this.#columns === null) {
      // A row of an event: a field a line.
      const width = Math.min(40, Math.max(0, ...[...cells.keys()].map(({ length }) => length)));
      const lines = [...cells].map(([name, value]) => `  ${printable(name).padEnd(width)}  ${printable(value)}`);
      this.#write(`${lines.join('\n').replace('  ', '• ')}\n`);
      return;
    }
    this.#rows.push(cells);
    if (this.#widths !== null || this.#rows.length >= SAMPLE_ROWS) this.#flush();
  }

  end(): void {
    if (this.#columns !== null) this.#flush();
  }

  #flush(): void {
    const columns = this.#columns ?? [];
    const texts = this.#rows.map((cells) => columns.map((name) => printable(cells.get(name) ?? '')));
    this.#rows = [];
    if (this.#widths === null) {
      const wanted = columns.map((name, i) =>
        Math.max(displayWidth(name), ...texts.map((row) => displayWidth(row[i]))),
      );
      this.#widths = wanted.map((width) => Math.min(width, WIDTH_MAX));
      this.#write(this.#line(columns.map((name) => printable(name))));
      this.#write(this.#line(this.#widths.map((width) => '─'.repeat(width))));
    }
    for (const row of texts) this.#write(this.#line(row));
  }

  #line(cells: readonly string[]): string {
    const widths = this.#widths ?? [];
    return `${cells
      .map((cell, i) => fit(cell, widths[i]))
      .join('  ')
      .trimEnd()}\n`;
  }
}
