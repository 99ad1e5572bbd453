import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { regressionCases, sigmaRules } from '../reference/corpus.ts';
import { parseRules } from '../reference/harness.ts';
import type { Rule } from '../reference/rule.ts';
import { skipWithout } from '../shared.ts';
import { fromEvtxJson, fromNxlog, SHAPES, type WindowsEvent } from './convert.ts';
import { mordorKinds } from './corpora.ts';
import { matchesThrough, readWithSchema } from './scan.ts';

const ALL_SHAPES = Object.entries(SHAPES);

const SOURCES: Readonly<Record<string, string>> = {
  evtx_json: 'windows.evtx_json',
  nxlog: 'windows.nxlog',
  winlogbeat: 'windows.winlogbeat',
  winlogbeat_dotted: 'windows.winlogbeat',
  elastic_agent: 'windows.winlogbeat',
  xml: 'windows.evtx_json',
};

function hits(rules: readonly Rule[], line: string): string[] {
  const event = readWithSchema(line);
  return rules.filter((rule) => matchesThrough(rule, event)).map((rule) => rule.id);
}

function assertSameHits(rules: readonly Rule[], event: WindowsEvent, original: string): number {
  const expected = hits(rules, original);
  for (const [shape, write] of ALL_SHAPES) {
    const line = write(event);
    assert.equal(readWithSchema(line).source?.id, SOURCES[shape], `${shape}: ${line}`);
    assert.deepEqual(hits(rules, line), expected, `${shape}: ${line}`);
  }
  return expected.length;
}

describe('a Windows event', () => {
  it('gives the same hits in every shape: SigmaHQ’s regression events', (t) => {
    if (skipWithout(t, 'sigma-regression') === null) return;
    const texts = [...sigmaRules().values()];
    const { rules } = parseRules(texts);
    const windows = rules.filter(
      (rule) => rule.logsource.product === 'windows' || rule.logsource.category === 'antivirus',
    );
    let found = 0;
    for (const { rule, lines } of regressionCases()) {
      for (const line of lines) found += assertSameHits(windows, fromEvtxJson(line), line);
      const own = windows.filter(({ id }) => id === rule);
      assert.ok(
        lines.some((line) => hits(own, line).length > 0),
        `${rule} never fires on its own events`,
      );
    }
    assert.ok(found >= 134);
  });

  it('gives the same hits in every shape: a sample of the Mordor recordings', (t) => {
    if (skipWithout(t, 'windows-mordor') === null) return;
    const { rules } = parseRules([...sigmaRules().values()]);
    const windows = rules.filter((rule) => rule.logsource.product === 'windows');
    const sample = mordorKinds().filter((_, index) => index % 10 === 0);
    for (const line of sample) assertSameHits(windows, fromNxlog(line), line);
    assert.ok(sample.length > 100);
  });
});
