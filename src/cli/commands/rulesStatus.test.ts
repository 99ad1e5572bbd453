import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { rulesStatusCommand, statusText } from './rulesStatus.ts';

const rule = (id: string, change: object = {}) => ({
  id,
  title: `Rule ${id}`,
  level: 'high',
  state: 'active',
  reason: null,
  path: `${id}.yml`,
  hits: 0,
  last_hit: null,
  ...change,
});

test('rules stand by state, those with most hits first, each with what is to be said of it', () => {
  const text = statusText([
    rule('a'),
    rule('b', { hits: 7, last_hit: '2026-01-02T03:04:05.000Z' }),
    rule('c', { state: 'dead', reason: 'no event of dns ever came' }),
    rule('d', { state: 'refused', title: null, reason: 'no \u001b[31mcondition' }),
  ]);
  assert.equal(
    text,
    `active: 2 rules, 7 hits
  Rule b: 7 hits, last 2026-01-02T03:04:05.000Z
  Rule a: no hits
dead: 1 rule
  Rule c: no event of dns ever came
refused: 1 rule
  d: no \\x1b[31mcondition
`,
  );
});

test('of many only the first are told of, the rest is counted', () => {
  const lines = statusText(Array.from({ length: 60 }, (_, i) => rule(String(i)))).split('\n');
  assert.equal(lines.length, 53);
  assert.equal(lines[51], '  and 10 more; --format ndjson has them all');
});

test('a folder without a journal is no data folder, an unknown state is wrong usage', async () => {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-status-'));
  await assert.rejects(rulesStatusCommand({ data }), { code: 'cli.no_data' });
  await assert.rejects(rulesStatusCommand({ data, state: 'ded' }), /there is no 'ded'/);
  fs.rmSync(data, { recursive: true });
});
