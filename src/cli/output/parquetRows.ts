/**
 * Rows of an answer as a Parquet file. What a column is made of shows in the last of its rows, so rows are kept until all have come; then the file
 * is written: an answer that ends early leaves no file that looks whole.
 */
import { type TableKind, type TableValue, TableWriter } from '../../store/index.ts';
import { type Cell, cellsOf, digitsOf, textOf } from './cells.ts';
import { newLineStore } from './lineStore.ts';

/** Whole numbers that a double holds. */
const SAFE = 2n ** 53n;
const LONG_MAX = 2n ** 63n - 1n;
/** What any reader gets back of a double, digit by digit. */
const DOUBLE_DIGITS = 15;
/** As weir writes times; a seventh digit would be lost. */
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})0?)?Z$/;

type Seen = 'boolean' | 'integer' | 'exact' | 'float' | 'time' | 'text' | 'other';

export class ParquetRows {
  readonly #write: (bytes: Uint8Array) => void;
  /** Kinds of values, by column, in the order in which they came. */
  readonly #seen = new Map<string, Set<Seen>>();
  readonly #rows = newLineStore();

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  begin(columns: readonly string[] | null): void {
    for (const name of columns ?? []) this.#seen.set(name, new Set());
  }

  row(json: string): void {
    for (const [name, cell] of cellsOf(json)) {
      const seen = this.#seen.get(name) ?? new Set();
      this.#seen.set(name, seen);
      if (cell !== null) seen.add(seenOf(cell));
    }
    this.#rows.add(0, json);
  }

  /** @param about what the file says of itself */
  end(about: Readonly<Record<string, string>>): void {
    // Of events that there are none of nobody knows the fields; a file has one at least.
    if (this.#seen.size === 0) this.#seen.set('@timestamp', new Set(['time']));
    const columns = [...this.#seen].map(([name, seen]) => ({ name, kind: kindOf(seen) }));
    const writer = new TableWriter(columns, this.#write);
    for (const json of this.#rows.sorted()) {
      const cells = cellsOf(json);
      writer.add(columns.map(({ name, kind }) => plainOf(kind, cells.get(name) ?? null)));
    }
    writer.finish(about);
    this.close();
  }

  close(): void {
    this.#rows[Symbol.dispose]();
  }
}

function seenOf(cell: Exclude<Cell, null>): Seen {
  if (typeof cell === 'boolean') return 'boolean';
  if (typeof cell === 'string') return microsOf(cell) === null ? 'text' : 'time';
  const digits = digitsOf(cell);
  if (digits === null) return 'other';
  if (/^-?\d+$/.test(digits)) {
    const whole = BigInt(digits);
    const size = whole < 0n ? -whole : whole;
    if (size <= SAFE) return 'integer';
    return size <= LONG_MAX ? 'exact' : 'other';
  }
  const significant = digits
    .replace(/[eE].*/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '');
  const isKept = Number.isFinite(Number(digits)) && (significant.length <= DOUBLE_DIGITS || isShortest(digits));
  return isKept ? 'float' : 'other';
}

/** Whether it is how a double writes itself. */
const isShortest = (digits: string): boolean => String(Number(digits)) === digits;

/** A column of several kinds is one of texts; whole numbers and decimals are decimals, as long as no digit is lost. */
function kindOf(seen: ReadonlySet<Seen>): TableKind {
  const only = (...kinds: readonly Seen[]): boolean => [...seen].every((each) => kinds.includes(each));
  if (seen.size === 0) return 'text';
  if (only('boolean')) return 'boolean';
  if (only('integer', 'exact')) return 'integer';
  if (only('integer', 'float')) return 'float';
  return only('time') ? 'time' : 'text';
}

function plainOf(kind: TableKind, cell: Cell): TableValue {
  if (cell === null) return null;
  if (kind === 'text') return textOf(cell);
  if (kind === 'boolean') return cell as boolean;
  if (kind === 'time') return microsOf(cell as string);
  const digits = textOf(cell);
  return kind === 'integer' ? BigInt(digits) : Number(digits);
}

/** Microseconds since 1970; null: it is no time, or does not fit. */
function microsOf(text: string): bigint | null {
  const [, head, fraction = ''] = TIME.exec(text) ?? [];
  if (head === undefined) return null;
  const ms = Date.parse(`${head}Z`);
  // 30 February would be read as 2 March.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== head) return null;
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
