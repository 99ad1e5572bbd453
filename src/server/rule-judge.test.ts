import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveRules, RuleCosts } from '../pipeline/index.ts';
import { RuleJudge } from './rule-judge.ts';

const setOf = (set: string): LiveRules =>
  ({
    set,
    detections: ['a', 'b', 'c'].map((id) => ({ id, version: `${id}1` })),
  }) as unknown as LiveRules;
const RULES = setOf('s');
const spent = (evaluatedMs: number, ...costs: number[]): RuleCosts => ({ evaluatedMs, costs, failures: [] });
const failed = (count: number, error = 'no'): RuleCosts => ({
  evaluatedMs: 1,
  costs: [],
  failures: [{ rule: 1, count, error }],
});
const judge = () => new RuleJudge({ budget: 0.2, windowMs: 60_000, failures: 10 });

test('a rule above its share of a busy window is named with its version and why', () => {
  const own = judge();
  assert.deepEqual(own.observe(RULES, spent(9000, 2, 9000), 1000), []);
  assert.deepEqual(own.observe(RULES, spent(999), 2000), []);
  assert.deepEqual(own.observe(RULES, spent(10_001, 2, 3600, 0, 2000), 3000), [
    { id: 'c', version: 'c1', reason: 'it took 63% of all evaluation over 1m, more than 20%' },
  ]);
});

test('where evaluation is little, what a rule takes of it sets nothing aside', () => {
  const own = judge();
  assert.deepEqual(own.observe(RULES, spent(12_000, 0, 12_000), 1000), []);
  assert.equal(own.observe(RULES, spent(100, 0, 100), 2000).length, 1);
});

test('an idle server sets nothing aside, nor a share that is met', () => {
  const own = judge();
  for (let at = 0; at < 300_000; at += 1000) assert.deepEqual(own.observe(RULES, spent(90, 0, 90), at), []);
  own.forget();
  for (let at = 300_000; at < 600_000; at += 1000) assert.deepEqual(own.observe(RULES, spent(500, 0, 100), at), []);
});

test('what is older than the window counts no more, nor what another rule set cost', () => {
  const own = judge();
  own.observe(RULES, spent(11_000, 0, 11_000), 0);
  assert.deepEqual(own.observe(RULES, spent(11_900, 0, 1100), 61_000), []);
  own.observe(RULES, spent(50, 0, 50), 61_500);
  assert.deepEqual(own.observe(setOf('t'), spent(11_900, 0, 11_900), 62_000), []);
  assert.equal(own.observe(setOf('t'), spent(200, 0, 200), 62_500).length, 1);
});

test('failures count by themselves, over the window, whatever the load', () => {
  const own = judge();
  assert.deepEqual(own.observe(RULES, failed(10), 0), []);
  assert.deepEqual(own.observe(RULES, failed(10), 61_000), []);
  assert.deepEqual(own.observe(RULES, failed(1, 'out of stack'), 62_000), [
    { id: 'b', version: 'b1', reason: 'it failed 11 times in 1m, more than 10: out of stack' },
  ]);
});
