/** Why a rule hit (`matches` of a hit line) and why it did not (`--why-not`). */
import {
  compileReference,
  compileTest,
  compileWhich,
  type EventView,
  evaluateExpr,
  itemTests,
  type LocatedValue,
  type ValueTest,
} from './evaluate.ts';
import { DASH, type DetectionRule, type Expr, type Item, type Match, type Test, type Value } from './model.ts';
import { isLiteral, patternText } from './pattern.ts';

/**
 * One thing an item looks for: its name in `op`, and what the hit shows as `pattern`. `op` is `equals`,
 * `wildcard`, `contains`, `startswith`, `endswith`, `keyword`, `re`, `cidr`, `lt` …, `hour` …, `null`, `exists` or
 * `fieldref`, with what changes its meaning behind it: `contains|cased`, `contains|windash`, `re|i`, `hour|gte`,
 * `fieldref|endswith`. `pattern` is the value as written, or its encoded form where a modifier encodes it, so that op,
 * pattern and value alone decide the entry.
 */
interface Alternative {
  readonly op: string;
  readonly pattern?: unknown;
}

/** Everything an item looks for, and which of it a value is. */
interface Alternatives {
  readonly options: readonly Alternative[];
  which(value: Value): readonly Alternative[];
}

/**
 * The satisfied predicates that make the rule hit: inside a satisfied `or` every satisfied branch, inside a satisfied
 * `not` the predicates that fail. Decisive ones come first. Empty when the rule does not hit.
 */
export function explain(rule: DetectionRule, view: EventView): Match[] {
  const memo = new MemoView(view);
  const tests = itemTests(rule);
  const truth = tests.map((test) => test(memo));
  const holds = (index: number): boolean => truth[index];
  if (!evaluateExpr(rule.expr, holds)) return [];
  const found = new Map<number, boolean>();
  collect(rule.expr, true, holds, found);
  const matches: Match[] = [];
  for (const [index, wanted] of found) {
    for (const match of wanted ? satisfied(rule.items[index], memo) : failed(rule.items[index], memo)) {
      matches.push({
        ...match.shown,
        decisive: match.value !== null && !hitsWithout(rule, memo, truth, match.value),
      });
    }
  }
  return [...matches.filter((match) => match.decisive), ...matches.filter((match) => !match.decisive)];
}

/** Whether the rule would hit all the same; only items that see the value are asked again. */
function hitsWithout(rule: DetectionRule, view: MemoView, truth: readonly boolean[], value: LocatedValue): boolean {
  const without = new WithoutValue(view, value);
  const tests = itemTests(rule);
  const sees = (field: string): boolean => view.values(field).some((own) => own.path === value.path);
  return evaluateExpr(rule.expr, (index) => {
    const { field, test } = rule.items[index];
    const asked = field === null || sees(field) || (test.kind === 'fieldref' && test.fields.some(sees));
    return asked ? tests[index](without) : truth[index];
  });
}

/** Why-not entry: a predicate of a rule that does not hit. */
export interface Missing {
  readonly selection: string;
  readonly field: string | null;
  /** As in {@link Match}, with `not ` where the predicate has to fail. */
  readonly op: string;
  readonly pattern: unknown;
  /** The event's values; absent where the field is. */
  readonly value?: string | null | readonly (string | null)[];
  /** It is not as the rule wants it. */
  readonly failed: boolean;
  /** It alone, were it otherwise, would make the rule hit. */
  readonly needed: boolean;
}

/** Every predicate of a rule that does not hit, the failed ones first; empty when it hits. */
export function whyNot(rule: DetectionRule, view: EventView): Missing[] {
  const memo = new MemoView(view);
  const truth = itemTests(rule).map((test) => test(memo));
  if (evaluateExpr(rule.expr, (index) => truth[index])) return [];
  const wanted = new Map<number, boolean>();
  polarity(rule.expr, true, wanted);
  const missing = [...wanted].map(([index, want]): Missing => {
    const item = rule.items[index];
    const shown = summary(item);
    const values = item.field === null ? [] : memo.values(item.field).map(textOrNull);
    return {
      selection: item.selection,
      field: item.field,
      op: want ? shown.op : `not ${shown.op}`,
      pattern: shown.pattern,
      ...(values.length === 0 ? {} : { value: values.length === 1 ? values[0] : values }),
      failed: truth[index] !== want,
      needed: evaluateExpr(rule.expr, (i) => (i === index ? !truth[i] : truth[i])),
    };
  });
  const rank = (entry: Missing): number => (entry.needed ? 0 : entry.failed ? 1 : 2);
  return missing.sort((a, b) => rank(a) - rank(b));
}

