import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { nearText, rulesNearCommand } from './rulesNear.ts';

test('rules stand with what failed, controls escaped; what was not asked is counted', () => {
  const missing = [
    { selection: 'sel', field: 'User', op: 'equals', pattern: 'x', value: 'a\u001b', failed: true, needed: true },
    { selection: 'kw', field: null, op: 'keyword', pattern: ['a', 'b'], failed: true, needed: false },
  ];
  const items = [{ rule: 'r', title: 'T\n', level: 'high', distance: 2, held: 1, missing }];
  assert.equal(
    nearText({ lane: 'windows', rules: 3, asked: 1, hit: 0, items }),
    `windows: 3 rules in force for it, 0 hit it
2 rules not asked: it took too long
T\\n (r): 2 predicates failed, 1 held
  [sel] User equals "x": "a\\u001b"; this alone would make it hit
  [kw] any value keyword ["a","b"]: absent
`,
  );
});

test('what is no folder of data, or no number of rules, is refused', async () => {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-near-'));
  await assert.rejects(rulesNearCommand('x/0/1/0', { data }), { code: 'cli.no_data' });
  await assert.rejects(rulesNearCommand('x/0/1/0', { data, limit: '51' }), { code: 'cli.usage' });
  fs.rmSync(data, { recursive: true });
});
