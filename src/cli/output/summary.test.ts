import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleSummary, screen } from '../samples.twin.ts';
import { renderSummary } from './summary.ts';

test('a clean scan is three lines', () => {
  assert.equal(
    renderSummary(sampleSummary({ hits: { a: 3, b: 1 } }), screen()),
    '4 hits by 2 rules in 1,000 events\n2.50 MB in 0.5 s (2,000 events/s), after 0.3 s of start\n63 rules loaded\n',
  );
});

test('carved events are counted apart', () => {
  assert.match(
    renderSummary(sampleSummary({ carved: 12 }), screen()),
    /^No hits in 1,000 events, 12 of them carved from free space\n/,
  );
});

test('everything left out is named or counted', () => {
  const text = renderSummary(
    sampleSummary({
      complete: false,
      seconds: 0,
      rules: {
        loaded: 1,
        refused: Array.from({ length: 7 }, (_, at) => ({
          path: `r${at}.yml`,
          id: null,
          reason: 'line 3: no condition',
        })),
        not_a_rule: ['x.yml'],
        silenced_by: { a: ['b'] },
      },
      unparsed: [
        { path: 'a\x1b.evtx', position: 'byte 4096', reason: 'chunk checksum is wrong' },
        { path: 'gone', position: '', reason: 'no such file or directory' },
      ],
      left_out: [{ path: '.git', reason: 'its name starts with a dot' }],
      lanes: { none: 12, 'windows/security': 3 },
      ungrouped: { c: 2 },
      correlation: { untimed: { c: 1 }, dropped: { c: 4 }, evicted: {}, cut: { c: 5 } },
    }),
    screen({ columns: 200 }),
  );
  assert.deepEqual(text.split('\n'), [
    'PARTIAL RESULT: stopped before all input was read; hits may be missing.',
    'No hits in 1,000 events',
    '2.50 MB in 0.0 s, after 0.3 s of start',
    '1 rule loaded, 7 refused, 1 only part of a correlation, 1 file not a rule',
    'Refused:',
    ...[0, 1, 2, 3, 4].map((at) => `  r${at}.yml: line 3: no condition`),
    '  and 2 more rules; --summary lists them',
    'Not read:',
    '  a\\x1b.evtx, byte 4096: chunk checksum is wrong',
    '  gone: no such file or directory',
    'Left out:',
    '  .git: its name starts with a dot',
    '12 events belong to no log source that rules are written for.',
    '2 matches left out of correlations: a group-by field is missing.',
    '1 match left out of correlations: the event has no time.',
    '4 matches left out of correlations: over a limit.',
    '5 matches events not listed in correlation hits: over a limit.',
    '',
  ]);
});

test('an input without content is said, and has no rate', () => {
  assert.equal(
    renderSummary(sampleSummary({ events: 0, bytes: 0 }), screen()),
    'No hits in 0 events\n0 B in 0.5 s, after 0.3 s of start\n63 rules loaded\nNothing to read: no input has any content.\n',
  );
});
