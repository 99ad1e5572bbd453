import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RowFormat, rowOutput } from './rows.ts';

function shown(format: RowFormat, columns: readonly string[] | null, rows: readonly string[]): string {
  let text = '';
  const output = rowOutput(format, (more) => {
    text += more;
  });
  output.begin(columns);
  for (const row of rows) output.row(row);
  output.end({});
  return text;
}

test('lines are passed on as they are', () => {
  const rows = ['{"n":9007199254740993}', '{"n":null}'];
  assert.equal(shown('ndjson', ['n'], rows), `${rows.join('\n')}\n`);
});

test('CSV keeps every digit, quotes what it must, and gives a spreadsheet no formula', () => {
  const rows = ['{"a":9007199254740993,"b":"x,\\"y\\""}', '{"a":-1.50,"b":"=cmd()"}', '{"a":[1,{"k":2.0}],"b":null}'];
  assert.equal(
    shown('csv', ['a', 'b'], rows),
    'a,b\r\n9007199254740993,"x,""y"""\r\n-1.50,\'=cmd()\r\n"[1,{""k"":2.0}]",\r\n',
  );
});

test('CSV of rows that have columns of their own has one head for all', () => {
  assert.equal(shown('csv', null, ['{"@a":1}', '{"b":2}']), '@a,b\r\n1,\r\n,2\r\n');
});

test('a table is as wide as its values, up to a bound, and shows no control characters', () => {
  const long = 'x'.repeat(80);
  assert.equal(shown('table', ['a', 'b'], ['{"a":1,"b":"é"}', '{"a":22}']), 'a   b\n──  ─\n1   é\n22\n');
  const cut = shown('table', ['a'], [`{"a":"${long}"}`, '{"a":"\\u001b[31mred"}']).split('\n');
  assert.equal(cut[2], `${'x'.repeat(59)}…`);
  assert.ok(!cut[3].includes('\u001b'));
  assert.equal(shown('table', ['日本'], ['{"日本":"四文字熟語"}']), '日本\n──────────\n四文字熟語\n');
});

test('an event is shown a field a line', () => {
  assert.equal(shown('table', null, ['{"a":1,"host":"x"}']), '• a     1\n  host  x\n');
});
