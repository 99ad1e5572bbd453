/**
 * Rows of the scan result to bytes of frames (src/batch/frame.ts has the format). A frame is drafted row by row until the next
 * one could make it too large: by then each of its columns knows how many entries, values and bytes it has, hence where all its
 * parts stand, and tokens and codes are written once, to where they stay. The host puts in header and checksum.
 *
 * number of a node's shape, of a column, of an entry's code (words, by index): number in this frame | stamp << 16
 * column (64 bytes): 0 parent's number · 4 key · 8 its length · 12 entries · 16 values · 20 kind (MIXED, or none yet) · 24 bytes of
 *   lengths · 28 bytes of tokens · 32 width of a code · 36 where the next kind goes · 40 the next length · 44 the next token ·
 *   48 the next code
 * shape (16 bytes): 0 slots (a u16 a value: number of its column) · 4 values · 8 tokens · 12 rows
 */
import { alloc } from './memory';
import { codes, ENTRIES_MAX, ENTRY, entries, entryCount, ROW, rowCount, rows, ROWS_MAX } from './scan';
import {
  CLOSE_ARRAY, CLOSE_OBJECT, COLUMN, columns, COLUMNS_MAX, ELEMENT, KEY, NODE, nodes, NODES_MAX, OPEN_ARRAY, OPEN_OBJECT,
} from './shapes';

/** The first bytes are the host's. */
const HEADER_BYTES: u32 = 40;
/** Frames must fit a Kafka record (1 MiB by default). Only one that holds a single row is larger. */
export const FRAME_BYTES_MAX: u32 = 900 * 1024;
/** More than any one number of the frame takes. */
const NUMBER_BYTES: u32 = 5;
/** A new shape is known to add three bytes a token, and one row may come on top of what fits. */
const TOKENS_MAX: u32 = FRAME_BYTES_MAX / 3 + 2 * NODES_MAX;
const LABELS_MAX: u32 = 0x1000;

// Tokens of shapes (src/batch/shape-tokens.ts).
export const CLOSE: u32 = 0;
export const OBJECT: u32 = 1;
export const ARRAY: u32 = 2;
export const ITEM: u32 = 3;
export const FIRST_KEY: u32 = 4;

const FRAME_COLUMN: usize = 64;
const SHAPE: usize = 16;
const NO_KIND: u32 = 0xff;
const MIXED: u32 = 0;

/** Bytes of labels, put here by the host. */
export let labels: usize = 0;
/** A bit for each row that is left out, set by the host. */
export let leftOut: usize = 0;
/** The frame last made, how long it is and how many rows it has. */
export let frame: usize = 0;
export let frameLength: u32 = 0;
export let frameRows: u32 = 0;
let frameRoom: u32 = 0;

let nodeNumbers: usize = 0;
let columnNumbers: usize = 0;
let entryNumbers: usize = 0;
let stamp: u32 = 0;
let chain: usize = 0; // the nodes of one shape, last first
let chainLength: u32 = 0;
let chainValues: u32 = 0;
let chainKeys: u32 = 0; // bytes
let frameColumns: usize = 0; // from number 1
let columnTotal: u32 = 0;
let shapes: usize = 0;
let shapeTotal: u32 = 0;
let shapeBytes: usize = 0; // the section of shapes as the frame will have it
let shapeUsed: u32 = 0;
let slots: usize = 0;
let slotsUsed: u32 = 0;
let drafted: usize = 0; // 8 bytes a row: shape · first code
let used: usize = 0; // 8 bytes an entry, in order of first use: entry · its column
let usedTotal: u32 = 0;
/** No less than what the frame will take. */
let size: u32 = 0;

