/**
 * What names of a query mean in a segment: fields of the catalogue, names of Sigma, and the source's own. A name may be supplied by
 * several columns; the best that a row has counts.
 */
import { pathOf } from '../../lang/index.ts';
import { recognise, SourceFields, type SourceType, type Supply } from '../../schema/index.ts';
import type { ColumnKind, SegmentColumn } from './view.ts';

/** Columns of one path by their kinds, as they are called in the file. */
export type Kinds = ReadonlyMap<ColumnKind, string>;

/** A column that supplies a name. */
export interface Candidate {
  readonly path: string;
  /** How it does, where it does so as a field of the catalogue by a row of a table. */
  readonly supply: Supply | null;
  /** Of a row's candidates those with the lowest rank supply the name, together. */
  readonly rank: number;
}

/** Fields that weir gives every event; columns of the same path are hidden by them. */
export const VIRTUAL = [
  '@timestamp',
  'weir.id',
  'weir.position',
  'weir.received',
  'weir.row',
  'weir.source.id',
  'weir.tenant',
] as const;
export type Virtual = (typeof VIRTUAL)[number];
/** Those that are shown with an event. */
export const SHOWN: readonly Virtual[] = ['@timestamp', 'weir.id', 'weir.source.id'];

export const isVirtual = (name: string): name is Virtual => (VIRTUAL as readonly string[]).includes(name);

const sources = new Map<SourceType | null, SourceFields>();

/** Names of segments of one source type. */
export class SegmentNames {
  readonly source: SourceType | null;
  /** Path → its columns, in the order of the file. */
  readonly paths: ReadonlyMap<string, Kinds>;
  readonly #fields: SourceFields;
  readonly #candidates = new Map<string, readonly Candidate[]>();
  #byName: Map<string, Candidate[]> | null = null;

  constructor(columns: Iterable<SegmentColumn>, source: SourceType | null) {
    const paths = new Map<string, Map<ColumnKind, string>>();
    for (const [physical, path, kind] of columns) {
      const known = paths.get(path);
      if (known === undefined) paths.set(path, new Map([[kind, physical]]));
      else known.set(kind, physical);
    }
    this.paths = paths;
    this.source = source;
    this.#fields = sources.get(this.source) ?? new SourceFields(this.source);
    sources.set(this.source, this.#fields);
  }

  /** What supplies a name, best first. */
  candidates(name: string): readonly Candidate[] {
    let found = this.#candidates.get(name);
    if (found === undefined) {
      found = this.#find(name);
      this.#candidates.set(name, found);
    }
    return found;
  }

  /** Whether keys lead into a column and not to one: `a.b` may be a member of a column `a`. */
  leadsInto(keys: readonly string[]): boolean {
    if (this.candidates(pathOf(keys)).length > 0) return false;
    return keys.some((_, length) => length > 0 && this.candidates(pathOf(keys.slice(0, length))).length > 0);
  }

  /** All names that begin so. */
  namesBelow(prefix: string): readonly string[] {
    return [...this.#index().keys()].filter((name) => name.startsWith(prefix));
  }

  /** Paths that supply a discriminator of the source type, best first. */
  discriminator(name: string): readonly string[] {
    return this.#named(name).map(({ path }) => path);
  }

  /** The path of that name itself, so that an event is shown as it came; then fields of the catalogue; then other names. */
  #find(name: string): readonly Candidate[] {
    const all = this.#index().get(name) ?? [];
    const own = all.filter(({ path, supply }) => path === name && supply === null);
    const supplied = all.filter(({ path, supply }) => path !== name && supply !== null);
    const paths = new Set([name, ...supplied.map(({ path }) => path)]);
    return ranked([own, supplied, this.#named(name).filter(({ path }) => !paths.has(path))]);
  }

  /** By the names of the source, its own paths among them. */
  #named(name: string): readonly Candidate[] {
    return (this.#index().get(name) ?? []).filter(({ supply }) => supply === null);
  }

  #index(): Map<string, Candidate[]> {
    if (this.#byName !== null) return this.#byName;
    const index = new Map<string, Candidate[]>();
    const add = (name: string, candidate: Candidate): void => {
      const known = index.get(name);
      if (known === undefined) index.set(name, [candidate]);
      else known.push(candidate);
    };
    for (const path of this.paths.keys()) {
      for (const { name, rank } of this.#fields.names(path)) add(name, { path, supply: null, rank });
      for (const supply of this.#fields.supplies(path)) add(supply.field, { path, supply, rank: supply.rank });
    }
    for (const list of index.values()) list.sort((a, b) => a.rank - b.rank);
    this.#byName = index;
    return index;
  }
}

/** Lists one after the other, ranks counted anew. */
function ranked(lists: readonly (readonly Candidate[])[]): readonly Candidate[] {
  let rank = -1;
  return lists.flatMap((list) => {
    let before: number | null = null;
    return list.map((candidate) => {
      if (candidate.rank !== before) rank += 1;
      before = candidate.rank;
      return { ...candidate, rank };
    });
  });
}

const types = new WeakMap<readonly SegmentColumn[], SourceType | null>();

/** The source type of a segment with these columns; worked out once for each list. */
export function typeOf(columns: readonly SegmentColumn[]): SourceType | null {
  let type = types.get(columns);
  if (type === undefined) {
    type = recognise(new Set(columns.map(([, path]) => path)));
    types.set(columns, type);
  }
  return type;
}
