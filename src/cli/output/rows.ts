/** Rows of an answer as lines of JSON, as CSV, or as a table for people. Each row is a JSON object. */
import { printable } from '../terminal/escape.ts';
import { displayWidth, fit } from '../terminal/width.ts';

export interface RowOutput {
  /** Names of the columns; null: each row has its own. */
  begin(columns: readonly string[] | null): void;
  row(json: string): void;
  end(): void;
}

export type RowFormat = 'table' | 'ndjson' | 'csv';

/** Rows of which a table's widths are made; what comes later is cut to them. */
const SAMPLE_ROWS = 200;
const WIDTH_MAX = 60;

export function rowOutput(format: RowFormat, write: (text: string) => void): RowOutput {
  if (format === 'ndjson') return { begin: () => {}, row: (json) => write(`${json}\n`), end: () => {} };
  return format === 'csv' ? new CsvOutput(write) : new TableOutput(write);
}

/** Numbers keep their digits: a value is taken out of the row as it is written. */
function cellsOf(json: string): Map<string, string> {
  const cells = new Map<string, string>();
  const row = JSON.parse(json, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? { digits: context?.source ?? String(value) } : value,
  ) as Record<string, unknown>;
  for (const [name, value] of Object.entries(row)) cells.set(name, textOf(value));
  return cells;
}

function textOf(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && 'digits' in value) return String(value.digits);
  return typeof value === 'object' ? jsonOf(value) : String(value);
}

function jsonOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('digits' in value) return String(value.digits);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${jsonOf(inner)}`)
    .join(',')}}`;
}

/** Rows that have columns of their own are held until all are known: CSV has one head. */
class CsvOutput implements RowOutput {
  readonly #write: (text: string) => void;
  #columns: readonly string[] | null = null;
  readonly #rows: Map<string, string>[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  begin(columns: readonly string[] | null): void {
    this.#columns = columns;
    if (columns !== null) this.#write(csvHead(columns));
  }

  row(json: string): void {
    const cells = cellsOf(json);
    if (this.#columns === null) this.#rows.push(cells);
    else this.#write(csvLine(this.#columns.map((name) => cells.get(name) ?? '')));
  }

  end(): void {
    if (this.#columns !== null) return;
    const columns = [...new Set(this.#rows.flatMap((cells) => [...cells.keys()]))];
    this.#write(csvHead(columns));
    for (const cells of this.#rows) this.#write(csvLine(columns.map((name) => cells.get(name) ?? '')));
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
    const cells = cellsOf(json);
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
