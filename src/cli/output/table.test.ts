import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hit } from '../../pipeline/index.ts';
import { hitLines, sampleContext, sampleHit, sampleSummary, screen } from '../samples.twin.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { displayWidth } from '../terminal/width.ts';
import { tableWriter } from './table.ts';

const CRITICAL = { id: 'c', title: 'Credential store copied', level: 'critical' } as const;

const HITS: readonly Hit[] = [
  sampleHit(),
  sampleHit({ time: '2026-03-02T10:15:44Z', host: 'dc01.corp.example' }),
  sampleHit({ rule: CRITICAL, time: null }),
  sampleHit({ rule: { id: 'i', title: '横浜 '.repeat(30), level: 'informational' }, host: null }),
];

function table(hits: readonly Hit[], terminal: Terminal, explain = false): string {
  const context = sampleContext({ terminal, explain });
  const writer = tableWriter(context);
  writer.hits(hitLines(hits.slice(0, 1)));
  writer.hits(hitLines(hits.slice(1)));
  writer.finish(sampleSummary());
  return context.out.text();
}

test('hits stand by level, highest first, with their rules, hosts and times', () => {
  assert.equal(
    table(HITS, screen({ columns: 80 })),
    [
      ' CRITICAL  1 hit, 1 rule',
      '  hits  rule                     host   first',
      '     1  Credential store copied  ws-12',
      '',
      ' HIGH  2 hits, 1 rule',
      '  hits  rule                   host     first',
      '     2  Shell from a document  2 hosts  2026-03-02 10:11',
      '',
      ' INFORMATIONAL  1 hit, 1 rule',
      `  hits  rule${' '.repeat(45)}host  first`,
      `     1  ${'横浜 '.repeat(9)}…         2026-03-02 10:11`,
      '',
      '  host                crit  high  medium  low  info  all',
      '  ws-12.corp.example     1     1       ·    ·     ·    2',
      '  dc01.corp.example      ·     1       ·    ·     ·    1',
      '  1 hit without a host',
      '',
      'Events hit: 2026-03-02 10:11:12 – 10:15:44 UTC',
      '',
    ].join('\n'),
  );
});

test('a wide terminal has room for whole hosts and both times', () => {
  const text = table(HITS, screen({ columns: 200 }));
  assert.match(text, /2 {2}Shell from a document {2}dc01\.corp\.example \+1 {2}2026-03-02 10:11:12 – 10:15:44\n/);
});

test('no line is wider than the terminal, wherever it is cut', () => {
  for (const columns of [20, 40, 60, 80, 120, 200]) {
    for (const line of table(HITS, screen({ columns }), true).split('\n')) {
      assert.equal(displayWidth(line) <= Math.max(columns, 36), true, `${columns}: ${line}`);
    }
  }
});

test('a narrow terminal keeps hits, rules and hosts', () => {
  const text = table(HITS, screen({ columns: 40 }));
  assert.match(text, /^ {4}\s*2 {2}Shell from a document$/m);
  assert.match(text, /^ {2}ws-12 +1 +1 +2$/m);
});

test('without UTF-8 the table is ASCII', () => {
  assert.match(table(HITS, screen({ unicode: false })), /^[\x20-\x7e\n]*$/);
});

test('colours are only put where the terminal has them, and text from rules cannot add any', () => {
  const hits = [sampleHit({ rule: { title: 'a\x1b[31mb\r\u202e' }, host: 'h\x1b]0;x\x07' })];
  const plain = table(hits, screen({ columns: 120 }));
  assert.equal(plain.includes('a\\x1b[31mb\\r\\u{202e}'), true);
  assert.equal(plain.includes('\x1b'), false);
  assert.equal(table(hits, screen({ colour: true })).includes('\x1b[1;31m HIGH \x1b[0m'), true);
});

test('rules beyond those shown are counted, with their hits', () => {
  const many = Array.from({ length: 12 }, (_, at) =>
    sampleHit({ rule: { id: `l${at}`, title: `Low ${at}`, level: 'low' } }),
  );
  assert.match(table([...many, ...many.slice(0, 8)], screen()), /^ {2}and 4 more rules with 4 hits$/m);
});

test('hosts beyond those shown are counted', () => {
  const many = Array.from({ length: 13 }, (_, at) => sampleHit({ host: `host-${at}` }));
  assert.match(table(many, screen()), /^ {2}and 3 more hosts$/m);
});

test('explain puts the matches of a first hit below its rule, deciding ones with a star', () => {
  const text = table(HITS.slice(0, 2), screen({ columns: 100 }), true);
  assert.match(text, /\n {6}\* \[selection\] Image endswith '\\cmd\.exe': 'C:\\Windows\\cmd\.exe'\n/);
  assert.match(text, /\n {8}\[filter\] User not equals 'SYSTEM': absent\n/);
});

test('no hits, no table', () => {
  assert.equal(table([], screen()), '');
});

test('hits of carved events are counted apart', () => {
  const carved = sampleHit({ source: { carved: true } });
  const lines = table([carved, carved, ...HITS], screen({ columns: 80 })).split('\n');
  assert.match(
    lines.find((line) => line.includes('Shell')) ?? '',
    /^ {5}4 {2}2 carved: Shell from a document {2}2 hosts/,
  );
  assert.equal(lines.at(-2), '2 hits of carved events: found in free space, maybe incomplete');
  assert.match(table([carved], screen({ columns: 80 })), /^ {5}1 {2}carved: Shell from a document {2}ws-12/m);
  assert.equal(table(HITS, screen({ columns: 80 })).includes('carved'), false);
});

test('hosts whose short names are the same keep their whole names', () => {
  const hosts = ['shop.a.example', 'shop.b.example', 'dc.a.example'].map((host) => sampleHit({ host }));
  const lines = table(hosts, screen({ columns: 60 })).split('\n');
  assert.deepEqual(
    lines.filter((line) => /^ {2}(shop|dc)/.test(line)).map((line) => line.trim().split(' ')[0]),
    ['dc', 'shop.a.example', 'shop.b.example'],
  );
});
