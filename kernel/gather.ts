/**
 * Rows of many frames to columns of one row group (src/store/segment): every value is looked up once per frame and column in a
 * dictionary of the group, and a row becomes codes into those. What is not plain (arrays of objects, duplicate keys, numbers that
 * are no small integer, tokens spelt oddly) is asked of the host, once per distinct value where that is possible.
 *
 * column (32 bytes): 0 kind · 4 entries · 8 bytes of their tokens · 16 first entry + 1 · 20 last entry + 1
 * entry (24 bytes): 0 address · 4 length · 8 column | ESCAPED << 31 · 12 code · 16 next of its column + 1 · 20 hash
 * row (24 bytes): 0 shape · 4 index of its codes · 8 row in its frame · 12 frame · 16 event time (f64, NaN: none)
 * shape (16 bytes): 0 node · 4 address of its kinds (a byte a slot) · 12 rows
 * found (16 bytes, of each entry of the frame at hand): 0 code · 4 kind, 0: not met yet · 8 code of its token
 */
import { alloc } from './memory';
import { equal, equalLong, hashAll, INTEGER_BYTES, printInteger } from './bytes';
import { ESCAPED, NON_ASCII, SLASHED, UNICODE } from './validate';
import { BOOLEAN, codeCount, codes, ENTRIES_MAX, ENTRY, entries, entryCount, LIST, NUMBER, ROW, rowCount, rows, STRING } from './scan';
import { COLUMNS_MAX, NODE, nodes, NODES_MAX } from './shapes';

/** Sorts a value of the frame at hand into kind and codes (`setFound`), where that is not plain. */
@external('host', 'gatherValue')
declare function hostValue(entry: u32): void;
/** Makes the column for values of `kind` of a column of the kernel; returns its number. */
@external('host', 'gatherColumn')
declare function hostColumn(column: u32, kind: u32): u32;
/** Says whether rows of this shape are plain: 1, or are taken by the host: 2. */
@external('host', 'gatherNode')
declare function hostNode(node: usize): u32;
/** Makes the shape of a row from its node and the kinds of its values, at `kindsAt`; returns its number. */
@external('host', 'gatherShape')
declare function hostShape(node: usize, kinds: usize, slots: u32): u32;
/** Takes a row that is not plain. */
@external('host', 'gatherRow')
declare function hostRow(row: u32): void;

// Kinds as src/batch/group.ts numbers them; what is spelt oddly has `ODD` more.
const KIND_STRING: u32 = 1;
export const KIND_INTEGER: u32 = 2;
const KIND_BOOLEAN: u32 = 4;
const KIND_LIST: u32 = 5;
const KIND_NULL: u32 = 6;
const KINDS: u32 = 8;
const ODD: u32 = 16;

export const COLUMN: usize = 32;
export const GATHERED: usize = 24;
export const GROUP_ROW: usize = 24;
/** Node, kinds of its values, codes of a row, rows. */
export const SHAPE: usize = 16;
const FOUND: usize = 16;
export const ESCAPED_BIT: u32 = 0x80000000;
/** Slots of the table of entries at first: it grows with them, so that little is touched for little. */
const ENTRY_SLOTS: u32 = 0x4000;
const NODE_KINDS: u32 = 0x4000; // slots of the table from node and kinds to shape

export let gatherColumns: usize = 0;
export let gatherEntries: usize = 0;
export let gatherEntryCount: u32 = 0;
export let gatherRows: usize = 0;
export let gatherRowCount: u32 = 0;
export let gatherShapes: usize = 0;
/** Bytes of distinct tokens. */
export let gatherBytes: u32 = 0;
export let gatherCodes: usize = 0;
export let gatherCodeCount: u32 = 0;
/** Event times of the rows of the frame at hand (f64), which the host writes. */
export let gatherTimes: usize = 0;
/** Kinds of the values of the row at hand. */
export let gatherKinds: usize = 0;

