/**
 * Strict JSON tokens. Only tokens that are new to a batch are validated: a token equal to one already validated is valid.
 * Invalid UTF-8 is not an error (it decodes to U+FFFD); it is flagged.
 */

/** Flags of a token. */
export const ESCAPED: u32 = 1; // holds a backslash
export const UNICODE: u32 = 2; // holds \u: decoded by the host
export const NON_ASCII: u32 = 4;
export const NOT_CANONICAL: u32 = 8; // a number not written as a canonical integer
export const SLASHED: u32 = 16; // holds \/ : a byte that stands for itself elsewhere is written otherwise here
export const INVALID: u32 = 0x80000000;

/** For the characters from `"` to `t`: 1 where they may follow a backslash. */
const ESCAPES = memory.data<u8>([
  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0,
  1,
]);

/** Where the last INVALID was found. */
export let invalidAt: usize = 0;

function hexDigit(c: u32): bool {
  return c - 0x30 < 10 || (c | 0x20) - 0x61 < 6;
}

function fail(p: usize): u32 {
  invalidAt = p;
  return INVALID;
}

/** Flags of the string token between its quotes, or INVALID. */
export function stringFlags(p: usize, end: usize): u32 {
  let flags: u32 = 0;
  const backslash = i8x16.splat(0x5c);
  const space = i8x16.splat(0x20);
  while (p < end) {
    const v = v128.load(p);
    const left = end - p;
    const mask = left >= 16 ? 0xffff : (1 << <i32>left) - 1;
    const high = i8x16.bitmask(v) & mask;
    if (high) flags |= NON_ASCII;
    const low = i8x16.bitmask(i8x16.lt_u(v, space)) & mask;
    const escapes = i8x16.bitmask(i8x16.eq(v, backslash)) & mask;
    if (low) return fail(p + ctz(low));
    if (!escapes) {
      p += 16;
      continue;
    }
    flags |= ESCAPED;
    let bits = escapes;
    let next = p + 16;
    while (bits) {
      const at = p + ctz(bits);
      const c = <u32>load<u8>(at + 1);
      if (c == 0x75) {
        if (at + 6 > end) return fail(at);
        for (let i: usize = 2; i < 6; i++) if (!hexDigit(load<u8>(at + i))) return fail(at);
        flags |= UNICODE;
        next = at + 6;
        break;
      }
      // " \\ b f n r t and the slash
      if (c - 0x22 > 0x52 || !(load<u8>(ESCAPES + (c - 0x22)))) return fail(at);
      if (c == 0x2f) flags |= SLASHED;
      if (at + 2 > p + 16) {
        next = at + 2;
        break;
      }
      // What is escaped may be a backslash itself.
      bits &= ~(3 << <i32>(at - p));
    }
    p = next;
  }
  return flags;
}

@inline
function digit(p: usize): bool {
  return <u32>load<u8>(p) - 0x30 < 10;
}

/** Flags of a number token, or INVALID. */
export function numberFlags(p: usize, end: usize): u32 {
  const start = p;
  let flags: u32 = 0;
  let negative = false;
  if (load<u8>(p) == 0x2d) {
    negative = true;
    p++;
  }
  if (p >= end || !digit(p)) return fail(p);
  if (load<u8>(p) == 0x30) {
    p++;
    if (negative && p == end) flags |= NOT_CANONICAL;
  } else while (p < end && digit(p)) p++;
  if (p < end && load<u8>(p) == 0x2e) {
    flags |= NOT_CANONICAL;
    p++;
    if (p >= end || !digit(p)) return fail(p);
    while (p < end && digit(p)) p++;
  }
  if (p < end && (load<u8>(p) | 0x20) == 0x65) {
    flags |= NOT_CANONICAL;
    p++;
    if (p < end && (load<u8>(p) == 0x2b || load<u8>(p) == 0x2d)) p++;
    if (p >= end || !digit(p)) return fail(p);
    while (p < end && digit(p)) p++;
  }
  if (p != end || p == start) return fail(p);
  return flags;
}

/** 3 for `true`/`false`, 4 for `null`, 0 otherwise (kinds of scan.ts). */
export function literalKind(p: usize, n: usize): u32 {
  if (n == 4) {
    const w = load<u32>(p);
    if (w == 0x65757274) return 3;
    if (w == 0x6c6c756e) return 4;
  } else if (n == 5 && load<u32>(p) == 0x736c6166 && load<u8>(p + 4) == 0x65) return 3;
  return 0;
}
