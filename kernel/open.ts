/**
 * A frame (src/batch/frame.ts has the format) to what `scan` leaves behind: rows, codes, entries, shapes. Its maker is not
 * trusted: every number is checked before it is used, and every token is validated. The twin is src/batch/event-batch.ts, which
 * refuses the same frames. Entries point at their tokens in the frame, which has `\n"]` behind it as input has.
 *
 * column of the frame (48 bytes): 0 kernel's column · 4 parent · 8 key length · 12 path length · 16 values · 20 first entry ·
 *   24 entries · 28 width of a code · 32 where the next code is
 * shape of the frame (32 bytes): 0 node · 4 slots (a u16 a value: its column) · 8 values · 12 rows · 16 bytes of its keys and
 *   brackets in a row's text (u64)
 */
import { alloc } from './memory';
import { hash } from './bytes';
import { endFlags, INVALID, literalKind, numberFlags, stringEnd } from './validate';
import {
  BOOLEAN, clearBatch, codes, CODES_MAX, DEPTH_MAX, ENTRIES_MAX, ENTRY, entries, entryCount, LIST, listFlags, newEntry, NULL,
  NUMBER, opened, ROW, rows, ROWS_MAX, scalarArrayEnd, STRING,
} from './scan';
import {
  child, CLOSE_ARRAY, CLOSE_OBJECT, COLUMN, columnCount, columnOf, columns, COLUMNS_MAX, ELEMENT, expect, KEY, KEY_BYTES_MAX,
  keySize, nodeCount, nodes, OPEN_ARRAY, OPEN_OBJECT, PATH_BYTES_MAX,
} from './shapes';
import { ARRAY, CLOSE, FIRST_KEY, FRAME_BYTES_MAX, ITEM, OBJECT, tokenBytes, widthOf } from './encode';

// What is wrong with it; the host has the words.
const FULL: u32 = 1; // not the frame: there is no room left for its shapes beside those of others
const ENDS_EARLY: u32 = 2;
const BAD_NUMBER: u32 = 3;
const BAD_KEY: u32 = 4;
const PATHS_TOO_LONG: u32 = 5;
const TWICE: u32 = 6;
const BAD_SHAPE: u32 = 7;
const SHAPES_TOO_MANY: u32 = 8;
const VALUES_TOO_MANY: u32 = 9;
const BAD_CODE: u32 = 10;
const BAD_TOKEN: u32 = 11;
const ROW_TOO_LONG: u32 = 12;
const TRAILING: u32 = 13;

/** Text of one row: twice the longest line (src/batch/frame.ts). */
const ROW_BYTES_MAX: u64 = 32 << 20;
const FRAME_COLUMN: usize = 48;
const SHAPE: usize = 32;

let at: usize = 0;
let end: usize = 0;
/** Set by the first thing found wrong; then nothing read since counts. */
let wrong: u32 = 0;

let frameColumns: usize = 0;
let columnTotal: u32 = 0;
/** Of each column of the kernel: the frame it was last seen in. */
let seen: usize = 0;
let frameNumber: u32 = 0;
let shapes: usize = 0;
let shapeTotal: u32 = 0;
let slots: usize = 0;
let slotsUsed: u32 = 0;
let stack: usize = 0; // 8 bytes a level: context · whether an array
let longest: u32 = 0; // token

export function initOpen(): void {
  frameColumns = alloc(<usize>COLUMNS_MAX * FRAME_COLUMN);
  seen = alloc(COLUMNS_MAX * 4);
  shapes = alloc(<usize>ROWS_MAX * SHAPE);
  // A value takes a byte of its shape at least; a larger frame has one row, hence one shape, whose nodes are limited.
  slots = alloc(FRAME_BYTES_MAX * 2);
  stack = alloc((DEPTH_MAX + 2) * 8);
}

/** A number (LEB128) of at most `most`; 0 and `wrong` set where there is none. */
@inline
function number(most: u32): u32 {
  const first = <u32>load<u8>(at);
  if (first < 0x80 && at < end) {
    at++;
    if (first > most) wrong = BAD_NUMBER;
    return first;
  }
  return longNumber(most);
}

