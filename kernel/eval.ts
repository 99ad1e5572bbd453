/**
 * Rows against rules. A row's plan says which of its values to look at, each with its matcher; the predicates that hold are
 * stamped, and the programs of the rules that waited on one of them are run.
 *
 * lane (words): 0 predicates · 4 rules · 8 witness index (predicate → range) · 12 witness rules · 16 programs index (rule →
 *   first instruction) · 20 instructions · 24 rules without witness · 28 their number · 32 rule ids (host's) · 36 flags
 * instruction: 0 predicate · 4 next when true · 8 next when false (0xffffffff hit, 0xfffffffe miss)
 * shape record (host): 0 flags · 4 discriminators n · 8 n × (position, matcher) (position 0xffffffff: absent)
 * plan (host): 0 lane (0: no rules) · 4 rows seen · 8 flags · 12 static predset · 16 positions n · 20 positions k that
 *   keywords look at · 24 their matcher · 28 number of its patterns · 32 n × (position, matcher) · k × position
 */
import { alloc } from './memory';
import { codes, ENTRY, entries, ROW, rowCount, rows } from './scan';
import { forgetShapes } from './shapes';
import { EMPTY, keywordsOf, PREDICATES_MAX, predsetOf, RULES_MAX } from './match';

/** Describes a new shape; returns the address of its record. */
@external("host", "shape")
declare function hostShape(node: usize): usize;
/** The plan for a shape and the atoms of its discriminators; returns its address. */
@external("host", "plan")
declare function hostPlan(record: usize, a: u32, b: u32, c: u32, d: u32): usize;

const HITS_MAX: u32 = RULES_MAX; // one row can always be finished
const CANDIDATES_MAX: u32 = RULES_MAX;
const NEAR: u32 = 0x800; // plans by entries, this batch
const FAR: u32 = 0x10000; // plans by atoms, for good
const UNWRAP: u32 = 1;

/** hit (12 bytes): 0 row · 4 host's rule id (top bit: the host verifies) · 8 lane */
export let hits: usize = 0;
export let hitCount: u32 = 0;
/** Rows the host must unwrap: addresses of row records. */
export let unwraps: usize = 0;
export let unwrapCount: u32 = 0;
/** Candidate rules evaluated, for the bench. */
export let candidates: u32 = 0;
let stamps: usize = 0;
let ruleStamps: usize = 0;
let pending: usize = 0;
let stamp: u32 = 0;
let near: usize = 0; // 32 bytes: 0 record · 4..16 entries · 20 plan · 24 batch
let far: usize = 0; // 32 bytes: 0 record · 4..16 atoms · 20 plan
let farCount: u32 = 0;
let batch: u32 = 0;

export function initEval(): void {
  hits = alloc(HITS_MAX * 12);
  unwraps = alloc(0x8000 * 4);
  stamps = alloc(PREDICATES_MAX * 4);
  ruleStamps = alloc(RULES_MAX * 4);
  pending = alloc(CANDIDATES_MAX * 4);
  near = alloc(NEAR * 32);
  far = alloc(FAR * 32);
}

/** Forgets all plans (with `resetShapes`). */
export function resetPlans(): void {
  memory.fill(near, 0, NEAR * 32);
  memory.fill(far, 0, FAR * 32);
  farCount = 0;
}

@inline
function codeAt(first: usize, position: u32): u32 {
  return position == 0xffffffff ? 0xffffffff : load<u32>(first + (<usize>position << 2));
}

function atom(record: usize, i: u32, code: u32): u32 {
  if (code == 0xffffffff) return 0;
  const m = <usize>load<u32>(record + 12 + (<usize>i << 3));
  const e = entries + <usize>code * ENTRY;
  const set = load<u32>(e + 20) == <u32>m ? load<u32>(e + 24) : predsetOf(e, m);
  if (set == EMPTY) return 1;
  return load<u32>(set, 8) + 2;
}

