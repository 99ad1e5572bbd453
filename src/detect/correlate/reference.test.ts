import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { correlate as referenceCorrelate } from '../../../test/reference/correlate.ts';
import { correlationScenarios } from '../../../test/reference/generate-correlations.ts';
import { parseDocuments } from '../../../test/reference/rule.ts';
import { parseCorrelation } from '../sigma/correlation.ts';
import { linkCorrelations } from '../sigma/correlation-link.ts';
import { isMap } from '../sigma/parse-rule.ts';
import { readYaml } from '../sigma/yaml.ts';
import { correlate } from './correlate.ts';
import { BaseHits, fieldNeeds } from './hits.ts';

test('chains of correlations from YAML agree with the reference evaluator, firing by firing', () => {
  fc.assert(
    fc.property(correlationScenarios(), ({ correlations, hits }) => {
      const names = new Map([
        ['a', 'rule_a'],
        ['b', 'rule_b'],
      ]);
      const documents = correlations.flatMap((text) => parseDocuments(text)).filter((one) => 'body' in one);
      const expected = referenceCorrelate(documents, names, hits);

      const parsed = correlations.map((text, i) => {
        const [document] = readYaml(text);
        assert.ok(isMap(document));
        return parseCorrelation(document, { path: 'c.yml', document: i }, () => {});
      });
      const linked = linkCorrelations(
        parsed,
        [...names].map(([id, name]) => ({ id, name })),
      );
      assert.deepEqual(linked.refused, []);
      const base = new BaseHits(fieldNeeds(linked.correlations));
      for (const hit of hits) base.add(hit.rule, { ...hit, event: hit.record }, (field) => hit.values(field));
      const actual = correlate(linked.correlations, base);

      assert.deepEqual(
        sorted(actual.firings.map((f) => [f.rule.id, f.time, f.path, f.record, Object.values(f.group), f.value])),
        sorted(expected.firings.map((f) => [f.correlation, f.time, f.path, f.record, f.group.flat(), f.value])),
      );
      assert.deepEqual(actual.ungrouped, Object.fromEntries(expected.ungrouped));
    }),
    { numRuns: 2000 },
  );
});

/** In one order, as text to compare. */
function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