function longNumber(most: u32): u32 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 32; shift += 7) {
    if (at >= end) {
      wrong = ENDS_EARLY;
      return 0;
    }
    const byte = <u64>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (value <= <u64>most) return <u32>value;
      break;
    }
  }
  wrong = BAD_NUMBER;
  return 0;
}

/** Start of the next `n` bytes. */
@inline
function skip(n: u32): usize {
  const from = at;
  if (n > <u32>(end - at)) wrong = ENDS_EARLY;
  else at += n;
  return from;
}

/** Flags of a string's text of `n` bytes, or INVALID. */
function stringFlags(p: usize, n: u32): u32 {
  // With a quote put behind it for as long as it takes to look for one.
  const last = p + n;
  const saved = load<u8>(last);
  store<u8>(last, 0x22);
  const found = stringEnd(p);
  store<u8>(last, saved);
  return found == last ? endFlags : INVALID;
}

function tokenFlags(kind: u32, p: usize, n: u32): u32 {
  if (kind == STRING) return stringFlags(p, n);
  if (kind == NUMBER) return numberFlags(p, p + n);
  if (kind == LIST) {
    // That it ends at its own bracket also says that each string in it ends in it.
    if (n < 2 || load<u8>(p) != 0x5b || load<u8>(p + n - 1) != 0x5d || scalarArrayEnd(p) != p + n) return INVALID;
    return listFlags(p, p + n);
  }
  return (kind == BOOLEAN || kind == NULL) && literalKind(p, n) == kind ? 0 : INVALID;
}

@inline
function kernelColumn(column: u32): u32 {
  return load<u32>(frameColumns + <usize>column * FRAME_COLUMN);
}

function readColumns(fresh: bool): void {
  frameNumber++;
  memory.fill(frameColumns, 0, FRAME_COLUMN);
  columnTotal = number(COLUMNS_MAX - 1);
  let paths: u32 = 0;
  let keys: u32 = 0;
  for (let i: u32 = 1; i <= columnTotal && !wrong; i++) {
    const parent = number(i - 1);
    const n = number(<u32>(end - at));
    const p = skip(n);
    if (wrong) return;
    if (stringFlags(p, n) & INVALID) {
      wrong = BAD_KEY;
      return;
    }
    const path = load<u32>(frameColumns + <usize>parent * FRAME_COLUMN, 12) + n + 1;
    paths += path;
    if (paths > PATH_BYTES_MAX || keys + n + 36 > KEY_BYTES_MAX) {
      wrong = PATHS_TOO_LONG;
      return;
    }
    keys += keySize(n);
    const column = columnOf(kernelColumn(parent), p, n, hash(p, n));
    if (!column) {
      wrong = fresh ? PATHS_TOO_LONG : FULL;
      return;
    }
    const mark = seen + (<usize>column << 2);
    if (load<u32>(mark) == frameNumber) {
      wrong = TWICE;
      return;
    }
    store<u32>(mark, frameNumber);
    const c = frameColumns + <usize>i * FRAME_COLUMN;
    store<u32>(c, column);
    store<u32>(c, parent, 4);
    store<u32>(c, n, 8);
    store<u32>(c, path, 12);
    store<u32>(c, 0, 16);
  }
}

/** The child of `node` for a key, which within the kernel is its column. */
@inline
function keyChild(node: usize, column: u32, context: u32): usize {
  const last = <usize>load<u32>(node);
  if (load<u32>(last, 12) == KEY && load<u32>(last, 24) == column) return last;
  const before = <usize>load<u32>(node, 36);
  if (load<u32>(before, 12) == KEY && load<u32>(before, 24) == column) {
    expect(node, before);
    return before;
  }
  const c = columns + <usize>column * COLUMN;
  return child(node, KEY, load<u32>(c, 4), load<u32>(c, 8), context);
}

@inline
function addSlot(column: u32): void {
  store<u16>(slots + (<usize>(slotsUsed++) << 1), column);
}

