/** Folded text of raw string tokens: escapes undone, case folded. What the functions here cannot see goes to the host. */
import { alloc } from './memory';

/** Folding of the basic plane: unit → folded unit; filled by the host (src/detect/sigma/fold.ts). */
export let foldTable: usize = 0;

export function initFold(): void {
  foldTable = alloc(0x20000);
}

/** ASCII lower case of `n` bytes from `p` to `to`. */
export function fold(p: usize, n: usize, to: usize): void {
  for (let i: usize = 0; i < n; i += 16) {
    const v = v128.load(p + i);
    const upper = i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x41)), i8x16.splat(26));
    v128.store(to + i, v128.or(v, v128.and(upper, i8x16.splat(0x20))));
  }
}

/** The same with the simple escapes undone; returns the length. */
export function unescape(p: usize, n: usize, to: usize): u32 {
  const end = p + n;
  const start = to;
  const backslash = i8x16.splat(0x5c);
  while (p < end) {
    const v = v128.load(p);
    const upper = i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x41)), i8x16.splat(26));
    v128.store(to, v128.or(v, v128.and(upper, i8x16.splat(0x20))));
    const bits = i8x16.bitmask(i8x16.eq(v, backslash));
    if (!bits) {
      p += 16;
      to += 16;
      continue;
    }
    const k = ctz(bits);
    p += k;
    to += k;
    if (p >= end) {
      // The backslash lies behind the value.
      return <u32>(to - start - (p - end));
    }
    let c = <u32>load<u8>(p + 1);
    switch (c) {
      case 0x62: c = 8; break;
      case 0x66: c = 12; break;
      case 0x6e: c = 10; break;
      case 0x72: c = 13; break;
      case 0x74: c = 9; break;
      default: break;
    }
    store<u8>(to++, c);
    p += 2;
  }
  return <u32>(to - start - (p - end));
}

/**
 * The same for text beyond ASCII, by a table of the basic plane (unit → folded unit). 0xffffffff where the host must do it:
 * invalid UTF-8, other planes, or an escape that the table cannot see. No folding makes the text more than half as long again. Where
 * nothing is `escaped` a backslash stands for itself: texts of columns are no tokens.
 */
export function foldUtf8(p: usize, n: usize, to: usize, escaped: bool): u32 {
  const end = p + n;
  const start = to;
  while (p < end) {
    let c = <u32>load<u8>(p);
    if (c < 0x80) {
      if (c == 0x5c && escaped) {
        c = <u32>load<u8>(p + 1);
        switch (c) {
          case 0x62: c = 8; break;
          case 0x66: c = 12; break;
          case 0x6e: c = 10; break;
          case 0x72: c = 13; break;
          case 0x74: c = 9; break;
          default: break;
        }
        p += 2;
      } else {
        if (c - 0x41 < 26) c |= 0x20;
        p++;
      }
      store<u8>(to++, c);
      continue;
    }
    let code: u32;
    const c1 = <u32>load<u8>(p + 1);
    if (c >= 0xc2 && c < 0xe0 && p + 1 < end && (c1 & 0xc0) == 0x80) {
      code = ((c & 0x1f) << 6) | (c1 & 0x3f);
      p += 2;
    } else if (c >= 0xe0 && c < 0xf0 && p + 2 < end && (c1 & 0xc0) == 0x80 && (load<u8>(p + 2) & 0xc0) == 0x80) {
      code = ((c & 0x0f) << 12) | ((c1 & 0x3f) << 6) | (<u32>load<u8>(p + 2) & 0x3f);
      if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) return 0xffffffff;
      p += 3;
    } else return 0xffffffff;
    code = load<u16>(foldTable + (<usize>code << 1));
    if (code < 0x80) store<u8>(to++, code);
    else if (code < 0x800) {
      store<u8>(to, 0xc0 | (code >> 6));
      store<u8>(to + 1, 0x80 | (code & 0x3f));
      to += 2;
    } else {
      store<u8>(to, 0xe0 | (code >> 12));
      store<u8>(to + 1, 0x80 | ((code >> 6) & 0x3f));
      store<u8>(to + 2, 0x80 | (code & 0x3f));
      to += 3;
    }
  }
  return <u32>(to - start);
}
