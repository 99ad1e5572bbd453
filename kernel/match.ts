/**
 * One value against one matcher: all patterns that all rules of a lane have for one field. The result is the interned set
 * of predicates that hold (a predset), cached on the dictionary entry and, for values that come back, across batches.
 *
 * Matchers are built by the host (src/detect/engine/matcher.ts builds the layout) and are position-independent: offsets
 * are relative to the matcher.
 *
 * predset: 0 predicates n · 4 candidate rules m · 8 n predicates · m rules
 */
import { alloc } from './memory';
import { closingQuote, equal, hash, shortIn } from './bytes';
import { glob } from './glob';
import { fold, foldUtf8, initFold, unescape } from './fold';
import { betweenElements, BOOLEAN, ENTRY, entries, entryCount, LIST, NULL, NUMBER, STRING, tokenEnd } from './scan';
import { ESCAPED, NON_ASCII, NOT_CANONICAL, SLASHED, UNICODE } from './validate';

/** Writes the folded text of a raw token to `scratch` (kinds of scan.ts); returns its length. */
@external("host", "fold")
declare function hostFold(kind: u32, p: usize, n: u32): u32;
/** Does the raw token satisfy residual test `id` (regular expressions, networks, comparisons…)? */
@external("host", "residual")
declare function hostResidual(id: u32, kind: u32, p: usize, n: u32): u32;

// Matcher header, in u32 words.
const M_GRAM_SHIFT = 0; // 32 - log2(bits of the gram bitmap); 0: no gram patterns
const M_GRAM_BITMAP = 1;
const M_GRAM_TABLE = 2;
const M_GRAM_MASK = 3;
const M_PAIR_BITMAP = 4; // 0: no two- and three-byte patterns
const M_PAIR_TABLE = 5;
const M_PAIR_MASK = 6;
const M_EXACT_TABLE = 7;
const M_EXACT_MASK = 8; // 0xffffffff: no exact patterns
const M_PATTERNS = 9;
const M_LIST = 10; // referred to by gram and pair slots: pairs of pattern index and place of the gram in it
const M_LINEAR = 11; // patterns tried on every value
const M_LINEAR_COUNT = 12;
const M_ALWAYS = 13; // predicates true for every value that is not null
const M_ALWAYS_COUNT = 14;
const M_RESIDUAL = 15; // residual tests tried on every value
const M_RESIDUAL_COUNT = 16;
const M_OUT = 17; // predicate lists of the patterns
const M_LANE = 18; // distance back to the lane header
const M_ANY = 19; // predicates true whenever the field is there, be it null or an empty list
const M_ANY_COUNT = 20;
const M_NULL = 22; // predicates true for null
const M_NULL_COUNT = 23;
const M_RAW = 24; // 1 where the sweep decides for raw text: every pattern has a gram, and none that JSON escapes
const M_STRIDE_SHIFT = 26; // 32 - log2(bits of the bitmap of sampled grams); 0: none
const M_STRIDE_BITMAP = 27;
const M_STRIDE_TABLE = 28;
const M_STRIDE_MASK = 29;
const M_SWEEP = 21; // 0, or eight nibble masks for a small set of grams (see sweep)

// Pattern record (32 bytes).
const P_LITERAL = 0;
const P_LENGTH = 4;
const P_FLAGS = 8;
const P_OUT = 16;
const P_OUT_COUNT = 20;
const P_PROGRAM = 24; // words of the wildcard program, relative to the matcher
const P_PROGRAM_COUNT = 28;
const PATTERN: usize = 32;
const AT_START: u32 = 1;
const AT_END: u32 = 2;
const PROGRAM: u32 = 4;
const TRIGGER: u32 = 8; // the outputs are residual tests, not predicates


const PREDSETS_BYTES: u32 = 0x800000;
const SET_TABLE: u32 = 0x10000;
const VALUE_SLOTS: u32 = 0x10000;
const VALUE_BYTES: u32 = 0x600000;
const VALUE_MAX: u32 = 0x800; // longer values are not kept across batches
const DOORS: u32 = 0x20000; // bits

