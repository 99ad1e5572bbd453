/** Values of a row, which is a JSON object, as they were written. */

/** A number by its digits; of what is a list or object, its parts are such values again. */
export type Cell = null | boolean | string | { readonly digits: string } | readonly unknown[] | object;

/** By name. Numbers keep their digits: a value is taken out of the row as it is written. */
export function cellsOf(json: string): Map<string, Cell> {
  const row = JSON.parse(json, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? new Digits(context?.source ?? String(value)) : value,
  ) as Record<string, Cell>;
  return new Map(Object.entries(row));
}

/** Not a plain object: a value of an event may have a field of that name. */
class Digits {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** The digits of a number; null: it is none. */
export const digitsOf = (cell: Cell): string | null => (cell instanceof Digits ? cell.digits : null);

/** As one text: nothing for null, strings as they are, the rest as JSON. */
export function textOf(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'string' ? cell : jsonOf(cell);
}

function jsonOf(value: unknown): string {
  if (value instanceof Digits) return value.digits;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${jsonOf(inner)}`)
    .join(',')}}`;
}
