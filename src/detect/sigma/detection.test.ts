import assert from 'node:assert/strict';
import { test } from 'node:test';
import { and, not, or } from './detection.ts';
import { evaluateRule } from './evaluate.ts';
import { eventOf, refusalOf, ruleOf } from './event.twin.ts';
import type { Expr } from './model.ts';

function holds(detection: string, event: Record<string, unknown>): boolean {
  return evaluateRule(ruleOf(detection), eventOf(event));
}

/** The tree with items as `selection.field`. */
function words(detection: string): string {
  const rule = ruleOf(detection);
  const text = (expr: Expr): string => {
    if (expr.op === 'item') return `${rule.items[expr.item].selection}.${rule.items[expr.item].field}`;
    if (expr.op === 'not') return `!${text(expr.arg)}`;
    if (expr.op === 'const') return String(expr.value);
    return `(${expr.args.map(text).join(expr.op === 'and' ? ' & ' : ' | ')})`;
  };
  return text(rule.expr);
}

test('maps are ANDed, lists ORed, conditions of a list ORed', () => {
  assert.equal(words('{s: {a: 1, b: 2}, condition: s}'), '(s.a & s.b)');
  assert.equal(words('{s: [{a: 1, b: 2}, {c: 3}], condition: s}'), '((s.a & s.b) | s.c)');
  assert.equal(words('{s: [k, l, {c: 3}, m], condition: s}'), '(s.null | s.c | s.null)');
  assert.equal(words('{s: {a: 1}, t: {b: 2}, condition: [s, not t]}'), '(s.a | !t.b)');
  assert.equal(words("{s: {'|all': [k, l]}, condition: s}"), '(s.null & s.null)');
  assert.equal(words('{s: [[{a: 1}], [{b: 1}]], condition: s}'), '(s.a | s.b)');
});

test('of speaks of selections: them, patterns, and nothing that starts with _', () => {
  const selections = 'sel_a: {a: 1}, sel_b: {b: 1}, filter: {c: 1}, _x: {d: 1}';
  assert.equal(words(`{${selections}, condition: 1 of them}`), '(sel_a.a | sel_b.b | filter.c)');
  assert.equal(words(`{${selections}, condition: all of sel_*}`), '(sel_a.a & sel_b.b)');
  assert.equal(
    words(`{${selections}, condition: any of sel_* and not 1 of filter*}`),
    '((sel_a.a | sel_b.b) & !filter.c)',
  );
  assert.equal(words(`{${selections}, condition: sel_a and _x}`), '(sel_a.a & _x.d)');
  assert.match(refusalOf(`{${selections}, condition: 1 of zzz*}`), /no selection is called zzz\*/);
  assert.match(refusalOf(`{${selections}, condition: sel_c}`), /unknown selection "sel_c"/);
});

test('a selection used twice is lowered once; one never used is not lowered', () => {
  const rule = ruleOf('{s: {a: 1}, t: {b: 1}, u: {c: 1}, condition: s and (t or s)}');
  assert.deepEqual(
    rule.items.map((item) => item.field),
    ['a', 'b'],
  );
});

test('not over an absent field is true', () => {
  assert.ok(holds('{s: {a: 1}, f: {b: 1}, condition: s and not f}', { a: 1 }));
  assert.ok(!holds('{s: {a: 1}, f: {b: 1}, condition: s and not f}', { a: 1, b: 1 }));
  assert.ok(holds('{f: {b|contains: x}, condition: not f}', {}));
});

test('items keep field, modifiers and values as written; under all one value each', () => {
  const rule = ruleOf("{s: {f|contains|all: ['A', 'b']}, t: {f|gt: [1, 2]}, condition: s and t}");
  assert.deepEqual(
    rule.items.map(({ selection, field, modifiers, values }) => [selection, field, modifiers, values]),
    [
      ['s', 'f', ['contains', 'all'], ['A']],
      ['s', 'f', ['contains', 'all'], ['b']],
      ['t', 'f', ['gt'], [1]],
      ['t', 'f', ['gt'], [2]],
    ],
  );
});

test('constants fold and nested operators flatten', () => {
  const yes: Expr = { op: 'const', value: true };
  const no: Expr = { op: 'const', value: false };
  const a: Expr = { op: 'item', item: 0 };
  const b: Expr = { op: 'item', item: 1 };
  assert.deepEqual(and([a, yes]), a);
  assert.deepEqual(and([a, no]), no);
  assert.deepEqual(or([a, no]), a);
  assert.deepEqual(or([a, yes]), yes);
  assert.deepEqual(and([]), yes);
  assert.deepEqual(or([]), no);
  assert.deepEqual(not(yes), no);
  assert.deepEqual(not(not(a)), a);
  assert.deepEqual(or([a, or([b, a])]), { op: 'or', args: [a, b, a] });
  assert.deepEqual(and([and([a, b]), b]), { op: 'and', args: [a, b, b] });
});

test('detections without meaning are refused', () => {
  const cases: [string, RegExp][] = [
    ['{condition: s}', /no selection/],
    ['{s: {a: 1}}', /condition is missing/],
    ['{s: {a: 1}, condition: []}', /condition is missing/],
    ['{s: {a: 1}, condition: [5]}', /a condition is no text/],
    ['{s: {a: 1}, condition: 5}', /condition is missing or no text/],
    ['{s: {}, condition: s}', /empty map/],
    ['{s: [], condition: s}', /empty list/],
    ['{s: null, condition: s}', /null needs a field/],
    ['{s: [a, null], condition: s}', /null cannot stand in a list/],
    ['{s: {a: 1}, timeframe: 5m, condition: s}', /timeframe is deprecated/],
    [
      '{s: {a: 1}, condition: s | count() > 5}',
      /"\| count" is deprecated and not supported\. Write a Sigma correlation/,
    ],
    ['[a]', /detection is no map/],
    [`{s: ${'['.repeat(20)}a${']'.repeat(20)}, condition: s}`, /nested deeper/],
  ];
  for (const [detection, reason] of cases) assert.match(refusalOf(detection), reason, detection);
});
