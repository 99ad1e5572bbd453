/** Looks for an ASCII text in any bytes, whatever the case of its letters: sixteen places at a time by its first and last sign. */

/** Bit that tells small letters from capitals. Other signs that differ by it alone are told apart where a place is looked at closely. */
const CASE: u8 = 0x20;

@inline
function folded(c: u32): u32 {
  return c - 0x41 < 26 ? c | CASE : c;
}

function isAt(p: usize, text: usize, m: u32): bool {
  for (let i: usize = 0; i < m; i++) if (folded(load<u8>(p + i)) != load<u8>(text + i)) return false;
  return true;
}

/**
 * @param text in small letters, `m` bytes, one at least
 * @returns offset of the first place from `from` on; -1: there is none
 */
export function findText(p: usize, n: u32, from: u32, text: usize, m: u32): i32 {
  if (m > n) return -1;
  const last = n - m;
  const bit = i8x16.splat(CASE);
  const begins = i8x16.splat(load<u8>(text) | CASE);
  const ends = i8x16.splat(load<u8>(text + m - 1) | CASE);
  let at = from;
  for (; at + 15 <= last; at += 16) {
    const heads = i8x16.eq(v128.or(v128.load(p + at), bit), begins);
    const tails = i8x16.eq(v128.or(v128.load(p + at + m - 1), bit), ends);
    for (let mask = <u32>i8x16.bitmask(v128.and(heads, tails)); mask; mask &= mask - 1) {
      const place = at + ctz(mask);
      if (isAt(p + place, text, m)) return place;
    }
  }
  for (; at <= last; at++) if (isAt(p + at, text, m)) return at;
  return -1;
}
