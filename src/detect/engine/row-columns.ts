/**
 * The rows of the batch at hand as columns, for those who look at values and not at rules. It reads what the kernel holds: a frame
 * need not be made and opened again, and a value is decoded once, when first asked for.
 */
import { type BatchValue, tokenValue } from '../../batch/index.ts';
import type { BatchView, ColumnView, SourceType } from '../../schema/index.ts';
import type { Engine, ShapeInfo } from './engine.ts';

/** Rows of one source type, numbered anew from 0. */
export interface SourceRows {
  readonly source: SourceType | null;
  /** Their numbers in the batch, ascending. */
  readonly rows: readonly number[];
  readonly view: BatchView;
}

type Positions = readonly number[];

/** One for each engine. What it gives is valid until the next scan. */
export class RowColumns {
  readonly #engine: Engine;
  readonly #byPath = new WeakMap<ShapeInfo, ReadonlyMap<string, Positions>>();
  #values: (BatchValue | undefined)[] = [];
  /** Of each code, the column it was last met in and its number there. */
  #stamps = new Uint32Array(0);
  #numbers = new Uint32Array(0);
  #stamp = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** All rows of the batch, which must have been evaluated, by source type. */
  bySource(): SourceRows[] {
    const { kernel } = this.#engine;
    this.#values = [];
    const entries = kernel.get('entryCount');
    if (this.#stamps.length < entries) {
      this.#stamps = new Uint32Array(entries);
      this.#numbers = new Uint32Array(entries);
    } else this.#stamps.fill(0, 0, entries);
    this.#stamp = 0;
    const found = new Map<SourceType | null, Rows>();
    const shapes = new Map<number, { rows: Rows; shape: number }>();
    const at = kernel.rowsAt;
    const rowCount = kernel.get('rowCount');
    for (let row = 0; row < rowCount; row++) {
      const node = kernel.words[at + row * 4];
      let known = shapes.get(node);
      if (known === undefined) {
        const info = this.#engine.shapeOf(row);
        const rows = found.get(info.source) ?? new Rows();
        found.set(info.source, rows);
        known = { rows, shape: rows.shapes.push(this.#positions(info)) - 1 };
        shapes.set(node, known);
      }
      const { rows, shape } = known;
      rows.numbers.push(row);
      rows.firsts.push(kernel.words[at + row * 4 + 1]);
      rows.shapeOf.push(shape);
    }
    return [...found].map(([source, rows]) => ({ source, rows: rows.numbers, view: this.#view(rows) }));
  }

  #positions(info: ShapeInfo): ReadonlyMap<string, Positions> {
    let known = this.#byPath.get(info);
    if (known === undefined) {
      const made = new Map<string, number[]>();
      for (const { path, position } of info.columns.slots) {
        const own = made.get(path);
        if (own === undefined) made.set(path, [position]);
        else own.push(position);
      }
      known = made;
      this.#byPath.set(info, known);
    }
    return known;
  }

  #view(rows: Rows): BatchView {
    const paths = new Set<string>();
    for (const shape of rows.shapes) for (const path of shape.keys()) paths.add(path);
    return {
      rows: rows.numbers.length,
      paths: [...paths],
      column: (path) => this.#column(rows, path),
      distinct: (path) => this.#distinct(rows, path),
    };
  }

  #column(rows: Rows, path: string): readonly ColumnView[] {
    const column = { rows: [] as number[], codes: [] as number[], dictionary: [] as BatchValue[] };
    this.#each(rows, path, column.dictionary, (row, number) => {
      column.rows.push(row);
      column.codes.push(number);
    });
    return column.rows.length === 0 ? [] : [column];
  }

  #distinct(rows: Rows, path: string): readonly BatchValue[] {
    const dictionary: BatchValue[] = [];
    this.#each(rows, path, dictionary, () => {});
    return dictionary;
  }

  #each(rows: Rows, path: string, dictionary: BatchValue[], visit: (row: number, number: number) => void): void {
    const { kernel } = this.#engine;
    const slots = rows.shapes.map((shape) => shape.get(path));
    const codes = kernel.codesAt;
    const { words } = kernel;
    const stamp = ++this.#stamp;
    for (let row = 0; row < rows.firsts.length; row++) {
      const positions = slots[rows.shapeOf[row]];
      if (positions === undefined) continue;
      for (const position of positions) {
        const code = words[codes + rows.firsts[row] + position];
        if (this.#stamps[code] !== stamp) {
          this.#stamps[code] = stamp;
          this.#numbers[code] = dictionary.push(this.#value(code)) - 1;
        }
        visit(row, this.#numbers[code]);
      }
    }
  }

  #value(code: number): BatchValue {
    let value = this.#values[code];
    if (value === undefined) {
      const { kernel } = this.#engine;
      const w = kernel.entriesAt + code * 8;
      const { words } = kernel;
      value = tokenValue(words[w + 2] & 0xff, kernel.bytes, words[w], words[w + 1]);
      this.#values[code] = value;
    }
    return value;
  }
}

class Rows {
  readonly numbers: number[] = [];
  /** Where the codes of each row start. */
  readonly firsts: number[] = [];
  readonly shapeOf: number[] = [];
  /** Positions of each path, shape by shape. */
  readonly shapes: ReadonlyMap<string, Positions>[] = [];
}
