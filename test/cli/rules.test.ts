/** `weir rules …` as a process. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { processEvent, RULE, RULE_ID, scratch, weir } from './run.ts';

test('check prints what loads and what does not; strict fails on it', async (t) => {
  const { folder, write } = scratch(t);
  write('shell.yml', RULE);
  const good = await weir(['rules', 'check', folder, '--strict']);
  assert.deepEqual(
    [good.status, good.stdout],
    [0, '1 rule loaded (1 detection, 0 correlations), 0 refused, 0 not a rule\n'],
  );
  const bad = write('bad.yml', RULE.replace('endswith', 'nonsense').replace('0001', '0002'));
  const loose = await weir(['rules', 'check', folder]);
  assert.equal(loose.status, 0);
  assert.match(loose.stdout, /\n\nRefused \(1\)\n {2}.*bad\.yml:\d+: .*nonsense/);
  assert.equal((await weir(['rules', 'check', folder, '--strict'])).status, 1);
  assert.equal((await weir(['rules', 'check', bad])).status, 1);
  assert.equal((await weir(['rules', 'check', path.join(folder, 'gone')])).status, 1);
});

test('check says what a sample can never make fire', async (t) => {
  const { write } = scratch(t);
  const shell = write('rules/shell.yml', RULE);
  const missing = write('rules/missing.yml', RULE.replace('Image', 'IntegrityLevel').replace('0001', '0004'));
  const lane = write('rules/lane.yml', RULE.replace('process_creation', 'file_event').replace('0001', '0005'));
  const log = write('log.ndjson', processEvent('C:\\b.exe'));
  const { stdout } = await weir(['rules', 'check', path.dirname(shell), '--sample', log]);
  assert.match(stdout, /\nCannot fire on the sample of 1 event \(1 rule could\) \(2\)\n/);
  assert.equal(stdout.includes(`${missing}: no event of its log source has IntegrityLevel`), true);
  assert.equal(stdout.includes(`${lane}: no event is of its log source`), true);
});

test('explain shows one rule and where an event fails it', async (t) => {
  const { write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const log = write('log.ndjson', processEvent('C:\\b.exe'));
  const text = (await weir(['rules', 'explain', RULE_ID, '--rules', rules])).stdout;
  assert.match(text, /^Shell started\n[\s\S]*It hits an event when\n {2}\[selection\] Image ends with '\\cmd\.exe'\n/);
  const why = await weir(['rules', 'explain', 'shell', '--rules', rules, '--why-not', `${log}:1`]);
  assert.match(why.stdout, /failed {2}\[selection\]/);
  assert.equal((await weir(['rules', 'explain', 'nothing', '--rules', rules])).status, 2);
});