function planFor(record: usize, first: usize): usize {
  const n = load<u32>(record, 4);
  let c0: u32 = 0xffffffff;
  let c1: u32 = 0xffffffff;
  let c2: u32 = 0xffffffff;
  let c3: u32 = 0xffffffff;
  if (n > 0) c0 = codeAt(first, load<u32>(record, 8));
  if (n > 1) c1 = codeAt(first, load<u32>(record, 16));
  if (n > 2) c2 = codeAt(first, load<u32>(record, 24));
  if (n > 3) c3 = codeAt(first, load<u32>(record, 32));
  const h = (<u32>record * 0x9e3779b1) ^ (c0 * 0x85ebca6b) ^ (c1 * 0xc2b2ae35) ^ (c2 * 0x27d4eb2f) ^ (c3 * 0x165667b1);
  const s = near + <usize>((h ^ (h >> 15)) & (NEAR - 1)) * 32;
  if (
    load<u32>(s) == <u32>record && load<u32>(s, 24) == batch && load<u32>(s, 4) == c0 && load<u32>(s, 8) == c1 &&
    load<u32>(s, 12) == c2 && load<u32>(s, 16) == c3
  ) return load<u32>(s, 20);
  const a0 = n > 0 ? atom(record, 0, c0) : 0;
  const a1 = n > 1 ? atom(record, 1, c1) : 0;
  const a2 = n > 2 ? atom(record, 2, c2) : 0;
  const a3 = n > 3 ? atom(record, 3, c3) : 0;
  const g = (<u32>record * 0x9e3779b1) ^ (a0 * 0x85ebca6b) ^ (a1 * 0xc2b2ae35) ^ (a2 * 0x27d4eb2f) ^ (a3 * 0x165667b1);
  let slot = (g ^ (g >> 15)) & (FAR - 1);
  let f: usize = 0;
  while (true) {
    f = far + <usize>slot * 32;
    if (load<u32>(f, 20) == 0) break;
    if (
      load<u32>(f) == <u32>record && load<u32>(f, 4) == a0 && load<u32>(f, 8) == a1 && load<u32>(f, 12) == a2 &&
      load<u32>(f, 16) == a3
    ) break;
    slot = (slot + 1) & (FAR - 1);
  }
  let plan = <usize>load<u32>(f, 20);
  if (!plan) {
    plan = hostPlan(record, a0, a1, a2, a3);
    if (farCount == FAR - 16) forgetShapes();
    else {
      farCount++;
      store<u32>(f, <u32>record);
      store<u32>(f, a0, 4);
      store<u32>(f, a1, 8);
      store<u32>(f, a2, 12);
      store<u32>(f, a3, 16);
      store<u32>(f, <u32>plan, 20);
    }
  }
  store<u32>(s, <u32>record);
  store<u32>(s, c0, 4);
  store<u32>(s, c1, 8);
  store<u32>(s, c2, 12);
  store<u32>(s, c3, 16);
  store<u32>(s, <u32>plan, 20);
  store<u32>(s, batch, 24);
  return plan;
}

/** Sets of predicates that are applied from here on are another row's. */
export function beginRow(): void {
  stamp++;
  if (stamp != 0) return;
  memory.fill(stamps, 0, PREDICATES_MAX * 4);
  memory.fill(ruleStamps, 0, RULES_MAX * 4);
  stamp = 1;
}

/** The predicates of a set hold; those of the rules that wait for one of them which are not there yet join the `found`. Returns how many there are. */
@inline
export function apply(set: u32, found: u32): u32 {
  const s = <usize>set;
  const n = load<u32>(s);
  const m = load<u32>(s, 4);
  const list = s + 8;
  for (let i: u32 = 0; i < n; i++) {
    store<u32>(stamps + (<usize>load<u32>(list + (<usize>i << 2)) << 2), stamp);
  }
  const rules = list + (<usize>n << 2);
  for (let i: u32 = 0; i < m; i++) {
    const rule = load<u32>(rules + (<usize>i << 2));
    const at = ruleStamps + (<usize>rule << 2);
    if (load<u32>(at) == stamp) continue;
    store<u32>(at, stamp);
    store<u32>(pending + (<usize>(found++) << 2), rule);
  }
  return found;
}

/** Whether any rule matches the row at hand: those found and those of the lane that wait for nothing. */
export function matchesAny(lane: usize, found: u32): bool {
  const always = load<u32>(lane, 28);
  const list = lane + load<u32>(lane, 24);
  for (let i: u32 = 0; i < found; i++) if (run(lane, load<u32>(pending + (<usize>i << 2)))) return true;
  for (let i: u32 = 0; i < always; i++) if (run(lane, load<u32>(list + (<usize>i << 2)))) return true;
  return false;
}

