/**
 * Builds the image of one matcher: all patterns of one field in one lane, as the kernel reads them (kernel/match.ts has the
 * layout; the word numbers below are its).
 *
 * A pattern is looked for by its rarest four bytes: a rolling window over the value tests a bitmap, and only where a
 * bit is set are the patterns behind it compared. Whole values go through a hash table, very short patterns through a table of byte pairs.
 */
import { ANY, type Pattern } from '../sigma/model.ts';

const HEADER_WORDS = 30;
/** Header words of the grams of which one is known of each pattern, and of those of which four in a row are. */
const SINGLE = 0;
const STRIDE = 26;
const PATTERN_WORDS = 8;
const AT_START = 1;
const AT_END = 2;
const PROGRAM = 4;
const TRIGGER = 8;
const NONE = 0xffffffff;
/** Grams up to which the kernel's SIMD sweep beats its rolling window (bench/notes-kernel.md). */
const SWEEP_MAX = 48;
/** Literals of this length have four grams in a row. */
const SAMPLED_MIN = 7;
/** Patterns of two and three bytes up to which searching for each beats the table of pairs. */
const SHORT_MAX = 8;

const utf8 = new TextEncoder();

/** A pattern as the kernel knows it, the same for every matcher that has it. */
export interface CompiledPattern {
  /** Equal patterns have equal numbers. */
  readonly number: number;
  /** True for every value that is not null. */
  readonly always: boolean;
  readonly literal: Uint8Array;
  readonly flags: number;
  /** Words of the wildcard program; literals as bytes. */
  readonly program: readonly (number | Uint8Array)[] | null;
}

/** Compiles each pattern once, however many lanes have it. */
export class PatternTable {
  readonly #known = new Map<string, CompiledPattern>();