export let scratch: usize = 0;
export let scratchSize: u32 = 0;
export let EMPTY: u32 = 0;
let out: usize = 0; // predicates found for the value at hand
let outCount: u32 = 0;
let seen: usize = 0; // per predicate: value number it was last found for
let tried: usize = 0; // per pattern (hashed): scalar number
let triggered: usize = 0; // per predicate (hashed): scalar number
let valueNumber: u32 = 0;
/** The same per scalar: each element of a list is tried anew. */
let scalarNumber: u32 = 0;
let predsets: usize = 0;
let predsetsUsed: u32 = 0;
let setTable: usize = 0;
let setCount: u32 = 0;
let values: usize = 0; // 24 bytes a slot: 0 mix · 4 address · 8 length | kind << 28 · 12 predset · 16 matcher
let valueArena: usize = 0;
let valueUsed: u32 = 0;
let doors: usize = 0;
let candidateSeen: usize = 0;
/** Counters shown by the bench: values matched, found in the value cache, predsets made. */
export let matched: u32 = 0;
export let cacheHits: u32 = 0;
export let swept: u32 = 0;

export const PREDICATES_MAX: u32 = 0x40000;
export const RULES_MAX: u32 = 0x20000;
const TRIED: u32 = 0x4000;

export function initMatch(): void {
  out = alloc(PREDICATES_MAX * 4 + 64);
  seen = alloc(PREDICATES_MAX * 4);
  tried = alloc(TRIED * 8);
  triggered = alloc(0x10000 * 4);
  predsets = alloc(PREDSETS_BYTES + 64);
  setTable = alloc(SET_TABLE * 4);
  values = alloc(VALUE_SLOTS * 24);
  valueArena = alloc(VALUE_BYTES + VALUE_MAX + 64);
  doors = alloc(DOORS >> 3);
  candidateSeen = alloc(RULES_MAX * 4);
  initFold();
  EMPTY = <u32>predsets;
  predsetsUsed = 8;
}

export function setScratch(p: usize, size: u32): void {
  scratch = p;
  scratchSize = size;
}

/** Forgets what values were found to satisfy: predsets have run out of room. May happen in the middle of a batch. */
function resetCaches(): void {
  memory.fill(setTable, 0, SET_TABLE * 4);
  memory.fill(values, 0, VALUE_SLOTS * 24);
  memory.fill(doors, 0, DOORS >> 3);
  predsetsUsed = 8;
  setCount = 0;
  valueUsed = 0;
  for (let i: u32 = 0; i < entryCount; i++) store<u32>(entries + <usize>i * ENTRY, 0, 20);
}

@inline
function word(m: usize, i: usize): u32 {
  return load<u32>(m + (i << 2));
}

function add(predicate: u32): void {
  if (load<u32>(seen + (<usize>predicate << 2)) == valueNumber) return;
  store<u32>(seen + (<usize>predicate << 2), valueNumber);
  store<u32>(out + (<usize>(outCount++) << 2), predicate);
}

/** Adds a list of the matcher whole. */
function addAll(m: usize, at: usize, countAt: usize): void {
  const count = word(m, countAt);
  const list = m + word(m, at);
  for (let i: u32 = 0; i < count; i++) add(load<u32>(list + (<usize>i << 2)));
}

/** Everything entry `e` satisfies: what its presence alone does, then what its scalar or the elements of its list do. */
function matchEntry(e: usize, m: usize): void {
  const meta = load<u32>(e, 8);
  const kind = meta & 0xff;
  addAll(m, M_ANY, M_ANY_COUNT);
  if (kind == LIST) matchList(m, meta >> 8, load<u32>(e), load<u32>(e, 4));
  else matchScalar(m, kind, meta >> 8, load<u32>(e), load<u32>(e, 4));
}

