/** Patterns with wildcards inside, on folded UTF-8. */
import { equal } from './bytes';

// Words of a wildcard program.
const ANY: u32 = 0;
const ONE: u32 = 1;
const DASH: u32 = 2; // any other word pair: 3, offset of the literal, its length

/** The wildcard program against the whole folded value. Backtracks to the last `*` only. */
export function glob(m: usize, program: usize, words: u32, text: usize, n: u32): bool {
  let w: u32 = 0;
  let t: u32 = 0;
  let starWord: u32 = 0xffffffff;
  let starText: u32 = 0;
  while (true) {
    let ok = false;
    if (w < words) {
      const op = load<u32>(program + (<usize>w << 2));
      if (op == ANY) {
        starWord = w;
        starText = t;
        w++;
        if (w == words) return true;
        continue;
      }
      if (op == ONE || op == DASH) {
        if (t < n) {
          const c = <u32>load<u8>(text + t);
          if ((c & 0xc0) != 0x80) {
            const size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
            if (op == ONE) ok = true;
            else if (c == 0x2d || c == 0x2f) ok = true;
            else {
              // – U+2013, — U+2014, ― U+2015
              ok = c == 0xe2 && load<u8>(text + t + 1) == 0x80 && <u32>load<u8>(text + t + 2) - 0x93 < 3;
            }
            if (ok) {
              t += size;
              w++;
            }
          }
        }
      } else {
        const at = load<u32>(program + (<usize>w << 2), 4);
        const size = load<u32>(program + (<usize>w << 2), 8);
        if (t + size <= n && equal(text + t, m + at, size)) {
          ok = true;
          t += size;
          w += 3;
        }
      }
    } else if (t == n) return true;
    if (ok) continue;
    if (starWord == 0xffffffff || starText >= n) return false;
    starText++;
    t = starText;
    w = starWord + 1;
  }
}
