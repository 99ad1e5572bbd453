import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteBudget, DrainRate } from './index.ts';

/** Fills for `tenant` in pieces of `piece` until refused; what it got. */
function fill(budget: ByteBudget, tenant: string, piece: number, critical = false): number {
  while (budget.missing(tenant, piece, critical) <= 0) budget.hold(tenant, piece);
  return budget.heldBy(tenant);
}

test('one tenant alone gets six tenths, the next ones find room, nobody gets more than who came first', () => {
  const budget = new ByteBudget(1000);
  assert.equal(fill(budget, 'a', 10), 600);
  const b = fill(budget, 'b', 10);
  const c = fill(budget, 'c', 10);
  assert.deepEqual([b, c], [200, 60]);
  assert.ok(budget.missing('a', 10, false) > 0);
  // The last tenth is for critical severity.
  assert.ok(fill(budget, 'd', 10, true) > 60);
});

test('a tenant that sends little gets all it asks for beside one that floods, once its first bytes have left', () => {
  const budget = new ByteBudget(1000);
  const held: { tenant: string; until: number }[] = [];
  const got: Record<string, number> = { flood: 0, small: 0 };
  for (let tick = 0; tick < 2000; tick++) {
    for (let i = held.length - 1; i >= 0; i--) {
      if (held[i].until > tick) continue;
      budget.hold(held[i].tenant, -10);
      held.splice(i, 1);
    }
    // The flood tries a hundred times a tick, the small one three times.
    for (const [tenant, tries] of [
      ['flood', 100],
      ['small', 3],
    ] as const) {
      for (let i = 0; i < tries; i++) {
        if (budget.missing(tenant, 10, false) > 0) continue;
        budget.hold(tenant, 10);
        if (tick >= 20) got[tenant]++;
        held.push({ tenant, until: tick + 10 });
      }
    }
  }
  assert.equal(got['small'], 1980 * 3);
  assert.ok(got['flood'] > 1980 * 3, `${got['flood']}`);
});

test('the bound holds whatever is asked, and all that was held is given back', () => {
  const ask = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 400 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 100, size: 'max' }), (asks) => {
      const budget = new ByteBudget(1000);
      const held: [string, number][] = [];
      for (const [tenant, bytes, critical] of asks) {
        if (budget.missing(tenant, bytes, critical) > 0) continue;
        budget.hold(tenant, bytes);
        held.push([tenant, bytes]);
        assert.ok(budget.heldBytes <= 1000);
      }
      for (const [tenant, bytes] of held) budget.hold(tenant, -bytes);
      assert.equal(budget.heldBytes, 0);
      assert.equal(budget.heldBy('a'), 0);
    }),
  );
});

test('the drain rate follows what leaves, and forgets within seconds', () => {
  const drain = new DrainRate();
  assert.equal(drain.perSecond(0), 0);
  for (let ms = 0; ms <= 30_000; ms += 100) drain.add(100_000, ms);
  assert.ok(Math.abs(drain.perSecond(30_000) - 1e6) < 2e4, `${drain.perSecond(30_000)}`);
  assert.ok(drain.perSecond(60_000) < 3000);
});

test('what else is scarce bounds what is in work, and keeps nobody out who comes alone', () => {
  const budget = new ByteBudget(1000);
  budget.limit(100);
  assert.ok(budget.missing('a', 800, false) <= 0);
  budget.hold('a', 60);
  assert.deepEqual([budget.bound, budget.missing('b', 30, false), budget.missing('b', 31, false)], [100, 0, 1]);
  assert.ok(budget.missing('b', 40, true) <= 0);
  budget.limit(-5);
  assert.ok(budget.missing('b', 1, true) > 0);
  budget.hold('a', -60);
  assert.ok(budget.missing('b', 800, false) <= 0);
  budget.limit(5000);
  assert.equal(budget.bound, 1000);
});
