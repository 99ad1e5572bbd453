import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hit } from '../../pipeline/index.ts';
import { hitLines, sampleContext, sampleHit, sampleSummary, screen } from '../samples.twin.ts';
import { FILE_TERMINAL, type Terminal } from '../terminal/terminal.ts';
import { displayWidth } from '../terminal/width.ts';
import { timelineWriter } from './timeline.ts';

function timeline(hits: readonly Hit[], terminal: Terminal = FILE_TERMINAL, explain = false): string[] {
  const context = sampleContext({ terminal, explain });
  const writer = timelineWriter(context);
  writer.hits(hitLines(hits));
  writer.finish(sampleSummary());
  return context.out.text().split('\n').slice(0, -1);
}

test('a line says when, how bad, where, what and on which value', () => {
  assert.deepEqual(timeline([sampleHit()]), [
    '2026-03-02T10:11:12.345Z  high      ws-12.corp.example            Shell from a document  Image=C:\\Windows\\cmd.exe',
  ]);
});

test('lines are sorted by time, those without time last', () => {
  const at = (time: string | null, title: string): Hit => sampleHit({ time, rule: { title } });
  const lines = timeline([
    at(null, 'none'),
    at('2026-03-02T10:00:00.5Z', 'later'),
    at('2026-03-02T10:00:00Z', 'first'),
    at('2026-03-02T12:00:00+02:00', 'same time, other zone'),
    at('2026-03-02T10:00:00.5000001Z', 'same to the microsecond'),
  ]);
  assert.deepEqual(
    lines.map((line) => line.slice(66).replace(/ {2}Image.*/, '')),
    ['first', 'same time, other zone', 'later', 'same to the microsecond', 'none'],
  );
  assert.match(lines[4], /^- {25}high/);
});

test('a terminal gets lines of its width, with short hosts', () => {
  const hit = sampleHit({ rule: { title: '横浜'.repeat(100), level: 'informational' } });
  const [line] = timeline([hit], screen({ columns: 80 }));
  assert.equal(displayWidth(line), 79);
  assert.match(line, /^2026-03-02T10:11:12\.345Z {2}info {6}ws-12 {13}横浜/);
});

test('a narrow terminal gets two lines, none wider than it', () => {
  assert.deepEqual(timeline([sampleHit()], screen({ columns: 40 })), [
    'high 2026-03-02 10:11:12  ws-12',
    '  Shell from a document  Image=C:\\Wind…',
  ]);
  assert.deepEqual(timeline([sampleHit(), sampleHit({ time: null, host: null })], screen({ columns: 20 })), [
    'high 03-02 10:11:12',
    '  Shell from a doc…',
    'high -',
    '  Shell from a doc…',
  ]);
});

test('the values that decide are shown, at most three, long ones cut', () => {
  const match = (field: string, value: string, decisive: boolean) =>
    ({ selection: 's', field, op: 'contains', value, decisive }) as const;
  const matches = [
    match('A', 'x'.repeat(500), true),
    match('B', '2', true),
    match('C', '3', true),
    match('D', '4', true),
  ];
  const [line] = timeline([sampleHit({ matches })]);
  assert.match(line, /A=x{197}…, B=2, C=3, \+1 more$/);
  const [weak] = timeline([sampleHit({ matches: [match('A', '1', false), match('A', '1', false)] })]);
  assert.match(weak, / {2}A=1$/);
});

test('a correlation says what it counted and for whom', () => {
  const { event: _, ...hit } = sampleHit({
    host: null,
    correlation: { type: 'value_count', group: { IpAddress: '10.0.0.1' }, value: 9, events: 9 },
    events: [],
  });
  assert.match(timeline([hit])[0], / {2}- {29}Shell from a document {2}value_count 9 for IpAddress=10\.0\.0\.1$/);
});

test('a hit of a carved event says so', () => {
  assert.match(timeline([sampleHit({ source: { carved: true } })])[0], / {2}carved: Shell from a document {2}Image=/);
});

test('explain adds a line per match', () => {
  assert.deepEqual(timeline([sampleHit()], FILE_TERMINAL, true).slice(1), [
    "      * [selection] Image endswith '\\cmd.exe': 'C:\\Windows\\cmd.exe'",
    "        [filter] User not equals 'SYSTEM': absent",
  ]);
});

test('what comes from events cannot break a line or reach the terminal', () => {
  const matches = [{ selection: 's', field: 'F', op: 'equals', value: 'a\nb\x1b[2J', decisive: true }];
  const lines = timeline([sampleHit({ matches, host: 'h\nost' })]);
  assert.equal(lines.length, 1);
  assert.match(lines[0], /h\\nost .*F=a\\nb\\x1b\[2J$/);
});
