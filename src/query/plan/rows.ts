/** DuckDB's columns as rows of the language. */
import { DateTime, List, parseJson, type Row, TimeSpan, type Value, type Values } from '../../lang/index.ts';
import type { PartKind } from './cell.ts';
import { isVirtual, type SegmentNames, type Virtual } from './names.ts';
import { valuesOfName } from './values.ts';

const NONE: Values = [];

/** One kind of values of a column, and where it is in a batch. */
export interface Output {
  readonly kind: PartKind;
  readonly place: number;
}

type Columns = readonly (readonly Value[])[];

/** What a cell holds. */
export function cellValues(outputs: readonly Output[], columns: Columns, row: number): Values {
  for (const { kind, place } of outputs) {
    const value = columns[place][row];
    if (value !== null) return valuesOf(kind, value);
  }
  return NONE;
}

function valuesOf(kind: PartKind, value: Value): Values {
  switch (kind) {
    case 'datetime':
      return [new DateTime((value as bigint) * 10n)];
    case 'timespan':
      return [new TimeSpan(value as bigint)];
    case 'list': {
      const list = parseJson(value as string);
      return list instanceof List ? list.items.filter((item) => item !== null) : NONE;
    }
    default:
      return [value];
  }
}

/** Rows of a table whose columns are named. */
export function* tableRows(
  names: readonly string[],
  outputs: readonly (readonly Output[])[],
  { rows, columns }: { readonly rows: number; readonly columns: Columns },
): Iterable<Row> {
  for (let row = 0; row < rows; row++) {
    const cells = new Map<string, Values>();
    names.forEach((name, i) => {
      const values = cellValues(outputs[i], columns, row);
      if (values.length > 0) cells.set(name, values);
    });
    yield cells;
  }
}

/** Where in a batch an event's own columns are, and those that were worked out. */
export interface EventLayout {
  readonly names: SegmentNames;
  readonly paths: ReadonlyMap<string, readonly Output[]>;
  readonly worked: ReadonlyMap<string, readonly Output[]>;
  readonly shown: readonly Virtual[];
  /** Columns of weir. */
  readonly own: Readonly<Record<Virtual, (columns: Columns, row: number) => Value>>;
}

/** One event: names of any kind lead to its values. */
export class EventRow implements Row {
  readonly #layout: EventLayout;
  readonly #columns: Columns;
  readonly #row: number;

  constructor(layout: EventLayout, columns: Columns, row: number) {
    this.#layout = layout;
    this.#columns = columns;
    this.#row = row;
  }

  get(name: string): Values | undefined {
    const worked = this.#layout.worked.get(name);
    if (worked !== undefined) return cellValues(worked, this.#columns, this.#row);
    if (isVirtual(name)) return [this.#layout.own[name](this.#columns, this.#row)];
    // `*` is what keys() says; `host.*` is also what only goes by names that begin so.
    if (name.endsWith('.*')) {
      const prefix = name.slice(0, -1);
      const names = [prefix.slice(0, -1), ...this.#layout.names.namesBelow(prefix)];
      return names.flatMap((one) => this.#values(one));
    }
    const values = this.#values(name);
    return values.length === 0 ? undefined : values;
  }

  *keys(): Iterable<string> {
    const { worked, paths, shown } = this.#layout;
    for (const name of shown) if (!worked.has(name)) yield name;
    for (const [path, outputs] of paths) {
      if (isVirtual(path) || worked.has(path)) continue;
      if (outputs.some(({ place }) => this.#columns[place][this.#row] !== null)) yield path;
    }
    yield* worked.keys();
  }

  #values(name: string): Values {
    return valuesOfName(this.#layout.names, name, (path) => this.#path(path));
  }

  #path(path: string): Values {
    const outputs = this.#layout.paths.get(path);
    return outputs === undefined ? NONE : cellValues(outputs, this.#columns, this.#row);
  }
}
