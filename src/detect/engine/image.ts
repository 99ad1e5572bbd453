/**
 * A whole rule set, compiled: one read-only buffer that all workers share and that is kept on disk as a cache. Workers
 * read a rule's model out of it only when the rule hits.
 *
 * buffer: magic, version, length of the header, header (JSON), rules (JSON each), lanes
 *
 * Lanes take longer to compile than rules to load, and a scan sees few of them at first. So an image may also hold the rules
 * alone; a {@link LaneCompiler} then makes what is asked for.
 */
import { type Fact, factsFor, SOURCES, type SourceType } from '../../schema/index.ts';
import type { DetectionRule } from '../sigma/model.ts';
import { compileLane, groupRules, isResidual, type Lane, type RuleGroup, TestKeys } from './lane.ts';

const MAGIC = 0x72696577; // "weir"
export const IMAGE_VERSION = 3;
const START = 16;

interface LaneHead {
  readonly key: string;
  readonly matchers: readonly (readonly [field: string, offset: number])[];
  readonly presence: Lane['presence'];
  readonly always: number;
  /** How many rules apply. */
  readonly rules: number;
  /** The keyword tests of the lane: equal texts, equal tests. */
  readonly keywords: string;
}

/** A lane as threads hand it to each other. */
export interface CompiledLane extends LaneHead {
  readonly image: Uint8Array;
}

/** A lane as it stands in an image. */
export interface PackedLane extends LaneHead {
  readonly offset: number;
  readonly length: number;
}

/** Where lanes come from that an image lacks; null when no rule applies. */
export type LaneSource = (facts: readonly Fact[]) => CompiledLane | null;

interface Header {
  readonly lanes: readonly PackedLane[];
  /** Offset and length of each rule's JSON. */
  readonly rules: readonly number[];
  /** Rule and item of each residual test, flat. */
  readonly residuals: readonly number[];
}

export interface Image {
  readonly buffer: SharedArrayBuffer;
  readonly header: Header;
}

export function laneKey(facts: readonly unknown[]): string {
  return JSON.stringify(facts);
}

/** Compiles the lanes of one rule set, each once. Equal rule sets number residual tests equally. */
export class LaneCompiler {
  /** Rule and item of each residual test, flat. */
  readonly residuals: readonly number[];
  readonly #groups: readonly RuleGroup[];
  readonly #keys = new TestKeys();
  /** Key of a test → number of the residual test. */
  readonly #numbers = new Map<number, number>();
  readonly #rules: readonly DetectionRule[];
  readonly #lanes = new Map<string, CompiledLane | null>();

  constructor(rules: readonly DetectionRule[]) {
    this.#rules = rules;
    this.#groups = groupRules(rules);
    const residuals: number[] = [];
    rules.forEach(({ items }, rule) => {
      items.forEach(({ test }, item) => {
        if (!isResidual(test)) return;
        const key = this.#keys.keyOf(test);
        if (this.#numbers.has(key)) return;
        this.#numbers.set(key, residuals.length / 2);
        residuals.push(rule, item);
      });
    });
    this.residuals = residuals;
  }

  /** Null when no rule applies. */
  lane(facts: readonly Fact[]): CompiledLane | null {
    const key = laneKey(facts);
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = this.#compile(key, facts);
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #compile(key: string, facts: readonly Fact[]): CompiledLane | null {
    const { image, rules, matchers, presence, always, keywords } = compileLane(facts, this.#groups, this.#keys, {
      idOf: (rule, item) => this.#numberOf(rule, item),
    });
    if (rules.length === 0) return null;
    return { key, image, matchers: [...matchers], presence, always: always.length, rules: rules.length, keywords };
  }

  #numberOf(rule: number, item: number): number {
    const number = this.#numbers.get(this.#keys.keyOf(this.#rules[rule].items[item].test));
    if (number === undefined) throw new Error(`test ${item} of rule ${rule} is no residual one`);
    return number;
  }
}

/** The lanes that stand in an image, and what it lacks from `others`. */
export function lanesIn(image: Image, others: LaneSource = lanesOf(image)): LaneSource {
  const packed = new Map(image.header.lanes.map((lane) => [lane.key, lane]));
  return (facts) => {
    const lane = packed.get(laneKey(facts));
    return lane === undefined ? others(facts) : { ...lane, image: blockOf(image, lane.offset, lane.length) };
  };
}

/** A compiler of the lanes of an image, made when first asked for one. */
export function lanesOf(image: Image): LaneSource {
  let compiler: LaneCompiler | null = null;
  return (facts) => {
    compiler ??= new LaneCompiler(Array.from({ length: image.header.rules.length / 2 }, (_, i) => ruleOf(image, i)));
    return compiler.lane(facts);
  };
}