let arena: usize = 0;
/** From here on no further row is begun; behind it there is room for any one row. */
let bytesSoft: u32 = 0;
let entriesSoft: u32 = 0;
let rowsSoft: u32 = 0;
let codesSoft: u32 = 0;
/** The host has no room for more shapes. */
let stopped: bool = false;
let entryTable: usize = 0;
let entryMask: u32 = 0;
/** Slots there is room for. */
let entrySlotsMax: u32 = 0;
let found: usize = 0;
let typed: usize = 0;
let nodeFlags: usize = 0;
let shapeTable: usize = 0;

/** No further row is begun until the group is cleared. */
export function stopGather(): void {
  stopped = true;
}

/** After so much of each the group is full: see `initGather`, which has more room for the last row. */
export function boundGather(bytes: u32, entriesMost: u32, rowsMost: u32, values: u32): void {
  bytesSoft = bytes;
  entriesSoft = entriesMost;
  rowsSoft = rowsMost;
  codesSoft = values;
}

/**
 * Room for a row group; once per instance. It is touched only as far as it is used.
 * @param bytes of distinct tokens · @param values all rows' codes
 */
export function initGather(bytes: u32, entriesMax: u32, rowsMax: u32, values: u32, columnsMax: u32, shapesMax: u32): bool {
  arena = alloc(<usize>bytes + 64);
  gatherEntries = alloc(<usize>entriesMax * GATHERED);
  entrySlotsMax = ENTRY_SLOTS;
  while (entrySlotsMax < entriesMax * 2) entrySlotsMax <<= 1;
  entryMask = ENTRY_SLOTS - 1;
  entryTable = alloc(<usize>entrySlotsMax * 8);
  gatherRows = alloc(<usize>rowsMax * GROUP_ROW);
  gatherCodes = alloc(<usize>values * 4);
  gatherColumns = alloc(<usize>columnsMax * COLUMN);
  gatherShapes = alloc(<usize>shapesMax * SHAPE);
  found = alloc(<usize>(ENTRIES_MAX + 16) * FOUND);
  typed = alloc(<usize>COLUMNS_MAX * KINDS * 4);
  nodeFlags = alloc(NODES_MAX * 4);
  shapeTable = alloc(NODE_KINDS * 8);
  gatherTimes = alloc(0x8000 * 8);
  gatherKinds = alloc(0x80000 + 64);
  return gatherKinds != 0 && shapeTable != 0 && gatherCodes != 0 && arena != 0;
}

/** Forgets the rows and values of the group, not its columns and shapes. */
export function clearGather(columnCount: u32, shapeCount: u32): void {
  for (let i: u32 = 0; i < columnCount; i++) {
    const c = gatherColumns + <usize>i * COLUMN;
    store<u64>(c, 0, 8);
    store<u64>(c, 0, 16);
    store<u32>(c, 0, 4);
  }
  for (let i: u32 = 0; i < shapeCount; i++) store<u32>(gatherShapes + <usize>i * SHAPE, 0, 12);
  memory.fill(entryTable, 0, (<usize>entryMask + 1) * 8);
  gatherEntryCount = 0;
  gatherRowCount = 0;
  gatherBytes = 0;
  gatherCodeCount = 0;
  stopped = false;
}

/** Forgets what hangs on the kernel's columns and nodes: those are made anew. */
export function forgetGather(): void {
  memory.fill(typed, 0, <usize>COLUMNS_MAX * KINDS * 4);
  memory.fill(nodeFlags, 0, NODES_MAX * 4);
  memory.fill(shapeTable, 0, NODE_KINDS * 8);
}

/** Code of a token in a column's dictionary. `h`: its hash. */
export function intern(column: u32, p: usize, n: u32, h: u32, escaped: bool): u32 {
  const own = h ^ (column * 0x9e3779b1);
  let slot = own & entryMask;
  while (true) {
    const s = entryTable + (<usize>slot << 3);
    const e = load<u32>(s, 4);
    if (!e) {
      store<u32>(s, own);
      store<u32>(s, gatherEntryCount + 1, 4);
      return keep(column, p, n, own, escaped);
    }
    if (load<u32>(s) == own) {
      const known = gatherEntries + <usize>(e - 1) * GATHERED;
      if (load<u32>(known, 4) == n && (load<u32>(known, 8) & ~ESCAPED_BIT) == column && (n == 0 || equalLong(load<u32>(known), p, n)))
        return load<u32>(known, 12);
    }
    slot = (slot + 1) & entryMask;
  }
}

