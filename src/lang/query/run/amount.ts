/** Values that can be added up and averaged: numbers, dates and spans. */

import { dateTime, span } from '../../time.ts';
import { DateTime, numberOf, TimeSpan, type Value } from '../../value.ts';

export type AmountKind = 'number' | 'datetime' | 'timespan';

export interface Amount {
  readonly kind: AmountKind;
  /** A number's own worth, or ticks. */
  readonly size: bigint | number;
}

/** Texts are read as the numbers they are written as; everything else is no amount. */
export function amountOf(value: Value): Amount | null {
  const read = typeof value === 'string' ? numberOf(value) : value;
  if (typeof read === 'bigint' || typeof read === 'number') return { kind: 'number', size: read };
  if (read instanceof DateTime) return { kind: 'datetime', size: read.ticks };
  return read instanceof TimeSpan ? { kind: 'timespan', size: read.ticks } : null;
}

/** Dates and spans of reals are cut to whole ticks. */
export function amountValue(kind: AmountKind, size: bigint | number): Value {
  if (kind === 'number') return size;
  if (typeof size === 'number' && !Number.isFinite(size)) return null;
  const ticks = typeof size === 'bigint' ? size : BigInt(Math.trunc(size));
  return kind === 'datetime' ? dateTime(ticks) : span(ticks);
}
