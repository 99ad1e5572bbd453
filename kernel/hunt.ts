/**
 * Stored columns against matchers. The values of a row group's dictionaries become entries, and each entry has its set of predicates that
 * hold, as in `evaluate`. What rules make of a row hangs on its sets alone: so rows are folded, column by column, into the combination of
 * sets they have, and each combination is judged once. No row is made. The host is src/pipeline/hunt.
 *
 * combination (16 bytes, by its number): 0 the combination before · 4 the set that came to it · 8 verdict · 12 the next of its slot. Number 0 has no sets.
 */
import { alloc } from './memory';
import { hash, INTEGER_BYTES, printInteger } from './bytes';
import { apply, beginRow, matchesAny } from './eval';
import { EMPTY, keywordsOf, mayHold, mayHoldIntegers, predsetOf } from './match';
import {
  betweenElements, BOOLEAN, clearBatch, codes, ENTRY, entries, entryCount, LIST, newEntry, NULL, NUMBER, opened, ROW, rowCount, codeCount, rows,
  STRING, tokenEnd, useEntries,
} from './scan';
import { endFlags, literalKind, NON_ASCII, numberFlags, stringEnd } from './validate';

let tokens: usize = 0;
let tokensMax: u32 = 0;
let tokensUsed: u32 = 0;
let entriesMax: u32 = 0;
/** Texts as they are, apart from tokens: the host must not take their backslashes for escapes. */
export let texts: usize = 0;
let textsMax: u32 = 0;
let textsUsed: u32 = 0;

/** Numbers of combinations of one plan; rows with more are all to be looked at. */
const COMBINATIONS: u32 = 0x10000;
const COMBINATION: u32 = 16;
/** What has no number. */
const UNKNOWN: u32 = COMBINATIONS;
const MISS: u32 = 1;
const HIT: u32 = 2;

let combinations: usize = 0;
let slots: usize = 0;
let combinationCount: u32 = 0;

/** Room for the values of a row group; once per instance, which then takes no lines any more but those of single events. */
export function initHunt(most: u32, textBytes: u32, tokenBytes: u32): bool {
  texts = alloc(<usize>textBytes + 64);
  textsMax = textBytes;
  const at = alloc(<usize>(most + 16) * ENTRY);
  tokens = alloc(<usize>tokenBytes + 128);
  combinations = alloc(<usize>COMBINATIONS * COMBINATION);
  slots = alloc(COMBINATIONS * 4);
  if (!texts || !at || !tokens || !combinations || !slots) return false;
  useEntries(at);
  entriesMax = most;
  tokensMax = tokenBytes;
  return true;
}

/** Forgets the values and rows there are. Entry 0 is null: what stands where nobody looks. */
export function beginHunt(): void {
  clearBatch();
  tokensUsed = 0;
  textsUsed = 0;
  newEntry(tokens, 0, NULL, 0, 0, 0);
}

/** Whether one of `n` bytes is above ASCII. */
function aboveAscii(p: usize, n: u32): bool {
  const end = p + n;
  let found: i32 = 0;
  for (; p + 16 <= end; p += 16) found |= i8x16.bitmask(v128.load(p));
  for (; p < end; p++) found |= load<u8>(p) >> 7;
  return found != 0;
}

/**
 * Texts as entries: `count` of them, text i from `starts[i]` to `ends[i]` behind `bytes`, where they stay. They are no tokens: a backslash
 * in them is one. Returns the number of the first; 0: there is no room.
 */
export function huntStrings(bytes: usize, starts: usize, ends: usize, count: u32): u32 {
  if (entryCount + count > entriesMax) return 0;
  const first = entryCount;
  for (let i: u32 = 0; i < count; i++) {
    const from = load<u32>(starts + (<usize>i << 2));
    const n = load<u32>(ends + (<usize>i << 2)) - from;
    const p = bytes + from;
    newEntry(p, n, STRING, aboveAscii(p, n) ? NON_ASCII : 0, 0, hash(p, n));
  }
  return first;
}

/** Room for `n` bytes of texts that stay until `beginHunt`; 0: there is none. */
export function huntRoom(n: u32): usize {
  if (<u64>textsUsed + n + 64 > <u64>textsMax) return 0;
  const at = texts + textsUsed;
  textsUsed += (n + 64 + 15) & ~15;
  return at;
}

/** Flags of all scalars in `[…]`, however deep. */
function elementFlags(p: usize, end: usize): u32 {
  let flags: u32 = 0;
  for (p = betweenElements(p, end); p < end; p = betweenElements(p, end)) {
    if (load<u8>(p) == 0x22) {
      const last = stringEnd(p + 1);
      if (!last || last >= end) return flags;
      p = last + 1;
      flags |= endFlags;
    } else {
      const q = tokenEnd(p);
      flags |= literalKind(p, <u32>(q - p)) ? 0 : numberFlags(p, q);
      p = q;
    }
  }
  return flags;
}

