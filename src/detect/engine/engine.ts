/**
 * The engine of one worker: the kernel with a compiled rule set. Finds for each shape of event its source type, for each
 * combination of discriminating values its lane, and lets the kernel evaluate; what the kernel cannot decide (regular expressions,
 * networks, comparisons) it asks back for, once per distinct value.
 */
import {
  ColumnPaths,
  columnsOf,
  eachElement,
  Kernel,
  LIST,
  NULL,
  NUMBER,
  type ScanError,
  type ShapeColumns,
  STRING,
} from '../../batch/index.ts';
import {
  type Fact,
  factsFor,
  laneName,
  namesOf,
  type RankedName,
  recognise,
  type SourceType,
} from '../../schema/index.ts';
import { compileTest } from '../sigma/evaluate.ts';
import { foldedUnits, foldSimple } from '../sigma/fold.ts';
import type { DetectionRule, Value } from '../sigma/model.ts';
import { canonicalDecimal } from '../sigma/number.ts';
import { compileDiscriminators, type Discriminators } from './discriminators.ts';
import { type CompiledLane, type Image, type LaneSource, laneKey, lanesIn, ruleOf } from './image.ts';
import { factsOf, KEYWORDS, VERIFY } from './lane.ts';
import type { RuleMeter } from './meter.ts';
import { fieldsOf } from './shape.ts';

const UNWRAP = 1;
const ABSENT = 0xffffffff;
/** Some 200 bytes each; the 811 shapes of 200,000 Mordor events have 25,000. */
const SHAPE_VALUES_MAX = 1 << 17;
const FACTS_MAX = 10_000;
/** Paths whose names are remembered, per source type. */
const NAMES_MAX = 8192;

/** A shape with its meaning. */
export interface ShapeInfo {
  readonly source: SourceType | null;
  readonly columns: ShapeColumns;
  /** Field name → positions of the values that supply it. */
  readonly fields: ReadonlyMap<string, readonly number[]>;
  readonly pathAt: ReadonlyMap<number, string>;
  readonly containers: ReadonlySet<string>;
  readonly record: number;
}

interface LoadedLane {
  readonly address: number;
  readonly facts: readonly Fact[];
  readonly name: string;
  readonly matchers: ReadonlyMap<string, number>;
  readonly presence: CompiledLane['presence'];
  /** Number of the set of keyword patterns: equal sets, equal numbers. */
  readonly keywords: number;
  /** How many rules apply. */
  readonly rules: number;
}

/** How rows of one shape and one combination of discriminating values are evaluated. */
export interface Plan {
  readonly address: number;
  readonly lane: string;
  /** How many rules apply. */
  readonly rules: number;
  readonly shape: ShapeInfo;
  readonly facts: readonly Fact[];
  /** The event is XML in a column, and is evaluated elsewhere. */
  readonly wrapped: boolean;
}

export interface EngineHit {
  readonly row: number;
  /** Index in the rule set. */
  readonly rule: number;
  /** Of the lane the rule was evaluated in. */
  readonly facts: readonly Fact[];
}

export class Engine {
  readonly kernel: Kernel;
  readonly image: Image;
  readonly #paths: ColumnPaths;
  readonly #rules: (DetectionRule | undefined)[] = [];
  readonly #tests: (((value: Value) => boolean) | undefined)[] = [];
  /** Facts key → lane; null when no rule applies. */
  readonly #lanes = new Map<string, LoadedLane | null>();
  /** Address of a lane → its facts. */
  readonly #factsOfLane = new Map<number, readonly Fact[]>();
  readonly #byFacts = new WeakMap<readonly Fact[], LoadedLane | null>();
  readonly #compiled: LaneSource;
  readonly #shapes = new Map<number, ShapeInfo>();
  readonly #byRecord = new Map<number, ShapeInfo>();
  readonly #names = new Map<
    SourceType | null,
    { namesOf: (path: string) => RankedName[]; known: Map<string, RankedName[]> }
  >();
  readonly #discriminators = new Map<SourceType, Discriminators>();
  /** By address. */
  readonly #plans = new Map<number, Plan>();
  /** Values described by the shapes now known. */
  #shapeValues = 0;
  readonly #keywordSets = new Map<string, number>();
  readonly #laneRows = new Map<string, number>();
  /** Null until somebody asks. */
  #planRows: Map<Plan, number> | null = null;
  /** Source type and discriminating values → facts. */
  readonly #facts = new Map<string, readonly Fact[]>();
  readonly #encoder = new TextEncoder();
  #batch = 0;
  /** A batch in which a test has failed: what did not hold for that may be a match, so every hit is looked at a second time. */
  #doubtful = -1;
  #lastValue = { address: 0, length: 0, kind: 0, batch: -1, value: { kind: 'null', text: '' } as Value };
  /** False for the engine that reads what an XML column turned out not to hold. */
  readonly #unwrapXml: boolean;

