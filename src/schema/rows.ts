/** Two ways to write a source type's name rows as a table; both give plain NameRows, in order. */
import type { NameRow, Path } from './types.ts';

/** Column path → its name or names. */
export function columns(table: Readonly<Record<Path, string | readonly string[]>>): NameRow[] {
  return Object.entries(table).flatMap(([path, names]) => [names].flat().map((name) => ({ path, name })));
}

/** Name → the column path or paths it is read from, the best first. */
export function aliases(table: Readonly<Record<string, Path | readonly Path[]>>): NameRow[] {
  return Object.entries(table).flatMap(([name, paths]) => [paths].flat().map((path) => ({ path, name })));
}
