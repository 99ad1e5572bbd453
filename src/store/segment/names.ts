/** Names of a segment's physical columns: a path and kind each, told apart without regard to case as DuckDB does. */
import { OWN_COLUMNS, type SegmentKind } from './kinds.ts';

/** The first of a path's kinds in this order has the plain name. */
const SUFFIXES: readonly (readonly [SegmentKind, string])[] = [
  ['integer', '#int'],
  ['float', '#float'],
  ['boolean', '#bool'],
  ['string', '#str'],
  ['list', '#list'],
];

/** Name of the values of the empty key. */
const EMPTY = '~';

/** Physical names of columns, in order; no two of them, nor one of weir's own, agree but for case. */
export function physicalNames(columns: readonly { readonly path: string; readonly kind: SegmentKind }[]): string[] {
  const kinds = new Map<string, Set<SegmentKind>>();
  for (const { path, kind } of columns) {
    const known = kinds.get(path);
    if (known === undefined) kinds.set(path, new Set([kind]));
    else known.add(kind);
  }
  const wanted = columns.map(({ path, kind }) => {
    const first = SUFFIXES.find(([known]) => kinds.get(path)?.has(known))?.[0];
    const suffix = kind === 'raw' ? '#raw' : (SUFFIXES.find(([known]) => known === kind)?.[1] ?? '');
    return kind === first ? path : `${path}${suffix}`;
  });
  return distinctNames(
    wanted,
    OWN_COLUMNS.map(({ name }) => name),
  );
}

/** Names in order, none of them empty, no two of them or of those taken alike but for case: one that comes again gets a number. */
export function distinctNames(names: readonly string[], taken: readonly string[] = []): string[] {
  const known = new Set(taken.map((name) => name.toLowerCase()));
  return names.map((each) => {
    // Some readers hand names on as C strings, and name a column themselves that has an empty one.
    const wanted = each.replaceAll('\0', '\ufffd') || EMPTY;
    let name = wanted;
    for (let n = 2; known.has(name.toLowerCase()); n++) name = `${wanted}~${n}`;
    known.add(name.toLowerCase());
    return name;
  });
}