  /** @param options `lanes` gives the lanes that the image lacks; without it they are compiled here. */
  constructor(
    module: WebAssembly.Module,
    image: Image,
    options: { inputBytes: number; unwrapXml?: boolean; lanes?: LaneSource | undefined },
  ) {
    this.image = image;
    this.#compiled = lanesIn(image, options.lanes);
    this.#unwrapXml = options.unwrapXml ?? true;
    this.kernel = new Kernel(
      module,
      {
        fold: (kind, address, length) => this.#fold(kind, address, length),
        residual: (id, kind, address, length) => this.#residual(id, kind, address, length),
        shape: (node) => this.#describe(node),
        plan: (record, a, b, c, d) => this.#plan(record, [a, b, c, d]),
      },
      options.inputBytes,
    );
    this.kernel.setFolding(foldedUnits());
    this.#paths = new ColumnPaths(this.kernel);
    this.kernel.onShapesReset = () => {
      this.#settleLanes();
      this.#plans.clear();
      this.#shapeValues = 0;
      this.#shapes.clear();
      this.#byRecord.clear();
      this.#paths.clear();
    };
  }

  rule(index: number): DetectionRule {
    let rule = this.#rules[index];
    if (rule === undefined) {
      rule = ruleOf(this.image, index);
      this.#rules[index] = rule;
    }
    return rule;
  }

