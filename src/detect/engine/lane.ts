/**
 * Compiles one lane: every rule that applies to events with the lane's facts, as one position-independent block the
 * kernel reads (kernel/eval.ts has the layout of its header).
 */
import { sha256, WeirError } from '../../base/index.ts';
import type { Fact, Routing } from '../../schema/index.ts';
import { applies } from '../../schema/index.ts';
import { foldSimple } from '../sigma/fold.ts';
import { ANY, type DetectionRule, type Expr, type Item, type Pattern, type Test } from '../sigma/model.ts';
import { type CompiledPattern, MatcherBuilder, PatternTable } from './matcher.ts';
import { assemble, MISS, type Tree, witness } from './program.ts';

/** Set on a rule's id in the lane when the kernel only finds candidates and the host decides (fieldref). */
export const VERIFY = 0x80000000;
/** Field under which the matcher of keywords stands. */
export const KEYWORDS = '';

/** What the kernel keeps stamps for (kernel/match.ts). */
const RULES_MAX = 0x20000;
const PREDICATES_MAX = 0x40000;
const HEADER_WORDS = 16;

export interface Lane {
  readonly facts: readonly Fact[];
  readonly image: Uint8Array;
  /** Field → offset of its matcher in the image; under KEYWORDS the one that every column is searched with. */
  readonly matchers: ReadonlyMap<string, number>;
  /** Fields tested for presence, with the predicate: for keys whose value is an object or array. */
  readonly presence: readonly (readonly [field: string, predicate: number])[];
  /** Rules by their number in the lane: index in the rule set. */
  readonly rules: readonly number[];
  /** Those no predicate wakes: evaluated for every event of the lane. */
  readonly always: readonly number[];
  /** Names the set of keyword tests: lanes with the same ones have the same text. */
  readonly keywords: string;
}

/** Numbers the residual tests; equal tests share a number. */
export interface Residuals {
  idOf(rule: number, item: number): number;
}

interface Builder {
  readonly predicates: Map<string, number>;
  readonly costs: number[];
  readonly matchers: Map<string, MatcherBuilder>;
  readonly keywordTests: { test: Test; predicate: number; rule: number; item: number }[];
  readonly presence: [field: string, predicate: number][];
  readonly keys: TestKeys;
  readonly residuals: Residuals;
}

/** Tests and their patterns, each compiled once for all lanes; equal tests have equal keys. */
export class TestKeys {
  readonly #keys = new WeakMap<object, number>();
  readonly #numbers = new Map<string, number>();
  readonly #patterns: (readonly CompiledPattern[] | undefined)[] = [];
  readonly #triggers: (readonly CompiledPattern[] | undefined)[] = [];
  readonly #sets = new Map<string, string>();
  readonly table = new PatternTable();

  /** The patterns of a text test. */
  patternsOf(test: Test & { kind: 'text' }): readonly CompiledPattern[] {
    const key = this.keyOf(test);
    this.#patterns[key] ??= test.patterns.map((pattern) => this.table.compile(folded(pattern)));
    return this.#patterns[key];
  }

  /** Patterns of which every value satisfying the test matches one; none when there is no such set. */
  triggersOf(test: Test): readonly CompiledPattern[] {
    const key = this.keyOf(test);
    this.#triggers[key] ??= literalsOf(test).map((literal) => this.table.compile([ANY, literal, ANY]));
    return this.#triggers[key];
  }

  /** One name for equal sets of tests, whoever numbered them: lanes are compiled by more than one. */
  setName(tests: readonly Test[]): string {
    const numbers = tests
      .map((test) => this.keyOf(test))
      .sort((a, b) => a - b)
      .join();
    let name = this.#sets.get(numbers);
    if (name === undefined) {
      name = sha256(
        tests
          .map((test) => JSON.stringify(test))
          .sort()
          .join('\n'),
      );
      this.#sets.set(numbers, name);
    }
    return name;
  }

  keyOf(test: Test): number {
    let key = this.#keys.get(test);
    if (key === undefined) {
      const text = JSON.stringify(test);
      key = this.#numbers.get(text) ?? this.#numbers.size;
      this.#numbers.set(text, key);
      this.#keys.set(test, key);
    }
    return key;
  }
}

/** The facts through which a rule applies: unconditional ones alone where there are any. */
export function factsOf(logsource: Routing, facts: readonly Fact[]): readonly Fact[] {
  const all = facts.filter((fact) => applies(logsource, fact));
  const plain = all.find((fact) => fact.where === undefined && fact.rewrite === undefined);
  return plain === undefined ? all : [plain];
}

/** Rules with one logsource; `index` is a rule's place in the rule set. */
export interface RuleGroup {
  readonly logsource: Routing;
  readonly rules: readonly { readonly rule: DetectionRule; readonly index: number }[];
}

