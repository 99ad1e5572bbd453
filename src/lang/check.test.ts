import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { check, type FieldCatalogue } from './check.ts';
import { nearest } from './diagnostic.ts';
import { FUNCTIONS } from './functions.ts';
import { parse } from './parse.ts';
import type { StaticType } from './value.ts';

const TYPES: Readonly<Record<string, StaticType>> = {
  'process.name': 'string',
  'source.port': 'long',
  'event.risk_score': 'real',
  '@timestamp': 'datetime',
  'process.interactive': 'bool',
  labels: 'dynamic',
};
const FIELDS: FieldCatalogue = { typeOf: (path) => TYPES[path] ?? null, names: Object.keys(TYPES) };

function checked(text: string, fields: FieldCatalogue | null = FIELDS) {
  const { tree, diagnostics } = parse(text);
  assert.deepEqual(diagnostics, [], text);
  assert.ok(tree !== null);
  return check(tree, fields);
}

const typeOf = (text: string): StaticType => {
  const { type, diagnostics } = checked(text);
  assert.deepEqual(diagnostics, [], text);
  return type;
};

suite('checking', () => {
  test('finds the type of an expression', () => {
    const cases: Readonly<Record<string, StaticType>> = {
      'source.port + 1': 'long',
      'source.port + 1.5': 'real',
      'event.risk_score * 2': 'real',
      '@timestamp - 1d': 'datetime',
      '1d + @timestamp': 'datetime',
      '@timestamp - @timestamp': 'timespan',
      '1d / 2h': 'real',
      '1d % 2h': 'timespan',
      '1d * 2': 'timespan',
      '2 * 1d': 'timespan',
      '-1d': 'timespan',
      '-source.port': 'long',
      'labels + 1': 'dynamic',
      'labels - @timestamp': 'dynamic',
      'labels + labels': 'dynamic',
      'process.name == "x"': 'bool',
      'not(process.interactive)': 'bool',
      'coalesce(process.name, "x")': 'string',
      'coalesce(process.name, 1)': 'dynamic',
      'iff(true, 1, null)': 'long',
      'strlen(process.name)': 'long',
      'tolower(source.port)': 'string',
      'hourofday("2026-01-01")': 'long',
      'ago(1d)': 'datetime',
      'source.port between (1 .. 2.5)': 'bool',
      '@timestamp between (datetime(2026-01-01) .. 3d)': 'bool',
      'process.name matches regex "x"': 'bool',
      'source.port in (1, 2)': 'bool',
      'process.name has_any ("x")': 'bool',
      null: 'null',
    };
    for (const [text, type] of Object.entries(cases)) assert.equal(typeOf(text), type, text);
  });

  test('says what is wrong and what to write', () => {
    const cases: readonly (readonly [string, RegExp, RegExp | null])[] = [
      ['proces.name == "x"', /no field proces\.name/, /process\.name/],
      ['nonsense.field.here == "x"', /no field/, null],
      ['strln(process.name)', /no function strln/, /strlen/],
      ['STRLEN(process.name)', /no function/, /strlen/],
      ['zzzzzz(1)', /no function/, /There are isnull/],
      ['strlen()', /takes 1 arguments, not 0/, /strlen\(text\)/],
      ['substring("a")', /takes 2 to 3/, null],
      ['ago("x" == "y")', /needs a span here/, /ago\(span\)/],
      ['source.port == "443"', /a number with a text/, /443 without quotes/],
      ['source.port == "https"', /a number with a text/, null],
      ['"443" == source.port', /a number with a text/, /without quotes/],
      ['@timestamp > "2026-01-01"', /a date with a text/, /datetime\(2026-01-01\)/],
      ['process.interactive == "yes"', /a condition with a text/, null],
      ['source.port == true', /a number with a condition/, null],
      ['source.port in (1, "x")', /a number with a text/, null],
      ['process.name == null', /null never holds/, /isnull/],
      ['process.name != null', /null never holds/, /isnotnull/],
      ['process.name and true', /and needs a condition/, /isnotempty\(process\.name\)/],
      ['not(1)', /not needs a condition/, null],
      ['process.name has 5', /has needs a text/, /quotes/],
      ['process.name =~ 5', /=~ needs a text/, null],
      ['process.name has_any (5)', /has_any needs a text/, null],
      ['process.name matches regex process.name', /pattern in quotes/, /@"/],
      ['process.name + "x"', /has no meaning/, /strcat/],
      ['labels + "x"', /has no meaning/, /strcat/],
      ['labels * @timestamp', /has no meaning/, null],
      ['@timestamp + @timestamp', /has no meaning/, null],
      ['@timestamp * 2', /has no meaning/, null],
      ['1d * 1d', /has no meaning/, null],
      ['1 / 1d', /has no meaning/, null],
      ['-process.name', /- needs a number/, null],
      ['source.port between ("a" .. 2)', /a number with a text/, null],
      ['iff(1, 2, 3)', /needs a condition here/, null],
    ];
    for (const [text, message, suggestion] of cases) {
      const [error] = checked(text).diagnostics;
      assert.match(error?.message ?? 'no error', message, text);
      if (suggestion !== null) assert.match(error?.suggestion ?? '', suggestion, text);
    }
  });

  test('takes any field without a catalogue, and warns only where sources bring names of their own', () => {
    assert.deepEqual(checked('anything == 1', null).diagnostics, []);
    const [warning] = checked('Imag == "x"', { ...FIELDS, unknown: 'warning' }).diagnostics;
    assert.equal(warning?.severity, 'warning');
  });

  test('names at most as many errors as are allowed', () => {
    const text = Array.from({ length: 40 }, (_, i) => `f${i}(1)`).join(', ');
    assert.equal(checked(`coalesce(${text})`).diagnostics.length, 20);
  });
});

suite('help', () => {
  test('has a signature and a description of each function that begin with its name', () => {
    for (const [name, entry] of Object.entries(FUNCTIONS)) {
      assert.ok(entry.signature.startsWith(`${name}(`), name);
      assert.ok(entry.about.length > 4 && (entry.one ?? entry.all ?? entry.prepare) !== undefined, name);
    }
  });

  test('suggests names that are near, with letters swapped, left out or too many', () => {
    const names = ['process.name', 'process.pid', 'source.ip'];
    assert.equal(nearest('proecss.name', names), 'process.name');
    assert.equal(nearest('SOURCE.IP', names), 'source.ip');
    assert.equal(nearest('sorce.ip', names), 'source.ip');
    assert.equal(nearest('destination', names), null);
    assert.equal(nearest('x'.repeat(100), names), null);
  });
});
