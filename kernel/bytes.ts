/** Comparing, searching and hashing bytes. All loads may run up to 16 bytes past the end: every region is padded. */

const K1: u64 = 0x9e3779b97f4a7c15;
const K2: u64 = 0xc2b2ae3d27d4eb4f;

/** Up to here every byte is hashed. */
const SAMPLED: usize = 512;

let seed1: u64 = K1;
let seed2: u64 = K2;

/** Seeds the hashes; called once per instance with random words, so that nobody outside can aim for collisions. */
export function seedHashes(a: u64, b: u64): void {
  seed1 = a | 1;
  seed2 = b | 1;
}

/**
 * Do `n` bytes at `a` and `b` agree? Sixteen at a time; of the last ones those past the end do not count.
 * @param n at least 1
 */
@inline
export function equal(a: usize, b: usize, n: usize): bool {
  while (n > 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) != 0xffff) return false;
    a += 16;
    b += 16;
    n -= 16;
  }
  return <usize>ctz(~i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)))) >= n;
}

/** The same for values that may be long: 64 bytes a step. */
export function equalLong(a: usize, b: usize, n: usize): bool {
  while (n > 64) {
    const one = v128.or(v128.xor(v128.load(a), v128.load(b)), v128.xor(v128.load(a, 16), v128.load(b, 16)));
    const two = v128.or(v128.xor(v128.load(a, 32), v128.load(b, 32)), v128.xor(v128.load(a, 48), v128.load(b, 48)));
    if (v128.any_true(v128.or(one, two))) return false;
    a += 64;
    b += 64;
    n -= 64;
  }
  return equal(a, b, n);
}

/** Address of the first quote at or after `p` that is not escaped. The caller guarantees that there is one (sentinel). */
@inline
export function closingQuote(p: usize): usize {
  const quote = i8x16.splat(0x22);
  let q = p;
  while (true) {
    let bits = i8x16.bitmask(i8x16.eq(v128.load(q), quote));
    while (bits) {
      const at = q + ctz(bits);
      // Look back for an odd run of backslashes only where a quote was found: quotes are rare, escapes rarer.
      if (at == p || load<u8>(at - 1) != 0x5c) return at;
      let b = at - 1;
      while (b > p && load<u8>(b - 1) == 0x5c) b--;
      if (((at - b) & 1) == 0) return at;
      bits &= bits - 1;
    }
    q += 16;
  }
}

/** Seeded 32-bit hash of `n` bytes. Short keys: two masked loads; long ones: 16 bytes a step, the tail overlapping. */
@inline
export function hash(p: usize, n: usize): u32 {
  let a: u64;
  let b: u64;
  if (n <= 16) {
    if (n >= 8) {
      a = load<u64>(p);
      b = load<u64>(p + n - 8);
    } else if (n >= 4) {
      a = load<u32>(p);
      b = load<u32>(p + n - 4);
    } else if (n > 0) {
      a = (<u64>load<u8>(p) << 16) | (<u64>load<u8>(p + (n >> 1)) << 8) | load<u8>(p + n - 1);
      b = 0;
    } else {
      a = 0;
      b = 0;
    }
    a = (a ^ seed1) * K1;
    b = (b ^ seed2 ^ n) * K2;
  } else {
    a = seed1;
    b = seed2 ^ n;
    let i: usize = 0;
    const last = n - 16;
    // Of long values only some blocks, spread evenly: long texts differ in many places, and equality is decided on the bytes.
    const step: usize = n <= SAMPLED ? 16 : (n >> 4) & ~(<usize>15);
    while (i < last) {
      a = (a ^ load<u64>(p + i)) * K1;
      b = (b ^ load<u64>(p + i, 8)) * K2;
      a = rotl(a, 31);
      b = rotl(b, 29);
      i += step;
    }
    a = (a ^ load<u64>(p + last)) * K1;
    b = (b ^ load<u64>(p + last, 8)) * K2;
  }
  let h = (a ^ (a >> 32)) + (b ^ (b >> 29));
  h *= seed1;
  return <u32>(h >> 32) ^ <u32>h;
}