/**
 * The lanes that source types can produce: for each row of a lane table, its values with everything else unset. Combinations of
 * rows that this misses are compiled when they are first seen.
 */
export function* likelyLanes(sources: readonly SourceType[] = SOURCES): Generator<readonly Fact[]> {
  const seen = new Set<string>();
  const tables = new Set<unknown>();
  for (const source of sources) {
    if (tables.has(source.lanes)) continue;
    tables.add(source.lanes);
    const assignments: Record<string, string | null>[] = [{}];
    for (const row of source.lanes) {
      let combinations: Record<string, string | null>[] = [{}];
      for (const [name, values] of Object.entries(row.when)) {
        combinations = combinations
          .flatMap((sofar) => values.map((value) => ({ ...sofar, [name]: value.replace(/\*$/, '') })))
          .slice(0, 256);
      }
      assignments.push(...combinations);
    }
    for (const values of assignments) {
      const facts = factsFor(source, values);
      const key = laneKey(facts);
      if (facts.length === 0 || seen.has(key)) continue;
      seen.add(key);
      yield facts;
    }
  }
}

const PADDING = 63;

/** An image of the rules, without lanes. */
export function ruleImage(rules: readonly DetectionRule[], residuals: readonly number[]): Image {
  const utf8 = new TextEncoder();
  const blocks = rules.map((rule) => utf8.encode(JSON.stringify(rule)));
  const slices: number[] = [];
  let at = 0;
  for (const { length } of blocks) {
    slices.push(at, length);
    at += (length + PADDING) & ~PADDING;
  }
  const { image, bytes } = emptyImage({ lanes: [], rules: slices, residuals }, at);
  blocks.forEach((block, i) => {
    bytes.set(block, slices[i * 2]);
  });
  return image;
}

/** The image with lanes behind its rules. */
export function withLanes(image: Image, lanes: Iterable<CompiledLane>): Image {
  const rules = blocksOf(image);
  const packed: PackedLane[] = [];
  const blocks: Uint8Array[] = [];
  let at = rules.length;
  for (const { image: block, ...head } of lanes) {
    packed.push({ ...head, offset: at, length: block.length });
    blocks.push(block);
    at += (block.length + PADDING) & ~PADDING;
  }
  const whole = emptyImage({ ...image.header, lanes: packed }, at);
  whole.bytes.set(rules);
  blocks.forEach((block, i) => {
    whole.bytes.set(block, packed[i].offset);
  });
  return whole.image;
}

/** The image and its blocks, still empty. */
function emptyImage(header: Header, blockBytes: number): { image: Image; bytes: Uint8Array } {
  const encoded = new TextEncoder().encode(JSON.stringify(header));
  const base = (START + encoded.length + PADDING) & ~PADDING;
  const buffer = new SharedArrayBuffer(base + blockBytes);
  new Uint32Array(buffer, 0, 4).set([MAGIC, IMAGE_VERSION, encoded.length, base]);
  new Uint8Array(buffer).set(encoded, START);
  return { image: { buffer, header }, bytes: new Uint8Array(buffer, base) };
}

export function compileImage(rules: readonly DetectionRule[], sources: readonly SourceType[] = SOURCES): Image {
  const compiler = new LaneCompiler(rules);
  const lanes = [...likelyLanes(sources)].map((facts) => compiler.lane(facts)).filter((lane) => lane !== null);
  return withLanes(ruleImage(rules, compiler.residuals), lanes);
}

/** Reads an image made by `compileImage`; null when it is of another version or damaged at its head. */
export function openImage(buffer: SharedArrayBuffer): Image | null {
  if (buffer.byteLength < START) return null;
  const [magic, version, length, base] = new Uint32Array(buffer, 0, 4);
  if (magic !== MAGIC || version !== IMAGE_VERSION || base > buffer.byteLength || START + length > base) return null;
  const text = new TextDecoder().decode(new Uint8Array(buffer, START, length).slice());
  return { buffer, header: JSON.parse(text) as Header };
}

function blocksOf(image: Image): Uint8Array {
  return new Uint8Array(image.buffer, new Uint32Array(image.buffer, 0, 4)[3]);
}

/** A view of the block at `offset` (as the header counts). */
function blockOf(image: Image, offset: number, length: number): Uint8Array {
  return blocksOf(image).subarray(offset, offset + length);
}

export function ruleOf(image: Image, index: number): DetectionRule {
  const json = blockOf(image, image.header.rules[index * 2], image.header.rules[index * 2 + 1]);
  return JSON.parse(new TextDecoder().decode(json.slice())) as DetectionRule;
}
