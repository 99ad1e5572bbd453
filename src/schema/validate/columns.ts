/** A batch as fields of the catalogue: which columns supply which field, and for which rows. */

import { type ClassEntry, classOfFacts } from '../catalogue/index.ts';
import { type Discriminators, factsFor } from '../lanes.ts';
import { namesOf } from '../names.ts';
import { unescaped } from '../path.ts';
import type { Path, SourceType } from '../types.ts';
import { NOTHING, READERS, type Supply, unifierOf } from '../unified/index.ts';
import { scalarText } from './checks.ts';
import type { BatchView, ColumnValue, ColumnView } from './types.ts';

/** Rows with the same discriminators: what they are about, and what is a field of theirs. */
export interface Group {
  readonly values: Discriminators;
  readonly class: ClassEntry;
}

/** What one column supplies to one field. */
export interface Supplier {
  readonly path: Path;
  readonly supply: Supply;
}

/** What is known of a source type over all its batches: paths are matched once. */
export class SourceFields {
  readonly source: SourceType | null;
  readonly #unify: (path: Path) => readonly Supply[];
  readonly #names: (path: Path) => readonly { readonly name: string; readonly rank: number }[];
  readonly #supplies = new Map<Path, readonly Supply[]>();
  readonly #ranked = new Map<Path, readonly { readonly name: string; readonly rank: number }[]>();
  readonly #groups = new Map<string, Group>();
  readonly #pathsMax: number;

  /** @param pathsMax paths and groups that are remembered; behind that they are worked out anew */
  constructor(source: SourceType | null, pathsMax: number = PATHS_MAX) {
    this.source = source;
    this.#unify = unifierOf(source);
    this.#names = namesOf(source);
    this.#pathsMax = pathsMax;
  }

  supplies(path: Path): readonly Supply[] {
    return remembered(this.#supplies, path, this.#pathsMax, this.#unify);
  }

  names(path: Path): readonly { readonly name: string; readonly rank: number }[] {
    return remembered(this.#ranked, path, this.#pathsMax, this.#names);
  }

  group(values: Discriminators): Group {
    const { source } = this;
    return remembered(this.#groups, JSON.stringify(values), this.#pathsMax, () => ({
      values,
      class: classOfFacts(source === null ? [] : factsFor(source, values)),
    }));
  }
}

/** Paths of one source type whose meaning is remembered; the widest real one in the test data has some 600. */
const PATHS_MAX = 2000;
/** Longer paths and discriminators are somebody's attack on memory. */
const KEY_CHARACTERS_MAX = 512;

function remembered<K, V>(known: Map<K, V>, key: K, most: number, make: (key: K) => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = make(key);
    if (known.size < most && !(typeof key === 'string' && key.length > KEY_CHARACTERS_MAX)) known.set(key, value);
  }
  return value;
}

/** One batch, with its columns read when first asked for. */
export class BatchFields {
  readonly batch: BatchView;
  readonly fields: SourceFields;
  /** Field → columns that supply it, the best first. */
  readonly suppliers = new Map<string, Supplier[]>();
  readonly groups: Group[] = [];
  /** Index in `groups` of each row. */
  readonly groupOf: Uint16Array;
  readonly #columns = new Map<Path, readonly ColumnView[]>();
  readonly #filled = new Map<Supply, ArrayLike<number>>();
  #byName: Map<string, Path[]> | undefined;

  constructor(batch: BatchView, fields: SourceFields) {
    this.batch = batch;
    this.fields = fields;
    for (const path of batch.paths) {
      for (const supply of fields.supplies(path)) {
        const known = this.suppliers.get(supply.field);
        if (known === undefined) this.suppliers.set(supply.field, [{ path, supply }]);
        else known.push({ path, supply });
      }
    }
    for (const list of this.suppliers.values()) list.sort((a, b) => a.supply.rank - b.supply.rank);
    this.groupOf = this.#group();
  }

