/**
 * The shape trie. A row's shape is the path its keys take through the trie: order of keys, nesting, arrays, duplicates.
 * It outlives batches, so a key is usually found by comparing it with the one that followed here last time: no hashing.
 *
 * node (64 bytes, a cache line): 0 child last taken · 4 token (`,"key":`, padded) · 8 its length · 12 type · 16 last value, its
 * delimiter included · 20 its length · 24 column · 28 parent · 32 context · 36 child taken before · 40 host's shape record ·
 * 44 hash · 48 last value's entry | epoch << 16 · 52 the value before · 56 its length · 60 its entry | epoch << 16
 * column (16 bytes): 0 parent column · 4 token · 8 key length · 12 hash
 */
import { alloc } from './memory';
import { equal, hash } from './bytes';

export const KEY: u32 = 1; // a member; scalars and arrays of scalars stay here
export const OPEN_OBJECT: u32 = 2;
export const CLOSE_OBJECT: u32 = 3;
export const OPEN_ARRAY: u32 = 4; // only arrays that hold objects or arrays
export const CLOSE_ARRAY: u32 = 5;
export const ELEMENT: u32 = 6; // a scalar in such an array

export const NODE: usize = 64;
export const COLUMN: usize = 16;
export const NODES_MAX: u32 = 0x10000;
export const COLUMNS_MAX: u32 = 0x4000;
export const KEY_BYTES_MAX: u32 = 0x200000;
/** Of all paths written out, parents included: one long key with many below it must not fill the host's memory. */
export const PATH_BYTES_MAX: u32 = 0x1000000;
const NODE_TABLE: u32 = 0x40000; // slots; four times NODES_MAX
const COLUMN_TABLE: u32 = 0x10000;

export let nodes: usize = 0;
export let nodeCount: u32 = 0;
let nodeTable: usize = 0;
export let columns: usize = 0;
export let columnCount: u32 = 0;
let columnTable: usize = 0;
let keyArena: usize = 0;
let keyUsed: u32 = 0;
let pathBytes: u32 = 0;
/** Set when a limit stopped a node from being made; the host then has everything forgotten before the next batch. */
export let shapesFull: bool = false;

/** The same when what hangs on shapes is full. */
export function forgetShapes(): void {
  shapesFull = true;
}

export function initShapes(): void {
  nodes = alloc(NODE * NODES_MAX);
  nodeTable = alloc(4 * NODE_TABLE);
  columns = alloc(COLUMN * COLUMNS_MAX);
  columnTable = alloc(4 * COLUMN_TABLE);
  keyArena = alloc(KEY_BYTES_MAX + 64);
  resetShapes();
}

/** Forgets every shape and column. Node 0 is the root; column 0 the event itself. */
export function resetShapes(): void {
  memory.fill(nodes, 0, NODE * NODES_MAX);
  memory.fill(nodeTable, 0, 4 * NODE_TABLE);
  memory.fill(columnTable, 0, 4 * COLUMN_TABLE);
  memory.fill(columns, 0, COLUMN);
  nodeCount = 1;
  columnCount = 1;
  keyUsed = 0;
  pathBytes = 0;
  shapesFull = false;
}

/** What a key of `n` bytes takes. */
@inline
export function keySize(n: u32): u32 {
  return (n + 19) & ~15;
}

/** Keeps `,"key":` so that one comparison covers all between two values. Returns the address of the key in it. */
function keepKey(p: usize, n: u32): usize {
  if (keyUsed + n + 36 > KEY_BYTES_MAX) {
    shapesFull = true;
    return 0;
  }
  const at = keyArena + keyUsed;
  store<u16>(at, 0x222c);
  memory.copy(at + 2, p, n);
  store<u16>(at + n, 0x3a22, 2);
  keyUsed += keySize(n);
  return at + 2;
}