/** The same of whole JSON tokens, quotes included; they are copied. */
export function huntTokens(bytes: usize, starts: usize, ends: usize, count: u32): u32 {
  if (entryCount + count > entriesMax) return 0;
  const first = entryCount;
  for (let i: u32 = 0; i < count; i++) {
    const from = load<u32>(starts + (<usize>i << 2));
    const n = load<u32>(ends + (<usize>i << 2)) - from;
    if (<u64>tokensUsed + n + 4 > <u64>tokensMax) return 0;
    const p = tokens + tokensUsed;
    memory.copy(p, bytes + from, n);
    // What reads on behind a list finds no more of it.
    store<u32>(p + n, 0x005d220a);
    tokensUsed += n + 4;
    const c = load<u8>(p);
    if (c == 0x22) {
      const last = stringEnd(p + 1);
      newEntry(p + 1, n - 2, STRING, last ? endFlags : 0, 0, hash(p + 1, n - 2));
    } else if (c == 0x5b) newEntry(p, n, LIST, elementFlags(p, p + n), 0, hash(p, n));
    else if (c == 0x74 || c == 0x66) newEntry(p, n, BOOLEAN, 0, 0, hash(p, n));
    else if (c == 0x6e) newEntry(p, n, NULL, 0, 0, hash(p, n));
    else newEntry(p, n, NUMBER, numberFlags(p, p + n), 0, hash(p, n));
  }
  return first;
}

/** The same of `count` integers (i64). */
export function huntIntegers(values: usize, count: u32): u32 {
  if (entryCount + count > entriesMax || <u64>tokensUsed + <u64>count * <u64>INTEGER_BYTES > <u64>tokensMax) return 0;
  const first = entryCount;
  for (let i: u32 = 0; i < count; i++) {
    const end = tokens + tokensUsed + INTEGER_BYTES;
    const p = printInteger(load<i64>(values + (<usize>i << 3)), end);
    const n = <u32>(end - p);
    newEntry(p, n, NUMBER, 0, 0, hash(p, n));
    tokensUsed += <u32>INTEGER_BYTES;
  }
  return first;
}

/** Forgets combinations, for another plan. */
export function beginPlan(): void {
  // Few are used of many: those that were are emptied one by one.
  if (combinationCount < COMBINATIONS >> 4) {
    for (let i: u32 = 0; i < combinationCount; i++) {
      const c = combinations + <usize>i * COMBINATION;
      store<u32>(slots + (<usize>slotOf(load<u32>(c), load<u32>(c, 4)) << 2), 0);
    }
  } else memory.fill(slots, 0, COMBINATIONS * 4);
  memory.fill(combinations, 0, COMBINATION);
  combinationCount = 1;
}

@inline
function slotOf(before: u32, set: u32): u32 {
  const h = (before * 0x9e3779b1) ^ (set * 0x85ebca6b);
  return (h ^ (h >> 15)) & (COMBINATIONS - 1);
}

/** The combination that a set makes of another. */
function joined(before: u32, set: u32): u32 {
  if (before == UNKNOWN) return UNKNOWN;
  const slot = slots + (<usize>slotOf(before, set) << 2);
  const first = load<u32>(slot);
  for (let i = first; i; ) {
    const c = combinations + <usize>i * COMBINATION;
    if (load<u32>(c) == before && load<u32>(c, 4) == set) return i;
    i = load<u32>(c, 12);
  }
  if (combinationCount == COMBINATIONS) return UNKNOWN;
  const c = combinations + <usize>combinationCount * COMBINATION;
  store<u32>(c, before);
  store<u32>(c, set, 4);
  store<u32>(c, 0, 8);
  store<u32>(c, first, 12);
  store<u32>(slot, combinationCount);
  return combinationCount++;
}

/**
 * Joins the sets of a column's values to the combinations (`keys`, u32 each) of `n` rows. A value's entry is `first` + its code; `codesAt` 0: values are
 * their own codes. `from` is the index of the first row's value; `rows` 0: rows follow each other, else the offset of each from there.
 */
export function joinValues(codesAt: usize, from: u32, rows: usize, n: u32, first: u32, matcher: usize, keys: usize): void {
  let lastCode: u32 = 0xffffffff;
  let set: u32 = EMPTY;
  let lastBefore: u32 = 0xffffffff;
  let last: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const at = from + (rows ? load<u32>(rows + (<usize>i << 2)) : i);
    const code = codesAt ? load<u32>(codesAt + (<usize>at << 2)) : at;
    if (code != lastCode) {
      lastCode = code;
      const e = entries + <usize>(first + code) * ENTRY;
      set = load<u32>(e, 20) == <u32>matcher ? load<u32>(e, 24) : predsetOf(e, matcher);
      lastBefore = 0xffffffff;
    }
    if (set == EMPTY) continue;
    const key = keys + (<usize>i << 2);
    const before = load<u32>(key);
    if (before != lastBefore) {
      lastBefore = before;
      last = joined(before, set);
    }
    store<u32>(key, last);
  }
}

