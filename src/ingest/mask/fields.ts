/** Which values of an event a policy is about. */
import { limits } from '../../base/index.ts';
import { namesOf, type Path, SOURCES, type SourceType, unescaped, unifiedRows } from '../../schema/index.ts';
import type { MaskMethod } from './values.ts';

type Named = (path: Path) => boolean;

/**
 * Fields of a policy to the paths of events. A field may be meant by the source's own name, by a rule's or by ECS's; what type of source an
 * event is of is not known yet, so a path is taken for a field if any type of source would: too much is masked rather than too little.
 */
export class MaskedFields {
  readonly #fields: readonly { readonly method: MaskMethod; readonly isNamed: Named }[];
  /** What was found of paths of late. */
  readonly #known = new Map<Path, MaskMethod | null>();

  constructor(fields: Readonly<Record<string, MaskMethod>>) {
    this.#fields = Object.entries(fields).map(([field, method]) => ({ method, isNamed: namedBy(field) }));
  }

  methodOf(path: Path): MaskMethod | null {
    let method = this.#known.get(path);
    if (method === undefined) {
      method = this.#fields.find(({ isNamed }) => isNamed(path))?.method ?? null;
      if (this.#known.size >= limits.maskPathsMax) this.#known.clear();
      this.#known.set(path, method);
    }
    return method;
  }
}

/** Whether a path is the field, or supplies it in some type of source. */
function namedBy(field: string): Named {
  const supplies = SOURCES.flatMap((source) => {
    const wanted = new Set([field]);
    for (const row of unifiedRows(source)) if (row.field === field) for (const name of row.from) wanted.add(name);
    return suppliersOf(source, wanted);
  });
  return (path) => {
    const plain = unescaped(path);
    if (path === field || plain === field) return true;
    return supplies.some((isSupplied) => isSupplied(path));
  };
}

/** Of a source type's rows of names only those are asked that may give one of the names. */
function suppliersOf(source: SourceType, wanted: ReadonlySet<string>): Named[] {
  const rows = source.names.filter(({ name }) => name.includes('{') || wanted.has(name.replaceAll(' ', '')));
  const others = [...wanted].filter((name) => !name.includes(' '));
  // A name that no row gives is the source's own: then it is the path.
  const isOwn: Named = (path) => others.includes(unescaped(path).replaceAll(' ', ''));
  if (rows.length === 0) return [isOwn];
  const names = namesOf({ ...source, names: rows });
  return [isOwn, (path) => names(path).some(({ name }) => wanted.has(name))];
}