/** The column of key `p..p+n` inside `context`; 0 when a limit is reached. */
export function columnOf(context: u32, p: usize, n: u32, h: u32): u32 {
  const mixed = h ^ (context * 0x9e3779b1);
  let slot = mixed & (COLUMN_TABLE - 1);
  while (true) {
    const id = load<u32>(columnTable + slot * 4);
    if (id == 0) break;
    const c = columns + <usize>id * COLUMN;
    if (
      load<u32>(c + 12) == mixed && load<u32>(c) == context && load<u32>(c + 8) == n &&
      (n == 0 || equal(load<u32>(c + 4), p, n))
    ) return id;
    slot = (slot + 1) & (COLUMN_TABLE - 1);
  }
  let length = n + 1;
  for (let c = context; c != 0; c = load<u32>(columns + <usize>c * COLUMN)) {
    length += load<u32>(columns + <usize>c * COLUMN, 8) + 1;
  }
  if (columnCount == COLUMNS_MAX || pathBytes + length > PATH_BYTES_MAX) {
    shapesFull = true;
    return 0;
  }
  const token = keepKey(p, n);
  if (!token) return 0;
  pathBytes += length;
  const id = columnCount++;
  const c = columns + <usize>id * COLUMN;
  store<u32>(c, context);
  store<u32>(c + 4, <u32>token);
  store<u32>(c + 8, n);
  store<u32>(c + 12, mixed);
  store<u32>(columnTable + slot * 4, id);
  return id;
}

/** Makes `to` the child to expect, and the one expected so far the next best. */
@inline
export function expect(node: usize, to: usize): void {
  store<u32>(node, load<u32>(node), 36);
  store<u32>(node, <u32>to);
}

/** Forgets the values expected: entries of batches with the same epoch. */
export function forgetValues(): void {
  for (let i: u32 = 0; i < nodeCount; i++) {
    const node = nodes + <usize>i * NODE;
    store<u32>(node, 0, 48);
    store<u32>(node, 0, 60);
  }
}

/**
 * The child of `node` reached by a token of `type` (for KEY: the raw key bytes `p..p+n`), made if new. Also becomes the
 * expected child. 0 when a limit is reached (`shapesFull`).
 */
export function child(node: usize, type: u32, p: usize, n: u32, context: u32): usize {
  if (type != KEY) {
    const last = <usize>load<u32>(node);
    if (last && load<u32>(last, 12) == type) return last;
    const before = <usize>load<u32>(node, 36);
    if (before && load<u32>(before, 12) == type) {
      expect(node, before);
      return before;
    }
  }
  const h = type == KEY ? hash(p, n) : 0;
  const mixed = (h ^ (<u32>node * 0x9e3779b1)) + type * 0x85ebca6b;
  let slot = (mixed ^ (mixed >> 15)) & (NODE_TABLE - 1);
  while (true) {
    const at = load<u32>(nodeTable + slot * 4);
    if (at == 0) break;
    if (load<u32>(at, 44) == mixed && load<u32>(at, 28) == <u32>node && load<u32>(at, 12) == type) {
      if (type != KEY || (load<u32>(at, 8) == n + 4 && (n == 0 || equal(load<u32>(at, 4) + 2, p, n)))) {
        expect(node, at);
        return at;
      }
    }
    slot = (slot + 1) & (NODE_TABLE - 1);
  }
  if (nodeCount == NODES_MAX) {
    shapesFull = true;
    return 0;
  }
  let column: u32 = context;
  if (type == KEY) {
    column = columnOf(context, p, n, h);
    if (column == 0) return 0;
  }
  const at = nodes + <usize>nodeCount * NODE;
  nodeCount++;
  if (type == KEY) {
    store<u32>(at, load<u32>(columns + <usize>column * COLUMN, 4) - 2, 4);
    store<u32>(at, n + 4, 8);
  }
  store<u32>(at, type, 12);
  store<u32>(at, column, 24);
  store<u32>(at, <u32>node, 28);
  store<u32>(at, context, 32);
  store<u32>(at, mixed, 44);
  store<u32>(nodeTable + slot * 4, <u32>at);
  expect(node, at);
  return at;
}
