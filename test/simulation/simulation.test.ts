/**
 * The whole pipeline on a disk, a clock and threads that a seed plays: bodies, some sent twice, rule changes, leaps of the clock, a slow,
 * a full and a failing disk, kills and power cuts in any order. SEED=n runs one seed, SEEDS=n so many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate, type Tried } from './simulate.ts';

const ONE = process.env['SEED'];
const SEEDS = Number(process.env['SEEDS'] ?? 100);

test('whatever happens, nothing acknowledged is lost or doubled, and hits are those of an undisturbed run', async () => {
  const first = ONE === undefined ? 1 : Number(ONE);
  const last = ONE === undefined ? SEEDS : Number(ONE);
  const all: Tried[] = [];
  for (let seed = first; seed <= last; seed++) {
    try {
      all.push(await simulate(seed));
    } catch (error) {
      throw new Error(`once more: SEED=${seed} npm test -- test/simulation`, { cause: error });
    }
  }
  if (all.length < 100) return;
  const sum = (of: keyof Tried): number => all.reduce((total, tried) => total + tried[of], 0);
  // Something was tried of each.
  assert.ok(sum('acknowledged') > all.length && sum('refused') > all.length / 20 && sum('unknown') > all.length / 20);
  assert.ok(sum('again') > all.length / 10 && sum('crashes') > all.length / 2);
  assert.ok(sum('hits') > all.length && sum('firings') > all.length / 4);
});

test('a seed plays the same again, step by step', async () => {
  for (const seed of [3, 5, 8, 13, 21]) assert.deepEqual(await simulate(seed), await simulate(seed), `seed ${seed}`);
});