export function initEncode(): void {
  labels = alloc(LABELS_MAX);
  leftOut = alloc(ROWS_MAX >> 3);
  nodeNumbers = alloc(NODES_MAX * 4);
  columnNumbers = alloc(COLUMNS_MAX * 4);
  entryNumbers = alloc(ENTRIES_MAX * 4);
  chain = alloc(NODES_MAX * 4);
  frameColumns = alloc(<usize>COLUMNS_MAX * FRAME_COLUMN);
  shapes = alloc(<usize>ROWS_MAX * SHAPE);
  shapeBytes = alloc(TOKENS_MAX * 3 + ROWS_MAX * NUMBER_BYTES);
  slots = alloc(TOKENS_MAX * 2);
  drafted = alloc(ROWS_MAX * 8);
  used = alloc(ENTRIES_MAX * 8);
  frameRoom = FRAME_BYTES_MAX;
  frame = alloc(frameRoom + 64);
}

/** Bytes a number takes. */
@inline
function numberSize(value: u32): u32 {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

/** Writes a number (LEB128); returns where it ends. */
@inline
function putNumber(p: usize, value: u32): usize {
  while (value >= 0x80) {
    store<u8>(p++, (value & 0x7f) | 0x80);
    value >>= 7;
  }
  store<u8>(p, value);
  return p + 1;
}

/** Bytes a code needs to tell `count` things apart. */
@inline
export function widthOf(count: u32): u32 {
  return count <= 1 ? 0 : count <= 0x100 ? 1 : 2;
}

/** Copies `n` bytes and writes no more than these: most tokens are short, and a call of `memory.copy` takes longer than they do. */
@inline
function put(to: usize, from: usize, n: usize): void {
  if (n >= 16) {
    const last = n - 16;
    let i: usize = 0;
    while (i + 64 <= n) {
      v128.store(to + i, v128.load(from + i));
      v128.store(to + i, v128.load(from + i, 16), 16);
      v128.store(to + i, v128.load(from + i, 32), 32);
      v128.store(to + i, v128.load(from + i, 48), 48);
      i += 64;
    }
    while (i < last) {
      v128.store(to + i, v128.load(from + i));
      i += 16;
    }
    v128.store(to + last, v128.load(from + last));
  } else if (n >= 8) {
    const tail = load<u64>(from + n - 8);
    store<u64>(to, load<u64>(from));
    store<u64>(to + n - 8, tail);
  } else if (n >= 4) {
    const tail = load<u32>(from + n - 4);
    store<u32>(to, load<u32>(from));
    store<u32>(to + n - 4, tail);
  } else if (n > 0) {
    store<u8>(to, load<u8>(from));
    store<u8>(to + (n >> 1), load<u8>(from + (n >> 1)));
    store<u8>(to + n - 1, load<u8>(from + n - 1));
  }
}

function beginFrame(labelBytes: u32): void {
  stamp++;
  if (stamp == 0x10000) {
    stamp = 1;
    memory.fill(nodeNumbers, 0, NODES_MAX * 4);
    memory.fill(columnNumbers, 0, COLUMNS_MAX * 4);
    memory.fill(entryNumbers, 0, ENTRIES_MAX * 4);
  }
  store<u32>(columnNumbers, stamp << 16);
  columnTotal = 0;
  shapeTotal = 0;
  shapeUsed = 0;
  slotsUsed = 0;
  usedTotal = 0;
  frameRows = 0;
  size = HEADER_BYTES + labelBytes + 8 * NUMBER_BYTES;
}

/** The nodes from `node` up to the root, and how many of them have a value. */
function walk(node: usize): void {
  let n: u32 = 0;
  let values: u32 = 0;
  let keys: u32 = 0;
  let next: u32 = 0; // type of what follows
  for (; node != nodes; node = load<u32>(node, 28)) {
    store<u32>(chain + (<usize>(n++) << 2), <u32>node);
    const type = load<u32>(node, 12);
    if (type == ELEMENT || (type == KEY && next != OPEN_OBJECT && next != OPEN_ARRAY)) values++;
    if (type == KEY) keys += load<u32>(node, 8);
    next = type;
  }
  chainKeys = keys;
  chainLength = n;
  chainValues = values;
}

/** The number of a column in this frame; its parent's comes first. */
function columnNumber(column: u32): u32 {
  const at = columnNumbers + (<usize>column << 2);
  const known = load<u32>(at);
  if (known >> 16 == stamp) return known & 0xffff;
  const c = columns + <usize>column * COLUMN;
  const parent = columnNumber(load<u32>(c));
  const number = ++columnTotal;
  store<u32>(at, number | (stamp << 16));
  const record = frameColumns + <usize>number * FRAME_COLUMN;
  const length = load<u32>(c, 8);
  store<u32>(record, parent);
  store<u32>(record, load<u32>(c, 4), 4);
  store<u32>(record, length, 8);
  store<u64>(record, 0, 12);
  store<u32>(record, NO_KIND, 20);
  store<u64>(record, 0, 24);
  size += length + 3 * NUMBER_BYTES;
  return number;
}

/** Takes the shape that was walked last into the frame; returns its number. */
function addShape(): u32 {
  const number = shapeTotal++;
  const shape = shapes + <usize>number * SHAPE;
  let slot = slots + (<usize>slotsUsed << 1);
  let p = putNumber(shapeBytes + shapeUsed, chainLength);
  store<u32>(shape, <u32>slot);
  store<u32>(shape, chainValues, 4);
  store<u32>(shape, chainLength, 8);
  store<u32>(shape, 0, 12);
  for (let i = <i32>chainLength - 1; i >= 0; i--) {
    const node = <usize>load<u32>(chain + (<usize>i << 2));
    const type = load<u32>(node, 12);
    let hasValue = type == ELEMENT;
    if (type == KEY) {
      const next = i > 0 ? load<u32>(<usize>load<u32>(chain + (<usize>(i - 1) << 2)), 12) : 0;
      hasValue = next != OPEN_OBJECT && next != OPEN_ARRAY;
    }
    const column = type == KEY || hasValue ? columnNumber(load<u32>(node, 24)) : 0;
    if (hasValue) {
      store<u16>(slot, column);
      slot += 2;
    }
    if (type == KEY) p = putNumber(p, FIRST_KEY + column - 1);
    else store<u8>(p++, type == OPEN_OBJECT ? OBJECT : type == OPEN_ARRAY ? ARRAY : type == ELEMENT ? ITEM : CLOSE);
  }
  slotsUsed += chainValues;
  shapeUsed = <u32>(p - shapeBytes);
  size += NUMBER_BYTES + chainLength * 3;
  return number;
}

/** An entry not used in this frame before: the next of its column. */
function useEntry(entry: u32, column: usize): void {
  const e = entries + <usize>entry * ENTRY;
  const n = load<u32>(e, 4);
  const kind = load<u32>(e, 8) & 0xff;
  const code = load<u32>(column, 12);
  store<u32>(column, code + 1, 12);
  const kinds = load<u32>(column, 20);
  if (kinds != kind) store<u32>(column, kinds == NO_KIND ? kind : MIXED, 20);
  store<u32>(column, load<u32>(column, 24) + numberSize(n), 24);
  store<u32>(column, load<u32>(column, 28) + n, 28);
  store<u32>(entryNumbers + (<usize>entry << 2), code | (stamp << 16));
  store<u64>(used + (<usize>(usedTotal++) << 3), (<u64>column << 32) | entry);
  size += n + 1 + NUMBER_BYTES;
}

/** Takes a row into the frame. */
function addRow(number: u32, first: usize): void {
  const shape = shapes + <usize>number * SHAPE;
  const slot = <usize>load<u32>(shape);
  const values = load<u32>(shape, 4);
  store<u32>(shape, load<u32>(shape, 12) + 1, 12);
  store<u64>(drafted + (<usize>(frameRows++) << 3), (<u64>first << 32) | number);
  size += 2 + 2 * values;
  for (let i: u32 = 0; i < values; i++) {
    const entry = load<u32>(first + (<usize>i << 2));
    if (load<u32>(entryNumbers + (<usize>entry << 2)) >> 16 == stamp) continue;
    useEntry(entry, frameColumns + <usize>load<u16>(slot + (<usize>i << 1)) * FRAME_COLUMN);
  }
}

/** What the columns' section takes. */
function columnsSize(): u32 {
  let bytes = numberSize(columnTotal);
  for (let i: u32 = 1; i <= columnTotal; i++) {
    const c = frameColumns + <usize>i * FRAME_COLUMN;
    const length = load<u32>(c, 8);
    bytes += numberSize(load<u32>(c)) + numberSize(length) + length;
  }
  return bytes;
}

/** How many values each column has, how wide its codes are; returns what all dictionaries take. */
function measureColumns(): u32 {
  for (let i: u32 = 0; i < shapeTotal; i++) {
    const shape = shapes + <usize>i * SHAPE;
    const slot = <usize>load<u32>(shape);
    const values = load<u32>(shape, 4);
    const rows = load<u32>(shape, 12);
    for (let k: u32 = 0; k < values; k++) {
      const c = frameColumns + <usize>load<u16>(slot + (<usize>k << 1)) * FRAME_COLUMN;
      store<u32>(c, load<u32>(c, 16) + rows, 16);
    }
  }
  let bytes: u32 = 0;
  for (let i: u32 = 1; i <= columnTotal; i++) {
    const c = frameColumns + <usize>i * FRAME_COLUMN;
    const count = load<u32>(c, 12);
    const width = widthOf(count);
    store<u32>(c, width, 32);
    bytes += numberSize(count);
    if (!count) continue;
    bytes += 1 + load<u32>(c, 24) + load<u32>(c, 28) + width * load<u32>(c, 16);
    if (load<u32>(c, 20) == MIXED) bytes += count;
  }
  return bytes;
}

/** Writes what stands before the dictionaries; returns where that ends. */
function writeHead(labelBytes: u32): usize {
  let p = frame + HEADER_BYTES;
  put(p, labels, labelBytes);
  p = putNumber(p + labelBytes, columnTotal);
  for (let i: u32 = 1; i <= columnTotal; i++) {
    const c = frameColumns + <usize>i * FRAME_COLUMN;
    const length = load<u32>(c, 8);
    p = putNumber(putNumber(p, load<u32>(c)), length);
    put(p, load<u32>(c, 4), length);
    p += length;
  }
  p = putNumber(p, shapeTotal);
  memory.copy(p, shapeBytes, shapeUsed);
  p += shapeUsed;
  const width = widthOf(shapeTotal);
  for (let i: u32 = 0; width && i < frameRows; i++) {
    const shape = load<u32>(drafted + (<usize>i << 3));
    store<u8>(p++, shape);
    if (width > 1) store<u8>(p++, shape >> 8);
  }
  return p;
}

/** Lays out the dictionaries from `p` on and writes what is not in them. */
function layOut(p: usize): void {
  for (let i: u32 = 1; i <= columnTotal; i++) {
    const c = frameColumns + <usize>i * FRAME_COLUMN;
    const count = load<u32>(c, 12);
    const kind = load<u32>(c, 20);
    p = putNumber(p, count);
    if (!count) continue;
    store<u8>(p++, kind);
    store<u32>(c, <u32>p, 36);
    if (kind == MIXED) p += count;
    store<u32>(c, <u32>p, 40);
    p += load<u32>(c, 24);
    store<u32>(c, <u32>p, 48);
    p += load<u32>(c, 32) * load<u32>(c, 16);
    store<u32>(c, <u32>p, 44);
    p += load<u32>(c, 28);
  }
}

function writeEntries(): void {
  for (let i: u32 = 0; i < usedTotal; i++) {
    const pair = load<u64>(used + (<usize>i << 3));
    const e = entries + <usize>(<u32>pair) * ENTRY;
    const c = <usize>(pair >> 32);
    const n = load<u32>(e, 4);
    if (load<u32>(c, 20) == MIXED) {
      const at = load<u32>(c, 36);
      store<u8>(at, load<u8>(e, 8));
      store<u32>(c, at + 1, 36);
    }
    store<u32>(c, <u32>putNumber(load<u32>(c, 40), n), 40);
    const at = load<u32>(c, 44);
    store<u32>(c, at + n, 44);
    put(at, load<u32>(e), n);
  }
}

function writeCodes(): void {
  for (let row: u32 = 0; row < frameRows; row++) {
    const pair = load<u64>(drafted + (<usize>row << 3));
    const shape = shapes + <usize>(<u32>pair) * SHAPE;
    const first = <usize>(pair >> 32);
    const slot = <usize>load<u32>(shape);
    const values = load<u32>(shape, 4);
    for (let i: u32 = 0; i < values; i++) {
      const c = frameColumns + <usize>load<u16>(slot + (<usize>i << 1)) * FRAME_COLUMN;
      const width = load<u32>(c, 32);
      if (!width) continue;
      const code = load<u32>(entryNumbers + (<usize>load<u32>(first + (<usize>i << 2)) << 2));
      const at = load<u32>(c, 48);
      if (width == 1) store<u8>(at, code);
      else store<u16>(at, code);
      store<u32>(c, at + width, 48);
    }
  }
}

/** Bytes of the tokens of `n` codes from `first` on. */
export function tokenBytes(first: usize, n: u32): u64 {
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    bytes += load<u32>(entries + <usize>load<u32>(first + (<usize>i << 2)) * ENTRY, 4);
  }
  return bytes;
}