function keep(column: u32, p: usize, n: u32, own: u32, escaped: bool): u32 {
  const e = gatherEntries + <usize>gatherEntryCount * GATHERED;
  const at = arena + gatherBytes;
  memory.copy(at, p, n);
  gatherBytes += n;
  const c = gatherColumns + <usize>column * COLUMN;
  const code = load<u32>(c, 4);
  store<u32>(e, <u32>at);
  store<u32>(e, n, 4);
  store<u32>(e, escaped ? column | ESCAPED_BIT : column, 8);
  store<u32>(e, code, 12);
  store<u32>(e, 0, 16);
  store<u32>(e, own, 20);
  gatherEntryCount++;
  if (gatherEntryCount > entryMask >> 1 && entryMask + 1 < entrySlotsMax) growTable();
  if (code) store<u32>(gatherEntries + <usize>(load<u32>(c, 20) - 1) * GATHERED, gatherEntryCount, 16);
  else store<u32>(c, gatherEntryCount, 16);
  store<u32>(c, gatherEntryCount, 20);
  store<u32>(c, code + 1, 4);
  store<u32>(c, load<u32>(c, 8) + n, 8);
  return code;
}

function growTable(): void {
  memory.fill(entryTable, 0, (<usize>entryMask + 1) * 8);
  entryMask = (entryMask << 1) | 1;
  for (let i: u32 = 0; i < gatherEntryCount; i++) {
    const own = load<u32>(gatherEntries + <usize>i * GATHERED, 20);
    let slot = own & entryMask;
    while (load<u32>(entryTable + (<usize>slot << 3), 4)) slot = (slot + 1) & entryMask;
    const s = entryTable + (<usize>slot << 3);
    store<u32>(s, own);
    store<u32>(s, i + 1, 4);
  }
}

/** The same of any bytes of memory. */
export function internBytes(column: u32, p: usize, n: u32, escaped: u32): u32 {
  return intern(column, p, n, hashAll(p, n), escaped != 0);
}

/** Codes of texts in a column's dictionary, put to `to`: text i from `starts[i]` to `ends[i]` behind `bytes`, taken as they are. */
export function internTexts(column: u32, bytes: usize, starts: usize, ends: usize, count: u32, to: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const p = bytes + load<u32>(starts + i);
    const n = load<u32>(ends + i) - load<u32>(starts + i);
    store<u32>(to + i, intern(column, p, n, hashAll(p, n), false));
  }
}

/** The same of integers (i64), as they are printed. */
export function internIntegers(column: u32, values: usize, count: u32, to: usize): void {
  const end = gatherKinds + INTEGER_BYTES;
  for (let i: u32 = 0; i < count; i++) {
    const p = printInteger(load<i64>(values + (<usize>i << 3)), end);
    const n = <u32>(end - p);
    store<u32>(to + (<usize>i << 2), intern(column, p, n, hashAll(p, n), false));
  }
}

/** Room for the codes of `rows` rows of `width` each; returns the index of the first. */
export function addCodes(rows: u32, width: u32): u32 {
  const first = gatherCodeCount;
  gatherCodeCount += rows * width;
  return first;
}

/** A row whose codes begin at `first`. */
export function addStored(shape: u32, first: u32, row: u32, frame: u32, time: f64): void {
  const r = gatherRows + <usize>gatherRowCount * GROUP_ROW;
  store<u32>(r, shape);
  store<u32>(r, first, 4);
  store<u32>(r, row, 8);
  store<u32>(r, frame, 12);
  store<f64>(r, time, 16);
  gatherRowCount++;
  const s = gatherShapes + <usize>shape * SHAPE;
  store<u32>(s, load<u32>(s, 12) + 1, 12);
}

/** What the host made of a value of the frame at hand. */
export function setFound(entry: u32, kind: u32, code: u32, rawCode: u32): void {
  const f = found + <usize>entry * FOUND;
  store<u32>(f, code);
  store<u32>(f, kind, 4);
  store<u32>(f, rawCode, 8);
}

