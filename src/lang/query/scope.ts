/** Which columns there are at a place of a pipeline, as far as that can be known before it runs. */
import type { FieldCatalogue } from '../check.ts';
import { pathsAbove } from '../tree.ts';
import type { StaticType } from '../value.ts';

/** Columns by name and type. */
export class Scope implements FieldCatalogue {
  /** Columns that steps have made, and all there are where `base` is null. */
  readonly columns: ReadonlyMap<string, StaticType>;
  /** The table's own columns, where they are still there. */
  readonly base: FieldCatalogue | null;
  /** Whether there may be columns that nobody knows of: any name will do. */
  readonly open: boolean;
  readonly #without: ReadonlySet<string>;

  constructor(
    columns: ReadonlyMap<string, StaticType>,
    base: FieldCatalogue | null = null,
    open = false,
    without: ReadonlySet<string> = new Set(),
  ) {
    this.columns = columns;
    this.base = base;
    this.open = open;
    this.#without = without;
  }

  get unknown(): 'error' | 'warning' {
    return this.base?.unknown ?? 'error';
  }

  get names(): Iterable<string> {
    return this.#names();
  }

  *#names(): Iterable<string> {
    yield* this.columns.keys();
    if (this.base === null) return;
    for (const name of this.base.names) if (!this.columns.has(name) && !this.#without.has(name)) yield name;
  }

  /** A path below a column that may be a bag is possible, and so is one above columns: `host` of `host.name`. */
  typeOf(path: string): StaticType | null {
    const own = this.columns.get(path);
    if (own !== undefined) return own;
    for (const parent of pathsAbove(path)) {
      const above = this.columns.get(parent);
      if (above !== undefined) return above === 'dynamic' ? 'dynamic' : null;
    }
    if (this.#without.has(path)) return null;
    const inherited = this.base?.typeOf(path) ?? null;
    return inherited ?? (this.open ? 'dynamic' : null);
  }

  /** With these columns added, or in the place of others of the same name. */
  with(columns: Iterable<readonly [string, StaticType]>): Scope {
    return new Scope(new Map([...this.columns, ...columns]), this.base, this.open, this.#without);
  }

  /** Without columns for which a test holds. */
  without(test: (name: string) => boolean): Scope {
    const left = new Map([...this.columns].filter(([name]) => !test(name)));
    const gone = new Set(this.#without);
    for (const name of this.base?.names ?? []) if (test(name)) gone.add(name);
    for (const name of this.columns.keys()) if (test(name)) gone.add(name);
    return new Scope(left, this.base, this.open, gone);
  }

  /** Columns of both. */
  and(other: Scope): Scope {
    const bases = [this.base, other.base].filter((base) => base !== null);
    const names = (): Iterable<string> => new Set(bases.flatMap((base) => [...base.names]));
    const base: FieldCatalogue | null =
      bases.length < 2
        ? (bases[0] ?? null)
        : {
            typeOf: (path) => bases[0].typeOf(path) ?? bases[1].typeOf(path),
            get names() {
              return names();
            },
            unknown: bases.some(({ unknown }) => unknown === 'warning') ? 'warning' : 'error',
          };
    return new Scope(new Map([...this.columns, ...other.columns, ...this.columns]), base, this.open || other.open);
  }
}