/** Pattern `index` fired at its literal: record what it stands for. */
function fire(m: usize, pattern: usize, text: usize, n: u32, kind: u32, raw: usize, rawLength: u32): void {
  const flags = load<u32>(pattern + P_FLAGS);
  if (flags & PROGRAM) {
    // Once a value is enough, however often the literal occurs.
    const slot = tried + ((<usize>(pattern >> 5) & (TRIED - 1)) << 3);
    if (load<u32>(slot) == <u32>pattern && load<u32>(slot, 4) == scalarNumber) return;
    store<u32>(slot, <u32>pattern);
    store<u32>(slot, scalarNumber, 4);
    if (!glob(m, m + load<u32>(pattern + P_PROGRAM), load<u32>(pattern + P_PROGRAM_COUNT), text, n)) return;
  }
  const outputs = m + load<u32>(pattern + P_OUT);
  const count = load<u32>(pattern + P_OUT_COUNT);
  if (flags & TRIGGER) {
    for (let i: u32 = 0; i < count; i++) residual(m, outputs + (<usize>i << 3), kind, raw, rawLength);
  } else {
    for (let i: u32 = 0; i < count; i++) add(load<u32>(outputs + (<usize>i << 2)));
  }
}

/** A residual test: pairs of test id and predicate; tried once a value. */
function residual(m: usize, pair: usize, kind: u32, raw: usize, rawLength: u32): void {
  const id = load<u32>(pair);
  const predicate = load<u32>(pair, 4);
  if (load<u32>(seen + (<usize>predicate << 2)) == valueNumber) return;
  // By predicate, not by test: a field and the keywords may share a test.
  const slot = triggered + (<usize>(predicate & 0xffff) << 2);
  const stamp = scalarNumber ^ ((predicate >> 16) << 24);
  if (load<u32>(slot) == stamp) return;
  store<u32>(slot, stamp);
  if (hostResidual(id, kind, raw, rawLength)) add(predicate);
}

@inline
function verify(m: usize, entry: usize, at: i32, text: usize, n: u32, kind: u32, raw: usize, rawLength: u32): void {
  const pattern = m + word(m, M_PATTERNS) + <usize>load<u32>(entry) * PATTERN;
  const start = at - <i32>load<u32>(entry, 4);
  const length = load<u32>(pattern + P_LENGTH);
  if (start < 0 || <u32>start + length > n) return;
  const flags = load<u32>(pattern + P_FLAGS);
  if (flags & AT_START && start != 0) return;
  if (flags & AT_END && <u32>start + length != n) return;
  if (!equal(text + start, m + load<u32>(pattern + P_LITERAL), length)) return;
  fire(m, pattern, text, n, kind, raw, rawLength);
}

