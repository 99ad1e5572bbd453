/**
 * The multiset hash of the events of row groups: a sum over rows, so that neither the order of rows nor their row groups and files change
 * it, and merging, which moves rows, keeps it. Its plain twin is src/store/segment/digest.twin.ts; docs/proof.md says what it
 * shows and what not.
 *
 * value: of its bytes as a plain page of Parquet has them, without a length, begun with what stands for path and kind of its column
 * event: of the sum of its values and the shape, then position, row, times of receipt and of the event
 */
import { alloc } from './memory';
import { gatherRowCount, GROUP_ROW, gatherRows } from './gather';

// Odd numbers with bits in no order: those of splitmix64.
const P: u64 = 0x9e3779b97f4a7c15;
const Q: u64 = 0xbf58476d1ce4e5b9;
const R: u64 = 0x94d049bb133111eb;
/** Stands for the time of an event that has none. */
const NO_TIME: u64 = 0x8000000000000000;

/** Of each row in the order of rows: sum of its values (u64). */
let sums: usize = 0;
/** Of each value of the dictionary at hand (u64). */
export let digests: usize = 0;
/** Sums over events since `clearDigest`: 128 bits. */
export let digestLow: i64 = 0;
export let digestHigh: i64 = 0;
let seed: u64 = 0;

export function initDigest(rowsMax: u32, entriesMax: u32): bool {
  sums = alloc(<usize>rowsMax * 8);
  digests = alloc(<usize>entriesMax * 8);
  return digests != 0;
}

@inline
function mix(value: u64): u64 {
  let h = (value ^ (value >> 30)) * Q;
  h = (h ^ (h >> 27)) * R;
  return h ^ (h >> 31);
}

/** Of `n` bytes; up to 8 behind them are read. */
export function digestOf(p: usize, n: u32, begin: u64): u64 {
  let h = begin ^ (<u64>n * P);
  let left = n;
  if (left >= 32) {
    // Four at a time: a multiplication takes three cycles, and one can begin in each.
    let a = h;
    let b = h + P;
    let c = h + Q;
    let d = h + R;
    for (; left >= 32; left -= 32, p += 32) {
      a = rotl(a ^ load<u64>(p), 29) * P;
      b = rotl(b ^ load<u64>(p, 8), 29) * Q;
      c = rotl(c ^ load<u64>(p, 16), 29) * R;
      d = rotl(d ^ load<u64>(p, 24), 29) * P;
    }
    h = mix(a) + mix(b ^ Q) + mix(c ^ R) + mix(d ^ P);
  }
  for (; left >= 8; left -= 8, p += 8) h = rotl(h ^ load<u64>(p), 29) * P;
  if (left) h = rotl(h ^ (load<u64>(p) & ((<u64>1 << (left << 3)) - 1)), 29) * P;
  return mix(h);
}

/** A row group begins: its rows are in order. */
export function beginDigest(): void {
  memory.fill(sums, 0, <usize>gatherRowCount * 8);
}

/** A column begins: what stands for its path and kind. */
export function digestColumn(column: u64): void {
  seed = column;
}

/** The next value of a dictionary. */
@inline
export function digestEntry(code: u32, p: usize, n: u32): void {
  store<u64>(digests + (<usize>code << 3), digestOf(p, n, seed));
}

@inline
export function addValue(at: u32, digest: u64): void {
  const s = sums + (<usize>at << 3);
  store<u64>(s, load<u64>(s) + digest);
}

@inline
export function addCoded(at: u32, code: u32): void {
  addValue(at, load<u64>(digests + (<usize>code << 3)));
}

@inline
export function addPlain(at: u32, p: usize, n: u32): void {
  addValue(at, digestOf(p, n, seed));
}

/** Texts from `starts[i]` to `ends[i]` behind `bytes`, each to `to` (u64). */
export function digestTexts(bytes: usize, starts: usize, ends: usize, count: u32, to: usize, column: u64): void {
  for (let i: usize = 0; i < count; i++) {
    const from = load<u32>(starts + (i << 2));
    store<u64>(to + (i << 3), digestOf(bytes + from, load<u32>(ends + (i << 2)) - from, column));
  }
}

export function clearDigest(): void {
  digestLow = 0;
  digestHigh = 0;
}

/** Of one event. */
@inline
function take(values: u64, position: u64, row: u64, received: u64, time: u64): void {
  const h = mix(mix(mix(mix(values + position) + row) + received) ^ time);
  digestLow += h;
  digestHigh += mix(h + P);
}

/**
 * Adds the events of the row group, all of whose columns were written.
 * @param order rows by shape · @param firsts where those of each shape begin · @param shapes of each shape (u64) · @param frames position and receipt
 */
export function digestRows(order: usize, firsts: usize, shapeCount: u32, shapes: usize, frames: usize): void {
  for (let shape: u32 = 0; shape < shapeCount; shape++) {
    const own = load<u64>(shapes + (<usize>shape << 3));
    const end = load<u32>(firsts + (<usize>(shape + 1) << 2));
    for (let at = load<u32>(firsts + (<usize>shape << 2)); at < end; at++) {
      const r = gatherRows + <usize>load<u32>(order + (<usize>at << 2)) * GROUP_ROW;
      const frame = frames + (<usize>load<u32>(r, 12) << 4);
      const time = load<f64>(r, 16);
      take(
        load<u64>(sums + (<usize>at << 3)) + own,
        <u64><i64>load<f64>(frame),
        load<u32>(r, 8),
        <u64><i64>load<f64>(frame, 8),
        time == time ? <u64><i64>time : NO_TIME,
      );
    }
  }
}

/** The same of rows that were read back: `values` (u64), `positions`, `received`, `times` (i64), `rows` (u32), one a row each. */
export function digestStored(count: u32, values: usize, positions: usize, rows: usize, received: usize, times: usize): void {
  for (let i: usize = 0; i < count; i++) {
    take(
      load<u64>(values + (i << 3)),
      load<u64>(positions + (i << 3)),
      load<u32>(rows + (i << 2)),
      load<u64>(received + (i << 3)),
      load<u64>(times + (i << 3)),
    );
  }
}
