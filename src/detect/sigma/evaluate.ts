/**
 * Plain evaluation of tests on values and of rules on one event. The kernel evaluates batches; what it cannot decide
 * itself (regular expressions, networks, comparisons) it asks {@link compileTest}, and explanations are made here.
 */
import { setUpV8 } from '../../base/index.ts';
import { foldSimple } from './fold.ts';
import type { CompareOp, DetectionRule, Expr, Item, Pattern, Test, Value } from './model.ts';
import { inNetwork, parseAddress, parseNetwork } from './network.ts';
import { compareDecimals, isCanonicalDecimal } from './number.ts';
import { TextSet } from './text-set.ts';
import { timePart } from './timestamp.ts';

/** A value with where it came from. */
export interface LocatedValue extends Value {
  /** Column path; elements of one list share theirs. */
  readonly path: string;
}

/** One event, as a rule sees it. */
export interface EventView {
  /** Values of a field (a list gives each element), JSON null among them; empty when absent. */
  values(field: string): readonly LocatedValue[];
  /** Whether the key is there, be it null or empty. */
  present(field: string): boolean;
  /** Every value of the event, for keywords. */
  all(): Iterable<LocatedValue>;
}

export type ValueTest = (value: Value) => boolean;

/**
 * A test of one value. `null` and `exists` say what they say of a value that is there; `fieldref` compares two values and
 * has no test of one (see {@link compileReference}).
 */
export function compileTest(test: Test): ValueTest {
  switch (test.kind) {
    case 'text':
      return compileText(test.patterns, test.cased);
    case 'regex': {
      const tests = test.regexes.map(compileRegex);
      return (value) => value.kind !== 'null' && tests.some((matches) => matches(value.text));
    }
    case 'cidr': {
      const networks = test.networks.map(parseNetwork).filter((network) => network !== null);
      return (value) => {
        if (value.kind !== 'string') return false;
        if (value.address === undefined) value.address = parseAddress(value.text);
        const { address } = value;
        return address !== null && networks.some((network) => inNetwork(address, network));
      };
    }
    case 'compare': {
      const { op, value: limit } = test;
      return (value) =>
        (value.kind === 'number' || value.kind === 'string') &&
        isCanonicalDecimal(value.text) &&
        holds(op, compareDecimals(value.text, limit));
    }
    case 'time': {
      const { part, op, values } = test;
      return (value) => {
        const actual = value.kind === 'string' ? timePart(value.text, part) : null;
        return actual !== null && values.some((v) => (op === undefined ? actual === v : holds(op, actual - v)));
      };
    }
    case 'null':
      return (value) => value.kind === 'null';
    case 'exists':
      return () => test.value;
    case 'fieldref':
      throw new Error('fieldref compares two values');
  }
}

function holds(op: CompareOp, order: number): boolean {
  switch (op) {
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
  }
}

/**
 * Longest text on which V8's default engine runs an expression with an open repeat. That engine changes to the linear one
 * after 50,000 backtracks, but steps of a greedy loop are none to it: `(x+x+)+y` took 11 s on 100,000 characters, flags or
 * not. Up to here the worst of 40 hostile patterns took 30 ms.
 */
const QUICK_CHARACTERS_MAX = 4096;

/**
 * One expression, behind the literals a matching value must hold. Its source is one the linear engine takes (regex.ts has
 * tried), so where it is safe V8's default engine runs it, some 200 times faster (`cmd.{0,5}(?:/c|/r).+clip` on 2 KB: 3.4 µs
 * against 790 µs), and changes over by itself.
 */
export function compileRegex(regex: {
  source: string;
  flags: string;
  order: readonly (readonly string[])[];
  least: number;
}): (text: string) => boolean {
  const { source, flags, order, least } = regex;
  setUpV8();
  // Most rules never get so far that their expression is needed.
  let linear: RegExp | null = null;
  let quick: RegExp | null = null;
  // regex.ts writes literal * and + with a backslash.
  const quickMax = /(?:^|[^\\])(?:\\\\)*[*+]/.test(source) ? QUICK_CHARACTERS_MAX : Number.POSITIVE_INFINITY;
  return (text) => {
    if (text.length < least) return false;
    if (order.length > 0 && !holdsInOrder(foldedOnce(text), order)) return false;
    if (text.length <= quickMax) {
      // eslint-disable-next-line security/detect-non-literal-regexp -- behind a length and with the linear engine to fall back on
      quick ??= new RegExp(source, flags.replace('l', ''));
      return quick.test(text);
    }
    // eslint-disable-next-line security/detect-non-literal-regexp -- translated for the linear engine by regex.ts
    linear ??= new RegExp(source, flags);
    return linear.test(text);
  };
}