/** Items that make the expression what it is, with the outcome each contributes. */
function collect(expr: Expr, value: boolean, holds: (index: number) => boolean, found: Map<number, boolean>): void {
  switch (expr.op) {
    case 'item':
      found.set(expr.item, value);
      return;
    case 'not':
      collect(expr.arg, !value, holds, found);
      return;
    case 'and':
    case 'or':
      for (const arg of expr.args) if (evaluateExpr(arg, holds) === value) collect(arg, value, holds, found);
  }
}

/** What each item of the tree should be for the rule to hit. */
function polarity(expr: Expr, want: boolean, wanted: Map<number, boolean>): void {
  if (expr.op === 'item') wanted.set(expr.item, want);
  else if (expr.op === 'not') polarity(expr.arg, !want, wanted);
  else if (expr.op !== 'const') for (const arg of expr.args) polarity(arg, want, wanted);
}

interface Found {
  readonly shown: Omit<Match, 'decisive'>;
  /** What to take away; null when nothing is there. */
  readonly value: LocatedValue | null;
}

function satisfied(item: Item, view: EventView): Found[] {
  const { field, selection, test } = item;
  const base = { selection, field };
  if (test.kind === 'fieldref' && field !== null) return references(item, test, field, view, true);
  const { options, which } = alternatives(item);
  const [first] = options;
  if (field !== null && !view.present(field)) return [{ shown: { ...base, ...shownOf(first) }, value: null }];
  if (field !== null && test.kind === 'exists') {
    const values = view.values(field);
    if (values.length === 0) return [{ shown: { ...base, ...shownOf(first) }, value: null }];
    return values.map((value) => ({
      shown: { ...base, path: value.path, ...shownOf(first), value: textOrNull(value) },
      value,
    }));
  }
  const found: Found[] = [];
  for (const value of field === null ? view.all() : view.values(field)) {
    for (const option of which(value)) {
      found.push({ shown: { ...base, path: value.path, ...shownOf(option), value: textOrNull(value) }, value });
    }
  }
  return found;
}

/** One entry for each value that failed, or one without value when there is none. */
function failed(item: Item, view: EventView): Found[] {
  const { field, selection, test } = item;
  if (test.kind === 'fieldref' && field !== null) return references(item, test, field, view, false);
  const { op, pattern } = summary(item);
  const base = { selection, field, op: `not ${op}`, ...(pattern === undefined ? {} : { pattern }) };
  // A keyword fails on every value of the event: the entry stands for all of them.
  const values = field === null ? [] : view.values(field);
  if (values.length === 0) return [{ shown: base, value: null }];
  return values.map((value) => ({ shown: { ...base, path: value.path, value: textOrNull(value) }, value }));
}

/** `pattern` is the other field with its value, so that the entry can be checked. */
function references(
  item: Item,
  test: Test & { kind: 'fieldref' },
  field: string,
  view: EventView,
  want: boolean,
): Found[] {
  const matches = compileReference(test);
  const op = (want ? '' : 'not ') + summary(item).op;
  const found: Found[] = [];
  for (const name of test.fields) {
    for (const value of view.values(field)) {
      for (const other of view.values(name)) {
        if (matches(value, other) !== want) continue;
        const pattern = { field: name, value: textOrNull(other) };
        found.push({
          shown: { selection: item.selection, field, path: value.path, op, pattern, value: textOrNull(value) },
          value,
        });
      }
    }
  }
  if (found.length > 0) return found;
  return [{ shown: { selection: item.selection, field, op, pattern: { field: test.fields[0] } }, value: null }];
}

function shownOf(option: Alternative): { op: string; pattern?: unknown } {
  return option.pattern === undefined ? { op: option.op } : { op: option.op, pattern: option.pattern };
}

function textOrNull(value: Value): string | null {
  return value.kind === 'null' ? null : value.text;
}

/** The item as one predicate: its alternatives under one op, patterns in a list where there are several. */
function summary(item: Item): { op: string; pattern?: unknown } {
  if (item.test.kind === 'fieldref') {
    const { mode, cased, fields } = item.test;
    const op = `fieldref${mode === 'equals' ? '' : `|${mode}`}${cased ? '|cased' : ''}`;
    return { op, pattern: fields.length === 1 ? fields[0] : fields };
  }
  const { options } = alternatives(item);
  const op = options.some((option) => option.op.startsWith('wildcard'))
    ? (options.find((option) => option.op.startsWith('wildcard'))?.op ?? '')
    : options[0].op;
  return options.length === 1 ? shownOf(options[0]) : { op, pattern: options.map((option) => option.pattern) };
}

