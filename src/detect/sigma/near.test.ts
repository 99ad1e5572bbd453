import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluateRule } from './evaluate.ts';
import { eventOf, ruleOf } from './event.twin.ts';
import { compareNearness, nearness } from './near.ts';

test('the fewest predicates that would have to be otherwise, and those beside them that hold', () => {
  const rule = ruleOf(`sel: {a: 1, b: 2, c: 3}
other: {d: 4}
filter: {user: system}
condition: (sel or other) and not filter`);
  const near = (event: object) => {
    const { distance, held } = nearness(rule, eventOf(event as Record<string, unknown>));
    return [distance, held];
  };
  assert.deepEqual(near({ a: 1, b: 2, c: 3 }), [0, 3]);
  assert.deepEqual(near({ a: 1, b: 2 }), [1, 2]);
  assert.deepEqual(near({}), [1, 0]);
  assert.deepEqual(near({ a: 1, b: 2, c: 3, user: 'system' }), [1, 3]);
  assert.deepEqual(near({ a: 1, user: 'system' }), [2, 0]);
  const all = ruleOf('sel: {a|all|contains: [x, y, z]}\ncondition: not 1 of sel*');
  assert.deepEqual(nearness(all, eventOf({ a: 'xyz' })), { distance: 1, held: 0 });
});

test('what lacks the smallest share of what it wants comes first, then what lacks least', () => {
  const [half, two, none, far] = [
    { distance: 1, held: 1 },
    { distance: 2, held: 2 },
    { distance: 1, held: 0 },
    { distance: 1, held: 9 },
  ];
  assert.deepEqual([none, two, half, far].sort(compareNearness), [far, half, two, none]);
});

test('the distance is 0 where the rule hits and nowhere else, and changing so many predicates is enough', () => {
  const conditions = ['s and t', 's or t', 's and not t', 'not (s or t)', '1 of s* or not t', 'not s or (t and not u)'];
  const value = fc.constantFrom('x', 'y', undefined);
  fc.assert(
    fc.property(fc.constantFrom(...conditions), fc.record({ a: value, b: value, c: value }), (condition, fields) => {
      const rule = ruleOf(`s: {a: x, b: x}\nt: {b: y}\nu: {c: x}\ncondition: ${condition}`);
      const event = Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== undefined));
      const { distance } = nearness(rule, eventOf(event));
      assert.equal(distance === 0, evaluateRule(rule, eventOf(event)));
      assert.ok(distance <= rule.items.length);
    }),
  );
});
