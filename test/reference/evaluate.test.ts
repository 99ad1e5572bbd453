import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyRouter, matches, referenceHits } from './harness.ts';
import { parseJson } from './json.ts';
import { type Placeholders, parseDocuments, parseRule } from './rule.ts';

/** A rule whose detection is given in YAML, flow style. */
function yaml(detection: string, extra = ''): string {
  return `title: t\nid: t\nlogsource: {product: any}\n${extra}detection: ${detection}\n`;
}

function hit(selection: string, event: unknown, placeholders: Placeholders = {}): boolean {
  const text = typeof event === 'string' ? event : JSON.stringify(event);
  return matches(parseRule(yaml(`{s: ${selection}, condition: s}`), placeholders), parseJson(text), anyRouter);
}

/** Selection, events that match, events that do not. */
function table(rows: readonly (readonly [string, readonly unknown[], readonly unknown[]])[]): void {
  for (const [selection, yes, no] of rows) {
    for (const event of yes) assert.equal(hit(selection, event), true, `${selection} on ${JSON.stringify(event)}`);
    for (const event of no) assert.equal(hit(selection, event), false, `${selection} not on ${JSON.stringify(event)}`);
  }
}

test('strings fit whole values, without case; trailing spaces count', () => {
  table([
    [
      '{f: abc}',
      [{ f: 'ABC' }, { f: ['x', 'abc'] }, { f: [['abc']] }],
      [{ f: 'abc ' }, { f: 'xabc' }, {}, { f: null }],
    ],
    ["{f: 'k'}", [{ f: '\u212a' }], [{ F: 'k' }]],
    ['{f|cased: abc}', [{ f: 'abc' }], [{ f: 'ABC' }]],
    ['{f|contains: b}', [{ f: 'aBc' }], [{ f: 'ac' }]],
    ['{f|startswith: ab}', [{ f: 'ABc' }], [{ f: 'cab' }]],
    ["{f|endswith: 'b?'}", [{ f: 'abc' }, { f: 'b😀' }], [{ f: 'ab' }, { f: 'abcd' }]],
    ["{f|contains: '\\'}", [{ f: 'a\\b' }], [{ f: 'ab' }]],
    ['{f|neq: abc}', [{ f: 'x' }, {}, { f: null }, { f: ['x'] }], [{ f: 'ABC' }, { f: ['x', 'abc'] }]],
    ['{f: [a, b]}', [{ f: 'b' }], [{ f: 'c' }]],
    ['{f|contains|all: [a, b]}', [{ f: 'xbxa' }, { f: ['a', 'b'] }], [{ f: 'a' }]],
    ['{a.b: x}', [{ a: { b: 'x' } }, { a: [{ b: 'y' }, { b: 'x' }] }, { 'a.b': 'x' }], [{ 'a.c': 'x' }]],
    ["{'a\\.b': x}", [{ 'a.b': 'x' }], [{ a: { b: 'x' } }]],
    ['{ab: x}', [{ 'a b': 'x' }], []],
  ]);
});

test('null, empty, any and exists are four different things', () => {
  table([
    ['{f: null}', [{}, { f: null }, '{"f":1,"f":null}'], [{ f: '' }, { f: 0 }]],
    ["{f: ''}", [{ f: '' }], [{}, { f: null }, { f: ' ' }]],
    ["{f: '*'}", [{ f: '' }, { f: 0 }], [{}, { f: null }]],
    ['{f|exists: true}', [{ f: null }, { f: '' }, { f: {} }, { f: [] }], [{}]],
    ['{f|exists: false}', [{}], [{ f: null }]],
    ['{f|neq: null}', [{ f: 'x' }], [{}, { f: null }]],
  ]);
});

test('numbers match numbers and their canonical text; booleans match in any case', () => {
  table([
    ['{f: 4624}', ['{"f":4624}', '{"f":4624.0}', '{"f":"4624"}'], ['{"f":"04624"}', '{"f":"4624.0"}', '{"f":46240}']],
    ['{f: 9007199254740993}', ['{"f":9007199254740993}'], ['{"f":9007199254740992}']],
    ["{f: '4624'}", ['{"f":4624}', '{"f":4.624e3}'], []],
    ["{f|startswith: '46'}", ['{"f":4624}'], []],
    ['{f: true}', [{ f: true }, { f: 'TRUE' }], [{ f: false }, { f: 1 }]],
    ['{f|gt: 5}', [{ f: 6 }, { f: '5.5' }, { f: [1, 9] }], [{ f: 5 }, { f: '06' }, { f: 'x' }, { f: true }, {}]],
    ['{f|gte: 5}', [{ f: 5 }, '{"f":5.0}'], [{ f: 4.9 }]],
    ['{f|lt: -1.5}', [{ f: -2 }], [{ f: -1.5 }]],
    ['{f|lte: 18446744073709551617}', ['{"f":18446744073709551617}'], ['{"f":18446744073709551618}']],
  ]);
});