/** The first match at or behind an offset and what its groups match; null where there is none. In linear time, as above. */
export function compileGroups(translated: {
  readonly source: string;
  readonly flags: string;
}): (text: string, from?: number) => RegExpExecArray | null {
  const { source, flags } = translated;
  setUpV8();
  let linear: RegExp | null = null;
  let quick: RegExp | null = null;
  return (text, from = 0) => {
    let regex = quick;
    if (text.length > QUICK_CHARACTERS_MAX) {
      // eslint-disable-next-line security/detect-non-literal-regexp -- translated for the linear engine by regex.ts
      linear ??= new RegExp(source, `${flags}g`);
      regex = linear;
    } else if (regex === null) {
      // eslint-disable-next-line security/detect-non-literal-regexp -- behind a length and with the linear engine to fall back on
      quick = new RegExp(source, `${flags.replace('l', '')}g`);
      regex = quick;
    }
    regex.lastIndex = from;
    return regex.exec(text);
  };
}

function foldedOf(value: Value): string {
  value.folded ??= foldSimple(value.text);
  return value.folded;
}

let lastText = '';
let lastFolded = '';

/** Many expressions are tried on one long text in a row; folding it once saves a third of their time. */
function foldedOnce(text: string): string {
  if (text !== lastText) {
    lastFolded = foldSimple(text);
    lastText = text;
  }
  return lastFolded;
}

/** Whether the text holds a literal of each set, each behind the one before. */
function holdsInOrder(folded: string, order: readonly (readonly string[])[]): boolean {
  let from = 0;
  for (const set of order) {
    let end = Number.POSITIVE_INFINITY;
    for (const literal of set) {
      const at = folded.indexOf(literal, from);
      if (at >= 0) end = Math.min(end, at + literal.length);
    }
    if (end === Number.POSITIVE_INFINITY) return false;
    from = end;
  }
  return true;
}

function compileText(patterns: readonly Pattern[], cased: boolean): ValueTest {
  const set = new TextSet(patterns, cased);
  return (value) => value.kind !== 'null' && set.some(cased ? value.text : foldedOf(value));
}

/** Which of the patterns of a text test a value matches, by index. */
export function compileWhich(test: Test & { kind: 'text' }): (value: Value) => readonly number[] {
  const set = new TextSet(test.patterns, test.cased);
  return (value) => (value.kind === 'null' ? [] : set.which(test.cased ? value.text : foldedOf(value)));
}

/** How two values compare under `fieldref`: the field's own value first. JSON null equals nothing. */
export function compileReference(test: Test & { kind: 'fieldref' }): (value: Value, other: Value) => boolean {
  const { mode, cased } = test;
  return (value, other) => {
    if (value.kind === 'null' || other.kind === 'null') return false;
    const a = cased ? value.text : foldSimple(value.text);
    const b = cased ? other.text : foldSimple(other.text);
    switch (mode) {
      case 'equals':
        return a === b;
      case 'contains':
        return a.includes(b);
      case 'startswith':
        return a.startsWith(b);
      case 'endswith':
        return a.endsWith(b);
    }
  };
}

export type ItemTest = (view: EventView) => boolean;

/** Whether an item holds in an event. */
export function compileItem(item: Item): ItemTest {
  const { field, test } = item;
  if (field === null) {
    const matches = compileTest(test);
    return (view) => {
      for (const value of view.all()) if (matches(value)) return true;
      return false;
    };
  }
  if (test.kind === 'null') {
    return (view) => !view.present(field) || view.values(field).some((value) => value.kind === 'null');
  }
  if (test.kind === 'exists') return (view) => view.present(field) === test.value;
  if (test.kind === 'fieldref') {
    const matches = compileReference(test);
    return (view) => {
      const own = view.values(field);
      return test.fields.some((name) => view.values(name).some((other) => own.some((value) => matches(value, other))));
    };
  }
  const matches = compileTest(test);
  return (view) => view.values(field).some(matches);
}

/** Value of a tree, given that of its items. */
export function evaluateExpr(expr: Expr, item: (index: number) => boolean): boolean {
  switch (expr.op) {
    case 'and':
      return expr.args.every((arg) => evaluateExpr(arg, item));
    case 'or':
      return expr.args.some((arg) => evaluateExpr(arg, item));
    case 'not':
      return !evaluateExpr(expr.arg, item);
    case 'const':
      return expr.value;
    case 'item':
      return item(expr.item);
  }
}

const compiled = new WeakMap<DetectionRule, readonly ItemTest[]>();

/** The tests of a rule's items, compiled once. */
export function itemTests(rule: DetectionRule): readonly ItemTest[] {
  let tests = compiled.get(rule);
  if (tests === undefined) {
    tests = rule.items.map(compileItem);
    compiled.set(rule, tests);
  }
  return tests;
}

/** Whether the rule matches the event; whether its logsource fits is not asked here. */
export function evaluateRule(rule: DetectionRule, view: EventView): boolean {
  const tests = itemTests(rule);
  return evaluateExpr(rule.expr, (index) => tests[index](view));
}
