/**
 * NDJSON to columns. A row is its shape (a node of the trie) and one code per value; a code is the index of a dictionary
 * entry, which points at the token's bytes in the input: nothing is copied and nothing is decoded here.
 *
 * entry (32 bytes): 0 address · 4 length · 8 kind | flags << 8 · 12 column · 16 hash · 20 matcher cached · 24 its result · 28 keyword patterns it was searched for << 1 | found
 * row (16 bytes): 0 shape · 4 first code · 8 line address · 12 line length
 * error (16 bytes): 0 line address · 4 position · 8 reason | rows before it << 8 · 12 line length
 */
import { alloc } from './memory';
import { equal, equalLong, hash, lineEnd } from './bytes';
import { endFlags, INVALID, invalidAt, literalKind, numberFlags, stringEnd } from './validate';
import {
  child, CLOSE_ARRAY, CLOSE_OBJECT, ELEMENT, expect, forgetValues, KEY, nodeCount, nodes, NODES_MAX, OPEN_ARRAY, OPEN_OBJECT,
} from './shapes';

export const STRING: u32 = 1;
export const NUMBER: u32 = 2;
export const BOOLEAN: u32 = 3;
export const NULL: u32 = 4;
export const LIST: u32 = 5; // array of scalars, kept as one raw token

export const ENTRY: usize = 32;
export const ROW: usize = 16;
const ERROR: usize = 16;

// 8 K slots of 16 bytes: with them, the entries and 512 KB of input a batch stays in 2 MB of L2. 32 K slots and 2 MB of input were
// a third slower (bench/notes-kernel.md).
const SLOTS: u32 = 0x2000;
/** A batch ends at the next row once it has this many entries. */
const ENTRIES_SOFT: u32 = 0x1800;
export const ENTRIES_MAX: u32 = 0xfff0;
export const CODES_MAX: u32 = 0x80000;
export const ROWS_MAX: u32 = 0x8000;
const ERRORS_MAX: u32 = 0x400;
export const DEPTH_MAX: u32 = 64;
const PROBES_MAX: u32 = 24;

// Reasons; the host has the words.
const NOT_AN_OBJECT: u32 = 1;
const BAD_KEY: u32 = 2;
const NO_COLON: u32 = 3;
const BAD_VALUE: u32 = 4;
const BAD_STRING: u32 = 5;
const BAD_NUMBER: u32 = 6;
const NO_COMMA: u32 = 7;
const TOO_DEEP: u32 = 8;
const TOO_MANY_VALUES: u32 = 9;
const TRAILING: u32 = 10;
const TOO_MANY_KEYS: u32 = 11;

let slots: usize = 0;
export let entries: usize = 0;
export let entryCount: u32 = 0;
export let codes: usize = 0;
export let rows: usize = 0;
export let rowCount: u32 = 0;
export let errors: usize = 0;
export let errorCount: u32 = 0;
export let blankCount: u32 = 0;
export let codeCount: u32 = 0;
let stack: usize = 0; // 8 bytes a level: context, closing byte
let epoch: u32 = 0;

export function initScan(): void {
  slots = alloc(SLOTS * 8);
  entries = alloc(<usize>(ENTRIES_MAX + 16) * ENTRY);
  codes = alloc(<usize>CODES_MAX * 4);
  rows = alloc(<usize>ROWS_MAX * ROW);
  errors = alloc(<usize>ERRORS_MAX * ERROR);
  stack = alloc((DEPTH_MAX + 2) * 8);
}

/** From now on entries stand there; more may be made than a batch of lines has (kernel/hunt.ts). */
export function useEntries(at: usize): void {
  entries = at;
}

/** Forgets the rows of the last batch. */
export function clearBatch(): void {
  rowCount = 0;
  entryCount = 0;
  errorCount = 0;
  blankCount = 0;
  codeCount = 0;
}

