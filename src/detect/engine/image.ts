/**
 * A whole rule set, compiled: one read-only buffer that all workers share and that is kept on disk as a cache. Workers
 * read a rule's model out of it only when the rule hits.
 *
 * buffer: magic, version, length of the header, header (JSON), lanes, rules (JSON each)
 */
import { factsFor, SOURCES, type SourceType } from '../../schema/index.ts';
import type { DetectionRule } from '../sigma/model.ts';
import { compileLane, groupRules, type Lane, type Residuals, TestKeys } from './lane.ts';

const MAGIC = 0x72696577; // "weir"
export const IMAGE_VERSION = 1;
const START = 16;

export interface PackedLane {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
  readonly matchers: readonly (readonly [field: string, offset: number])[];
  readonly presence: Lane['presence'];
  readonly always: number;
  /** The keyword tests of the lane: equal texts, equal tests. */
  readonly keywords: string;
}

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

class ResidualTable implements Residuals {
  readonly flat: number[] = [];
  readonly #known = new Map<number, number>();
  readonly #rules: readonly DetectionRule[];
  readonly #keys: TestKeys;

  constructor(rules: readonly DetectionRule[], keys: TestKeys) {
    this.#rules = rules;
    this.#keys = keys;
  }

  idOf(rule: number, item: number): number {
    const key = this.#keys.keyOf(this.#rules[rule].items[item].test);
    let id = this.#known.get(key);
    if (id === undefined) {
      id = this.flat.length / 2;
      this.#known.set(key, id);
      this.flat.push(rule, item);
    }
    return id;
  }
}

/**
 * The lanes that source types can produce: for each row of a lane table, its values with everything else unset. Combinations of
 * rows that this misses are compiled when they are first seen.
 */
function* likelyLanes(sources: readonly SourceType[]): Iterable<ReturnType<typeof factsFor>> {
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

export function compileImage(rules: readonly DetectionRule[], sources: readonly SourceType[] = SOURCES): Image {
  const keys = new TestKeys();
  const residuals = new ResidualTable(rules, keys);
  const groups = groupRules(rules);
  const blocks: Uint8Array[] = [];
  const lanes: PackedLane[] = [];
  let at = 0;
  const put = (block: Uint8Array): number => {
    const offset = at;
    blocks.push(block);
    at += (block.length + 63) & ~63;
    return offset;
  };
  for (const facts of likelyLanes(sources)) {
    const lane = compileLane(facts, groups, keys, residuals);
    if (lane.rules.length === 0) continue;
    lanes.push({
      key: laneKey(facts),
      offset: put(lane.image),
      length: lane.image.length,
      matchers: [...lane.matchers],
      presence: lane.presence,
      always: lane.always.length,
      keywords: lane.keywords,
    });
  }
  const utf8 = new TextEncoder();
  const slices: number[] = [];
  for (const rule of rules) {
    const json = utf8.encode(JSON.stringify(rule));
    slices.push(put(json), json.length);
  }
  const header: Header = { lanes, rules: slices, residuals: residuals.flat };
  const encoded = utf8.encode(JSON.stringify(header));
  const base = (START + encoded.length + 63) & ~63;
  const buffer = new SharedArrayBuffer(base + at);
  const bytes = new Uint8Array(buffer);
  new Uint32Array(buffer, 0, 4).set([MAGIC, IMAGE_VERSION, encoded.length, base]);
  bytes.set(encoded, START);
  let to = base;
  for (const block of blocks) {
    bytes.set(block, to);
    to += (block.length + 63) & ~63;
  }
  return { buffer, header };
}

/** Reads an image made by `compileImage`; null when it is of another version or damaged at its head. */
export function openImage(buffer: SharedArrayBuffer): Image | null {
  if (buffer.byteLength < START) return null;
  const [magic, version, length, base] = new Uint32Array(buffer, 0, 4);
  if (magic !== MAGIC || version !== IMAGE_VERSION || base > buffer.byteLength || START + length > base) return null;
  const text = new TextDecoder().decode(new Uint8Array(buffer, START, length).slice());
  return { buffer, header: JSON.parse(text) as Header };
}

/** A view of the block at `offset` (as the header counts). */
export function blockOf(image: Image, offset: number, length: number): Uint8Array {
  const base = new Uint32Array(image.buffer, 0, 4)[3];
  return new Uint8Array(image.buffer, base + offset, length);
}

export function ruleOf(image: Image, index: number): DetectionRule {
  const json = blockOf(image, image.header.rules[index * 2], image.header.rules[index * 2 + 1]);
  return JSON.parse(new TextDecoder().decode(json.slice())) as DetectionRule;
}
