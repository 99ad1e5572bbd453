/** Values of single rows of a row group, from the pages they are in: only columns that their shapes have are looked at. */
import {
  type ColumnChunk,
  runOf,
  type SegmentKind,
  type SegmentReader,
  type ShapeRun,
  shapeParts,
  Texts,
} from '../../store/index.ts';
import type { Wire } from '../duck/messages.ts';

/** The page of a column that was read last. */
interface Page {
  readonly first: number;
  readonly end: number;
  readonly chunk: ColumnChunk;
}

const OWN = ['weir.position', 'weir.row', 'weir.time', 'weir.received'] as const;

export interface ReadColumn {
  readonly name: string;
  readonly kind: SegmentKind;
}

export class GroupRows {
  readonly #segment: SegmentReader;
  readonly #group: number;
  /** Null: the file has no such column. */
  readonly #columns: readonly (ReadColumn & { readonly path: string | null })[];
  readonly #runs: readonly ShapeRun[];
  readonly #pages = new Map<string, Page>();
  /** Shape → paths that its rows have; null: any. */
  readonly #paths = new Map<string, ReadonlySet<string> | null>();

  constructor(segment: SegmentReader, group: number, columns: readonly ReadColumn[]) {
    this.#segment = segment;
    this.#group = group;
    this.#columns = columns.map((column) => ({ ...column, path: segment.column(column.name)?.path ?? null }));
    this.#runs = segment.shapes(group);
  }

  /** Source type of a row; null: none that is known. */
  typeOf(row: number): string | null {
    return runOf(this.#runs, row).type;
  }

  /** weir's own, then those of the columns asked for. @throws WeirError `store.damaged` */
  values(row: number): Wire[] {
    const paths = this.#pathsOf(runOf(this.#runs, row).shape);
    return [
      ...OWN.map((name) => {
        const value = this.#value(name, 'integer', row);
        return typeof value === 'number' ? BigInt(value) : value;
      }),
      ...this.#columns.map(({ name, kind, path }) =>
        path === null || paths?.has(path) === false ? null : this.#value(name, kind, row),
      ),
    ];
  }

  #pathsOf(shape: string): ReadonlySet<string> | null {
    let paths = this.#paths.get(shape);
    if (paths === undefined) {
      const parts = shapeParts(shape);
      paths = parts === null ? null : new Set(parts.slots.map(({ path }) => path));
      this.#paths.set(shape, paths);
    }
    return paths;
  }

  #value(name: string, kind: SegmentKind, row: number): Wire {
    let page = this.#pages.get(name);
    if (page === undefined || row < page.first || row >= page.end) {
      const { first, chunk } = this.#segment.pageOf(this.#group, name, row);
      page = { first, end: first + chunk.rows, chunk };
      this.#pages.set(name, page);
    }
    const { present, values, codes } = page.chunk;
    const index = present.indexOf(row - page.first);
    if (index < 0) return null;
    const place = codes === null ? index : codes[index];
    if (values instanceof Texts) {
      const text = values.at(place);
      return Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8');
    }
    return kind === 'boolean' ? values[place] !== 0 : values[place];
  }
}