/** Which lanes a rule is in hangs on its logsource alone, and there are 160 of those to 3,754 rules. */
export function groupRules(rules: readonly DetectionRule[]): RuleGroup[] {
  const groups = new Map<string, { logsource: Routing; rules: { rule: DetectionRule; index: number }[] }>();
  rules.forEach((rule, index) => {
    const { product, category, service } = rule.logsource;
    const key = JSON.stringify([product, category, service]);
    let group = groups.get(key);
    if (group === undefined) {
      group = { logsource: rule.logsource, rules: [] };
      groups.set(key, group);
    }
    group.rules.push({ rule, index });
  });
  return [...groups.values()];
}

export function compileLane(
  facts: readonly Fact[],
  groups: readonly RuleGroup[],
  keys: TestKeys,
  residuals: Residuals,
): Lane {
  const builder: Builder = {
    predicates: new Map(),
    costs: [],
    matchers: new Map(),
    keywordTests: [],
    presence: [],
    keys,
    residuals,
  };
  const indices: number[] = [];
  const ids: number[] = [];
  const trees: Tree[] = [];
  for (const { logsource, rules } of groups) {
    const through = factsOf(logsource, facts);
    if (through.length === 0) continue;
    for (const { rule, index } of rules) {
      const verify = rule.items.some((item) => item.test.kind === 'fieldref');
      const ways = through.map((fact) => treeOf(builder, rule, index, fact));
      trees.push(ways.length === 1 ? ways[0] : { op: 'or', args: ways });
      indices.push(index);
      ids.push(verify ? (index | VERIFY) >>> 0 : index);
    }
  }
  return serialise(builder, facts, trees, indices, ids);
}

function treeOf(builder: Builder, rule: DetectionRule, index: number, fact: Fact): Tree {
  const tree = lower(builder, rule, index, fact, rule.expr, true);
  const where = Object.entries(fact.where ?? {}).map(([field, values]): Tree => {
    const test: Test = { kind: 'text', patterns: values.map((value) => [value]), cased: false };
    return predicate(builder, field, test, index, -1);
  });
  return where.length === 0 ? tree : { op: 'and', args: [...where, tree] };
}

function lower(builder: Builder, rule: DetectionRule, index: number, fact: Fact, expr: Expr, positive: boolean): Tree {
  switch (expr.op) {
    case 'const':
      return expr;
    case 'not':
      return { op: 'not', arg: lower(builder, rule, index, fact, expr.arg, !positive) };
    case 'item': {
      const item = rule.items[expr.item];
      // The kernel does not compare fields with each other: such an item may hold, and the host decides.
      if (item.test.kind === 'fieldref') return { op: 'const', value: positive };
      return leaf(
        builder,
        item,
        item.field === null ? null : (fact.rewrite?.[item.field] ?? item.field),
        index,
        expr.item,
      );
    }
    default:
      return { op: expr.op, args: expr.args.map((arg) => lower(builder, rule, index, fact, arg, positive)) };
  }
}

function leaf(builder: Builder, item: Item, field: string | null, rule: number, index: number): Tree {
  const { test } = item;
  if (field === null) return keyword(builder, test, rule, index);
  if (test.kind === 'null') {
    // Null itself, or nothing there at all.
    const absent: Tree = { op: 'not', arg: predicate(builder, field, { kind: 'exists', value: true }, rule, -1) };
    return { op: 'or', args: [predicate(builder, field, test, rule, -1), absent] };
  }
  if (test.kind === 'exists') {
    const tree = predicate(builder, field, { kind: 'exists', value: true }, rule, -1);
    return test.value ? tree : { op: 'not', arg: tree };
  }
  return predicate(builder, field, test, rule, index);
}

function keyword(builder: Builder, test: Test, rule: number, item: number): Tree {
  const key = `\n${builder.keys.keyOf(test)}`;
  let id = builder.predicates.get(key);
  if (id === undefined) {
    id = newPredicate(builder, key, test);
    builder.keywordTests.push({ test, predicate: id, rule, item });
  }
  return { op: 'predicate', predicate: id };
}

function newPredicate(builder: Builder, key: string, test: Test): number {
  const id = builder.costs.length;
  builder.predicates.set(key, id);
  builder.costs.push(costOf(test));
  return id;
}

function predicate(builder: Builder, field: string, test: Test, rule: number, item: number): Tree {
  const key = `${field}\n${builder.keys.keyOf(test)}`;
  let id = builder.predicates.get(key);
  if (id === undefined) {
    id = newPredicate(builder, key, test);
    let matcher = builder.matchers.get(field);
    if (matcher === undefined) {
      matcher = new MatcherBuilder();
      builder.matchers.set(field, matcher);
    }
    if (test.kind === 'exists') {
      builder.presence.push([field, id]);
      matcher.addAny(id);
    } else if (test.kind === 'null') {
      matcher.addNull(id);
    } else addTest(builder, matcher, test, id, rule, item);
  }
  return { op: 'predicate', predicate: id };
}