  /** Hits of the batch just scanned, row by row. `onUnwrap` gets rows whose event is XML in a column. */
  evaluate(onHits: (hits: readonly EngineHit[]) => void): number[] {
    const { kernel } = this;
    const rows = kernel.get('rowCount');
    this.#batch++;
    let from = 0;
    let first = true;
    while (from < rows || first) {
      from = kernel.evaluate(from, first);
      first = false;
      const count = kernel.get('hitCount');
      if (count === 0) continue;
      const hits: EngineHit[] = [];
      const at = kernel.get('hits') >> 2;
      for (let i = 0; i < count; i++) {
        const w = at + i * 3;
        const id = kernel.words[w + 1];
        const facts = this.#factsOfLane.get(kernel.words[w + 2]) ?? [];
        const hit = { row: kernel.words[w], rule: id & ~VERIFY, facts };
        if ((id >>> 31 === 0 && this.#doubtful !== this.#batch) || this.verifies(hit)) hits.push(hit);
      }
      onHits(hits);
    }
    const unwraps: number[] = [];
    const at = kernel.get('unwraps') >> 2;
    for (let i = 0; i < kernel.get('unwrapCount'); i++) unwraps.push(kernel.words[at + i]);
    return unwraps;
  }

  /** Decides a hit of a rule that compares fields; set by the scanner, which has the view of a row. */
  verifies: (hit: EngineHit) => boolean = () => true;

  /** Times rules and counts those that fail, which then do not match; without it what they throw ends the evaluation. */
  meter: RuleMeter | null = null;

  errors(): readonly ScanError[] {
    return this.kernel.errors();
  }

  /** The shape of a row. */
  shapeOf(row: number): ShapeInfo {
    const info = this.#shapes.get(this.kernel.words[this.kernel.rowsAt + row * 4]);
    if (info === undefined) throw new Error(`row ${row} was not evaluated`);
    return info;
  }

  /** Source type of the rows of a node that was evaluated; null: none is known. */
  sourceOf(node: number): SourceType | null {
    return this.#shapes.get(node)?.source ?? null;
  }

  /** Code of the value at `position` of a row. */
  codeAt(row: number, position: number): number {
    const { words } = this.kernel;
    const first = words[this.kernel.rowsAt + row * 4 + 1];
    return words[this.kernel.codesAt + first + position];
  }

  /** The scalars a code stands for: one, or the elements of an array. */
  valuesOf(code: number): Value[] {
    const w = this.kernel.entriesAt + code * 8;
    const { words } = this.kernel;
    const kind = words[w + 2] & 0xff;
    if (kind !== LIST) return [this.#value(kind, words[w], words[w + 1])];
    const elements: Value[] = [];
    eachElement(this.kernel.bytes, words[w], words[w + 1], (element, at, length) => {
      elements.push(this.#value(element, at, length));
    });
    return elements;
  }

  /** Facts through which a rule applied to a row of this lane. */
  factOf(rule: DetectionRule, facts: readonly Fact[]): Fact | undefined {
    return factsOf(rule.logsource, facts)[0];
  }

  /** Facts of a row, from its discriminators, as the kernel takes them: folded, and of a list any element. */
  factsOfRow(row: number): readonly Fact[] {
    const { source, fields } = this.shapeOf(row);
    if (source === null) return [];
    const texts = source.discriminators.map((name) => {
      const position = fields.get(name)?.[0];
      const values = position === undefined ? [] : this.valuesOf(this.codeAt(row, position));
      return values.flatMap((value) => (value.kind === 'null' ? [] : [foldSimple(value.text)]));
    });
    const { values } = this.#discriminatorsOf(source);
    const known: Record<string, string | null> = {};
    source.discriminators.forEach((name, i) => {
      const is = (text: string, name: string) =>
        text === name || (name.endsWith('*') && text.startsWith(name.slice(0, -1)));
      const named = values[i].find((value) => texts[i].some((text) => is(text, value)));
      known[name] = named === undefined ? (texts[i][0] ?? null) : named.replace(/\*$/, '');
    });
    return this.#factsFor(source, known);
  }

  #factsFor(source: SourceType, values: Readonly<Record<string, string | null>>): readonly Fact[] {
    const key = JSON.stringify([source.id, values]);
    let facts = this.#facts.get(key);
    if (facts === undefined) {
      facts = factsFor(source, values);
      if (this.#facts.size < FACTS_MAX) this.#facts.set(key, facts);
    }
    return facts;
  }

  /** Events per lane so far. */
  laneRows(): ReadonlyMap<string, number> {
    this.#settleLanes();
    return this.#laneRows;
  }

  /** Rows by their plans, since the last call; none at the first. */
  takeRows(): Map<Plan, number> {
    this.#settleLanes();
    const taken = this.#planRows ?? new Map<Plan, number>();
    this.#planRows = new Map();
    return taken;
  }

  /** The plan of a row of the batch at hand. */
  planOf(row: number): Plan | undefined {
    return this.#plans.get(this.kernel.planOf(row));
  }

  #settleLanes(): void {
    for (const plan of this.#plans.values()) {
      const w = (plan.address >> 2) + 1;
      const rows = this.kernel.words[w];
      if (rows === 0) continue;
      this.#laneRows.set(plan.lane, (this.#laneRows.get(plan.lane) ?? 0) + rows);
      this.#planRows?.set(plan, (this.#planRows.get(plan) ?? 0) + rows);
      this.kernel.words[w] = 0;
    }
  }

  #value(kind: number, address: number, length: number): Value {
    if (kind === NULL) return { kind: 'null', text: '' };
    const text = this.kernel.text(kind, address, length);
    if (kind === STRING) return { kind: 'string', text };
    return kind === NUMBER ? { kind: 'number', text: canonicalDecimal(text) } : { kind: 'boolean', text };
  }

  #fold(kind: number, address: number, length: number): number {
    const { kernel } = this;
    const text = foldSimple(this.#value(kind, address, length).text);
    kernel.reserveScratch(text.length * 3);
    const at = kernel.get('scratch');
    return this.#encoder.encodeInto(text, kernel.bytes.subarray(at, at + kernel.get('scratchSize'))).written;
  }

  #residual(id: number, kind: number, address: number, length: number): boolean {
    // Several tests look at one value after another.
    const last = this.#lastValue;
    if (last.address !== address || last.length !== length || last.kind !== kind || last.batch !== this.#batch) {
      this.#lastValue = { address, length, kind, batch: this.#batch, value: this.#value(kind, address, length) };
    }
    const { value } = this.#lastValue;
    const { meter } = this;
    if (meter === null) return this.#testOf(id)(value);
    try {
      return meter.test(id, this.#testOf(id), value);
    } catch (error) {
      meter.failedTest(id, error);
      this.#doubtful = this.#batch;
      return false;
    }
  }

  #testOf(id: number): (value: Value) => boolean {
    let test = this.#tests[id];
    if (test === undefined) {
      const { residuals } = this.image.header;
      test = compileTest(this.rule(residuals[id * 2]).items[residuals[id * 2 + 1]].test);
      this.#tests[id] = test;
    }
    return test;
  }

  #namesFor(source: SourceType | null): (path: string) => RankedName[] {
    let names = this.#names.get(source);
    if (names === undefined) {
      names = { namesOf: namesOf(source), known: new Map() };
      this.#names.set(source, names);
    }
    const { known, namesOf: compute } = names;
    return (path) => {
      let found = known.get(path);
      if (found === undefined) {
        found = compute(path);
        if (known.size >= NAMES_MAX) known.clear();
        if (path.length < 512) known.set(path, found);
      }
      return found;
    };
  }

