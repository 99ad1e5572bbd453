import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network } from './cidr.ts';
import { canonical, compareDecimals } from './decimal.ts';
import { fold, foldClass } from './fold.ts';
import { parseJson, parseJsonDocuments, printJson } from './json.ts';
import { regexp } from './regexp.ts';
import { timePart } from './timestamp.ts';
import { ANY, DASH, dashesThatStartWords, ONE, parseWildcards, wholeMatcher } from './wildcard.ts';

test('JSON is read without loss: number tokens, every duplicate key, escapes', () => {
  const text = '{"a":1.50,"a":18446744073709551617,"b":[true,null,{"c":"\\u0041\\n\\/😀"}],"d":-0e+5}';
  const json = parseJson(text);
  assert.equal(printJson(json), '{"a":1.50,"a":18446744073709551617,"b":[true,null,{"c":"A\\n/😀"}],"d":-0e+5}');
  assert.deepEqual(parseJson('"\\ud800x\\udc00"'), { is: 'string', text: '\ufffdx\ufffd' });
  assert.deepEqual(parseJsonDocuments(' {"a":\n1} [] {}').map(printJson), ['{"a":1}', '[]', '{}']);
  assert.equal(parseJsonDocuments('').length, 0);
});

test('JSON that is none is refused', () => {
  const bad = [
    '',
    '{',
    '[1,]',
    '{"a" 1}',
    '{a:1}',
    '01',
    '1.',
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
    'nul',
    '1 2',
    '{"a":1,}',
    '-',
  ];
  for (const text of bad) assert.throws(() => parseJson(text), /JSON at/, text);
  assert.throws(() => parseJson('['.repeat(2000)), /1000 levels/);
});

test('a decimal has one canonical form whatever its spelling', () => {
  const forms: [string, string | null][] = [
    ['4624.0', '4624'],
    ['1e3', '1000'],
    ['-0', '0'],
    ['0.0e9', '0'],
    ['04624', '4624'],
    ['12.340e-4', '0.001234'],
    ['1.5e1', '15'],
    ['-9223372036854775809', '-9223372036854775809'],
    ['1e9999', '1e9999'],
    ['4624x', null],
    ['', null],
    ['.', null],
  ];
  for (const [token, expected] of forms) assert.equal(canonical(token), expected, token);
});

test('decimals compare exactly, beyond doubles', () => {
  const orders: [string, string, number][] = [
    ['9007199254740993', '9007199254740992', 1],
    ['0.1', '0.10000000000000000001', -1],
    ['-5', '3', -1],
    ['-5', '-6', 1],
    ['10', '9', 1],
    ['1.5', '1.5', 0],
  ];
  for (const [a, b, sign] of orders) assert.equal(compareDecimals(a, b), sign, `${a} ${b}`);
});

test('folding is simple case folding: K and ſ fold, İ and ı do not, ß is not ss', () => {
  const same: [string, string][] = [
    ['Kelvin', 'KELVIN'],
    ['ſ', 's'],
    ['ẞ', 'ß'],
    ['ς', 'Σ'],
    ['µ', 'Μ'],
    ['𐐀', '𐐨'],
    ['ᾼ', 'ᾳ'],
    ['\u1fd3', '\u0390'],
    ['ﬅ', 'ﬆ'],
    ['Ꭰ', 'ꭰ'],
  ];
  for (const [a, b] of same) assert.equal(fold(a), fold(b), `${a} ${b}`);
  const other: [string, string][] = [
    ['İ', 'i'],
    ['ı', 'I'],
    ['ß', 'ss'],
    ['ﬀ', 'ff'],
    ['é', 'e'],
  ];
  for (const [a, b] of other) assert.notEqual(fold(a), fold(b), `${a} ${b}`);
  assert.deepEqual(foldClass('k').sort(), ['K', 'k', '\u212a']);
  assert.deepEqual(foldClass('-'), ['-']);
});

test('folding never leaves the letter, as V8 sees letters, and is done in one step', () => {
  for (let code = 0; code <= 0x1ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const char = String.fromCodePoint(code);
    const folded = fold(char);
    if (folded !== char) assert.match(folded, new RegExp(`^\\u{${code.toString(16)}}$`, 'iu'));
    assert.equal(fold(folded), folded);
  }
});

test('backslashes escape wildcards and themselves as the specification lists', () => {
  const cases: [string, unknown[]][] = [
    ['\\', ['\\']],
    ['\\\\', ['\\']],
    ['a\\b', ['a', '\\', 'b']],
    ['a\\\\b', ['a', '\\', 'b']],
    ['*', [ANY]],
    ['\\*', ['*']],
    ['\\?', ['?']],
    ['\\\\*', ['\\', ANY]],
    ['\\\\\\*', ['\\', '*']],
    ['\\\\\\', ['\\', '\\']],
    ['\\\\\\\\', ['\\', '\\']],
    ['😀?', ['😀', ONE]],
  ];
  for (const [written, parts] of cases) assert.deepEqual(parseWildcards(written), parts, written);
});

test('only dashes that start a word are interchangeable', () => {
  const dashed = dashesThatStartWords(parseWildcards('-a -b c-d --e */f'));
  assert.deepEqual(
    dashed.map((part, i) => (part === DASH ? i : -1)).filter((i) => i >= 0),
    [0, 3, 10],
  );
});