const known = new WeakMap<Item, Alternatives>();

function alternatives(item: Item): Alternatives {
  let found = known.get(item);
  if (found === undefined) {
    found = listAlternatives(item);
    known.set(item, found);
  }
  return found;
}

function listAlternatives(item: Item): Alternatives {
  const { test, values } = item;
  switch (test.kind) {
    case 'text': {
      const options = listPatterns(item, test);
      const which = compileWhich(test);
      return { options, which: (value) => which(value).map((index) => options[index]) };
    }
    case 'regex':
      return each(
        test.regexes.map((regex) => ({
          op: `re${regex.ignoreCase ? '|i' : ''}${regex.multiLine ? '|m' : ''}${regex.dotAll ? '|s' : ''}`,
          pattern: regex.written,
          matches: compileTest({ kind: 'regex', regexes: [regex] }),
        })),
      );
    case 'cidr':
      return each(
        test.networks.map((network) => ({
          op: 'cidr',
          pattern: network,
          matches: compileTest({ kind: 'cidr', networks: [network] }),
        })),
      );
    case 'compare':
      return each([{ op: test.op, pattern: values.length === 1 ? values[0] : test.value, matches: compileTest(test) }]);
    case 'time':
      return each(
        test.values.map((value) => ({
          op: test.op === undefined ? test.part : `${test.part}|${test.op}`,
          pattern: value,
          matches: compileTest({ ...test, values: [value] }),
        })),
      );
    case 'exists':
      return each([{ op: 'exists', pattern: test.value, matches: compileTest(test) }]);
    case 'null':
      return each([{ op: 'null', matches: compileTest(test) }]);
    case 'fieldref':
      return each([]);
  }
}

/** Alternatives that are asked one by one. */
function each(options: readonly (Alternative & { readonly matches: ValueTest })[]): Alternatives {
  return { options, which: (value) => options.filter(({ matches }) => matches(value)) };
}

function listPatterns({ modifiers, values, field }: Item, test: Test & { kind: 'text' }): Alternative[] {
  const encoded = modifiers.some((m) => /^(?:base64|base64offset|utf16|utf16le|utf16be|wide)$/.test(m));
  const mode = modifiers.find((m) => m === 'contains' || m === 'startswith' || m === 'endswith');
  const written = test.patterns.length === values.length && !encoded;
  return test.patterns.map((pattern, i) => {
    const own = field === null ? 'keyword' : (mode ?? (isLiteral(pattern) ? 'equals' : 'wildcard'));
    const dash = pattern.includes(DASH) ? '|windash' : '';
    // An encoded value is shown whole, with the wildcards `contains` and its like put around it.
    const op = written || field === null ? own : isLiteral(pattern) ? 'equals' : 'wildcard';
    return { op: op + (test.cased ? '|cased' : '') + dash, pattern: written ? values[i] : patternText(pattern) };
  });
}

/** An event whose values are asked for once each. */
class MemoView implements EventView {
  private readonly view: EventView;
  private readonly fields = new Map<string, readonly LocatedValue[]>();
  private everything: readonly LocatedValue[] | undefined;

  constructor(view: EventView) {
    this.view = view;
  }

  values(field: string): readonly LocatedValue[] {
    let values = this.fields.get(field);
    if (values === undefined) {
      values = this.view.values(field);
      this.fields.set(field, values);
    }
    return values;
  }

  present(field: string): boolean {
    return this.view.present(field);
  }

  all(): readonly LocatedValue[] {
    this.everything ??= [...this.view.all()];
    return this.everything;
  }
}

/** The event with one value taken out, wherever it shows; a field left without values is absent. */
class WithoutValue implements EventView {
  private readonly view: MemoView;
  private readonly gone: LocatedValue;

  constructor(view: MemoView, gone: LocatedValue) {
    this.view = view;
    this.gone = gone;
  }

  values(field: string): readonly LocatedValue[] {
    return this.view.values(field).filter((value) => !this.isGone(value));
  }

  present(field: string): boolean {
    if (!this.view.present(field)) return false;
    const values = this.view.values(field);
    return values.length === 0 || values.some((value) => !this.isGone(value));
  }

  all(): readonly LocatedValue[] {
    return this.view.all().filter((value) => !this.isGone(value));
  }

  private isGone(value: LocatedValue): boolean {
    return value.path === this.gone.path && value.text === this.gone.text && value.kind === this.gone.kind;
  }
}