/** The same for keywords. */
export function joinKeywords(
  codesAt: usize, from: u32, rows: usize, n: u32, first: u32, matcher: usize, patterns: u32, keys: usize,
): void {
  for (let i: u32 = 0; i < n; i++) {
    const at = from + (rows ? load<u32>(rows + (<usize>i << 2)) : i);
    const e = entries + <usize>(first + (codesAt ? load<u32>(codesAt + (<usize>at << 2)) : at)) * ENTRY;
    if (load<u32>(e, 28) == patterns << 1) continue;
    const set = keywordsOf(e, matcher, patterns);
    if (set == EMPTY) continue;
    const key = keys + (<usize>i << 2);
    store<u32>(key, joined(load<u32>(key), set));
  }
}

/** Marks (a byte each) those of `count` texts that may hold a keyword of a matcher, without making entries of them; returns how many are marked. */
export function sweepTexts(bytes: usize, starts: usize, ends: usize, count: u32, matcher: usize, marks: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const from = load<u32>(starts + (<usize>i << 2));
    const n = load<u32>(ends + (<usize>i << 2)) - from;
    const p = bytes + from;
    if (!load<u8>(marks + i) && (aboveAscii(p, n) || mayHold(matcher, p, n))) store<u8>(marks + i, 1);
    found += load<u8>(marks + i);
  }
  return found;
}

/** Whether an integer may hold a keyword of a matcher. */
export function sweepIntegers(matcher: usize): bool {
  return mayHoldIntegers(matcher);
}

/** The index of the first of `n` ascending numbers that is not below `value`. */
function lowerBound(list: usize, n: u32, value: u32): u32 {
  let low: u32 = 0;
  while (low < n) {
    const middle = (low + n) >>> 1;
    if (load<u32>(list + (<usize>middle << 2)) < value) low = middle + 1;
    else n = middle;
  }
  return low;
}

/** Joins keywords of a column of which only some values are entries: those with the indices `hot`, ascending, from entry `first` on. */
export function joinSwept(
  hot: usize, hotCount: u32, from: u32, rows: usize, n: u32, first: u32, matcher: usize, patterns: u32, keys: usize,
): void {
  const last = from + (rows ? load<u32>(rows + (<usize>(n - 1) << 2)) : n - 1);
  for (let h = lowerBound(hot, hotCount, from); h < hotCount; h++) {
    const index = load<u32>(hot + (<usize>h << 2));
    if (index > last) return;
    const offset = index - from;
    const i = rows ? lowerBound(rows, n, offset) : offset;
    if (rows && load<u32>(rows + (<usize>i << 2)) != offset) continue;
    const set = keywordsOf(entries + <usize>(first + h) * ENTRY, matcher, patterns);
    if (set == EMPTY) continue;
    const key = keys + (<usize>i << 2);
    store<u32>(key, joined(load<u32>(key), set));
  }
}

/** What a combination comes to under a plan. */
function judge(plan: usize, combination: u32): u32 {
  if (combination == UNKNOWN) return HIT;
  const at = combinations + <usize>combination * COMBINATION;
  const known = load<u32>(at, 8);
  if (known) return known;
  const lane = <usize>load<u32>(plan);
  beginRow();
  const fixed = load<u32>(plan, 12);
  let found: u32 = fixed ? apply(fixed, 0) : 0;
  for (let i = combination; i; ) {
    const c = combinations + <usize>i * COMBINATION;
    found = apply(load<u32>(c, 4), found);
    i = load<u32>(c);
  }
  const verdict = matchesAny(lane, found) ? HIT : MISS;
  store<u32>(at, verdict, 8);
  return verdict;
}

/** Marks (a byte each) those of `n` rows whose combination some rule of the plan matches; returns how many. */
export function judgeRows(plan: usize, keys: usize, n: u32, marks: usize): u32 {
  let count: u32 = 0;
  let last: u32 = 0xffffffff;
  let hit: bool = false;
  for (let i: u32 = 0; i < n; i++) {
    const key = load<u32>(keys + (<usize>i << 2));
    if (key != last) {
      last = key;
      hit = judge(plan, key) == HIT;
    }
    store<u8>(marks + i, hit ? 1 : 0);
    if (hit) count++;
  }
  return count;
}

/** A row of this shape with `n` values; returns where its codes are to be put, all of them entry 0; 0: the batch is full. */
export function huntRow(node: usize, n: u32, rowsMax: u32, codesMax: u32): usize {
  if (rowCount == rowsMax || codeCount + n > codesMax) return 0;
  const r = rows + <usize>rowCount * ROW;
  store<u32>(r, <u32>node);
  store<u32>(r, codeCount, 4);
  store<u64>(r, 0, 8);
  const at = codes + (<usize>codeCount << 2);
  memory.fill(at, 0, <usize>n << 2);
  opened(rowCount + 1, codeCount + n);
  return at;
}

/** Forgets the rows, not the values. */
export function clearHuntRows(): void {
  opened(0, 0);
}
