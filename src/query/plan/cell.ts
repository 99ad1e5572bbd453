/** A column of a query on its way through SQL. */

/**
 * What a column may hold. `list`: several values of a field, as JSON (conditions ask for any of them); `dynamic`: one list, as
 * `make_set` gives it. Dates are microseconds since 1970 and spans ticks, as BIGINT; a boolean is a BOOLEAN.
 */
export type PartKind = 'bool' | 'long' | 'real' | 'datetime' | 'timespan' | 'string' | 'list' | 'dynamic';

/** In the order in which kinds are sorted. */
export const PART_KINDS: readonly PartKind[] = [
  'bool',
  'long',
  'real',
  'datetime',
  'timespan',
  'string',
  'list',
  'dynamic',
];

/** An expression for each kind of value; in a row one of them at most is not null. None: always null. */
export type Cell = ReadonlyMap<PartKind, string>;

export const NO_CELL: Cell = new Map();

export function cellOf(kind: PartKind, sql: string): Cell {
  return new Map([[kind, sql]]);
}

/** The only expression of a column that holds one kind; null where it holds several, or nothing. */
export function only(cell: Cell, ...kinds: readonly PartKind[]): string | null {
  const [[kind, sql] = [null, '']] = cell;
  return cell.size === 1 && kind !== null && (kinds.length === 0 || kinds.includes(kind)) ? sql : null;
}

export function present(cell: Cell): string {
  const parts = [...cell.values()].map((sql) => `${sql} IS NOT NULL`);
  return parts.length === 0 ? 'FALSE' : parts.length === 1 ? parts[0] : `(${parts.join(' OR ')})`;
}

/** Which of several columns is taken, by conditions; else null. */
export function choose(choices: readonly { readonly when: string; readonly cell: Cell }[]): Cell {
  const chosen = new Map<PartKind, string>();
  for (const kind of PART_KINDS) {
    if (!choices.some(({ cell }) => cell.has(kind))) continue;
    const cases = choices.map(({ when, cell }) => `WHEN ${when} THEN ${cell.get(kind) ?? 'NULL'}`);
    chosen.set(kind, `CASE ${cases.join(' ')} END`);
  }
  return chosen;
}

/** The first column that is not null. */
export function firstOf(cells: readonly Cell[]): Cell {
  const some = cells.filter((cell) => cell.size > 0);
  if (some.length < 2) return some[0] ?? NO_CELL;
  const kinds = new Set(some.flatMap((cell) => [...cell.keys()]));
  if (kinds.size === 1) {
    const [kind] = kinds;
    return cellOf(kind, `coalesce(${some.map((cell) => cell.get(kind)).join(', ')})`);
  }
  return choose(some.map((cell) => ({ when: present(cell), cell })));
}
