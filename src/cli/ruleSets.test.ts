import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules } from '../detect/index.ts';
import { shippedRules } from './places.ts';
import { findRule, readRules } from './ruleSets.ts';

const rule = (id: number, title: string): string =>
  `title: ${title}\nid: a0000000-0000-4000-8000-00000000000${id}\nlogsource: {product: windows}\ndetection: {s: {F: 1}, condition: s}\n`;
const set = loadRules([
  { path: 'rules/one.yml', text: rule(1, 'Shell from a document') },
  { path: 'rules/two.yml', text: rule(2, 'Shell from a browser') },
  { path: 'rules/bad.yml', text: 'title: B\nid: x\ndetection: {condition: s}\n' },
]);

test('a rule is found by id, file, title or a part of its title', () => {
  for (const wanted of [
    'a0000000-0000-4000-8000-000000000002',
    'rules/two.yml',
    'two.yml',
    'shell FROM a browser',
    'browser',
  ]) {
    assert.equal(findRule(set, wanted).path, 'rules/two.yml', wanted);
  }
});

test('what fits several rules or none is said', () => {
  assert.throws(() => findRule(set, 'shell'), { message: "2 rules fit 'shell'" });
  assert.throws(() => findRule(set, 'A00000'), { message: "2 rules fit 'A00000'" });
  assert.throws(() => findRule(set, 'nothing'), { message: "no rule has the id, file or title 'nothing'" });
  assert.throws(() => findRule(set, 'rules/bad.yml'), /^WeirError: rule rules\/bad\.yml is refused: /);
});

test('the shipped rules load, all of them', async () => {
  const { rules, files, unreadable } = await readRules([shippedRules()], []);
  assert.deepEqual([rules.refused, rules.notARule, unreadable], [[], [], []]);
  assert.equal(files.length, rules.detections.length + rules.correlations.length + 1);
});
