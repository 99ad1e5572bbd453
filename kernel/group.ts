/**
 * Columns of a row group as bytes of Parquet pages (https://parquet.apache.org/docs/file-format/data-pages/encodings/): levels,
 * codes, dictionaries. Rows stand by shape and within a shape as they came, so whether a row has a value of a column is a run.
 */
import { alloc } from './memory';
import { addCoded, addPlain, digestEntry, digestRows } from './digest';
import { addJsonTerms, addTerms, addTextTerms } from './terms';
import {
  COLUMN, ESCAPED_BIT, GATHERED, gatherCodes, gatherColumns, gatherEntries, gatherRowCount, gatherRows, gatherShapes, GROUP_ROW,
  KIND_INTEGER, SHAPE,
} from './gather';


/** Numbers of rows by shape (u32). */
export let order: usize = 0;
/** Where each shape's rows begin in `order`, one more than there are shapes. */
export let shapeFirsts: usize = 0;
/** Codes once more, by shape, column and row, and where those of each shape begin (u32): a column's codes then stand side by side. */
let columnCodes: usize = 0;
let shapeCodes: usize = 0;
/** What `nextPage` and `dictionary` have written, and how much. */
export let page: usize = 0;
export let pageLength: u32 = 0;
/** Values of the page. */
export let pageValues: u32 = 0;
let pageSize: u32 = 0;
/** Pairs (place of the shape in the order of shapes, index of the column among the codes of its rows). */
export let uses: usize = 0;

export function initGroup(rowsMax: u32, shapesMax: u32, pageBytes: u32, values: u32): bool {
  columnCodes = alloc(<usize>values * 4);
  shapeCodes = alloc(<usize>shapesMax * 4);
  order = alloc(<usize>rowsMax * 4);
  shapeFirsts = alloc(<usize>(shapesMax + 1) * 4);
  uses = alloc(<usize>shapesMax * 8);
  literals = alloc(<usize>rowsMax * 4 + 64);
  pageSize = pageBytes;
  page = alloc(<usize>pageBytes + 64);
  return page != 0;
}

/** Puts the rows into the order of shapes, which `shapeFirsts` holds as the place of each; then it holds where they begin. */
export function orderRows(shapeCount: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < shapeCount; i++) {
    const rowsOfShape = load<u32>(gatherShapes + <usize>i * SHAPE, 12);
    store<u32>(shapeFirsts + (<usize>i << 2), sum);
    sum += rowsOfShape;
  }
  for (let i: u32 = 0; i < gatherRowCount; i++) {
    const at = shapeFirsts + (<usize>load<u32>(gatherRows + <usize>i * GROUP_ROW) << 2);
    const to = load<u32>(at);
    store<u32>(at, to + 1);
    store<u32>(order + (<usize>to << 2), i);
  }
  // Each begins where the one before it ends now.
  for (let i = shapeCount; i > 0; i--) store<u32>(shapeFirsts + (<usize>i << 2), load<u32>(shapeFirsts + (<usize>(i - 1) << 2)));
  store<u32>(shapeFirsts, 0);
  turnCodes(shapeCount);
}

/** Rows whose codes are turned at a time: as many u32 as a line of the cache has. */
const TURNED: u32 = 16;

/** From codes row by row to codes column by column: read in place, each would be a miss of the cache (a sixth of the time of a whole cut). */
function turnCodes(shapeCount: u32): void {
  let base: u32 = 0;
  for (let shape: u32 = 0; shape < shapeCount; shape++) {
    store<u32>(shapeCodes + (<usize>shape << 2), base);
    const first = load<u32>(shapeFirsts + (<usize>shape << 2));
    const rows = load<u32>(shapeFirsts + (<usize>(shape + 1) << 2)) - first;
    if (!rows) continue;
    const width = load<u32>(gatherShapes + <usize>shape * SHAPE, 8);
    for (let from: u32 = 0; from < rows; from += TURNED) {
      const count = min(TURNED, rows - from);
      let to = columnCodes + (<usize>(base + from) << 2);
      for (let index: u32 = 0; index < width; index++, to += <usize>rows << 2) {
        for (let i: u32 = 0; i < count; i++) {
          const r = gatherRows + <usize>load<u32>(order + (<usize>(first + from + i) << 2)) * GROUP_ROW;
          store<u32>(to + (<usize>i << 2), load<u32>(gatherCodes + (<usize>(load<u32>(r, 4) + index) << 2)));
        }
      }
    }
    base += rows * width;
  }
}