test('each modifier does what the specification says', () => {
  table([
    ["{f|re: 'a.c$'}", [{ f: 'xabc' }, { f: ['q', 'abc'] }], [{ f: 'ABC' }, {}]],
    ["{f|re|i: 'A.C'}", [{ f: 'xabc' }], [{ f: 'ac' }]],
    ['{f|re: [a, b]}', [{ f: 'b' }], [{ f: 'c' }]],
    ['{f|cidr: 10.0.0.0/8}', [{ f: '10.1.1.1' }, { f: '::ffff:10.1.1.1' }], [{ f: 'x' }, { f: '11.1.1.1' }]],
    ["{f|windash|contains: ' -e'}", [{ f: 'a /E' }, { f: 'a \u2013e' }], [{ f: 'a+e' }]],
    ["{f|contains|windash: '-e-e'}", [{ f: 'x/e-e' }], [{ f: '-e/e' }]],
    ['{f|base64: abc}', [{ f: 'YWJj' }, { f: 'ywjj' }], [{ f: 'abc' }]],
    ['{f|base64|cased: abc}', [{ f: 'YWJj' }], [{ f: 'ywjj' }]],
    [
      '{f|base64offset|contains: foobar}',
      [{ f: 'Zm9vYmFy' }, { f: 'xmb29iYXy' }, { f: 'Zvb2Jhcg' }],
      [{ f: 'foobar' }],
    ],
    [
      '{f|base64offset|contains|all: [foo, bar]}',
      [{ f: Buffer.from('xfooybar').toString('base64') }],
      [{ f: Buffer.from('xfooyba').toString('base64') }],
    ],
    ['{f|wide|base64offset|contains: ab}', [{ f: Buffer.from('xxa\0b\0').toString('base64') }], [{ f: 'YWI=' }]],
    ['{f|utf16be|base64: ab}', [{ f: 'AGEAYg==' }], []],
    ['{f|utf16|base64: ab}', [{ f: '//5hAGIA' }], []],
    ['{f|wide: ab}', [{ f: 'a\0B\0' }], [{ f: 'ab' }]],
    [
      '{f|fieldref: g}',
      [{ f: 'A', g: ['x', 'a'] }, '{"f":1.0,"g":"1"}'],
      [{ f: 'a' }, { g: 'a' }, { f: null, g: null }, {}],
    ],
    ['{f|fieldref|startswith: g}', [{ f: 'abc', g: 'AB' }], [{ f: 'cab', g: 'ab' }]],
    ['{f|fieldref|endswith: g}', [{ f: 'cab', g: 'AB' }], [{ f: 'abc', g: 'ab' }]],
    ['{f|fieldref|contains: g}', [{ f: 'xaby', g: 'AB' }], [{ f: 'a', g: 'ab' }]],
    ['{f|fieldref|neq: g}', [{ f: 'a', g: 'b' }, {}], [{ f: 'a', g: 'A' }]],
    ['{f|hour: 17}', [{ f: '2025-10-25 17:38:00' }], [{ f: '2025-10-25 18:38:00' }, { f: 'x' }]],
    ['{f|week|gte: 43}', [{ f: '2025-10-25' }], [{ f: '2025-01-25' }]],
  ]);
});

test('placeholders take every value; a rule without values for them is refused', () => {
  const values = { Admins: ['root', 'adm*'], X: ['1'] };
  assert.equal(hit("{f|expand: '%Admins%'}", { f: 'administrator' }, values), true);
  assert.equal(hit("{f|expand: '%X%-%Admins%'}", { f: '1-ROOT' }, values), true);
  assert.equal(hit("{f|expand: '\\%X%X%'}", { f: '%X1' }, values), true);
  assert.equal(hit("{f: '%Admins%'}", { f: '%admins%' }, values), true);
  assert.throws(() => hit("{f|expand: '%Nobody%'}", {}), /no values for the placeholder/);
});

test('keywords search every value but no name', () => {
  table([
    ['[abc, x]', [{ f: 'zzABCzz' }, { a: { b: ['q', 'x'] } }], [{ abc: 'f' }, { f: null }]],
    ["['46?4']", ['{"f":14624}'], []],
    ["{'|all': [abc, def]}", [{ f: 'abcdef' }, { f: 'abc', g: 'def' }], [{ f: 'abc' }]],
    ["{'|re': 'a+b'}", [{ f: 'xaab' }], [{ f: 'b' }]],
    ["['*']", [{ f: '' }], [{ f: null }, {}]],
    ['[{f: a}, kw]', [{ f: 'a' }, { g: 'xkwx' }], [{ f: 'b' }]],
    ['[{f: a, g: b}, {f: c}]', [{ f: 'a', g: 'b' }, { f: 'c' }], [{ f: 'a' }]],
    ['abc', [{ f: 'xabcx' }], [{}]],
  ]);
});