/** Rows and codes were put in place by `open`. */
export function opened(rowTotal: u32, codeTotal: u32): void {
  rowCount = rowTotal;
  codeCount = codeTotal;
}

export function newEntry(p: usize, n: u32, kind: u32, flags: u32, column: u32, h: u32): u32 {
  const e = entries + <usize>entryCount * ENTRY;
  store<u64>(e, (<u64>n << 32) | p);
  store<u64>(e, (<u64>column << 32) | (kind | (flags << 8)), 8);
  store<u64>(e, h, 16);
  store<u64>(e, 0, 24);
  return entryCount++;
}

/** Flags of the elements of `[…]` (scalars, their strings valid), or INVALID. */
export function listFlags(p: usize, end: usize): u32 {
  p++;
  end--;
  let flags: u32 = 0;
  p = spaces(p);
  if (p == end) return 0;
  while (true) {
    p = spaces(p);
    let f: u32;
    if (load<u8>(p) == 0x22) {
      p = stringEnd(p + 1) + 1;
      f = endFlags;
    } else {
      const q = tokenEnd(p);
      if (q > end) return INVALID;
      f = literalKind(p, <u32>(q - p)) ? 0 : numberFlags(p, q);
      p = q;
    }
    if (f & INVALID) return INVALID;
    flags |= f;
    p = spaces(p);
    if (p == end) return flags;
    if (load<u8>(p) != 0x2c) return INVALID;
    p++;
  }
}

/** Passes over what stands between elements of a valid array and of those in it. */
export function betweenElements(p: usize, end: usize): usize {
  while (p < end) {
    const c = load<u8>(p);
    if (c > 0x20 && c != 0x2c && c != 0x5b && c != 0x5d) break;
    p++;
  }
  return p;
}

/** Bit 0 once a blank or tab between tokens was passed, bit 1 a carriage return; for the host to read and reset. */
export let spaced: u32 = 0;

export function resetSpaced(): void {
  spaced = 0;
}

@inline
export function spaces(p: usize): usize {
  let c = load<u8>(p);
  while (c == 0x20 || c == 0x09 || c == 0x0d) {
    spaced |= c == 0x0d ? 2 : 1;
    c = load<u8>(++p);
  }
  return p;
}

/** End of a number or literal: the first of `,` `}` `]`, white space or another byte below 0x21. */
@inline
export function tokenEnd(p: usize): usize {
  while (true) {
    const v = v128.load(p);
    const bits = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(v, i8x16.splat(0x2c)), i8x16.eq(v128.or(v, i8x16.splat(0x20)), i8x16.splat(0x7d))),
        i8x16.lt_u(v, i8x16.splat(0x21)),
      ),
    );
    if (bits) return p + ctz(bits);
    p += 16;
  }
}

/** End of an integer as most are written, or 0: then `tokenEnd` and `numberFlags` say what it is. */
@inline
function integerEnd(p: usize): usize {
  const digits = i8x16.sub(v128.load(p), i8x16.splat(0x30));
  const n = ctz(~i8x16.bitmask(i8x16.eq(i8x16.min_u(digits, i8x16.splat(9)), digits)));
  if (n == 0 || n == 16 || (n > 1 && load<u8>(p) == 0x30)) return 0;
  const c = load<u8>(p + n);
  return c == 0x2c || c == 0x7d ? p + n : 0;
}

/** End (after `]`) of an array of scalars, or 0 when it holds an object or an array, or a string in it is bad. */
export function scalarArrayEnd(p: usize): usize {
  p++;
  while (true) {
    const c = load<u8>(p);
    if (c == 0x22) {
      p = stringEnd(p + 1) + 1;
      if (p == 1) return 0;
    } else if (c == 0x5d) return p + 1;
    else if (c == 0x5b || c == 0x7b || c == 0x0a) return 0;
    else p++;
  }
}