/** All patterns of matcher `m` on one scalar, given its folded text. */
function matchText(m: usize, text: usize, n: u32, kind: u32, raw: usize, rawLength: u32): void {
  addAll(m, M_ALWAYS, M_ALWAYS_COUNT);

  const exactMask = word(m, M_EXACT_MASK);
  if (exactMask != 0xffffffff) {
    const table = m + word(m, M_EXACT_TABLE);
    const h = exactHash(text, n);
    let slot = h & exactMask;
    while (true) {
      const s = table + (<usize>slot << 3);
      const index = load<u32>(s, 4);
      if (index == 0) break;
      if (load<u32>(s) == h) {
        const pattern = m + word(m, M_PATTERNS) + <usize>(index - 1) * PATTERN;
        const length = load<u32>(pattern + P_LENGTH);
        if (length == n && (n == 0 || equal(text, m + load<u32>(pattern + P_LITERAL), n))) {
          fire(m, pattern, text, n, kind, raw, rawLength);
          break;
        }
      }
      slot = (slot + 1) & exactMask;
    }
  }

  const shift = word(m, M_GRAM_SHIFT);
  const pairs = word(m, M_PAIR_BITMAP);
  if (shift | pairs) {
    if (n >= 2 && pairs) {
      const bitmap = m + pairs;
      const table = m + word(m, M_PAIR_TABLE);
      const mask = word(m, M_PAIR_MASK);
      const index = m + word(m, M_LIST);
      for (let i: u32 = 0; i + 2 <= n; i++) {
        const w = <u32>load<u16>(text + i);
        if (load<u8>(bitmap + (w >> 3)) & (1 << (w & 7))) {
          let slot = (w * 0x9e37) & mask;
          while (true) {
            const s = table + <usize>slot * 12;
            const size = load<u32>(s, 8);
            if (size == 0) break;
            if (load<u32>(s) == w) {
              const from = load<u32>(s, 4);
              for (let k: u32 = 0; k < size; k++) {
                verify(m, index + (<usize>(from + k) << 3), i, text, n, kind, raw, rawLength);
              }
              break;
            }
            slot = (slot + 1) & mask;
          }
        }
      }
    }
    if (n >= 4 && shift && word(m, M_SWEEP)) sweep(m, text, n, kind, raw, rawLength, false);
    else if (n >= 4 && shift) {
      // Four windows from one load, one branch for all: 0.8 ns a byte against 1.2 one by one.
      const bitmap = m + word(m, M_GRAM_BITMAP);
      const last = n - 4;
      for (let i: u32 = 0; i <= last; i += 4) {
        const w = load<u64>(text + i);
        const h0 = (<u32>w * 0x9e3779b1) >> shift;
        const h1 = (<u32>(w >> 8) * 0x9e3779b1) >> shift;
        const h2 = (<u32>(w >> 16) * 0x9e3779b1) >> shift;
        const h3 = (<u32>(w >> 24) * 0x9e3779b1) >> shift;
        const b0 = bitAt(bitmap, h0);
        const b1 = bitAt(bitmap, h1);
        const b2 = bitAt(bitmap, h2);
        const b3 = bitAt(bitmap, h3);
        if ((b0 | b1 | b2 | b3) & 1) {
          if (b0 & 1) gram(m, m, i, text, n, kind, raw, rawLength);
          if (b1 & 1 && i + 1 <= last) gram(m, m, i + 1, text, n, kind, raw, rawLength);
          if (b2 & 1 && i + 2 <= last) gram(m, m, i + 2, text, n, kind, raw, rawLength);
          if (b3 & 1 && i + 3 <= last) gram(m, m, i + 3, text, n, kind, raw, rawLength);
        }
      }
    }
  }

  if (n >= 7 && word(m, M_STRIDE_SHIFT)) sample(m, text, n, kind, raw, rawLength);

  let count = word(m, M_LINEAR_COUNT);
  let list = m + word(m, M_LINEAR);
  for (let i: u32 = 0; i < count; i++) {
    const pattern = m + word(m, M_PATTERNS) + <usize>load<u32>(list + (<usize>i << 2)) * PATTERN;
    const length = load<u32>(pattern + P_LENGTH);
    const flags = load<u32>(pattern + P_FLAGS);
    if (length > n) continue;
    const literal = m + load<u32>(pattern + P_LITERAL);
    if (flags & PROGRAM || length == 0) fire(m, pattern, text, n, kind, raw, rawLength);
    else if (flags & AT_START) {
      if ((!(flags & AT_END) || length == n) && equal(text, literal, length)) fire(m, pattern, text, n, kind, raw, rawLength);
    } else if (flags & AT_END) {
      if (equal(text + n - length, literal, length)) fire(m, pattern, text, n, kind, raw, rawLength);
    } else if (shortIn(literal, length, text, n)) fire(m, pattern, text, n, kind, raw, rawLength);
  }

  count = word(m, M_RESIDUAL_COUNT);
  list = m + word(m, M_RESIDUAL);
  for (let i: u32 = 0; i < count; i++) residual(m, list + (<usize>i << 3), kind, raw, rawLength);
}

/** Bit `h` of a bitmap as the lowest of a word; the others are whatever stands beside it. */
@inline
function bitAt(bitmap: usize, h: u32): u32 {
  return <u32>load<u8>(bitmap + (h >> 3)) >> (h & 7);
}

/**
 * Patterns of seven bytes and more: four grams in a row of each are known, so one of them stands at a multiple of four wherever
 * the pattern does, and only there the text is looked at.
 */