  column(path: Path): readonly ColumnView[] {
    return remembered(this.#columns, path, Number.POSITIVE_INFINITY, (own) => this.batch.column(own));
  }

  /** Rows, in order, in which a column supplies its field; groups to which the supply does not apply among them. */
  rowsWith({ path, supply }: Supplier): ArrayLike<number> {
    return remembered(this.#filled, supply, Number.POSITIVE_INFINITY, () => {
      const found: number[] = [];
      for (const { rows, codes, dictionary } of this.column(path)) {
        const filled = dictionary.map((value) =>
          elementsOf(value).some((element) => suppliedText(supply, element) !== null),
        );
        for (let i = 0; i < rows.length; i++) if (filled[codes[i]]) found.push(rows[i]);
      }
      return found;
    });
  }

  /** Columns that go by a name of the source, the best first: all of one rank, then of the next. */
  pathsNamed(name: string): readonly Path[] {
    if (this.#byName === undefined) {
      const ranked = new Map<string, { path: Path; rank: number }[]>();
      for (const path of this.batch.paths) {
        for (const { name: own, rank } of this.fields.names(path)) {
          const list = ranked.get(own);
          if (list === undefined) ranked.set(own, [{ path, rank }]);
          else list.push({ path, rank });
        }
      }
      this.#byName = new Map(
        [...ranked].map(([own, list]) => [own, list.sort((a, b) => a.rank - b.rank).map(({ path }) => path)]),
      );
    }
    return this.#byName.get(name) ?? this.#byName.get(unescaped(name)) ?? [];
  }

  /** Whether a row of the table holds for a group of events; columns named as the field hold for all. */
  applies({ row }: Supply, group: Group): boolean {
    const when = row?.when ?? null;
    if (when === null) return true;
    return Object.entries(when).every(([name, values]) => {
      const own = group.values[name]?.toLowerCase() ?? null;
      return own !== null && values.some((value) => value.toLowerCase() === own);
    });
  }

  /** Rows by their discriminators: each distinct combination is looked at once. */
  #group(): Uint16Array {
    const names = this.fields.source?.discriminators ?? [];
    let codes = new Uint32Array(this.batch.rows);
    let combinations: (readonly (string | null)[])[] = [[]];
    for (const name of names) {
      const { codes: own, texts } = this.#texts(name);
      const numbers = new Map<number, number>();
      const next: (readonly (string | null)[])[] = [];
      const combined = new Uint32Array(this.batch.rows);
      for (let row = 0; row < combined.length; row++) {
        const key = codes[row] * (texts.length + 1) + own[row];
        let number = numbers.get(key);
        if (number === undefined) {
          number = next.push([...combinations[codes[row]], own[row] === 0 ? null : texts[own[row] - 1]]) - 1;
          numbers.set(key, number);
        }
        combined[row] = number;
      }
      codes = combined;
      combinations = next;
    }
    const most = 0xffff;
    for (const values of combinations.slice(0, most)) {
      this.groups.push(this.fields.group(Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]))));
    }
    return Uint16Array.from(codes, (code) => Math.min(code, most - 1));
  }

  /** First value of a name in each row, as a number from 1 (0: absent), with the texts. */
  #texts(name: string): { readonly codes: Uint32Array; readonly texts: readonly string[] } {
    const codes = new Uint32Array(this.batch.rows);
    const texts: string[] = [];
    for (const path of this.pathsNamed(name)) {
      for (const { rows, codes: own, dictionary } of this.column(path)) {
        const numbers = dictionary.map((value) => {
          const first = value.kind === 'list' ? (value.value as readonly ColumnValue[])[0] : value;
          return first === undefined || first.kind === 'null' ? 0 : texts.push(scalarText(first));
        });
        for (let i = 0; i < rows.length; i++) if (codes[rows[i]] === 0) codes[rows[i]] = numbers[own[i]];
      }
    }
    return { codes, texts };
  }
}

/** The text a supply makes of a value, or null where it says that there is nothing. */
export function suppliedText(supply: Supply, value: ColumnValue): string | null {
  if (value.kind === 'null') return null;
  const text = scalarText(value);
  if (supply.row === null) return text === '' ? null : text;
  // No word for nothing is longer, and most values are.
  if (text.length <= 8 && NOTHING.has(text.trim())) return null;
  return supply.row.read === null ? text : READERS[supply.row.read](text);
}

/** The elements of a list; any other value alone. */
export function elementsOf(value: ColumnValue): readonly ColumnValue[] {
  return value.kind === 'list' ? (value.value as readonly ColumnValue[]) : [value];
}