/** The token's entry in this batch's dictionary, made if new; ENTRIES_MAX when the dictionary is full. The token is valid. */
function lookUp(p: usize, n: u32, kind: u32, column: u32, flags: u32): u32 {
  const h = hash(p, n);
  const mixed = h ^ (column * 0x9e3779b1 + kind * 0x85ebca6b);
  let slot = mixed & (SLOTS - 1);
  let free: usize = 0;
  for (let i: u32 = 0; i < PROBES_MAX; i++) {
    const s = slots + <usize>slot * 8;
    const known = load<u32>(s, 4);
    if (known >> 16 != epoch) {
      free = s;
      break;
    }
    // Equal bytes hash equally, so an equal mix means the same column and kind.
    if (load<u32>(s) == mixed) {
      const e = entries + <usize>(known & 0xffff) * ENTRY;
      if (load<u32>(e, 4) == n && (n == 0 || equalLong(load<u32>(e), p, n))) return known & 0xffff;
    }
    slot = (slot + 1) & (SLOTS - 1);
  }
  if (entryCount >= ENTRIES_MAX) return ENTRIES_MAX;
  const id = newEntry(p, n, kind, flags, column, h);
  if (free) {
    store<u64>(free, (<u64>(id | (epoch << 16)) << 32) | mixed);
  }
  return id;
}

/** Makes the value whose `n` bytes, delimiter included, are at `p` the one to expect at `node`. */
@inline
function remember(node: usize, p: usize, n: u32, id: u32): void {
  store<u64>(node, load<u64>(node, 16), 52);
  store<u32>(node, load<u32>(node, 48), 60);
  store<u64>(node, (<u64>n << 32) | p, 16);
  store<u32>(node, id | (epoch << 16), 48);
}

/** Where `lane` left the line. */
let lanePlace: usize = 0;
let laneNode: usize = 0;
let laneCodes: usize = 0;

/**
 * Follows the line at `p`, where a value of `node` starts, as long as values and keys are what they were one of the last two
 * times; false when it stopped at a value, true when behind one. Most of all bytes pass here and nowhere else, so it is a
 * function of its own: with few variables, all of them stay in registers.
 */
function lane(p: usize, node: usize, cp: usize): bool {
  let behind = false;
  while (true) {
    if (load<u8>(p) <= 0x20) p = spaces(p);
    let entry = load<u32>(node, 48);
    if (entry >> 16 != epoch) break;
    let n = load<u32>(node, 20);
    // The first byte tells strings, numbers and lists apart, and the delimiter where they end.
    if (!equal(p, load<u32>(node, 16), n)) {
      entry = load<u32>(node, 60);
      if (entry >> 16 != epoch) break;
      n = load<u32>(node, 56);
      const at = load<u32>(node, 52);
      if (!equal(p, at, n)) break;
      remember(node, at, n, entry & 0xffff);
    }
    store<u32>(cp, entry & 0xffff);
    cp += 4;
    p += n - 1;
    const next = <usize>load<u32>(node);
    if (load<u32>(next, 12) != KEY || !equal(p, load<u32>(next, 4), load<u32>(next, 8))) {
      behind = true;
      break;
    }
    p += load<u32>(next, 8);
    node = next;
  }
  lanePlace = p;
  laneNode = node;
  laneCodes = cp;
  return behind;
}

/**
 * Scans lines from `p` to `end`; each ends with `\n`, and `end` is followed by 64 bytes that start with `\n"]`.
 * Stops early at a limit of the batch, of which `bytesMax` bytes of input is one. Returns the address of the first line not consumed.
 */