/** Follows the tokens of one shape through the trie; the rules are those of `readShape` in src/batch/shape-tokens.ts. */
function readShape(shape: usize, fresh: bool): void {
  const tokens = number(<u32>(end - at));
  const firstSlot = slotsUsed;
  let bytes: u64 = 2 + <u64>tokens * 7;
  let node = nodes;
  let context: u32 = 0; // columns of the frame
  let inner: u32 = 0;
  let inArray = false;
  let depth: u32 = 0;
  let key: u32 = 0; // the key before, while it is open whether it has a value
  for (let i: u32 = 0; i < tokens; i++) {
    const token = number(ITEM + columnTotal);
    if (wrong) return;
    const opens = token == OBJECT || token == ARRAY;
    const afterKey = key != 0;
    if (afterKey && !opens) addSlot(key);
    key = 0;
    let next: usize;
    if (token >= FIRST_KEY) {
      const column = token - FIRST_KEY + 1;
      const c = frameColumns + <usize>column * FRAME_COLUMN;
      if (inArray || load<u32>(c, 4) != context) {
        wrong = BAD_SHAPE;
        return;
      }
      next = keyChild(node, load<u32>(c), kernelColumn(context));
      bytes += load<u32>(c, 8);
      inner = column;
      key = column;
    } else if (opens) {
      if ((!inArray && !afterKey) || depth == DEPTH_MAX) {
        wrong = BAD_SHAPE;
        return;
      }
      const within = inArray ? context : inner;
      next = child(node, token == OBJECT ? OPEN_OBJECT : OPEN_ARRAY, 0, 0, kernelColumn(within));
      store<u64>(stack + (<usize>(depth++) << 3), (<u64>(inArray ? 1 : 0) << 32) | context);
      context = within;
      inArray = token == ARRAY;
    } else if (token == ITEM) {
      if (!inArray) {
        wrong = BAD_SHAPE;
        return;
      }
      next = child(node, ELEMENT, 0, 0, kernelColumn(context));
      addSlot(context);
    } else {
      if (depth == 0) {
        wrong = BAD_SHAPE;
        return;
      }
      next = child(node, inArray ? CLOSE_ARRAY : CLOSE_OBJECT, 0, 0, kernelColumn(context));
      const outer = load<u64>(stack + (<usize>(--depth) << 3));
      context = <u32>outer;
      inArray = outer >> 32 != 0;
    }
    if (!next) {
      wrong = fresh ? SHAPES_TOO_MANY : FULL;
      return;
    }
    node = next;
  }
  if (depth) wrong = BAD_SHAPE;
  if (key) addSlot(key);
  store<u32>(shape, <u32>node);
  store<u32>(shape, <u32>(slots + (<usize>firstSlot << 1)), 4);
  store<u32>(shape, slotsUsed - firstSlot, 8);
  store<u32>(shape, 0, 12);
  store<u64>(shape, bytes, 16);
}

/** The shape of each row, and how many values each column has; returns the number of values. */
function readRows(rowTotal: u32): u32 {
  const width = widthOf(shapeTotal);
  let p = skip(rowTotal * width);
  if (!shapeTotal) wrong = BAD_CODE;
  if (wrong) return 0;
  let values: u32 = 0;
  for (let i: u32 = 0; i < rowTotal; i++) {
    const code: u32 = width == 0 ? 0 : width == 1 ? load<u8>(p) : load<u16>(p);
    p += width;
    if (code >= shapeTotal) {
      wrong = BAD_CODE;
      return 0;
    }
    const shape = shapes + <usize>code * SHAPE;
    store<u32>(shape, load<u32>(shape, 12) + 1, 12);
    const row = rows + <usize>i * ROW;
    // Until all is read the shape stands for its node, which is at its start.
    store<u32>(row, <u32>shape);
    store<u32>(row, values, 4);
    store<u64>(row, 0, 8);
    values += load<u32>(shape, 8);
    if (values > CODES_MAX) {
      wrong = VALUES_TOO_MANY;
      return 0;
    }
  }
  for (let i: u32 = 0; i < shapeTotal; i++) {
    const shape = shapes + <usize>i * SHAPE;
    const slot = <usize>load<u32>(shape, 4);
    const n = load<u32>(shape, 8);
    const uses = load<u32>(shape, 12);
    for (let k: u32 = 0; k < n; k++) {
      const c = frameColumns + <usize>load<u16>(slot + (<usize>k << 1)) * FRAME_COLUMN;
      store<u32>(c, load<u32>(c, 16) + uses, 16);
    }
  }
  return values;
}

