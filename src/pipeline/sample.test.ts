import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processEvent, scratch } from '../../test/cli/run.ts';
import { loadRules } from '../detect/index.ts';
import type { Unparsed } from '../formats/index.ts';
import { readSample } from './sample.ts';

const rule = (id: number, detection: string, category = 'process_creation'): string =>
  `title: R\nid: a0000000-0000-4000-8000-00000000000${id}\nlogsource: {product: windows, category: ${category}}\ndetection: ${detection}\n`;

const RULES: readonly (readonly [detection: string, silence: string | null])[] = [
  ['{s: {Image: x}, condition: s}', null],
  ['{s: {Product: x}, condition: s}', 'no event of its log source has Product'],
  ['{s: {Image: x, Product: y}, condition: s}', 'no event of its log source has Product'],
  ['{s: {Image: x}, t: {Product: y}, condition: s or t}', null],
  ['{s: {Product: y, Company: z}, condition: s}', 'no event of its log source has Product or Company'],
  ['{s: {Image: x}, t: {Product: y}, condition: s and not t}', null],
  ['{s: {Product: null}, condition: s}', null],
  ['{s: {Product|exists: true}, condition: s}', 'no event of its log source has Product'],
  ['{s: [word], condition: s}', null],
];

test('a rule is silent when what it needs occurs in no event of its log source', async (t) => {
  const { folder, write } = scratch(t);
  write('a.ndjson', processEvent('C:\\a.exe', 0, { EventID: 3, Product: 'of another log source' }));
  write('b.ndjson', processEvent('C:\\b.exe'));
  const set = loadRules([
    ...RULES.map(([detection], at) => ({ path: `${at}.yml`, text: rule(at, detection) })),
    { path: 'lane.yml', text: rule(9, '{s: {Image: x}, condition: s}', 'file_event') },
  ]);
  assert.deepEqual(set.refused, []);
  const unread: Unparsed[] = [];
  const sample = await readSample(set, [folder, `${folder}/gone`], (unparsed) => unread.push(unparsed));
  assert.equal(sample.events, 2);
  assert.deepEqual(
    unread.map(({ reason }) => reason),
    ['no such file or directory'],
  );
  const silences = set.detections.map((each) => sample.silence(each));
  assert.deepEqual(silences, [...RULES.map(([, silence]) => silence), 'no event is of its log source']);
});