function sample(m: usize, text: usize, n: u32, kind: u32, raw: usize, rawLength: u32): void {
  const shift = word(m, M_STRIDE_SHIFT);
  const bitmap = m + word(m, M_STRIDE_BITMAP);
  const header = m + ((M_STRIDE_SHIFT - M_GRAM_SHIFT) << 2);
  const last = n - 4;
  for (let i: u32 = 0; i <= last; i += 16) {
    const h0 = (load<u32>(text + i) * 0x9e3779b1) >> shift;
    const h1 = (load<u32>(text + i, 4) * 0x9e3779b1) >> shift;
    const h2 = (load<u32>(text + i, 8) * 0x9e3779b1) >> shift;
    const h3 = (load<u32>(text + i, 12) * 0x9e3779b1) >> shift;
    const b0 = bitAt(bitmap, h0);
    const b1 = bitAt(bitmap, h1);
    const b2 = bitAt(bitmap, h2);
    const b3 = bitAt(bitmap, h3);
    if ((b0 | b1 | b2 | b3) & 1) {
      if (b0 & 1) gram(m, header, i, text, n, kind, raw, rawLength);
      if (b1 & 1 && i + 4 <= last) gram(m, header, i + 4, text, n, kind, raw, rawLength);
      if (b2 & 1 && i + 8 <= last) gram(m, header, i + 8, text, n, kind, raw, rawLength);
      if (b3 & 1 && i + 12 <= last) gram(m, header, i + 12, text, n, kind, raw, rawLength);
    }
  }
}

/** Unseeded, so that the host can build the tables: FNV-like over 4-byte steps. Must equal `exactHash` of matcher.ts. */
function exactHash(p: usize, n: u32): u32 {
  let h: u32 = n * 0x85ebca6b;
  let i: u32 = 0;
  while (i + 4 <= n) {
    h = (h ^ load<u32>(p + i)) * 0x9e3779b1;
    h ^= h >> 15;
    i += 4;
  }
  while (i < n) {
    h = (h ^ load<u8>(p + i)) * 0x9e3779b1;
    h ^= h >> 15;
    i++;
  }
  return h;
}

@inline
function half(table: v128, index: v128): v128 {
  return i8x16.relaxed_swizzle(table, index);
}

/**
 * Sixteen positions at a time: which could start one of a few grams, judged by the low and high halves of its bytes?
 * The masks hold eight groups of grams, one bit each. Each block of text is looked up once per byte of the gram, and the
 * answers are laid over each other shifted. False alarms make it worse than the rolling window from some 50 grams on.
 *
 * With `raw`, the text is a raw token in any case: returns true at the first gram found instead of verifying patterns.
 */
function sweep(m: usize, text: usize, n: u32, kind: u32, token: usize, tokenLength: u32, raw: bool): bool {
  const masks = m + word(m, M_SWEEP);
  const low0 = v128.load(masks);
  const high0 = v128.load(masks, 16);
  const low1 = v128.load(masks, 32);
  const high1 = v128.load(masks, 48);
  const low2 = v128.load(masks, 64);
  const high2 = v128.load(masks, 80);
  const low3 = v128.load(masks, 96);
  const high3 = v128.load(masks, 112);
  const nibble = i8x16.splat(15);
  const last = n - 4;
  let v = v128.load(text);
  let low = v128.and(v, nibble);
  let high = v128.and(i16x8.shr_u(v, 4), nibble);
  let r0 = v128.and(half(low0, low), half(high0, high));
  let r1 = v128.and(half(low1, low), half(high1, high));
  let r2 = v128.and(half(low2, low), half(high2, high));
  let r3 = v128.and(half(low3, low), half(high3, high));
  for (let i: u32 = 0; i <= last; i += 16) {
    v = v128.load(text + i, 16);
    low = v128.and(v, nibble);
    high = v128.and(i16x8.shr_u(v, 4), nibble);
    const s1 = v128.and(half(low1, low), half(high1, high));
    const s2 = v128.and(half(low2, low), half(high2, high));
    const s3 = v128.and(half(low3, low), half(high3, high));
    const r = v128.and(
      v128.and(r0, v128.shuffle<i8>(r1, s1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)),
      v128.and(
        v128.shuffle<i8>(r2, s2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17),
        v128.shuffle<i8>(r3, s3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18),
      ),
    );
    if (v128.any_true(r)) {
      let bits = i8x16.bitmask(i8x16.ne(r, i8x16.splat(0)));
      while (bits) {
        const at = i + ctz(bits);
        bits &= bits - 1;
        if (at > last) break;
        if (raw) {
          if (hasGram(m, lower(load<u32>(text + at)))) return true;
        } else gram(m, m, at, text, n, kind, token, tokenLength);
      }
    }
    r0 = v128.and(half(low0, low), half(high0, high));
    r1 = s1;
    r2 = s2;
    r3 = s3;
  }
  return false;
}

