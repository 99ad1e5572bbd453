/**
 * Terms of a row group: runs of ASCII letters and digits in its values, in small letters, as a set of hashes and then as a
 * split-block Bloom filter (https://parquet.apache.org/docs/file-format/bloomfilter/, whose blocks and salts these are). A
 * search for a term needs to look at those row groups only whose filters may hold it. The twin is src/store/segment/terms.ts.
 */
import { alloc } from './memory';

const FIRST_SLOTS: u32 = 0x4000;
const SLOTS_MAX: u32 = 0x400000;

let table: usize = 0;
let spare: usize = 0;
let mask: u32 = 0;
/** Terms of late, by the highest bits of their hashes: most come again at once, and this stays in the cache where the table does not. */
const RECENT: u32 = 0x1000;
const RECENT_SHIFT: u64 = 52;
let recent: usize = 0;
/** Hashes that are not in the table yet: their slots are fetched together, since each is a miss of the cache (two thirds of the time of one by one). */
const WAITING: u32 = 0x100;
let waiting: usize = 0;
let waitingCount: u32 = 0;
/**
 * Lines of long texts of late, by a hash: 4 bytes of length and up to 124 of text. Messages repeat their template and most of their values, so of
 * most lines all terms are known.
 */
const LINES: u32 = 0x800;
const LINE: usize = 128;
const LINE_BYTES: u32 = 124;
/** In shorter texts lines are not looked for. */
const LINED_BYTES: u32 = 128;
let lines: usize = 0;
export let termCount: u32 = 0;
/** There are terms that are not in the set: too many, or letters that fold into ASCII ones. */
export let termsPartial: bool = false;
/** There are numbers in lists whose text is not the one they were written as: `1e3` is 1000. */
export let numbersPartial: bool = false;

export function initTerms(): bool {
  table = alloc(<usize>SLOTS_MAX * 8);
  spare = alloc(<usize>SLOTS_MAX * 4);
  mask = FIRST_SLOTS - 1;
  recent = alloc(RECENT * 8);
  lines = alloc(LINES * LINE + 16);
  waiting = alloc(WAITING * 8 + 8);
  return waiting != 0;
}

export function clearTerms(): void {
  memory.fill(table, 0, (<usize>mask + 1) * 8);
  memory.fill(recent, 0, RECENT * 8);
  for (let i: u32 = 0; i < LINES; i++) store<u32>(lines + <usize>i * LINE, 0);
  termCount = 0;
  waitingCount = 0;
  termsPartial = false;
  numbersPartial = false;
}

const K1: u64 = 0x9e3779b97f4a7c15;
const K2: u64 = 0xc2b2ae3d27d4eb4f;

@inline
function mix(h: u64): u64 {
  let x = h;
  x = (x ^ (x >> 32)) * K2;
  x = (x ^ (x >> 29)) * K1;
  return x ^ (x >> 32);
}

/** @param early the hash before it is mixed, which says as much: most terms were there of late */
@inline
function add(early: u64): void {
  const late = recent + (<usize>(early >> RECENT_SHIFT) << 3);
  if (load<u64>(late) == early && early) return;
  store<u64>(late, early);
  store<u64>(waiting + (<usize>waitingCount << 3), mix(early) | 1);
  if (++waitingCount == WAITING) settleTerms();
}

/** Puts all hashes into the table, so that they are counted. */
export function settleTerms(): void {
  let slots: u64 = 0;
  for (let i: u32 = 0; i < waitingCount; i++) {
    slots |= load<u64>(table + (<usize>(<u32>(load<u64>(waiting + (<usize>i << 3)) >> 32) & mask) << 3));
  }
  // Of no use but to be asked for.
  store<u64>(waiting + (<usize>WAITING << 3), slots);
  for (let i: u32 = 0; i < waitingCount; i++) insert(load<u64>(waiting + (<usize>i << 3)));
  waitingCount = 0;
}

function insert(value: u64): void {
  let slot = <u32>(value >> 32) & mask;
  while (true) {
    const at = table + (<usize>slot << 3);
    const known = load<u64>(at);
    if (known == value) return;
    if (!known) {
      if (termCount >= SLOTS_MAX >> 1) {
        termsPartial = true;
        return;
      }
      store<u64>(at, value);
      termCount++;
      if (termCount > mask >> 1 && mask + 1 < SLOTS_MAX) grow();
      return;
    }
    slot = (slot + 1) & mask;
  }
}

/** Doubles the table; what is in it waits behind meanwhile. */
function grow(): void {
  const slots = mask + 1;
  memory.copy(spare, table, <usize>slots * 8);
  memory.fill(table, 0, <usize>slots * 16);
  mask = (slots << 1) - 1;
  for (let i: u32 = 0; i < slots; i++) {
    const value = load<u64>(spare + (<usize>i << 3));
    if (!value) continue;
    let slot = <u32>(value >> 32) & mask;
    while (load<u64>(table + (<usize>slot << 3))) slot = (slot + 1) & mask;
    store<u64>(table + (<usize>slot << 3), value);
  }
}

const SMALL: u64 = 0x2020202020202020;

/** A term: digits have the bit that makes letters small. */
@inline
function addTerm(p: usize, n: u32): void {
  let h: u64 = K1;
  let left = n;
  for (; left >= 8; left -= 8, p += 8) {
    h = (h ^ bswap<u64>(load<u64>(p) | SMALL)) * K2;
    h ^= h >> 31;
  }
  const word = left ? bswap<u64>(load<u64>(p) | SMALL) >> (64 - (left << 3)) : 0;
  add((h ^ word) * K1 + n);
}