  #describe(node: number): number {
    const { kernel } = this;
    const columns = columnsOf(kernel, node, this.#paths);
    this.#shapeValues += columns.slots.length;
    if (this.#shapeValues > SHAPE_VALUES_MAX) kernel.forgetShapes();
    const paths = new Set(columns.slots.map((slot) => slot.path));
    const plain = recognise(paths, () => false);
    const wrapped = this.#unwrapXml && recognise(paths, () => true) !== plain;
    const names = this.#namesFor(plain);
    const { fields, containers, pathAt } = fieldsOf(columns, names);
    const discriminators = plain === null ? undefined : this.#discriminatorsOf(plain);
    const known = plain === null ? [] : plain.discriminators;
    const record = kernel.allocForShapes(8 + known.length * 8);
    const w = record >> 2;
    kernel.words[w] = wrapped ? UNWRAP : 0;
    kernel.words[w + 1] = known.length;
    known.forEach((name, i) => {
      kernel.words[w + 2 + i * 2] = fields.get(name)?.[0] ?? ABSENT;
      kernel.words[w + 3 + i * 2] = discriminators?.matchers[i] ?? 0;
    });
    const info: ShapeInfo = { source: plain, columns, fields, pathAt, containers, record };
    this.#shapes.set(node, info);
    this.#byRecord.set(record, info);
    return record;
  }

  #discriminatorsOf(source: SourceType): Discriminators {
    let found = this.#discriminators.get(source);
    if (found === undefined) {
      found = compileDiscriminators(this.kernel, source);
      this.#discriminators.set(source, found);
    }
    return found;
  }