/** ASCII lower case of four bytes. */
function lower(w: u32): u32 {
  let out: u32 = 0;
  for (let shift: u32 = 0; shift < 32; shift += 8) {
    let c = (w >> shift) & 0xff;
    if (c - 0x41 < 26) c |= 0x20;
    out |= c << shift;
  }
  return out;
}

function hasGram(m: usize, w: u32): bool {
  const mask = word(m, M_GRAM_MASK);
  const table = m + word(m, M_GRAM_TABLE);
  let slot = ((w * 0x9e3779b1) >> 7) & mask;
  while (true) {
    const s = table + <usize>slot * 12;
    if (load<u32>(s, 8) == 0) return false;
    if (load<u32>(s) == w) return true;
    slot = (slot + 1) & mask;
  }
}

/** Patterns whose four bytes waited for stand at `at`; `header` is that of the grams rolled over or sampled. */
function gram(m: usize, header: usize, at: u32, text: usize, n: u32, kind: u32, raw: usize, rawLength: u32): void {
  const w = load<u32>(text + at);
  const mask = word(header, M_GRAM_MASK);
  const table = m + word(header, M_GRAM_TABLE);
  const index = m + word(m, M_LIST);
  let slot = ((w * 0x9e3779b1) >> 7) & mask;
  while (true) {
    const s = table + <usize>slot * 12;
    const size = load<u32>(s, 8);
    if (size == 0) return;
    if (load<u32>(s) == w) {
      const from = load<u32>(s, 4);
      for (let k: u32 = 0; k < size; k++) {
        verify(m, index + (<usize>(from + k) << 3), at, text, n, kind, raw, rawLength);
      }
      return;
    }
    slot = (slot + 1) & mask;
  }
}

/** Folds a raw scalar token and matches it. */
function matchScalar(m: usize, kind: u32, flags: u32, p: usize, n: u32): void {
  if (kind == NULL) {
    addAll(m, M_NULL, M_NULL_COUNT);
    return;
  }
  scalarNumber++;
  if ((scalarNumber & 0xffffff) == 0) renumberScalars();
  let length = n;
  if (flags & (UNICODE | NOT_CANONICAL)) length = hostFold(kind, p, n);
  else if (flags & NON_ASCII) {
    length = foldUtf8(p, n, scratch, (flags & ESCAPED) != 0);
    if (length == 0xffffffff) length = hostFold(kind, p, n);
  }
  else if (flags & ESCAPED) length = unescape(p, n, scratch);
  else fold(p, n, scratch);
  v128.store(scratch + length, i8x16.splat(0));
  matchText(m, scratch, length, kind, p, n);
}

/**
 * The elements of an array of scalars, one after the other; a predicate holds when some element satisfies it. Columns hold arrays in
 * arrays as well, whose elements count as those of the whole.
 */
function matchList(m: usize, flags: u32, p: usize, n: u32): void {
  const end = p + n - 1;
  for (p = betweenElements(p + 1, end); p < end; ) {
    let q: usize;
    if (load<u8>(p) == 0x22) {
      q = closingQuote(p + 1);
      matchScalar(m, STRING, flags, p + 1, <u32>(q - p - 1));
      q++;
    } else {
      q = tokenEnd(p);
      const c = load<u8>(p);
      matchScalar(m, c == 0x6e ? NULL : c == 0x74 || c == 0x66 ? BOOLEAN : NUMBER, flags, p, <u32>(q - p));
    }
    p = betweenElements(q, end);
  }
}

