import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elapsedMs } from '../../base/index.ts';
import { RuleMeter } from './meter.ts';

/** Two tests of values: of rule 2 and of rule 0. */
const RESIDUALS = [2, 0, 0, 1];

function busy(ms: number): true {
  for (const end = elapsedMs() + ms; elapsedMs() < end; );
  return true;
}

test('a test is put down to its rule, and what is taken begins anew', () => {
  const meter = new RuleMeter(3, RESIDUALS);
  assert.equal(meter.take(), null);
  assert.equal(
    meter.test(0, () => busy(4), ''),
    true,
  );
  assert.equal(
    meter.test(1, () => !busy(4), ''),
    false,
  );
  meter.evaluated(10);
  const taken = meter.take();
  assert.equal(taken?.evaluatedMs, 10);
  assert.deepEqual(
    taken.costs.filter((_, i) => i % 2 === 0),
    [0, 2],
  );
  for (const ms of [taken.costs[1], taken.costs[3]]) assert.ok(ms >= 4, `${ms}`);
  assert.equal(meter.take(), null);
});

test('of many quick calls one in sixteen is timed and stands for the others', () => {
  const attempts = Array.from({ length: 5 }, () => {
    const meter = new RuleMeter(3, RESIDUALS);
    const from = elapsedMs();
    for (let i = 0; i < 1600; i++) meter.test(0, () => busy(0.02), '');
    const took = elapsedMs() - from;
    meter.evaluated(1);
    return { ms: meter.take()?.costs[1] ?? 0, took };
  });
  // A call during which the system runs something else stands for sixteen: where the machine is busy, that happens.
  const isNear = ({ ms, took }: (typeof attempts)[number]): boolean => ms > took / 4 && ms < took * 4;
  assert.ok(attempts.some(isNear), JSON.stringify(attempts));
});

test('a slow call counts once, and those behind it are timed one by one', () => {
  const meter = new RuleMeter(3, RESIDUALS);
  // The first are timed each, so that a rule that is seldom asked does not go unseen.
  for (let i = 0; i < 16; i++) meter.test(0, () => true, '');
  meter.test(0, () => busy(30), '');
  for (let i = 0; i < 3; i++) meter.test(0, () => busy(10), '');
  meter.evaluated(1);
  const ms = meter.take()?.costs[1] ?? 0;
  assert.ok(ms >= 60 && ms < 30 * 16, `${ms}`);
});

test('looks at hits and their lines are timed as well; what takes next to nothing is not told of', () => {
  const meter = new RuleMeter(3, RESIDUALS);
  const verify = meter.verifyBegins(1);
  busy(3);
  meter.verifyEnds(1, verify);
  const report = meter.reportBegins(1);
  busy(3);
  meter.reportEnds(1, report);
  meter.test(0, () => true, '');
  meter.evaluated(100);
  const costs = meter.take()?.costs ?? [];
  assert.equal(costs[0], 1);
  assert.ok(costs[1] >= 6, `${costs[1]}`);
  assert.equal(costs.length, 2);
});

test('failures are counted by rule, with what the last one said', () => {
  const meter = new RuleMeter(3, RESIDUALS);
  meter.failedTest(0, new Error('first'));
  meter.failed(2, 'second');
  meter.failed(1, new Error('other'));
  assert.deepEqual(meter.take()?.failures, [
    { rule: 2, count: 2, error: 'second' },
    { rule: 1, count: 1, error: 'other' },
  ]);
  assert.equal(meter.take(), null);
});