export function scan(p: usize, end: usize, bytesMax: usize): usize {
  clearBatch();
  epoch = (epoch + 1) & 0xffff;
  if (epoch == 0) {
    epoch = 1;
    memory.fill(slots, 0, SLOTS * 8);
    forgetValues();
  }
  let cp = codes;
  // Every code has a node of its own on the row's path.
  const codesEnd = codes + <usize>(CODES_MAX - NODES_MAX) * 4;
  const root = nodes;
  const begin = p;
  const shapesFresh = nodeCount == 1;

  while (p < end) {
    if (entryCount >= ENTRIES_SOFT || rowCount == ROWS_MAX || errorCount == ERRORS_MAX || cp > codesEnd || p - begin >= bytesMax) break;
    const line = p;
    const rowCodes = cp;
    const rowEntries = entryCount;
    let node = root;
    let context: u32 = 0;
    let depth: u32 = 0;
    let inArray = false;
    let reason: u32 = 0;

    p = spaces(p);
    if (load<u8>(p) != 0x7b) {
      if (load<u8>(p) == 0x0a) {
        blankCount++;
        p++;
        continue;
      }
      reason = NOT_AN_OBJECT;
    } else {
      p = spaces(p + 1);
      let member = true; // a member (or element) is expected; otherwise what follows a value
      if (load<u8>(p) == 0x7d) member = false;

      while (true) {
        if (member) {
          let behind = false;
          if (!inArray) {
            // Key: one of the two that followed here last, quotes and colon included, or a search in the trie.
            p = spaces(p);
            const last = <usize>load<u32>(node);
            const before = <usize>load<u32>(node, 36);
            if (load<u32>(last, 12) == KEY && equal(p, load<u32>(last, 4) + 1, load<u32>(last, 8) - 1)) {
              p += load<u32>(last, 8) - 1;
              node = last;
            } else if (load<u32>(before, 12) == KEY && equal(p, load<u32>(before, 4) + 1, load<u32>(before, 8) - 1)) {
              p += load<u32>(before, 8) - 1;
              expect(node, before);
              node = before;
            } else {
              if (load<u8>(p) != 0x22) {
                reason = BAD_KEY;
                break;
              }
              const q = stringEnd(p + 1);
              if (!q) {
                p = invalidAt;
                reason = BAD_KEY;
                break;
              }
              const next = spaces(q + 1);
              if (load<u8>(next) != 0x3a) {
                p = next;
                reason = NO_COLON;
                break;
              }
              const found = child(node, KEY, p + 1, <u32>(q - p - 1), context);
              if (!found) {
                reason = TOO_MANY_KEYS;
                break;
              }
              node = found;
              p = next + 1;
            }
            behind = lane(p, node, cp);
            p = lanePlace;
            node = laneNode;
            cp = laneCodes;
          } else {
            p = spaces(p);
            const c = load<u8>(p);
            if (c != 0x7b && c != 0x5b) {
              const found = child(node, ELEMENT, 0, 0, context);
              if (!found) {
                reason = TOO_MANY_KEYS;
                break;
              }
              behind = lane(p, found, cp);
              p = lanePlace;
              node = laneNode;
              cp = laneCodes;
            }
          }
          if (!behind) {
            const c = load<u8>(p);
            let end: usize;
            let id: u32;
            if (c == 0x22) {
              end = stringEnd(p + 1);
              if (!end) {
                p = invalidAt;
                reason = BAD_STRING;
                break;
              }
              id = lookUp(p + 1, <u32>(end - p - 1), STRING, load<u32>(node, 24), endFlags);
              end++;
            } else if (c == 0x7b || c == 0x5b) {
              end = c == 0x5b ? scalarArrayEnd(p) : 0;
              if (!end) {
                // Down one level.
                if (depth == DEPTH_MAX) {
                  reason = TOO_DEEP;
                  break;
                }
                const inner = load<u32>(node, 24);
                const found = child(node, c == 0x7b ? OPEN_OBJECT : OPEN_ARRAY, 0, 0, inArray ? context : inner);
                if (!found) {
                  reason = TOO_MANY_KEYS;
                  break;
                }
                store<u32>(stack + depth * 8, context);
                store<u32>(stack + depth * 8 + 4, inArray ? 1 : 0);
                depth++;
                if (!inArray) context = inner;
                inArray = c == 0x5b;
                node = found;
                p = spaces(p + 1);
                member = load<u8>(p) != (inArray ? 0x5d : 0x7d);
                continue;
              }
              const flags = listFlags(p, end);
              if (flags & INVALID) {
                reason = BAD_VALUE;
                break;
              }
              if (inArray) {
                // An array of scalars inside an array: an element of its own.
                const found = child(node, ELEMENT, 0, 0, context);
                if (!found) {
                  reason = TOO_MANY_KEYS;
                  break;
                }
                node = found;
              }
              id = lookUp(p, <u32>(end - p), LIST, load<u32>(node, 24), flags);
            } else {
              let kind = NUMBER;
              let flags: u32 = 0;
              end = integerEnd(p);
              if (!end) {
                end = tokenEnd(p);
                if (c >= 0x3a) {
                  kind = literalKind(p, end - p);
                  if (!kind) {
                    reason = BAD_VALUE;
                    break;
                  }
                } else {
                  flags = numberFlags(p, end);
                  if (flags & INVALID) {
                    reason = BAD_NUMBER;
                    break;
                  }
                }
              }
              id = lookUp(p, <u32>(end - p), kind, load<u32>(node, 24), flags);
            }
            if (id == ENTRIES_MAX) {
              reason = TOO_MANY_VALUES;
              break;
            }
            remember(node, p, <u32>(end - p + 1), id);
            store<u32>(cp, id);
            cp += 4;
            p = end;
          }
        }
        // After a value, or at the end of an empty container.
        let c = load<u8>(p);
        if (c <= 0x20 && c != 0x0a) {
          p = spaces(p);
          c = load<u8>(p);
        }
        if (c == 0x2c && member) {
          p++;
          if (load<u8>(p) <= 0x20) p = spaces(p);
          continue;
        }
        if (c == (inArray ? 0x5d : 0x7d)) {
          p++;
          if (depth == 0) break;
          const found = child(node, inArray ? CLOSE_ARRAY : CLOSE_OBJECT, 0, 0, context);
          if (!found) {
            reason = TOO_MANY_KEYS;
            break;
          }
          node = found;
          depth--;
          context = load<u32>(stack + depth * 8);
          inArray = load<u32>(stack + depth * 8 + 4) != 0;
          member = true;
          // The value just closed stands where a scalar would: look at what follows it.
          let d = load<u8>(p);
          if (d <= 0x20 && d != 0x0a) {
            p = spaces(p);
            d = load<u8>(p);
          }
          member = false;
          if (d == 0x2c) {
            p = spaces(p + 1);
            member = true;
          }
          continue;
        }
        reason = NO_COMMA;
        break;
      }
      if (!reason) {
        p = spaces(p);
        if (load<u8>(p) != 0x0a) reason = TRAILING;
      }
    }

    if (!reason) {
      const r = rows + <usize>rowCount * ROW;
      store<u32>(r, <u32>node);
      store<u32>(r + 4, <u32>((rowCodes - codes) >> 2));
      store<u32>(r + 8, <u32>line);
      store<u32>(r + 12, <u32>(p - line));
      rowCount++;
      p++;
      continue;
    }
    // A batch, or the trie, may be full because of the rows before: end it here and let the next one try again with room.
    const before = rowCount + errorCount > 0;
    if ((before && reason == TOO_MANY_VALUES) || ((before || !shapesFresh) && reason == TOO_MANY_KEYS)) {
      p = line;
      cp = rowCodes;
      break;
    }
    const next = lineEnd(line);
    const e = errors + <usize>errorCount * ERROR;
    store<u32>(e, <u32>line);
    store<u32>(e + 4, <u32>(min(p, next) - line));
    store<u32>(e + 8, reason | (rowCount << 8));
    store<u32>(e + 12, <u32>(next - line));
    errorCount++;
    cp = rowCodes;
    p = next + 1;
    if (rowEntries > entryCount) unreachable();
  }
  codeCount = <u32>((cp - codes) >> 2);
  return p;
}