/** Shell sort: sets are small, but a hostile value can satisfy thousands of predicates. */
function sortOut(): void {
  let gap: u32 = 1;
  while (gap < outCount / 3) gap = gap * 3 + 1;
  for (; gap > 0; gap /= 3) {
    for (let i = gap; i < outCount; i++) {
      const v = load<u32>(out + (<usize>i << 2));
      let j = i;
      while (j >= gap && load<u32>(out + (<usize>(j - gap) << 2)) > v) {
        store<u32>(out + (<usize>j << 2), load<u32>(out + (<usize>(j - gap) << 2)));
        j -= gap;
      }
      store<u32>(out + (<usize>j << 2), v);
    }
  }
}

function intern(m: usize): u32 {
  if (outCount == 0) return EMPTY;
  sortOut();
  const lane = m - word(m, M_LANE);
  const h = hash(out, <usize>outCount << 2) ^ (<u32>lane * 0x9e3779b1);
  let slot = h & (SET_TABLE - 1);
  while (true) {
    const at = load<u32>(setTable + (<usize>slot << 2));
    if (at == 0) break;
    const s = <usize>at;
    if (load<u32>(s) == <u32>lane && load<u32>(s, 4) == outCount && equal(s + 12, out, <usize>outCount << 2)) return at + 4;
    slot = (slot + 1) & (SET_TABLE - 1);
  }
  // Candidate rules: all that wait on one of these predicates. Lane header words: see eval.ts.
  const witness = lane + load<u32>(lane + 8);
  const witnesses = lane + load<u32>(lane + 12);
  let waiting: u32 = 0;
  for (let i: u32 = 0; i < outCount; i++) {
    const p = <usize>load<u32>(out + (<usize>i << 2)) << 2;
    waiting += load<u32>(witness + p, 4) - load<u32>(witness + p);
  }
  // A rule is listed once, so this fits an empty region whatever the rules are.
  const most = 28 + ((outCount + min(waiting, RULES_MAX)) << 2);
  if (predsetsUsed + most > PREDSETS_BYTES || setCount >= SET_TABLE / 2) {
    resetCaches();
    slot = h & (SET_TABLE - 1);
  }
  const at = predsets + predsetsUsed;
  store<u32>(at, <u32>lane);
  store<u32>(at, outCount, 4);
  memory.copy(at + 12, out, <usize>outCount << 2);
  let rules: u32 = 0;
  const ruleList = at + 12 + (<usize>outCount << 2);
  for (let i: u32 = 0; i < outCount; i++) {
    const p = load<u32>(out + (<usize>i << 2));
    const from = load<u32>(witness + (<usize>p << 2));
    const to = load<u32>(witness + (<usize>p << 2), 4);
    for (let k = from; k < to; k++) {
      const rule = load<u32>(witnesses + (<usize>k << 2));
      if (load<u32>(candidateSeen + (<usize>rule << 2)) == valueNumber) continue;
      store<u32>(candidateSeen + (<usize>rule << 2), valueNumber);
      store<u32>(ruleList + (<usize>(rules++) << 2), rule);
    }
  }
  store<u32>(at, rules, 8);
  predsetsUsed += (12 + ((outCount + rules) << 2) + 15) & ~15;
  setCount++;
  store<u32>(setTable + (<usize>slot << 2), <u32>at);
  return <u32>at + 4;
}