@inline
function columnFor(column: u32, kind: u32): u32 {
  const at = typed + (<usize>(column * KINDS + kind) << 2);
  const known = load<u32>(at);
  if (known) return known - 1;
  const made = hostColumn(column, kind);
  store<u32>(at, made + 1);
  return made;
}

/** An integer as int64 prints it, of 18 digits at most. */
@inline
function smallInteger(p: usize, n: u32): bool {
  let digits = n;
  let q = p;
  if (load<u8>(p) == 0x2d) {
    digits--;
    q++;
  }
  if (digits == 0 || digits > 18) return false;
  if (load<u8>(q) == 0x30 && n > 1) return false;
  for (let i: u32 = 0; i < digits; i++) if (<u32>load<u8>(q + i) - 0x30 > 9) return false;
  return true;
}

function take(entry: u32, f: usize): void {
  const e = entries + <usize>entry * ENTRY;
  const p = <usize>load<u32>(e);
  const n = load<u32>(e, 4);
  const word = load<u32>(e, 8);
  const raw = word & 0xff;
  const flags = word >> 8;
  let kind: u32;
  if (raw == STRING) {
    if (flags & (UNICODE | SLASHED | NON_ASCII)) {
      hostValue(entry);
      return;
    }
    kind = KIND_STRING;
  } else if (raw == NUMBER) {
    if (!smallInteger(p, n)) {
      hostValue(entry);
      return;
    }
    kind = KIND_INTEGER;
  } else if (raw == BOOLEAN) kind = KIND_BOOLEAN;
  else if (raw == LIST) {
    if (flags & NON_ASCII) {
      hostValue(entry);
      return;
    }
    kind = KIND_LIST;
  } else {
    store<u32>(f, 0);
    store<u32>(f, KIND_NULL, 4);
    return;
  }
  const column = columnFor(load<u32>(e, 12), kind);
  const code = intern(column, p, n, n > 512 ? hashAll(p, n) : load<u32>(e, 16), raw == STRING && (flags & ESCAPED) != 0);
  store<u32>(f, code);
  store<u32>(f, kind, 4);
}

/** Values whose places are asked for together. */
const AHEAD: u32 = 64;
const ahead = memory.data(<i32>AHEAD * 4 + 8, 8);

/**
 * Asks for where the values of the frame at hand stand in the group, if they do: table, entry and text are a miss of the cache each, and
 * those of many values come together. Nothing is decided here.
 */
function lookAhead(from: u32): void {
  const to = min(from + AHEAD, entryCount);
  let sum: u64 = 0;
  for (let entry = from; entry < to; entry++) {
    const e = entries + <usize>entry * ENTRY;
    const raw = load<u32>(e, 8) & 0xff;
    const kind: u32 = raw == STRING ? KIND_STRING : raw == NUMBER ? KIND_INTEGER : raw == BOOLEAN ? KIND_BOOLEAN : KIND_LIST;
    const column = load<u32>(typed + (<usize>(load<u32>(e, 12) * KINDS + kind) << 2)) - 1;
    const own = load<u32>(e, 16) ^ (column * 0x9e3779b1);
    store<u32>(ahead + (<usize>(entry - from) << 2), load<u32>(entryTable + (<usize>(own & entryMask) << 3), 4));
  }
  for (let entry = from; entry < to; entry++) {
    const at = ahead + (<usize>(entry - from) << 2);
    const known = load<u32>(at);
    store<u32>(at, known ? load<u32>(gatherEntries + <usize>(known - 1) * GATHERED) : 0);
  }
  for (let i: u32 = 0; i < to - from; i++) sum += load<u8>(<usize>load<u32>(ahead + (<usize>i << 2)));
  // Of no use but to be asked for.
  store<u64>(ahead + <usize>AHEAD * 4, sum);
}

/** Kind of a value of the frame at hand; its codes are in `foundAt`. For the host, which takes rows that are not plain. */
export function takeValue(entry: u32): u32 {
  const f = found + <usize>entry * FOUND;
  if (!load<u32>(f, 4)) take(entry, f);
  return load<u32>(f, 4);
}

export function foundAt(): usize {
  return found;
}