function run(lane: usize, rule: u32): bool {
  const code = lane + load<u32>(lane, 20);
  let pc = load<u32>(lane + load<u32>(lane, 16) + (<usize>rule << 2));
  while (pc < 0xfffffffe) {
    const i = code + <usize>pc * 12;
    pc = load<u32>(stamps + (<usize>load<u32>(i) << 2)) == stamp ? load<u32>(i, 4) : load<u32>(i, 8);
  }
  return pc == 0xffffffff;
}

/**
 * Evaluates rows from `from` on; returns the row to go on with (the number of rows when done): stops early when the list of hits
 * could overflow. `first` is true for the first call after a scan.
 */
export function evaluate(from: u32, first: bool): u32 {
  if (first) {
    batch++;
    unwrapCount = 0;
  }
  hitCount = 0;
  for (let row = from; row < rowCount; row++) {
    const r = rows + <usize>row * ROW;
    const node = <usize>load<u32>(r);
    let record = <usize>load<u32>(node, 40);
    if (!record) {
      record = hostShape(node);
      store<u32>(node, <u32>record, 40);
    }
    const firstCode = codes + (<usize>load<u32>(r, 4) << 2);
    const plan = planFor(record, firstCode);
    if (load<u32>(plan, 8) & UNWRAP) {
      store<u32>(plan, load<u32>(plan, 4) + 1, 4);
      store<u32>(unwraps + (<usize>(unwrapCount++) << 2), row);
      continue;
    }
    const lane = <usize>load<u32>(plan);
    if (!lane) {
      store<u32>(plan, load<u32>(plan, 4) + 1, 4);
      continue;
    }
    beginRow();
    let found: u32 = 0;
    const n = load<u32>(plan, 16);
    let item = plan + 32;
    for (let i: u32 = 0; i < n; i++, item += 8) {
      const e = entries + <usize>load<u32>(firstCode + (<usize>load<u32>(item) << 2)) * ENTRY;
      const m = load<u32>(item, 4);
      const set = load<u32>(e, 20) == m ? load<u32>(e, 24) : predsetOf(e, m);
      if (set != EMPTY) found = apply(set, found);
    }
    const words = load<u32>(plan, 20);
    if (words) {
      const m = <usize>load<u32>(plan, 24);
      const patterns = load<u32>(plan, 28);
      for (let i: u32 = 0; i < words; i++, item += 4) {
        const e = entries + <usize>load<u32>(firstCode + (<usize>load<u32>(item) << 2)) * ENTRY;
        if (load<u32>(e, 28) == patterns << 1) continue;
        const set = keywordsOf(e, m, patterns);
        if (set != EMPTY) found = apply(set, found);
      }
    }
    const fixed = load<u32>(plan, 12);
    if (fixed) found = apply(fixed, found);
    const always = load<u32>(lane, 28);
    if (hitCount + found + always > HITS_MAX && row > from) return row;
    store<u32>(plan, load<u32>(plan, 4) + 1, 4);
    candidates += found + always;
    const ids = lane + load<u32>(lane, 32);
    const alwaysList = lane + load<u32>(lane, 24);
    for (let i: u32 = 0; i < found + always; i++) {
      const rule = i < found ? load<u32>(pending + (<usize>i << 2)) : load<u32>(alwaysList + (<usize>(i - found) << 2));
      if (!run(lane, rule)) continue;
      if (hitCount == HITS_MAX) unreachable();
      const h = hits + <usize>(hitCount++) * 12;
      store<u32>(h, row);
      store<u32>(h, load<u32>(ids + (<usize>rule << 2)), 4);
      store<u32>(h, <u32>lane, 8);
    }
  }
  return rowCount;
}

/** The plan of a row of the batch at hand; it must have been evaluated. */
export function planOf(row: u32): usize {
  const r = rows + <usize>row * ROW;
  return planFor(<usize>load<u32>(<usize>load<u32>(r), 40), codes + (<usize>load<u32>(r, 4) << 2));
}