test('conditions bind as the specification orders them', () => {
  const truth = (condition: string, set: string): boolean => {
    const names = ['a', 'b', 'c', '_d', 'sel-1', 'sel-2'];
    const searches = names.map((name) => `${name}: {f|contains: '${name}'}`).join(', ');
    const rule = parseRule(yaml(`{${searches}, condition: ${condition}}`));
    return matches(rule, parseJson(JSON.stringify({ f: set.split(' ') })), anyRouter);
  };
  assert.equal(truth('a or b and c', 'a'), true);
  assert.equal(truth('(a or b) and c', 'a'), false);
  assert.equal(truth('not a or b', 'a b'), true);
  assert.equal(truth('not (a or b)', 'a'), false);
  assert.equal(truth('not not a', 'a'), true);
  assert.equal(truth('1 of sel-*', 'sel-2'), true);
  assert.equal(truth('all of sel-*', 'sel-2'), false);
  assert.equal(truth('all of sel-* and not 1 of them', 'sel-1 sel-2'), false);
  assert.equal(truth('1 of them', '_d'), false);
  assert.equal(truth('any of _*', '_d'), true);
  assert.equal(truth('all of *-1', 'sel-1'), true);
  assert.equal(truth('[a and b, c]', 'c'), true);
  assert.equal(truth('a AND NOT b', 'a'), true);
});

test('what cannot be evaluated is refused, never guessed', () => {
  const refused: [string, RegExp][] = [
    ['{s: {f: a}, condition: t}', /expected a search identifier/],
    ['{s: {f: a}, condition: s | count() > 5}', /was not expected/],
    ['{s: {f: a}, condition: 1 of x*}', /no search identifier/],
    ['{s: {f: a}, condition: (s}', /not closed/],
    ['{s: {f: a}, condition: s s}', /was not expected/],
    ['{s: {f: a}}', /no condition/],
    ['{s: {f: [a, null]}, condition: s}', /null in a list/],
    ['{s: {f|nosuch: a}, condition: s}', /unknown modifier/],
    ['{s: {f|contains: null}, condition: s}', /null with modifiers/],
    ['{s: {f|exists: 1}, condition: s}', /exists takes/],
    ['{s: {f|lt: a}, condition: s}', /takes a number/],
    ['{s: {f|cidr: a}, condition: s}', /no network/],
    ["{s: {f|re: '('}, condition: s}", /Unterminated/],
    ["{s: {f|base64: 'a*'}, condition: s}", /cannot be encoded/],
    ['{s: {f|i: a}, condition: s}', /does not go with/],
    ['{s: {f: {g: a}}, condition: s}', /list or a map/],
    ['{s: {f: []}, condition: s}', /no value/],
    ['{s: {}, condition: s}', /empty map/],
    ['{s: [], condition: s}', /empty list/],
    ['{s: [null], condition: s}', /null as a keyword/],
    ['{s: {f: a, f: b}, condition: s}', /unique/],
    ['[]', /no map/],
  ];
  for (const [detection, reason] of refused) assert.throws(() => parseRule(yaml(detection)), reason, detection);
  assert.throws(() => parseRule('title: x'), /no detection rule/);
});

test('records are numbered by line, broken lines among them', () => {
  const lines = ['{"f":"a"}', '', 'broken', '[1]', '{"f":"A"}'];
  const hits = referenceHits([yaml('{s: {f: a}, condition: s}')], lines, anyRouter);
  assert.deepEqual([...(hits.get('t') ?? [])], [1, 4]);
});

test('filters add their condition to the rules they name, or to any rule of a compatible logsource', () => {
  const rule = yaml('{s: {f: a}, condition: s}', 'name: named\n');
  const filter = (rules: string, logsource = 'product: any'): string =>
    `title: x\nlogsource: {${logsource}}\nfilter:\n  rules: ${rules}\n  selection: {user: adm}\n  condition: not selection\n`;
  const lines = ['{"f":"a","user":"adm"}', '{"f":"a","user":"eve"}'];
  const records = (...texts: string[]): number[] => [...(referenceHits(texts, lines, anyRouter).get('t') ?? [])];
  assert.deepEqual(records(rule), [1, 2]);
  assert.deepEqual(records(rule, filter('[t]')), [2]);
  assert.deepEqual(records(rule, filter('[named]')), [2]);
  assert.deepEqual(records(rule, filter('any')), [2]);
  assert.deepEqual(records(rule, filter('any', 'category: other')), [1, 2]);
  assert.deepEqual(records(rule, filter('[other]')), [1, 2]);
  assert.deepEqual(records(`${rule}---\n${filter('any', 'product: any, category: other')}`), [1, 2]);
});

test('a file may hold rules, filters and correlations', () => {
  const kinds = parseDocuments(
    `${yaml('{s: &x {f: a}, t: *x, condition: s or t}')}---\ntitle: c\ncorrelation: {type: event_count}\n---\ntitle: nothing\n`,
  ).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['detection', 'correlation']);
  assert.deepEqual(parseDocuments(''), []);
});