  #plan(record: number, atoms: readonly number[]): number {
    const info = this.#byRecord.get(record);
    if (info === undefined) throw new Error('plan for an unknown shape');
    const { kernel } = this;
    const { source } = info;
    let facts: readonly Fact[] = [];
    if (source !== null) {
      const { values } = this.#discriminatorsOf(source);
      const known: Record<string, string | null> = {};
      source.discriminators.forEach((name, i) => {
        const value = atoms[i] >= 2 ? values[i][atoms[i] - 2].replace(/\*$/, '') : null;
        known[name] = atoms[i] === 1 ? '\uffff' : value;
      });
      facts = this.#factsFor(source, known);
    }
    const lane = this.#lane(facts);
    const items: number[] = [];
    const searched: number[] = [];
    const fixed: number[] = [];
    if (lane !== null) {
      for (const [field, offset] of lane.matchers) {
        if (field === KEYWORDS) continue;
        for (const position of info.fields.get(field) ?? []) {
          items.push(position, lane.address + offset);
        }
      }
      if (lane.matchers.has(KEYWORDS)) searched.push(...info.columns.slots.map((slot) => slot.position));
      for (const [field, predicate] of lane.presence) {
        if (info.containers.has(field) && !info.fields.has(field)) fixed.push(predicate);
      }
    }
    const set = fixed.length === 0 || lane === null ? 0 : this.#fixedSet(lane, fixed);
    const address = kernel.allocForShapes(32 + (items.length + searched.length) * 4);
    const w = address >> 2;
    const wrapped = (kernel.words[record >> 2] & UNWRAP) !== 0;
    const keywords = lane === null ? 0 : lane.address + (lane.matchers.get(KEYWORDS) ?? 0);
    kernel.words.set([lane?.address ?? 0, 0, wrapped ? UNWRAP : 0, set], w);
    kernel.words.set([items.length / 2, searched.length, keywords, lane?.keywords ?? 0], w + 4);
    kernel.words.set(items, w + 8);
    kernel.words.set(searched, w + 8 + items.length);
    const name = wrapped
      ? 'xml'
      : source === null
        ? 'unrecognised'
        : facts.length === 0
          ? `${source.id} (no logsource)`
          : (lane?.name ?? laneName(facts));
    this.#plans.set(address, { address, lane: name, rules: lane?.rules ?? 0, shape: info, facts, wrapped });
    return address;
  }

  /** A predset for what the shape alone decides. */
  #fixedSet(lane: LoadedLane, predicates: readonly number[]): number {
    const { words } = this.kernel;
    const header = lane.address >> 2;
    const rules = new Set<number>();
    for (const predicate of predicates) {
      const starts = (lane.address + words[header + 2]) >> 2;
      const list = (lane.address + words[header + 3]) >> 2;
      for (let i = words[starts + predicate]; i < words[starts + predicate + 1]; i++) rules.add(words[list + i]);
    }
    const address = this.kernel.allocForShapes(8 + (predicates.length + rules.size) * 4);
    this.kernel.words.set([predicates.length, rules.size, ...predicates, ...rules], address >> 2);
    return address;
  }

  #lane(facts: readonly Fact[]): LoadedLane | null {
    if (facts.length === 0) return null;
    // Lists of facts are kept, so most are known by identity.
    let lane = this.#byFacts.get(facts);
    if (lane !== undefined) return lane;
    const key = laneKey(facts);
    lane = this.#lanes.get(key);
    if (lane === undefined) {
      const compiled = this.#compiled(facts);
      lane = compiled === null ? null : this.#load(facts, compiled);
      this.#lanes.set(key, lane);
    }
    this.#byFacts.set(facts, lane);
    return lane;
  }

  #load(facts: readonly Fact[], lane: CompiledLane): LoadedLane {
    const address = this.kernel.alloc(lane.image.length + 64);
    this.kernel.bytes.set(lane.image, address);
    this.#factsOfLane.set(address, facts);
    return {
      address,
      facts,
      name: laneName(facts),
      matchers: new Map(lane.matchers),
      presence: lane.presence,
      keywords: this.#keywordSet(lane.keywords),
      rules: lane.rules,
    };
  }

  #keywordSet(patterns: string): number {
    const number = this.#keywordSets.get(patterns) ?? this.#keywordSets.size + 1;
    this.#keywordSets.set(patterns, number);
    return number;
  }
}