/** The entries of a column, and where its codes are. */
function readDictionary(c: usize): void {
  const first = entryCount;
  const count = number(ENTRIES_MAX - first);
  const width = widthOf(count);
  if (wrong) return;
  let kind: u32 = 0;
  let kinds: usize = 0;
  let sum: u32 = 0;
  if (count) {
    if (at == end) {
      wrong = ENDS_EARLY;
      return;
    }
    kind = load<u8>(at++);
    if (!kind) kinds = skip(count);
    const most = <u32>(end - at);
    for (let i: u32 = 0; i < count && !wrong; i++) {
      const n = number(most);
      sum += n;
      if (sum > most) wrong = ENDS_EARLY;
      store<u32>(entries + <usize>(first + i) * ENTRY, n, 4);
    }
  }
  const values = load<u32>(c, 16);
  const codesAt = skip(values * width);
  let p = skip(sum);
  if (!count && values) wrong = BAD_CODE;
  if (wrong) return;
  store<u32>(c, first, 20);
  store<u32>(c, count, 24);
  store<u32>(c, width, 28);
  store<u32>(c, <u32>codesAt, 32);
  const column = load<u32>(c);
  for (let i: u32 = 0; i < count; i++) {
    const n = load<u32>(entries + <usize>(first + i) * ENTRY, 4);
    if (kinds) kind = load<u8>(kinds + i);
    const flags = tokenFlags(kind, p, n);
    if (flags & INVALID) {
      wrong = BAD_TOKEN;
      return;
    }
    newEntry(p, n, kind, flags, column, hash(p, n));
    longest = max(longest, n);
    p += n;
  }
}

/** Codes as rows have them, from those that columns have. */
function gatherRows(rowTotal: u32): void {
  let to = codes;
  for (let i: u32 = 0; i < rowTotal; i++) {
    const row = rows + <usize>i * ROW;
    const shape = <usize>load<u32>(row);
    const slot = <usize>load<u32>(shape, 4);
    const n = load<u32>(shape, 8);
    for (let k: u32 = 0; k < n; k++) {
      const c = frameColumns + <usize>load<u16>(slot + (<usize>k << 1)) * FRAME_COLUMN;
      const width = load<u32>(c, 28);
      let code: u32 = 0;
      if (width) {
        const p = <usize>load<u32>(c, 32);
        code = width == 1 ? load<u8>(p) : load<u16>(p);
        store<u32>(c, <u32>(p + width), 32);
        if (code >= load<u32>(c, 24)) {
          wrong = BAD_CODE;
          return;
        }
      }
      store<u32>(to, load<u32>(c, 20) + code);
      to += 4;
    }
    const bytes = load<u64>(shape, 16);
    if (bytes + <u64>n * longest > ROW_BYTES_MAX && bytes + tokenBytes(to - (<usize>n << 2), n) > ROW_BYTES_MAX) {
      wrong = ROW_TOO_LONG;
      return;
    }
    store<u32>(row, load<u32>(shape));
  }
}

/**
 * Opens the frame whose header, labels included, ends at `from` and which ends at `to`. Returns 0, or what is wrong with it
 * (then there are no rows).
 */
export function open(from: usize, to: usize, rowTotal: u32): u32 {
  clearBatch();
  at = from;
  end = to;
  wrong = 0;
  slotsUsed = 0;
  longest = 0;
  const fresh = nodeCount == 1 && columnCount == 1;
  readColumns(fresh);
  if (wrong) return wrong;
  shapeTotal = number(rowTotal);
  for (let i: u32 = 0; i < shapeTotal && !wrong; i++) readShape(shapes + <usize>i * SHAPE, fresh);
  if (wrong) return wrong;
  const values = readRows(rowTotal);
  for (let i: u32 = 1; i <= columnTotal && !wrong; i++) readDictionary(frameColumns + <usize>i * FRAME_COLUMN);
  if (!wrong && at != end) wrong = TRAILING;
  if (!wrong) gatherRows(rowTotal);
  if (wrong) clearBatch();
  else opened(rowTotal, values);
  return wrong;
}
