import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules } from '../../src/detect/index.ts';
import { prepareRuleSet, scan } from '../../src/pipeline/index.ts';
import { regressionCases, sigmaRules } from '../reference/corpus.ts';
import { CORRECTED } from '../reference/corrected.ts';
import { skipWithout } from '../shared.ts';

async function countsByPath(paths: readonly string[]): Promise<Map<string, Map<string, number>>> {
  const counts = new Map<string, Map<string, number>>();
  const rules = prepareRuleSet(loadRules([...sigmaRules()].map(([path, text]) => ({ path, text }))));
  const summary = await scan({
    paths,
    rules,
    threads: 2,
    recover: false,
    onHits: (lines) => {
      for (const line of new TextDecoder().decode(lines).split('\n')) {
        if (line === '') continue;
        const hit = JSON.parse(line) as { rule: { id: string }; source: { path: string } };
        const of = counts.get(hit.source.path) ?? new Map<string, number>();
        of.set(hit.rule.id, (of.get(hit.rule.id) ?? 0) + 1);
        counts.set(hit.source.path, of);
      }
    },
  });
  assert.deepEqual(summary.unparsed, []);
  return counts;
}

for (const form of ['evtx', 'json'] as const) {
  test(`every SigmaHQ regression case fires as often as stated, from its ${form} file`, async (t) => {
    if (skipWithout(t, 'sigma-regression/expected.json') === null) return;
    const cases = regressionCases();
    const counts = await countsByPath(cases.map((one) => one[form]));
    const wrong = cases.flatMap((one) => {
      const count = counts.get(one[form])?.get(one.rule) ?? 0;
      const due = CORRECTED[one.rule]?.actual ?? one.expected;
      return (due === null ? count > 0 : count === due) ? [] : [`${one.rule}: ${count}, expected ${due}`];
    });
    assert.equal(cases.length, 134);
    assert.deepEqual(wrong, []);
  });
}
