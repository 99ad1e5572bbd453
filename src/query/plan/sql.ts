/** Pieces of SQL as DuckDB reads it. */

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal. A NUL would end the statement. */
export function text(value: string): string {
  const pieces = value.split('\0').map((piece) => `'${piece.replaceAll("'", "''")}'`);
  return pieces.length === 1 ? pieces[0] : `(${pieces.join(' || chr(0) || ')})`;
}

/** Whether a text is the same in DuckDB: halves of surrogate pairs have no UTF-8. */
export function isWellFormed(value: string): boolean {
  return value.isWellFormed();
}

export function bigint(value: bigint): string {
  // The least of 64 bits is no negated literal of 64 bits.
  return value === -(2n ** 63n) ? '(-9223372036854775807 - 1)' : `${value}::BIGINT`;
}

/**
 * A wide integer as one of 64 bits, null where these do not hold it. DuckDB compares what is cast instead of what comes of it where it can
 * (`TRY_CAST(2^63 AS BIGINT) > 0` is true there); a function around it keeps it from that. TRY costs 20 µs for each overflow.
 */
export function long(wide: string): string {
  return `greatest(TRY_CAST(${wide} AS BIGINT), NULL::BIGINT)`;
}

export function double(value: number): string {
  if (Number.isNaN(value)) return `'nan'::DOUBLE`;
  if (!Number.isFinite(value)) return `'${value > 0 ? '' : '-'}infinity'::DOUBLE`;
  return `'${Object.is(value, -0) ? '-0.0' : value}'::DOUBLE`;
}

export function and(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'TRUE' : conditions.length === 1 ? conditions[0] : `(${conditions.join(' AND ')})`;
}

export function or(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'FALSE' : conditions.length === 1 ? conditions[0] : `(${conditions.join(' OR ')})`;
}

/** The first that is not null. */
export function first(expressions: readonly string[]): string {
  return expressions.length === 1 ? expressions[0] : `coalesce(${expressions.join(', ')})`;
}