/** Which of 16 bytes are letters or digits. */
@inline
function termBytes(v: v128): u64 {
  const letters = i8x16.lt_u(i8x16.sub(v128.or(v, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(26));
  const digits = i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x30)), i8x16.splat(10));
  return <u64>i8x16.bitmask(v128.or(letters, digits));
}

/** Whether U+212A or U+017F, which fold to k and s, begins at one of 16 bytes of which some are above ASCII. */
function foldsIn(p: usize, high: u32): bool {
  for (; high; high &= high - 1) {
    const at = p + ctz(high);
    const b = load<u8>(at);
    if ((b == 0xe2 && load<u16>(at, 1) == 0xaa84) || (b == 0xc5 && load<u8>(at, 1) == 0xbf)) return true;
  }
  return false;
}

/** Whether the terms of a line were taken of late; if not, they will have been. Up to 16 bytes behind it are read. */
@inline
function isKnown(p: usize, n: u32): bool {
  const head = load<u64>(p);
  const tail = load<u64>(p + n - 8);
  const slot = lines + <usize>(<u32>(((head ^ (tail * K2) ^ n) * K1) >> 53)) * LINE;
  const text = slot + 4;
  if (load<u32>(slot) == n) {
    let i: usize = 0;
    while (i + 16 <= <usize>n && !v128.any_true(v128.xor(v128.load(p + i), v128.load(text + i)))) i += 16;
    // The last 16 bytes, some of them once more.
    const end = <usize>n - 16;
    if (i + 16 > <usize>n && !v128.any_true(v128.xor(v128.load(p + end), v128.load(text + end)))) return true;
  }
  store<u32>(slot, n);
  memory.copy(text, p, n);
  return false;
}

/** The same as `addTerms`: of a text of many lines, line by line, without those that were there of late. */
export function addTextTerms(p: usize, n: u32): void {
  if (n < LINED_BYTES) {
    addTerms(p, n);
    return;
  }
  const end = p + n;
  const newline = i8x16.splat(0x0a);
  let from = p;
  for (let at = p; at < end; at += 16) {
    let bits = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), newline));
    for (; bits; bits &= bits - 1) {
      const to = at + ctz(bits);
      if (to >= end) break;
      addLine(from, <u32>(to - from));
      from = to + 1;
    }
  }
  if (end > from) addLine(from, <u32>(end - from));
}

@inline
function addLine(p: usize, n: u32): void {
  if (n >= 16 && n <= LINE_BYTES && isKnown(p, n)) return;
  addTerms(p, n);
}

/** The terms of a text; up to 31 bytes behind it are read. Ends of terms are sought 16 bytes at a time: a third of the time that one by one takes. */
export function addTerms(p: usize, n: u32): void {
  const end = p + n;
  /** Where the term begins that the last block ended in; 0: it ended in none. */
  let open: usize = 0;
  for (let at = p; at < end; at += 16) {
    const v = v128.load(at);
    let bits = termBytes(v);
    let high = <u32>i8x16.bitmask(v);
    if (at + 16 > end) {
      const own = (1 << <u32>(end - at)) - 1;
      bits &= own;
      high &= own;
    }
    if (high && foldsIn(at, high)) termsPartial = true;
    if (open) {
      const length = ctz(~bits);
      if (length == 16) continue;
      addTerm(open, <u32>(at - open) + <u32>length);
      open = 0;
      bits &= ~(((<u64>1) << length) - 1);
    }
    while (bits) {
      const from = ctz(bits);
      const length = ctz(~(bits >> from));
      if (from + length == 16) {
        open = at + <usize>from;
        break;
      }
      addTerm(at + <usize>from, <u32>length);
      bits &= ~(((<u64>1) << (from + length)) - 1);
    }
  }
  if (open) addTerm(open, <u32>(end - open));
}

/** Digits up to which an integer is written as it is read. */
const DIGITS: u32 = 15;

/** The same of JSON text, whose escapes stand for other characters. */
export function addJsonTerms(p: usize, n: u32): void {
  const end = p + n;
  let from = p;
  let quoted = false;
  let digits: u32 = 0;
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c == 0x22) quoted = !quoted;
    else if (!quoted) {
      if (c - 0x30 < 10) {
        if (++digits > DIGITS) numbersPartial = true;
      } else {
        if (c == 0x2e || (digits && (c | 0x20) == 0x65)) numbersPartial = true;
        digits = 0;
      }
    }
    if (c != 0x5c) {
      p++;
      continue;
    }
    if (p > from) addTerms(from, <u32>(p - from));
    // What is escaped by its number may be a letter.
    if (load<u8>(p, 1) == 0x75) termsPartial = true;
    p += 2;
    from = p;
  }
  if (end > from) addTerms(from, <u32>(end - from));
}

const SALTS = memory.data<u32>([0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31], 16);

/** Writes the filter of all terms to `to`: `blocks` of 32 bytes. */
export function termFilter(to: usize, blocks: u32): void {
  memory.fill(to, 0, <usize>blocks * 32);
  for (let i: u32 = 0; i <= mask; i++) {
    const h = load<u64>(table + (<usize>i << 3));
    if (!h) continue;
    const block = to + (<usize>((<u64><u32>(h >> 32) * blocks) >> 32) << 5);
    const key = <u32>h;
    for (let k: usize = 0; k < 8; k++) {
      const bit = (key * load<u32>(SALTS + (k << 2))) >> 27;
      const at = block + (k << 2);
      store<u32>(at, load<u32>(at) | (<u32>1 << bit));
    }
  }
}
