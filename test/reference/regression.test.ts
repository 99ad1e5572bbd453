import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../shared.ts';
import { regressionCases, sigmaRules } from './corpus.ts';
import { CORRECTED } from './corrected.ts';
import { parseRules, referenceHits, windowsRouter } from './harness.ts';

test('the reference fires on every SigmaHQ regression case exactly as often as stated, three known corrections apart', (t) => {
  const router = windowsRouter();
  if (skipWithout(t, 'sigma-regression/expected.json') === null || router === null) return;
  const texts = new Map(
    [...sigmaRules().values()].map((text) => [/^id: *([0-9a-f-]{36})/m.exec(text)?.[1] ?? '', text]),
  );
  const cases = regressionCases();
  assert.equal(cases.length, 134);
  const wrong: string[] = [];
  for (const { rule, lines, expected } of cases) {
    const count = referenceHits([texts.get(rule) ?? ''], lines, router).get(rule)?.size ?? 0;
    const corrected = CORRECTED[rule];
    // A correction that the data has caught up with has to go.
    if (corrected !== undefined) assert.equal(expected, corrected.stated, rule);
    const due = corrected?.actual ?? expected;
    if (due === null ? count === 0 : count !== due) wrong.push(`${rule}: ${count}, expected ${due}`);
  }
  assert.deepEqual(wrong, []);
});

test('the reference reads every SigmaHQ rule except those that need values for placeholders', (t) => {
  if (skipWithout(t, 'sigma/rules') === null) return;
  const texts = sigmaRules();
  const { rules, refused } = parseRules([...texts.values()]);
  assert.equal(texts.size, 3754);
  assert.equal(rules.length + refused.size, 3754);
  assert.deepEqual(
    [...refused.values()].map((reason) => /placeholder/.test(reason)),
    [true, true],
  );
});