function folded(pattern: Pattern): Pattern {
  return pattern.map((piece) => (typeof piece === 'string' ? foldSimple(piece) : piece));
}

/** Whether a test on values is left to the host. */
export function isResidual(test: Test): boolean {
  return test.kind !== 'text' || test.cased;
}

function addTest(builder: Builder, matcher: MatcherBuilder, test: Test, id: number, rule: number, item: number): void {
  if (test.kind === 'text' && !isResidual(test)) {
    for (const pattern of builder.keys.patternsOf(test)) matcher.addPattern(pattern, id);
    return;
  }
  matcher.addResidual(builder.residuals.idOf(rule, item), id, builder.keys.triggersOf(test));
}

/** Folded literals one of which every value satisfying the test contains; empty when there is no such set. */
function literalsOf(test: Test): readonly string[] {
  if (test.kind === 'regex') {
    if (test.regexes.some((regex) => regex.literals.length === 0)) return [];
    return test.regexes.flatMap((regex) => regex.literals);
  }
  if (test.kind === 'text') {
    const longest = test.patterns.map((pattern) =>
      pattern.reduce<string>((a, piece) => (typeof piece === 'string' && piece.length > a.length ? piece : a), ''),
    );
    return longest.some((literal) => literal.length < 3) ? [] : longest.map(foldSimple);
  }
  return [];
}

/** A guess at the share of a field's values that satisfy the test; only its order matters, for choosing witnesses. */
export function costOf(test: Test): number {
  switch (test.kind) {
    case 'text': {
      let cost = 0;
      for (const pattern of test.patterns) {
        let length = 0;
        let wild = 0;
        for (const piece of pattern) {
          if (typeof piece === 'string') length += piece.length;
          else wild++;
        }
        // Whole values of a few characters (ids, flags, booleans) are the common ones; long text is rare wherever it stands.
        if (wild === 0) cost += length <= 6 ? 0.1 : 0.005;
        else cost += 0.5 * 0.75 ** length + 0.0005;
      }
      return Math.min(cost, 0.95);
    }
    case 'regex':
      return 0.02;
    case 'cidr':
      return 0.3;
    case 'exists':
      return 0.97;
    default:
      return 0.5;
  }
}

function serialise(
  builder: Builder,
  facts: readonly Fact[],
  trees: readonly Tree[],
  rules: readonly number[],
  ids: readonly number[],
): Lane {
  if (trees.length > RULES_MAX || builder.costs.length > PREDICATES_MAX) {
    throw new WeirError(
      'rules.too_many',
      `${trees.length} rules with ${builder.costs.length} different tests apply to one kind of event, at most ${RULES_MAX} and ${PREDICATES_MAX} are possible`,
      { hint: 'Scan with part of the rules at a time.' },
    );
  }
  if (builder.keywordTests.length > 0) {
    const matcher = new MatcherBuilder();
    for (const { test, predicate: id, rule, item } of builder.keywordTests)
      addTest(builder, matcher, test, id, rule, item);
    builder.matchers.set(KEYWORDS, matcher);
  }
  const code: number[] = [];
  const starts: number[] = [];
  const waiting: number[][] = builder.costs.map(() => []);
  const always: number[] = [];
  trees.forEach((tree, rule) => {
    const start = assemble(tree, code);
    starts.push(start);
    if (start === MISS) return;
    const found = witness(tree, (id) => builder.costs[id]);
    if (found === null) always.push(rule);
    else for (const id of found.predicates) waiting[id].push(rule);
  });
  const witnessStarts = new Uint32Array(waiting.length + 1);
  waiting.forEach((list, i) => {
    witnessStarts[i + 1] = witnessStarts[i] + list.length;
  });
  const parts: ArrayLike<number>[] = [witnessStarts, waiting.flat(), starts, code, always, ids];
  const header = new Uint32Array(HEADER_WORDS);
  let at = HEADER_WORDS * 4;
  const offsets = parts.map((part) => {
    const offset = at;
    at += part.length * 4;
    return offset;
  });
  header.set([
    builder.costs.length,
    trees.length,
    offsets[0],
    offsets[1],
    offsets[2],
    offsets[3],
    offsets[4],
    always.length,
    offsets[5],
  ]);
  const keywords = builder.keys.setName(builder.keywordTests.map(({ test }) => test));
  const matchers = new Map<string, number>();
  const blocks: { at: number; block: Uint8Array }[] = [];
  for (const [field, matcher] of builder.matchers) {
    matchers.set(field, at);
    const block = matcher.build(at);
    blocks.push({ at, block });
    at += block.length;
  }
  const image = new Uint8Array(at);
  const words = new Uint32Array(image.buffer);
  words.set(header);
  parts.forEach((part, i) => {
    words.set(part, offsets[i] / 4);
  });
  for (const { at: offset, block } of blocks) image.set(block, offset);
  return { facts, image, matchers, presence: builder.presence, rules, always, keywords };
}
