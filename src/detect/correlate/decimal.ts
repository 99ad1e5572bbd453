/**
 * Exact sums of decimal numbers: `value_sum` and `value_avg` add and take away millions of values while a window slides,
 * and doubles would drift (0.1 + 0.2 − 0.2 ≠ 0.1).
 */

/** `digits × 10^−scale`, scale from 0. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Longer numbers are no measurements; the bound keeps one hostile value from making every sum slow. */
const EXPONENT_MAX = 400;
const LENGTH_MAX = 400;
const SHAPE = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Reads `42`, `-1.5`, `2e3`; null for anything that is no decimal number or has more than 400 digits. */
export function parseDecimal(text: string): Decimal | null {
  if (text.length > LENGTH_MAX) return null;
  const parts = SHAPE.exec(text);
  if (parts === null) return null;
  const fraction = parts[3] ?? '';
  const scale = fraction.length - Number(parts[4] ?? 0);
  if (Math.abs(scale) > EXPONENT_MAX) return null;
  const digits = BigInt(parts[2] + fraction) * (parts[1] === '-' ? -1n : 1n);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** The nearest double. */
export function toDouble(decimal: Decimal): number {
  return decimal.scale === 0 ? Number(decimal.digits) : Number(`${decimal.digits}e-${decimal.scale}`);
}

/** A running sum; exact whatever is added and taken away. */
export class DecimalSum {
  #digits = 0n;
  #scale = 0;

  add(value: Decimal): void {
    this.#rescale(value.scale);
    this.#digits += this.#aligned(value);
  }

  subtract(value: Decimal): void {
    this.#rescale(value.scale);
    this.#digits -= this.#aligned(value);
  }

  /** Rounded once, to the nearest double. */
  toDouble(): number {
    return toDouble({ digits: this.#digits, scale: this.#scale });
  }

  #rescale(scale: number): void {
    if (scale <= this.#scale) return;
    this.#digits *= 10n ** BigInt(scale - this.#scale);
    this.#scale = scale;
  }

  #aligned(value: Decimal): bigint {
    return value.scale === this.#scale ? value.digits : value.digits * 10n ** BigInt(this.#scale - value.scale);
  }
}