  /** @param written folded */
  compile(written: Pattern): CompiledPattern {
    const pattern = written.filter((piece, i) => piece !== '' && !(piece === ANY && written[i - 1] === ANY));
    let key = '';
    for (const piece of pattern) key += typeof piece === 'string' ? `"${piece.length}:${piece}` : `#${piece}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = compilePattern(pattern, this.#known.size);
      this.#known.set(key, found);
    }
    return found;
  }
}

interface Record {
  readonly pattern: CompiledPattern;
  readonly flags: number;
  readonly outputs: number[];
}

/** Unseeded hash of a whole value; the kernel's `exactHash`. */
export function exactHash(bytes: Uint8Array): number {
  let h = Math.imul(bytes.length, 0x85ebca6b);
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    const w = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    h = Math.imul(h ^ w, 0x9e3779b1);
    h ^= h >>> 15;
  }
  for (; i < bytes.length; i++) {
    h = Math.imul(h ^ bytes[i], 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h >>> 0;
}

function gramAt(bytes: Uint8Array, i: number): number {
  return (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)) >>> 0;
}

function powerOfTwo(n: number): number {
  let p = 1;
  while (p < n) p *= 2;
  return p;
}

/** Scratch of `#grams`: all zero between its calls. Two thousand matchers would otherwise clear 500 MB. */
const counts = new Uint32Array(0x10000);

function slotOf(gram: number): number {
  return Math.imul(gram, 0x9e3779b1) >>> 16;
}

export class MatcherBuilder {
  readonly #records: Record[] = [];
  readonly #byPattern = new Map<number, Record>();
  readonly #always: number[] = [];
  readonly #any: number[] = [];
  readonly #null: number[] = [];
  readonly #residual: number[] = [];

  /** `predicate` holds when the field is there, be it null or an empty list (`exists`). */
  addAny(predicate: number): void {
    this.#any.push(predicate);
  }

  /** `predicate` holds for null. */
  addNull(predicate: number): void {
    this.#null.push(predicate);
  }

  /** `predicate` holds when residual test `id` says so; asked for every value, or only where one of `triggers` matches. */
  addResidual(id: number, predicate: number, triggers: readonly CompiledPattern[]): void {
    if (triggers.length === 0 || triggers.some((pattern) => pattern.always)) this.#residual.push(id, predicate);
    else for (const pattern of triggers) this.#record(pattern, TRIGGER).outputs.push(id, predicate);
  }

  /** `predicate` holds where the folded value matches the pattern. */
  addPattern(pattern: CompiledPattern, predicate: number): void {
    if (pattern.always) this.#always.push(predicate);
    else this.#record(pattern, 0).outputs.push(predicate);
  }

  #record(pattern: CompiledPattern, kind: number): Record {
    const key = pattern.number * 2 + (kind === 0 ? 0 : 1);
    let record = this.#byPattern.get(key);
    if (record === undefined) {
      record = { pattern, flags: pattern.flags | kind, outputs: [] };
      this.#byPattern.set(key, record);
      this.#records.push(record);
    }
    return record;
  }

  /** The image; `lane` is the matcher's distance from the start of the lane. Length is a multiple of 4. */
  build(lane: number): Uint8Array {
    const records = this.#records;
    const out = new Image(HEADER_WORDS);
    const patternsAt = out.reserve(records.length * PATTERN_WORDS);
    const exact: number[] = [];
    const grams: number[] = [];
    const pairs: number[] = [];
    const linear: number[] = [];
    records.forEach((record, index) => {
      const { literal, program } = record.pattern;
      const { flags } = record;
      if ((flags & (AT_START | AT_END | PROGRAM)) === (AT_START | AT_END)) exact.push(index);
      else if (literal.length >= 4) grams.push(index);
      else if (literal.length >= 2 && !(flags & (AT_START | AT_END))) pairs.push(index);
      else linear.push(index);
      const at = patternsAt + index * PATTERN_WORDS;
      out.set(at, out.bytes(literal));
      out.set(at + 1, literal.length);
      out.set(at + 2, flags);
      out.set(at + 4, out.words(record.outputs));
      out.set(at + 5, flags & TRIGGER ? record.outputs.length / 2 : record.outputs.length);
      if (program !== null) {
        const words = program.flatMap((op) => (typeof op === 'number' ? [op] : [3, out.bytes(op), op.length]));
        out.set(at + 6, out.words(words));
        out.set(at + 7, words.length);
      }
    });
    out.set(9, patternsAt * 4);
    // A few short patterns are searched for one by one.
    if (pairs.length <= SHORT_MAX) linear.push(...pairs.splice(0));
    const list: number[] = [];
    this.#grams(out, records, grams, list);
    this.#pairs(out, records, pairs, list);
    this.#exact(out, records, exact);
    out.set(10, out.words(list));
    out.set(11, out.words(linear));
    out.set(12, linear.length);
    out.set(13, out.words(this.#always));
    out.set(14, this.#always.length);
    out.set(15, out.words(this.#residual));
    out.set(16, this.#residual.length / 2);
    out.set(18, lane);
    out.set(19, out.words(this.#any));
    out.set(20, this.#any.length);
    out.set(22, out.words(this.#null));
    out.set(23, this.#null.length);
    return out.finish();
  }

  /**
   * Literals of four bytes and more. Few are swept for, sixteen positions at a time. Of many, the long ones are looked for at
   * every fourth position, by four grams in a row of each, and what is left is swept for or rolled over.
   */
  #grams(out: Image, records: readonly Record[], indices: readonly number[], list: number[]): void {
    // How often each gram occurs over all patterns (hashed): the rarest gram of a pattern is the one worth waiting for.
    const literals = indices.map((index) => records[index].pattern.literal);
    for (const literal of literals) for (let i = 0; i + 4 <= literal.length; i++) counts[slotOf(gramAt(literal, i))]++;
    let single = bucketsOf(records, indices, 1);
    if (single.size > SWEEP_MAX) {
      const long = indices.filter((index) => records[index].pattern.literal.length >= SAMPLED_MIN);
      if (long.length > 0) gramTable(out, STRIDE, bucketsOf(records, long, 4), list);
      single = bucketsOf(
        records,
        indices.filter((index) => records[index].pattern.literal.length < SAMPLED_MIN),
        1,
      );
    }
    for (const literal of literals)
      for (let i = 0; i + 4 <= literal.length; i++) counts[slotOf(gramAt(literal, i))] = 0;
    if (single.size === 0) return;
    gramTable(out, SINGLE, single, list);
    if (single.size > SWEEP_MAX) return;
    const grams = [...single.keys()];
    out.set(21, out.bytes(sweepMasks(grams)));
    const plain = grams.every((gram) => [0, 8, 16, 24].every((at) => isPlain((gram >>> at) & 0xff)));
    const all =
      [...single.values()].reduce((sum, bucket) => sum + bucket.length, 0) === records.length &&
      this.#always.length + this.#any.length + this.#null.length + this.#residual.length === 0;
    out.set(24, plain && all ? 1 : 0);
  }

  #pairs(out: Image, records: readonly Record[], indices: readonly number[], list: number[]): void {
    if (indices.length === 0) return;
    const buckets: Buckets = new Map();
    for (const index of indices) {
      const { literal } = records[index].pattern;
      putInBucket(buckets, literal[0] | (literal[1] << 8), { index, at: 0 });
    }
    const bitmap = new Uint8Array(0x2000);
    const mask = powerOfTwo(buckets.size * 2) - 1;
    const table = new Uint32Array((mask + 1) * 3);
    for (const [pair, bucket] of buckets) {
      bitmap[pair >> 3] |= 1 << (pair & 7);
      place(table, Math.imul(pair, 0x9e37) & mask, mask, pair, bucket, list);
    }
    out.set(4, out.bytes(bitmap));
    out.set(5, out.words(table));
    out.set(6, mask);
  }

  #exact(out: Image, records: readonly Record[], indices: readonly number[]): void {
    if (indices.length === 0) {
      out.set(8, NONE);
      return;
    }
    const mask = powerOfTwo(indices.length * 2) - 1;
    const table = new Uint32Array((mask + 1) * 2);
    for (const index of indices) {
      const h = exactHash(records[index].pattern.literal);
      let slot = h & mask;
      while (table[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
      table[slot * 2] = h;
      table[slot * 2 + 1] = index + 1;
    }
    out.set(7, out.words(table));
    out.set(8, mask >>> 0);
  }
}

/** A byte that stands for itself in JSON text. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
}

/**
 * Nibble masks of a few grams for the kernel's `sweep`: for each of the four bytes, which of eight groups have
 * a gram with that low half, and with that high half. Grams are grouped in order, so that those of a group are alike.
 */
function sweepMasks(grams: number[]): Uint8Array {
  const masks = new Uint8Array(8 * 16);
  const sorted = grams.map((gram) => ({ gram, text: [0, 8, 16, 24].map((at) => (gram >>> at) & 0xff) }));
  sorted.sort((a, b) => a.text[0] - b.text[0] || a.text[1] - b.text[1] || a.text[2] - b.text[2]);
  sorted.forEach(({ text }, i) => {
    const bit = 1 << Math.floor((i * 8) / sorted.length);
    text.forEach((byte, k) => {
      // Letters in either case: they differ in their high half only.
      masks[k * 32 + (byte & 15)] |= bit;
      masks[k * 32 + 16 + (byte >> 4)] |= bit;
      if (byte >= 0x61 && byte <= 0x7a) masks[k * 32 + 16 + (byte >> 4) - 2] |= bit;
    });
  });
  return masks;
}

/** A gram → the patterns that wait for it, and where it stands in each. */
type Buckets = Map<number, { readonly index: number; readonly at: number }[]>;

function putInBucket(buckets: Buckets, gram: number, place: { index: number; at: number }): void {
  const bucket = buckets.get(gram);
  if (bucket === undefined) buckets.set(gram, [place]);
  else bucket.push(place);
}

/** Scores of the last grams; `run` is less than its length. */
const recent = new Float64Array(8);

/** Each pattern under the `run` grams in a row of it that are rarest together. */
function bucketsOf(records: readonly Record[], indices: readonly number[], run: number): Buckets {
  const buckets: Buckets = new Map();
  for (const index of indices) {
    const { literal } = records[index].pattern;
    let best = 0;
    let bestScore = Number.POSITIVE_INFINITY;
    let score = 0;
    for (let i = 0; i + 4 <= literal.length; i++) {
      recent[i % 8] = (counts[slotOf(gramAt(literal, i))] + 1) * commonness(literal, i);
      score += recent[i % 8] - (i >= run ? recent[(i - run) % 8] : 0);
      if (i + 1 >= run && score < bestScore) {
        best = i + 1 - run;
        bestScore = score;
      }
    }
    for (let k = 0; k < run; k++) putInBucket(buckets, gramAt(literal, best + k), { index, at: best + k });
  }
  return buckets;
}

/** Bitmap and table of grams, named by four words of the header from `header` on. */
function gramTable(out: Image, header: number, buckets: Buckets, list: number[]): void {
  // 64 bits a gram keep false alarms near one byte in sixty; 32 KB at most, to stay in L1.
  const bits = Math.min(18, Math.max(12, Math.ceil(Math.log2(buckets.size * 64))));
  const shift = 32 - bits;
  const bitmap = new Uint8Array(1 << (bits - 3));
  const mask = powerOfTwo(buckets.size * 2) - 1;
  const table = new Uint32Array((mask + 1) * 3);
  for (const [gram, bucket] of buckets) {
    const h = Math.imul(gram, 0x9e3779b1) >>> 0;
    const bit = h >>> shift;
    bitmap[bit >> 3] |= 1 << (bit & 7);
    place(table, (h >>> 7) & mask, mask, gram, bucket, list);
  }
  out.set(header, shift);
  out.set(header + 1, out.bytes(bitmap));
  out.set(header + 2, out.words(table));
  out.set(header + 3, mask);
}

function place(
  table: Uint32Array,
  from: number,
  mask: number,
  key: number,
  bucket: readonly { readonly index: number; readonly at: number }[],
  list: number[],
): void {
  let slot = from;
  while (table[slot * 3 + 2] !== 0) slot = (slot + 1) & mask;
  table[slot * 3] = key;
  table[slot * 3 + 1] = list.length / 2;
  table[slot * 3 + 2] = bucket.length;
  for (const { index, at } of bucket) list.push(index, at);
}

/** A guess at how common a byte is in real values, where the patterns themselves say nothing. */
const COMMONNESS = Float64Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (' \\.-'.includes(char)) return 1.3;
  if ('etaoinsrcx'.includes(char)) return 1.2;
  return 'jqzkvw0123456789'.includes(char) ? 0.7 : 1;
});

function commonness(bytes: Uint8Array, at: number): number {
  return COMMONNESS[bytes[at]] * COMMONNESS[bytes[at + 1]] * COMMONNESS[bytes[at + 2]] * COMMONNESS[bytes[at + 3]];
}

function compilePattern(pattern: Pattern, number: number): CompiledPattern {
  const literals = pattern.filter((piece) => typeof piece === 'string');
  const first = pattern[0];
  const last = pattern[pattern.length - 1];
  const simple =
    pattern.length === 0 ||
    (literals.length === 1 &&
      pattern.length <= 3 &&
      pattern.every((piece) => piece === ANY || typeof piece === 'string'));
  if (simple) {
    const flags = (first === ANY ? 0 : AT_START) | (last === ANY ? 0 : AT_END);
    return { number, always: false, literal: utf8.encode(literals[0] ?? ''), flags, program: null };
  }
  if (pattern.length === 1 && first === ANY) {
    return { number, always: true, literal: new Uint8Array(), flags: 0, program: null };
  }
  const longest = literals
    .map((literal) => utf8.encode(literal))
    .reduce((a, b) => (b.length > a.length ? b : a), new Uint8Array());
  const program = pattern.map((piece) => (typeof piece === 'string' ? utf8.encode(piece) : piece));
  return { number, always: false, literal: longest.length >= 2 ? longest : new Uint8Array(), flags: PROGRAM, program };
}

/** A growing block of words that refer to each other by byte offset from its start. */
class Image {
  #words: Uint32Array;
  #used: number;

  constructor(header: number) {
    this.#words = new Uint32Array(1024);
    this.#used = header;
  }

  /** Word index of `count` fresh words. */
  reserve(count: number): number {
    const at = this.#used;
    this.#used += count;
    if (this.#used > this.#words.length) {
      const larger = new Uint32Array(Math.max(this.#used, this.#words.length * 2));
      larger.set(this.#words);
      this.#words = larger;
    }
    return at;
  }

  set(word: number, value: number): void {
    this.#words[word] = value;
  }

  /** Byte offset of a copy of `values`. */
  words(values: ArrayLike<number>): number {
    const at = this.reserve(values.length);
    this.#words.set(values, at);
    return at * 4;
  }

  /** Byte offset of a copy of `bytes`; at least 16 bytes may be read behind it. */
  bytes(bytes: Uint8Array): number {
    const at = this.reserve((bytes.length + 3) >> 2);
    new Uint8Array(this.#words.buffer).set(bytes, at * 4);
    return at * 4;
  }

  finish(): Uint8Array {
    this.reserve(4);
    return new Uint8Array(this.#words.buffer, 0, this.#used * 4);
  }
}