/** Where the code of a shape's row `at` stands: at this address and `at` words. */
@inline
function codesOf(shape: u32, index: u32): usize {
  const first = load<u32>(shapeFirsts + (<usize>shape << 2));
  const rows = load<u32>(shapeFirsts + (<usize>(shape + 1) << 2)) - first;
  return columnCodes + (<usize>(load<u32>(shapeCodes + (<usize>shape << 2)) + index * rows) << 2) - (<usize>first << 2);
}

// The hybrid of runs and bit-packing.
let literals: usize = 0;
let literalCount: u32 = 0;
let bits: u32 = 0;
let last: u32 = 0;
let repeats: u32 = 0;
let out: usize = 0;

@inline
function varint(value: u32): void {
  let rest = value;
  while (rest >= 0x80) {
    store<u8>(out++, (rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  store<u8>(out++, rest);
}

function beginHybrid(width: u32): void {
  bits = width;
  literalCount = 0;
  repeats = 0;
}

function putLiterals(): void {
  if (!literalCount) return;
  varint((((literalCount + 7) >> 3) << 1) | 1);
  putBits();
}

/** The literals as bits, filled up to a multiple of eight values. */
function putBits(): void {
  const groups = (literalCount + 7) >> 3;
  for (let i = literalCount; i < groups << 3; i++) store<u32>(literals + (<usize>i << 2), 0);
  let held: u64 = 0;
  let filled: u32 = 0;
  const end = literals + (<usize>(groups << 3) << 2);
  for (let p = literals; p < end; p += 4) {
    held |= <u64>load<u32>(p) << filled;
    filled += bits;
    while (filled >= 8) {
      store<u8>(out++, <u8>held);
      held >>= 8;
      filled -= 8;
    }
  }
  literalCount = 0;
}

@inline
function literal(value: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(literals + (<usize>literalCount << 2), value);
    literalCount++;
  }
}

/** Ends the run of equal values at hand. */
function endRun(): void {
  // A run of bits is of eight values each: the first equal ones fill up its last eight.
  const fill: u32 = (8 - (literalCount & 7)) & 7;
  if (repeats < fill + 8) {
    literal(last, repeats);
    repeats = 0;
    return;
  }
  literal(last, fill);
  putLiterals();
  varint((repeats - fill) << 1);
  let rest = last;
  for (let bytes = (bits + 7) >> 3; bytes > 0; bytes--) {
    store<u8>(out++, rest);
    rest >>= 8;
  }
  repeats = 0;
}

@inline
function put(value: u32, count: u32): void {
  if (repeats && value != last) endRun();
  last = value;
  repeats += count;
}

function endHybrid(): void {
  if (repeats) endRun();
  putLiterals();
}

// The column at hand and how far its pages are.
let useCount: u32 = 0;
let use: u32 = 0;
let row: u32 = 0;
let width: u32 = 0;
let plain: bool = false;
let byCode: usize = 0;
let truth: bool = false;
/** Which terms are taken of plain values: 0 none, 1 of texts, 2 of JSON. */
let terms: u32 = 0;

/**
 * Begins the pages of a column.
 * @param n pairs in `uses`, by shape · @param codeBits width of a code · @param entriesByCode of plain values: addresses of entries by code
 */
export function beginColumn(n: u32, codeBits: u32, isPlain: u32, entriesByCode: usize, isBoolean: u32, termsOf: u32): void {
  terms = termsOf;
  truth = isBoolean != 0;
  leastAt = greatestAt = 0;
  unbounded = false;
  numberMin = i64.MAX_VALUE;
  numberMax = i64.MIN_VALUE;
  useCount = n;
  use = 0;
  row = 0;
  width = codeBits;
  plain = isPlain != 0;
  byCode = entriesByCode;
}

/**
 * Writes levels and values of the next rows: up to `rowsMax` of them, fewer where plain values take more than `bytesMax`. Returns how many rows;
 * 0: there are none left.
 */
export function nextPage(rowsMax: u32, bytesMax: u32): u32 {
  const from = row;
  if (from == gatherRowCount) return 0;
  const to = min(gatherRowCount, from + rowsMax);
  // Levels first: how far the page goes decides them.
  let end = to;
  const firstUse = use;
  pageValues = 0;
  let u = use;
  if (plain) {
    let bytes: u32 = 0;
    for (; u < useCount; u++) {
      const pair = uses + (<usize>u << 3);
      const shape = load<u32>(pair);
      let at = max(from, load<u32>(shapeFirsts + (<usize>shape << 2)));
      const until = min(to, load<u32>(shapeFirsts + (<usize>(shape + 1) << 2)));
      const codes = codesOf(shape, load<u32>(pair, 4));
      for (; at < until && bytes < bytesMax; at++) {
        const e = <usize>load<u32>(byCode + (<usize>load<u32>(codes + (<usize>at << 2)) << 2));
        bytes += load<u32>(e, 4) + 8;
      }
      if (bytes >= bytesMax) {
        end = at;
        break;
      }
      if (load<u32>(shapeFirsts + (<usize>(shape + 1) << 2)) > to) break;
    }
  }
  out = page + 4;
  beginHybrid(1);
  let done = from;
  for (u = firstUse; u < useCount; u++) {
    const shape = load<u32>(uses + (<usize>u << 3));
    const first = max(from, load<u32>(shapeFirsts + (<usize>shape << 2)));
    if (first >= end) break;
    const until = min(end, load<u32>(shapeFirsts + (<usize>(shape + 1) << 2)));
    if (until <= first) continue;
    if (first > done) put(0, first - done);
    put(1, until - first);
    pageValues += until - first;
    done = until;
  }
  if (done < end) put(0, end - done);
  endHybrid();
  store<u32>(page, <u32>(out - page - 4));
  if (truth) beginHybrid(1);
  else if (!plain) {
    store<u8>(out++, width);
    beginHybrid(width);
  }
  for (u = firstUse; u < useCount; u++) {
    const pair = uses + (<usize>u << 3);
    const shape = load<u32>(pair);
    const first = max(from, load<u32>(shapeFirsts + (<usize>shape << 2)));
    if (first >= end) break;
    const shapeEnd = load<u32>(shapeFirsts + (<usize>(shape + 1) << 2));
    const until = min(end, shapeEnd);
    const codes = codesOf(shape, load<u32>(pair, 4));
    for (let at = first; at < until; at++) {
      const code = load<u32>(codes + (<usize>at << 2));
      if (truth) {
        const bit = load<u8>(<usize>load<u32>(load<u32>(byCode + (<usize>code << 2)))) == 0x74 ? 1 : 0;
        literal(bit, 1);
        store<u64>(truthAt, bit);
        addPlain(at, truthAt, 1);
      } else if (plain) {
        const n = writePlain(<usize>load<u32>(byCode + (<usize>code << 2)));
        addPlain(at, out - n, n);
      } else {
        put(code, 1);
        addCoded(at, code);
      }
    }
    if (shapeEnd > end) break;
  }
  use = u;
  if (truth) putBits();
  else if (!plain) endHybrid();
  pageLength = <u32>(out - page);
  row = end;
  return end - from;
}

/** Value of an integer token. */
function integerOf(p: usize, n: u32): i64 {
  let q = p;
  const end = p + n;
  const negative = load<u8>(p) == 0x2d;
  if (negative) q++;
  let value: i64 = 0;
  for (; q < end; q++) value = value * 10 + (load<u8>(q) - 0x30);
  return negative ? -value : value;
}

/** Least and greatest of the plain values written since `beginColumn`: texts by their bytes, copied since pages are written over. */
export let leastAt: usize = 0;
export let leastLength: u32 = 0;
export let greatestAt: usize = 0;
export let greatestLength: u32 = 0;

/** Below zero, zero or above as text a stands before, at or after b. */
function compare(a: usize, n: u32, b: usize, m: u32): i32 {
  const shared = min(n, m);
  let i: u32 = 0;
  while (i + 8 <= shared) {
    const x = load<u64>(a + i);
    const y = load<u64>(b + i);
    if (x != y) return bswap(x) < bswap(y) ? -1 : 1;
    i += 8;
  }
  for (; i < shared; i++) {
    const d = <i32>load<u8>(a + i) - <i32>load<u8>(b + i);
    if (d) return d;
  }
  return <i32>n - <i32>m;
}

/** Longest text that counts as a bound: of a column with longer ones none are given. */
const BOUND_BYTES: u32 = 128;
export let unbounded: bool = false;

const truthAt = memory.data(8, 8);
const LEAST = memory.data(160, 16);
const GREATEST = memory.data(160, 16);

function setLeast(at: usize, n: u32): void {
  memory.copy(LEAST, at, n);
  leastAt = LEAST;
  leastLength = n;
}

function setGreatest(at: usize, n: u32): void {
  memory.copy(GREATEST, at, n);
  greatestAt = GREATEST;
  greatestLength = n;
}

function rank(at: usize, n: u32): void {
  if (n > BOUND_BYTES) unbounded = true;
  if (unbounded) return;
  if (!leastAt) {
    setLeast(at, n);
    setGreatest(at, n);
    return;
  }
  if (compare(at, n, leastAt, leastLength) < 0) setLeast(at, n);
  else if (compare(at, n, greatestAt, greatestLength) > 0) setGreatest(at, n);
}

function rankNumber(value: i64): void {
  if (value < numberMin) numberMin = value;
  if (value > numberMax) numberMax = value;
}

/** Returns the bytes of the value, behind its length where it has one: they end at `out`. */
function writePlain(e: usize): u32 {
  const p = <usize>load<u32>(e);
  const n = load<u32>(e, 4);
  const word = load<u32>(e, 8);
  if (load<u32>(gatherColumns + <usize>(word & ~ESCAPED_BIT) * COLUMN) == KIND_INTEGER) {
    const value = integerOf(p, n);
    rankNumber(value);
    if (terms) addTerms(p, n);
    store<i64>(out, value);
    out += 8;
    return 8;
  }
  const at = out;
  out += 4;
  if (word & ESCAPED_BIT) decode(p, n);
  else {
    memory.copy(out, p, n);
    out += n;
  }
  const length = <u32>(out - at - 4);
  store<u32>(at, length);
  rank(at + 4, length);
  if (terms == 1) addTextTerms(at + 4, length);
  else if (terms == 2) addJsonTerms(at + 4, length);
  return length;
}

/** Text of a string token that holds backslashes, spelt as weir spells them. */
function decode(p: usize, n: u32): void {
  const end = p + n;
  const backslash = i8x16.splat(0x5c);
  while (p < end) {
    // Up to the next backslash; what is copied too far is written over.
    const v = v128.load(p);
    v128.store(out, v);
    const bitsFound = i8x16.bitmask(i8x16.eq(v, backslash));
    const run: usize = bitsFound ? <usize>ctz(bitsFound) : 16;
    const left = end - p;
    if (run >= left) {
      out += left;
      return;
    }
    out += run;
    p += run;
    if (run == 16) continue;
    const c = load<u8>(p, 1);
    if (c == 0x75) {
      // Written so by weir itself, and only for control characters: \u001f
      const low = load<u8>(p, 5);
      store<u8>(out++, ((load<u8>(p, 4) - 0x30) << 4) | (low <= 0x39 ? low - 0x30 : low - 0x57));
      p += 6;
      continue;
    }
    store<u8>(out++, c == 0x6e ? 0x0a : c == 0x72 ? 0x0d : c == 0x74 ? 0x09 : c == 0x62 ? 0x08 : c == 0x66 ? 0x0c : c);
    p += 2;
  }
}

/** Writes addresses of a column's entries by code to `to`. */
export function entriesOf(column: u32, to: usize): void {
  let e = load<u32>(gatherColumns + <usize>column * COLUMN, 16);
  while (e) {
    const entry = gatherEntries + <usize>(e - 1) * GATHERED;
    store<u32>(to, <u32>entry);
    to += 4;
    e = load<u32>(entry, 16);
  }
}

/** Writes a column's dictionary to `page`: plain values in order of codes; entries' addresses are at `from`. */
export function dictionary(from: usize, count: u32): void {
  out = page;
  for (let i: u32 = 0; i < count; i++) {
    const n = writePlain(<usize>load<u32>(from + (<usize>i << 2)));
    digestEntry(i, out - n, n);
  }
  pageLength = <u32>(out - page);
}

/** The digests of a dictionary that the host has written: values of 8 bytes each. */
export function digestNumbers(from: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) digestEntry(i, from + (<usize>i << 3), 8);
}

/** Adds the row group's events to the multiset hash; `shapes` has the digest of each shape (u64). */
export function digestGroup(shapeCount: u32, shapes: usize): void {
  digestRows(order, shapeFirsts, shapeCount, shapes, frames);
}

/** Numbers that are not of the events: one a row, in the order of rows, as differences (DELTA_BINARY_PACKED). */
let numbers: usize = 0;

const OWN_POSITION: u32 = 0;
const OWN_ROW: u32 = 1;
const OWN_TIME: u32 = 2;
const OWN_RECEIVED: u32 = 3;
/** Of each frame of the group (16 bytes): position and time of receipt in microseconds, as f64. */
export let frames: usize = 0;

export function initOwn(rowsMax: u32, framesMax: u32): bool {
  numbers = alloc(<usize>rowsMax * 8 + 64);
  frames = alloc(<usize>framesMax * 16);
  return frames != 0;
}

/** Least and greatest number of the last column of numbers. */
export let numberMin: i64 = 0;
export let numberMax: i64 = 0;

/** Writes a whole page of one of weir's own columns; `pageValues` says how many have a value. Levels only where one may be absent. */
export function ownPage(which: u32): void {
  let n: u32 = 0;
  out = page;
  if (which == OWN_TIME) {
    out += 4;
    beginHybrid(1);
  }
  for (let i: u32 = 0; i < gatherRowCount; i++) {
    const r = gatherRows + <usize>load<u32>(order + (<usize>i << 2)) * GROUP_ROW;
    const frame = frames + (<usize>load<u32>(r, 12) << 4);
    let value: i64;
    if (which == OWN_POSITION) value = <i64>load<f64>(frame);
    else if (which == OWN_ROW) value = <i64>load<u32>(r, 8);
    else if (which == OWN_RECEIVED) value = <i64>load<f64>(frame, 8);
    else {
      const time = load<f64>(r, 16);
      const known = time == time;
      put(known ? 1 : 0, 1);
      if (!known) continue;
      value = <i64>time;
    }
    store<i64>(numbers + (<usize>n << 3), value);
    n++;
  }
  if (which == OWN_TIME) {
    endHybrid();
    store<u32>(page, <u32>(out - page - 4));
  }
  putDeltas(n);
  pageValues = n;
  pageLength = <u32>(out - page);
}

const BLOCK: u32 = 128;
const MINIBLOCK: u32 = 32;

function longVarint(value: u64): void {
  let rest = value;
  while (rest >= 0x80) {
    store<u8>(out++, <u8>((rest & 0x7f) | 0x80));
    rest >>= 7;
  }
  store<u8>(out++, <u8>rest);
}

@inline
function zigzag(value: i64): u64 {
  return <u64>((value << 1) ^ (value >> 63));
}

function putDeltas(n: u32): void {
  varint(BLOCK);
  varint(BLOCK / MINIBLOCK);
  varint(n);
  longVarint(n ? zigzag(load<i64>(numbers)) : 0);
  numberMin = i64.MAX_VALUE;
  numberMax = i64.MIN_VALUE;
  for (let i: u32 = 0; i < n; i++) rankNumber(load<i64>(numbers + (<usize>i << 3)));
  for (let from: u32 = 1; from < n; from += BLOCK) {
    const count = min(BLOCK, n - from);
    let least: i64 = i64.MAX_VALUE;
    for (let i: u32 = 0; i < count; i++) {
      const p = numbers + (<usize>(from + i) << 3);
      const delta = load<i64>(p) - load<i64>(p - 8);
      if (delta < least) least = delta;
    }
    longVarint(zigzag(least));
    const widths = out;
    out += BLOCK / MINIBLOCK;
    for (let block: u32 = 0; block < BLOCK / MINIBLOCK; block++) {
      const first = from + block * MINIBLOCK;
      const here: u32 = first >= n ? 0 : min(MINIBLOCK, n - first);
      let all: u64 = 0;
      for (let i: u32 = 0; i < here; i++) {
        const p = numbers + (<usize>(first + i) << 3);
        all |= <u64>(load<i64>(p) - load<i64>(p - 8) - least);
      }
      const wide = <u32>(64 - clz(all));
      store<u8>(widths + block, wide);
      if (wide) packLongs(first, here, least, wide);
    }
  }
}

function packLongs(first: u32, here: u32, least: i64, wide: u32): void {
  let held: u64 = 0;
  let filled: u32 = 0;
  for (let i: u32 = 0; i < MINIBLOCK; i++) {
    let value: u64 = 0;
    if (i < here) {
      const p = numbers + (<usize>(first + i) << 3);
      value = <u64>(load<i64>(p) - load<i64>(p - 8) - least);
    }
    // Held are fewer than eight bits before each value: of 64 bits the highest are kept apart.
    let left = wide;
    while (left) {
      const taken = min(left, 56);
      held |= (value & ((<u64>1 << taken) - 1)) << filled;
      filled += taken;
      value >>= taken;
      left -= taken;
      while (filled >= 8) {
        store<u8>(out++, <u8>held);
        held >>= 8;
        filled -= 8;
      }
    }
  }
}

/** Codes of the column of shapes: one run each, numbered as they are in use. */
export function shapePage(shapeCount: u32, codeBits: u32): void {
  out = page;
  store<u8>(out++, codeBits);
  beginHybrid(codeBits);
  let rank: u32 = 0;
  for (let i: u32 = 0; i < shapeCount; i++) {
    const n = load<u32>(gatherShapes + <usize>i * SHAPE, 12);
    if (!n) continue;
    put(rank++, n);
  }
  endHybrid();
  pageValues = gatherRowCount;
  pageLength = <u32>(out - page);
}

/** The column of a value a shape, levels and codes; `codesAt` has the code of each, from 1, and 0 where its rows have none. */
export function typePage(shapeCount: u32, codeBits: u32, codesAt: usize): void {
  out = page + 4;
  pageValues = 0;
  beginHybrid(1);
  for (let i: u32 = 0; i < shapeCount; i++) {
    const n = load<u32>(gatherShapes + <usize>i * SHAPE, 12);
    if (!n) continue;
    const known = load<u32>(codesAt + (<usize>i << 2)) != 0;
    put(known ? 1 : 0, n);
    if (known) pageValues += n;
  }
  endHybrid();
  store<u32>(page, <u32>(out - page - 4));
  store<u8>(out++, codeBits);
  beginHybrid(codeBits);
  for (let i: u32 = 0; i < shapeCount; i++) {
    const n = load<u32>(gatherShapes + <usize>i * SHAPE, 12);
    const code = load<u32>(codesAt + (<usize>i << 2));
    if (n && code) put(code - 1, n);
  }
  endHybrid();
  pageLength = <u32>(out - page);
}