/**
 * Of all bytes of a long value, 32 a step. For dictionaries of many batches: texts of one kind differ in a time or an id, and `hash`
 * passes over most of what is longer than `SAMPLED`.
 */
export function hashAll(p: usize, n: usize): u32 {
  if (n <= SAMPLED) return hash(p, n);
  let a = seed1;
  let b = seed2 ^ n;
  let c = K1 ^ seed2;
  let d = K2 ^ seed1;
  const last = p + n - 32;
  for (; p < last; p += 32) {
    a = rotl((a ^ load<u64>(p)) * K1, 31);
    b = rotl((b ^ load<u64>(p, 8)) * K2, 29);
    c = rotl((c ^ load<u64>(p, 16)) * K1, 33);
    d = rotl((d ^ load<u64>(p, 24)) * K2, 27);
  }
  a = (a ^ load<u64>(last)) * K1;
  b = (b ^ load<u64>(last, 8)) * K2;
  c = (c ^ load<u64>(last, 16)) * K1;
  d = (d ^ load<u64>(last, 24)) * K2;
  let h = (a ^ (a >> 32)) + (b ^ (b >> 29)) + (c ^ (c >> 31)) + (d ^ (d >> 28));
  h *= seed1;
  return <u32>(h >> 32) ^ <u32>h;
}

/** Bytes that a printed integer takes at most. */
export const INTEGER_BYTES: usize = 24;

/** Prints an integer in front of `end`; returns where it begins. */
export function printInteger(value: i64, end: usize): usize {
  let rest: u64 = value < 0 ? <u64>0 - <u64>value : <u64>value;
  let p = end;
  do {
    store<u8>(--p, <u8>(0x30 + rest % 10));
    rest /= 10;
  } while (rest);
  if (value < 0) store<u8>(--p, 0x2d);
  return p;
}

/** Address of the first `\n` at or after `p`; the caller guarantees that there is one. */
export function lineEnd(p: usize): usize {
  const newline = i8x16.splat(0x0a);
  let q = p;
  while (true) {
    const bits = i8x16.bitmask(i8x16.eq(v128.load(q), newline));
    if (bits) return q + ctz(bits);
    q += 16;
  }
}

/** Does a literal of one to three bytes occur? Its first and last byte are searched sixteen positions at a time. */
export function shortIn(literal: usize, length: u32, text: usize, n: u32): bool {
  const first = i8x16.splat(load<u8>(literal));
  const last = i8x16.splat(load<u8>(literal + length - 1));
  const gap = length - 1;
  const end = n - gap;
  let i: u32 = 0;
  // 64 positions a step: a third of the time of 16, most of which V8 spends on the loop.
  while (i + 64 <= end) {
    const p = text + i;
    const q = p + gap;
    const r = v128.or(
      v128.or(
        v128.and(i8x16.eq(v128.load(p), first), i8x16.eq(v128.load(q), last)),
        v128.and(i8x16.eq(v128.load(p, 16), first), i8x16.eq(v128.load(q, 16), last)),
      ),
      v128.or(
        v128.and(i8x16.eq(v128.load(p, 32), first), i8x16.eq(v128.load(q, 32), last)),
        v128.and(i8x16.eq(v128.load(p, 48), first), i8x16.eq(v128.load(q, 48), last)),
      ),
    );
    if (v128.any_true(r) && shortAt(literal, length, text, i, i + 64, first, last)) return true;
    i += 64;
  }
  return shortAt(literal, length, text, i, end, first, last);
}

/** The same for positions from `i` to `end`. */
function shortAt(literal: usize, length: u32, text: usize, i: u32, end: u32, first: v128, last: v128): bool {
  for (; i < end; i += 16) {
    let bits = i8x16.bitmask(
      v128.and(i8x16.eq(v128.load(text + i), first), i8x16.eq(v128.load(text + i + length - 1), last)),
    );
    if (end - i < 16) bits &= (1 << (end - i)) - 1;
    while (bits) {
      if (length < 3 || load<u8>(text + i + ctz(bits) + 1) == load<u8>(literal + 1)) return true;
      bits &= bits - 1;
    }
  }
  return false;
}
