/** Which columns of events the rest of a query reads, and where in a batch they are. */
import { DateTime, type Value } from '../../lang/index.ts';
import type { DuckBatch } from '../duck/answer.ts';
import type { Group } from './base.ts';
import type { PartKind } from './cell.ts';
import type { Virtual } from './names.ts';
import type { EventLayout, Output } from './rows.ts';
import type { ColumnKind } from './view.ts';

/** Kinds of a path's columns in the order of the parts of a cell. */
const KINDS: Readonly<Partial<Record<ColumnKind, PartKind>>> = {
  boolean: 'bool',
  integer: 'long',
  float: 'real',
  string: 'string',
  list: 'list',
};

/** In these places of every batch: position, row, time and receipt. */
export const OWN_PLACES = 4;

/** What of events is read, in one group. */
export interface Wanted {
  /** By their physical names; the first stands in place `OWN_PLACES` of a batch. */
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  readonly paths: ReadonlyMap<string, readonly Output[]>;
}

/** @param demand names; null: all */
export function wantedOf({ names }: Group, demand: ReadonlySet<string> | null): Wanted {
  const columns: { readonly name: string; readonly kind: ColumnKind }[] = [];
  const paths = new Map<string, readonly Output[]>();
  for (const path of demand === null ? names.paths.keys() : pathsOf(names, demand)) {
    const outputs: Output[] = [];
    for (const [kind, name] of names.paths.get(path) ?? []) {
      const part = KINDS[kind];
      if (part !== undefined) outputs.push({ kind: part, place: OWN_PLACES + columns.push({ name, kind }) - 1 });
    }
    paths.set(path, outputs);
  }
  return { columns, paths };
}

/** Paths that supply what is asked for, in the order of the segment. */
function pathsOf(names: Group['names'], demand: ReadonlySet<string>): readonly string[] {
  const wanted = new Set<string>();
  for (const asked of demand) {
    const prefix = asked.endsWith('.*') ? asked.slice(0, -1) : null;
    for (const name of prefix === null ? [asked] : [prefix.slice(0, -1), ...names.namesBelow(prefix)]) {
      for (const { path, supply } of names.candidates(name)) {
        wanted.add(path);
        for (const own of Object.keys(supply?.row?.when ?? {}))
          for (const other of names.discriminator(own)) wanted.add(other);
      }
    }
  }
  return [...names.paths.keys()].filter((path) => wanted.has(path));
}

export function layoutOf(
  { names, log, source, tenant }: Group,
  paths: EventLayout['paths'],
  worked: EventLayout['worked'],
  shown: readonly Virtual[],
): EventLayout {
  const dated = (micros: Value): DateTime => new DateTime((micros as bigint) * 10n);
  const own: Record<Virtual, (columns: DuckBatch['columns'], row: number) => Value> = {
    '@timestamp': (columns, row) => dated(columns[2][row] ?? columns[3][row]),
    'weir.received': (columns, row) => dated(columns[3][row]),
    'weir.position': (columns, row) => integer(columns[0][row]),
    'weir.row': (columns, row) => integer(columns[1][row]),
    'weir.id': (columns, row) => `${log}/0/${columns[0][row]}/${columns[1][row]}`,
    'weir.source.id': () => source,
    'weir.tenant': () => tenant,
  };
  return { names, paths, worked, own, shown };
}

/** DuckDB's INTEGER comes as a number, its BIGINT as a bigint. */
const integer = (value: Value): Value => (typeof value === 'number' ? BigInt(value) : value);