function shapeOf(node: usize, slots: u32): u32 {
  let h: u32 = <u32>(node >> 6) * 0x9e3779b1;
  for (let k: u32 = 0; k < slots; k += 8) {
    const w = load<u64>(gatherKinds + k);
    h = (rotl(h, 5) ^ <u32>w ^ <u32>(w >> 29)) * 0x85ebca6b;
  }
  let slot = (h ^ (h >> 15)) & (NODE_KINDS - 1);
  let probes: u32 = 0;
  while (true) {
    const s = shapeTable + (<usize>slot << 3);
    const known = load<u32>(s, 4);
    if (!known || probes++ == 16) {
      const made = hostShape(node, gatherKinds, slots);
      store<u32>(s, h);
      store<u32>(s, made + 1, 4);
      return made;
    }
    if (load<u32>(s) == h) {
      const shape = gatherShapes + <usize>(known - 1) * SHAPE;
      if (load<u32>(shape) == <u32>node && (slots == 0 || equal(load<u32>(shape, 4), gatherKinds, slots))) return known - 1;
    }
    slot = (slot + 1) & (NODE_KINDS - 1);
  }
}

/** Adds a row to the group; its codes are put in by the caller from `gatherCodeCount` on. */
export function addRow(shape: u32, row: u32, frame: u32): void {
  addStored(shape, gatherCodeCount, row, frame, load<f64>(gatherTimes + (<usize>row << 3)));
}

/** One code of the row that is being put in by the host. */
export function addCode(code: u32): void {
  store<u32>(gatherCodes + (<usize>gatherCodeCount << 2), code);
  gatherCodeCount++;
}

/**
 * Rows of the frame that is open, from `from` on; `frame` is its number in the group. Returns the row to go on with once the group, which is
 * full, has been written; the number of rows when all are in.
 */
export function gather(frame: u32, from: u32): u32 {
  memory.fill(found, 0, <usize>entryCount * FOUND);
  let looked: u32 = 0;
  for (let row = from; row < rowCount; row++) {
    if (
      gatherBytes >= bytesSoft || gatherEntryCount >= entriesSoft || gatherRowCount >= rowsSoft || gatherCodeCount >= codesSoft || stopped
    ) return row;
    const r = rows + <usize>row * ROW;
    const node = <usize>load<u32>(r);
    const flag = nodeFlags + (((node - nodes) / NODE) << 2);
    let plain = load<u32>(flag);
    if (!plain) {
      plain = hostNode(node);
      store<u32>(flag, plain);
    }
    if (plain != 1) {
      hostRow(row);
      continue;
    }
    const first = codes + (<usize>load<u32>(r, 4) << 2);
    const next = row + 1 == rowCount ? codesEnd() : codes + (<usize>load<u32>(r + ROW, 4) << 2);
    const slots = <u32>((next - first) >> 2);
    const to = gatherCodes + (<usize>gatherCodeCount << 2);
    let odd: u32 = 0;
    for (let k: u32 = 0; k < slots; k++) {
      const entry = load<u32>(first + (<usize>k << 2));
      const f = found + <usize>entry * FOUND;
      let kind = load<u32>(f, 4);
      if (!kind) {
        if (entry >= looked) {
          lookAhead(entry);
          looked = entry + AHEAD;
        }
        take(entry, f);
        kind = load<u32>(f, 4);
      }
      store<u8>(gatherKinds + k, kind);
      store<u32>(to + (<usize>k << 2), load<u32>(f));
      odd |= kind;
    }
    store<u64>(gatherKinds + slots, 0);
    store<u64>(gatherKinds + slots, 0, 8);
    const shape = shapeOf(node, slots);
    addRow(shape, row, frame);
    gatherCodeCount += slots;
    if (odd & ODD) {
      // Behind the values, the tokens of those that are spelt oddly.
      for (let k: u32 = 0; k < slots; k++) {
        if (!(load<u8>(gatherKinds + k) & ODD)) continue;
        const entry = load<u32>(first + (<usize>k << 2));
        addCode(load<u32>(found + <usize>entry * FOUND, 8));
      }
    }
  }
  return rowCount;
}

@inline
function codesEnd(): usize {
  return codes + (<usize>codeCount << 2);
}
