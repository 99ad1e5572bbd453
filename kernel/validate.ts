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

/** Where the last INVALID was found. */
export let invalidAt: usize = 0;

function hexDigit(c: u32): bool {
  return c - 0x30 < 10 || (c | 0x20) - 0x61 < 6;
}

function fail(p: usize): u32 {
  invalidAt = p;
  return INVALID;
}

/**
 * Vectors for `stringEnd`: quote, the last control character, backslash, slash, u, and what may follow a backslash ("/\\bfnrtu:
 * their high nibbles 2 5 6 7 as bits, by low nibble and by high nibble). They are read from memory because the compiler puts
 * constants into loops, where V8 makes each anew every time round in four instructions.
 */
const VECTORS = memory.data<u64>([
  0x2222222222222222, 0x2222222222222222, 0x1f1f1f1f1f1f1f1f, 0x1f1f1f1f1f1f1f1f, 0x5c5c5c5c5c5c5c5c, 0x5c5c5c5c5c5c5c5c,
  0x2f2f2f2f2f2f2f2f, 0x2f2f2f2f2f2f2f2f, 0x7575757575757575, 0x7575757575757575, 0x00040808000d0000, 0x0104000200000000,
  0x0804020000010000, 0x0000000000000000, 0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f,
], 16);

/** Flags of the string `stringEnd` last found the end of. */
export let endFlags: u32 = 0;

/** A bit for each of 32 bytes. */
@inline
function bits(a: v128, b: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16));
}

/** 0xff where a byte may follow a backslash. */
@inline
function mayFollow(v: v128): v128 {
  const nibble = v128.load(VECTORS, 112);
  const found = v128.and(
    i8x16.relaxed_swizzle(v128.load(VECTORS, 80), v128.and(v, nibble)),
    i8x16.relaxed_swizzle(v128.load(VECTORS, 96), v128.and(i16x8.shr_u(v, 4), nibble)),
  );
  return i8x16.ne(found, i8x16.splat(0));
}

/**
 * Address of the quote that closes the string whose first byte is at `p`, its flags in `endFlags`; 0 when a control character
 * (so the end of the line, too) or a bad escape comes first. One pass without a branch per escape: a message text has dozens.
 */
export function stringEnd(p: usize): usize {
  let flags: u32 = 0;
  let carry: u64 = 0; // 1: the first byte of the block follows an escaping backslash
  let high = i8x16.splat(0);
  const quotes = v128.load(VECTORS);
  const controls = v128.load(VECTORS, 16);
  const backslashes = v128.load(VECTORS, 32);
  while (true) {
    const v = v128.load(p);
    const w = v128.load(p, 16);
    const quote = bits(i8x16.eq(v, quotes), i8x16.eq(w, quotes));
    let bad = bits(i8x16.eq(i8x16.min_u(v, controls), v), i8x16.eq(i8x16.min_u(w, controls), w));
    const backslash = bits(i8x16.eq(v, backslashes), i8x16.eq(w, backslashes));
    let before: u64 = 0xffffffff;
    if (backslash | carry) {
      // Of a run of backslashes every other one escapes. Adding to a run that starts at an odd place carries over its end.
      const escapes = backslash & ~carry;
      const follows = (escapes << 1) | carry;
      const odd = escapes & 0xaaaaaaaa & ~follows;
      const escaped = (0x155555555 ^ ((odd + escapes) << 1)) & follows;
      const closing = quote & ~escaped;
      if (closing) before = (closing & (0 - closing)) - 1;
      bad |= escaped & ~bits(mayFollow(v), mayFollow(w));
      const here = escaped & before;
      const slashes = v128.load(VECTORS, 48);
      if (bits(i8x16.eq(v, slashes), i8x16.eq(w, slashes)) & here) flags |= SLASHED;
      const us = v128.load(VECTORS, 64);
      let codes = bits(i8x16.eq(v, us), i8x16.eq(w, us)) & here;
      if (codes) flags |= UNICODE;
      while (codes) {
        const at = p + <usize>ctz(codes);
        for (let i: usize = 1; i < 5; i++) {
          if (hexDigit(load<u8>(at + i))) continue;
          bad |= codes & (0 - codes);
          break;
        }
        codes &= codes - 1;
      }
      if ((escapes | carry) & before) flags |= ESCAPED;
      carry = escaped >> 32;
    } else if (quote) before = (quote & (0 - quote)) - 1;
    bad &= before;
    if (bad) {
      const at = p + <usize>ctz(bad);
      fail(load<u8>(at) < 0x20 ? at : at - 1);
      return 0;
    }
    if (before != 0xffffffff) {
      if (i8x16.bitmask(high) | <i32>(bits(v, w) & before)) flags |= NON_ASCII;
      endFlags = flags;
      return p + <usize>popcnt(before);
    }
    high = v128.or(high, v128.or(v, w));
    p += 32;
  }
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