/** Room for a frame of `bytes`; false when memory cannot grow. */
function reserve(bytes: u32): bool {
  if (bytes <= frameRoom) return true;
  // Doubling keeps what outgrown regions leave behind below the size of the last one.
  const room = max(bytes, frameRoom * 2);
  const at = alloc(room + 64);
  if (!at) return false;
  frame = at;
  frameRoom = room;
  return true;
}

/**
 * Makes a frame of rows from `from` on, of which none was left out by the host: as many as fit, at least one. Returns the row to
 * go on with. `frameRows` is 0 when there was none; `frameLength` alone is 0 when memory cannot grow.
 */
export function encode(from: u32, labelBytes: u32): u32 {
  beginFrame(labelBytes);
  let row = from;
  for (; row < rowCount; row++) {
    if (load<u8>(leftOut + (row >> 3)) & (1 << (row & 7))) continue;
    const r = rows + <usize>row * ROW;
    const node = <usize>load<u32>(r);
    const at = nodeNumbers + (((node - nodes) / NODE) << 2);
    const known = load<u32>(at);
    let number = known & 0xffff;
    const isNew = known >> 16 != stamp;
    const first = codes + (<usize>load<u32>(r, 4) << 2);
    let tokens: u32;
    let values: u32;
    let keys: u32 = 0; // of a shape that is in the frame they are as well
    if (isNew) {
      walk(node);
      tokens = chainLength;
      values = chainValues;
      keys = chainKeys;
    } else {
      const shape = shapes + <usize>number * SHAPE;
      tokens = load<u32>(shape, 8);
      values = load<u32>(shape, 4);
    }
    // A row of an opened frame has no line.
    const bytes = load<u32>(r, 8) ? load<u32>(r, 12) : keys + <u32>tokenBytes(first, values);
    const bound = bytes + NUMBER_BYTES * (2 + tokens * 4) + values * (NUMBER_BYTES + 3);
    if (frameRows && size + bound > FRAME_BYTES_MAX) break;
    if (isNew) {
      number = addShape();
      store<u32>(at, number | (stamp << 16));
    }
    addRow(number, first);
  }
  frameLength = 0;
  if (!frameRows) return row;
  const bytes = HEADER_BYTES + labelBytes + columnsSize() + numberSize(shapeTotal) + shapeUsed + frameRows * widthOf(shapeTotal) + measureColumns();
  if (!reserve(bytes)) return row;
  frameLength = bytes;
  layOut(writeHead(labelBytes));
  writeEntries();
  writeCodes();
  return row;
}