test('a pattern fits the whole value', () => {
  const fits = (pattern: string, value: string, cased = false): boolean =>
    wholeMatcher(parseWildcards(pattern), cased)(cased ? value : fold(value));
  const yes: [string, string][] = [
    ['a*c', 'abbc'],
    ['a*c', 'AC'],
    ['*b*b*', 'abxb'],
    ['?', '😀'],
    ['a?c*', 'aéc\n\0x'],
    ['', ''],
    ['*', ''],
    ['*ab', 'aab'],
    ['\\*', '*'],
  ];
  for (const [pattern, value] of yes) assert.equal(fits(pattern, value), true, pattern);
  const no: [string, string][] = [
    ['a*c', 'abcd'],
    ['?', ''],
    ['?', 'ab'],
    ['', ' '],
    ['*b*b*', 'ab'],
    ['\\*', 'x'],
    ['a', 'a '],
  ];
  for (const [pattern, value] of no) assert.equal(fits(pattern, value), false, pattern);
  assert.equal(fits('A', 'a', true), false);
});

test('networks hold addresses, IPv4-mapped ones as IPv4; what is no address is in none', () => {
  const holds = (net: string, address: string): boolean | undefined => network(net)?.(address);
  assert.equal(holds('10.0.0.0/8', '10.1.2.3'), true);
  assert.equal(holds('10.0.0.0/8', '::ffff:10.1.2.3'), true);
  assert.equal(holds('10.0.0.0/8', '::ffff:a01:203'), true);
  assert.equal(holds('::ffff:10.0.0.0/104', '10.1.2.3'), true);
  assert.equal(holds('10.0.0.0/8', '11.0.0.0'), false);
  assert.equal(holds('0.0.0.0/0', '::1'), false);
  assert.equal(holds('::/0', '1.2.3.4'), false);
  assert.equal(holds('fe80::/10', 'FEBF::'), true);
  assert.equal(holds('192.168.1.7', '192.168.1.7'), true);
  for (const address of ['', '10.0.0', '10.0.0.256', '010.0.0.1', '1::2::3', ':1', '12345::', '::1.2.3', ' 10.0.0.1']) {
    assert.equal(holds('0.0.0.0/0', address), false, address);
    assert.equal(holds('::/0', address), false, address);
  }
  for (const net of ['10.0.0.0/33', 'x', '10.0.0.0/8/8', '10.0.0.0/', '::/129']) assert.equal(network(net), null, net);
});

test('time parts are the digits of the timestamp, weeks those of ISO 8601', () => {
  assert.equal(timePart('2025-10-25T17:38:32.006926Z', 'hour'), 17);
  assert.equal(timePart('2025-10-25 17:38:32+09:00', 'minute'), 38);
  assert.equal(timePart('2025/10/25 17:38:32', 'hour'), 17);
  assert.equal(timePart('2025-10-25', 'day'), 25);
  assert.equal(timePart('2025-10-25', 'month'), 10);
  assert.equal(timePart('2025-10-25', 'year'), 2025);
  assert.equal(timePart('2025-10-25', 'hour'), null);
  assert.equal(timePart('2025-10-25', 'minute'), null);
  assert.equal(timePart('17:38', 'hour'), null);
  assert.equal(timePart('2025-13-25', 'month'), null);
  const weeks: [string, number][] = [
    ['2021-01-03', 53],
    ['2021-01-04', 1],
    ['2024-12-30', 1],
    ['2020-12-31', 53],
    ['2016-02-29', 9],
  ];
  for (const [day, week] of weeks) assert.equal(timePart(day, 'week'), week, day);
});

test('regular expressions: PCRE anchors, leading flags, folding by simple case folding', () => {
  const none = { i: false, m: false, s: false };
  assert.equal(regexp('b.d', none).test('abcd'), true);
  assert.equal(regexp('B', none).test('b'), false);
  assert.equal(regexp('(?i)kelvin\\-', none).test('\u212aELVIN-'), true);
  assert.equal(regexp('s', { ...none, i: true }).test('\u017f'), true);
  assert.equal(regexp('[\\-a]\\"{x}]', { ...none, i: true }).test('A"{X}]'), true);
  assert.equal(regexp('a{2}', { ...none, i: true }).test('AA'), true);
  assert.equal(regexp('a.b', none).test('a\nb'), false);
  assert.equal(regexp('a.b', { ...none, s: true }).test('a\nb'), true);
  assert.equal(regexp('(?s)a.b', none).test('a\nb'), true);
  assert.equal(regexp('^b$', none).test('a\nb'), false);
  assert.equal(regexp('^b$', { ...none, m: true }).test('a\nb'), true);
  assert.equal(regexp('\\Ab\\z', { ...none, m: true }).test('a\nb'), false);
  assert.equal(regexp('b\\Z', none).test('b\n'), true);
  assert.equal(regexp('[]x]y[^]z]', none).test(']ya'), true);
  assert.equal(regexp('[[]\\d{1,}', none).test('[7'), true);
  assert.throws(() => regexp('(', none));
});