/** What entry `e` satisfies under matcher `m`. */
export function predsetOf(e: usize, m: usize): u32 {
  const meta = load<u32>(e + 8);
  const kind = meta & 0xff;
  const p = <usize>load<u32>(e);
  const n = load<u32>(e + 4);
  const mixed = load<u32>(e + 16) ^ (<u32>m * 0x85ebca6b);
  const slot = values + <usize>((mixed ^ (mixed >> 16)) & (VALUE_SLOTS - 1)) * 24;
  const tag = n | (kind << 28);
  let set: u32 = 0;
  if (
    load<u32>(slot) == mixed && load<u32>(slot, 8) == tag && load<u32>(slot, 16) == <u32>m && load<u32>(slot, 12) != 0 &&
    (n == 0 || equal(load<u32>(slot, 4), p, n))
  ) {
    set = load<u32>(slot, 12);
    cacheHits++;
  } else {
    matched++;
    nextValue();
    matchEntry(e, m);
    set = intern(m);
    // Kept only when seen before: a value that never returns must not push out one that does.
    if (n <= VALUE_MAX) {
      const door = mixed & (DOORS - 1);
      const at = doors + (door >> 3);
      const bit = <u32>1 << (door & 7);
      if (load<u8>(at) & bit) {
        if (valueUsed + n > VALUE_BYTES) {
          memory.fill(values, 0, VALUE_SLOTS * 24);
          valueUsed = 0;
        }
        memory.copy(valueArena + valueUsed, p, n);
        store<u32>(slot, mixed);
        store<u32>(slot, <u32>(valueArena + valueUsed), 4);
        store<u32>(slot, tag, 8);
        store<u32>(slot, set, 12);
        store<u32>(slot, <u32>m, 16);
        valueUsed += (n + 15) & ~15;
      } else store<u8>(at, load<u8>(at) | bit);
    }
  }
  store<u32>(e + 20, <u32>m);
  store<u32>(e + 24, set);
  return set;
}

/**
 * The same for keywords, which look at every column: the answer is nearly always EMPTY and the values are nearly always new,
 * so nothing is kept beyond the entry. `set` numbers the keyword patterns: lanes with the same ones share the answer.
 */
export function keywordsOf(e: usize, m: usize, set: u32): u32 {
  const state = load<u32>(e, 28);
  if (state == set << 1) return EMPTY;
  if (state == ((set << 1) | 1)) return predsetOf(e, m);
  swept++;
  const meta = load<u32>(e, 8);
  // Where no gram holds what JSON escapes, a text can be swept as it is written, in either case: decoding is for those where one is found.
  if ((meta & 0xff) == STRING && word(m, M_RAW) && !((meta >> 8) & (UNICODE | NON_ASCII | SLASHED))) {
    const n = load<u32>(e, 4);
    if (n < 4 || !sweep(m, load<u32>(e), n, 0, 0, 0, true)) {
      store<u32>(e, set << 1, 28);
      return EMPTY;
    }
  }
  nextValue();
  matchEntry(e, m);
  store<u32>(e, (set << 1) | (outCount ? 1 : 0), 28);
  return outCount ? predsetOf(e, m) : EMPTY;
}

/**
 * Whether a text as it is, no token, may hold a keyword of `m`: what the sweep cannot rule out. Nothing above ASCII may be in it: a few such letters
 * fold into ASCII ones.
 */
export function mayHold(m: usize, p: usize, n: u32): bool {
  if (!word(m, M_RAW)) return true;
  return n >= 4 && sweep(m, p, n, 0, 0, 0, true);
}

/** The same of any integer. */
export function mayHoldIntegers(m: usize): bool {
  if (!word(m, M_RAW)) return true;
  const masks = m + word(m, M_SWEEP);
  let groups: u32 = 0xff;
  for (let k: usize = 0; k < 4; k++) {
    const low = masks + (k << 5);
    const high = low + 16;
    let found: u32 = load<u8>(low + 0xd) & load<u8>(high + 2); // '-'
    for (let c: usize = 0; c < 10; c++) found |= load<u8>(low + c) & load<u8>(high + 3);
    groups &= found;
  }
  return groups != 0;
}

function nextValue(): void {
  valueNumber++;
  if ((valueNumber & 0xffffff) == 0) renumber();
  outCount = 0;
}

/** The value counter came round: stamps of old values must not look new. */
function renumber(): void {
  memory.fill(seen, 0, PREDICATES_MAX * 4);
  memory.fill(candidateSeen, 0, RULES_MAX * 4);
  valueNumber = 1;
}

function renumberScalars(): void {
  memory.fill(tried, 0, TRIED * 8);
  memory.fill(triggered, 0, 0x10000 * 4);
  scalarNumber = 1;
}
