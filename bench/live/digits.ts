/** Numbers and stamps written over others of the same length, in place: how repetitions of a corpus come to differ. */

/** A well-mixed 32-bit number of two others (lowbias32 of C. Wellons, whose constants were found by search). */
export function mixed(a: number, b: number): number {
  let x = (Math.imul(a, 0x9e3779b1) ^ b) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

const ALPHABET = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** `value` in `length` digits of base 10, 16, 36 or 62, zeros in front. */
export function writeDigits(into: Uint8Array, at: number, length: number, value: number, base = 10): void {
  let rest = value;
  let i = at + length - 1;
  // Above 31 bits without the tricks of small numbers, which take a third of the time.
  for (; rest > 0x7fffffff && i >= at; i--) {
    const next = Math.floor(rest / base);
    into[i] = ALPHABET[rest - next * base];
    rest = next;
  }
  for (; i >= at; i--) {
    const next = (rest / base) | 0;
    into[i] = ALPHABET[rest - next * base];
    rest = next;
  }
}

const DAY_MS = 86_400_000;
const days = new Map<number, Uint8Array>();

/** `2026-01-31`, of a day since 1970. */
function dateOf(day: number): Uint8Array {
  const known = days.get(day);
  if (known !== undefined) return known;
  const date = Buffer.from(new Date(day * DAY_MS).toISOString().slice(0, 10));
  days.set(day, date);
  return date;
}

/** Date, one character that stays, time, and as many of its milliseconds as there are digits for (0 or 3). */
export function writeTime(into: Uint8Array, at: number, ms: number, fraction: number): void {
  const day = Math.floor(ms / DAY_MS);
  into.set(dateOf(day), at);
  const rest = Math.floor(ms) - day * DAY_MS;
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  writeDigits(into, at + 11, 2, Math.floor(minutes / 60));
  writeDigits(into, at + 14, 2, minutes % 60);
  writeDigits(into, at + 17, 2, seconds % 60);
  if (fraction === 3) writeDigits(into, at + 20, 3, rest % 1000);
}
