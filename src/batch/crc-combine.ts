/** The CRC-32 of two texts in a row from those of each, without reading them again (as zlib's `crc32_combine` has it). */

/** CRC-32's polynomial, bits reversed: the highest power has no bit. */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;

/** The product of two polynomials modulo CRC-32's; neither is 0. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; ; bit >>>= 1) {
    if ((a & bit) !== 0) {
      product ^= shifted;
      if ((a & (bit - 1)) === 0) return product >>> 0;
    }
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
}

/** x to the power of 2^n. */
const POWERS = new Uint32Array(32);
POWERS[0] = 0x40000000;
for (let n = 1; n < 32; n++) POWERS[n] = multiply(POWERS[n - 1], POWERS[n - 1]);

/** @param length bytes that `second` is of, below 2^29 */
export function crc32Combine(first: number, second: number, length: number): number {
  if (first === 0) return second >>> 0;
  let power = ONE;
  // Eight bits a byte: from 2^3 on.
  for (let n = 3, rest = length; rest > 0; n++, rest >>>= 1) {
    if ((rest & 1) !== 0) power = multiply(POWERS[n], power);
  }
  return (multiply(power, first) ^ second) >>> 0;
}
