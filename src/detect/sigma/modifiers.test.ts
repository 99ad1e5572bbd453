import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluateRule } from './evaluate.ts';
import { eventOf, matches, refusalOf, ruleOf } from './event.twin.ts';
import { ANY, DASH, ONE } from './model.ts';

test('text is the whole value, in any case, with wildcards', () => {
  assert.ok(matches("f: 'cmd.exe'", 'CMD.exe'));
  assert.ok(!matches("f: 'cmd.exe'", 'cmd.exe '));
  assert.ok(!matches("f: 'cmd.exe '", 'cmd.exe'), 'spaces behind a value count');
  assert.ok(matches("f: '*\\cmd.ex?'", 'C:\\Windows\\CMD.EXE'));
  assert.ok(!matches("f: 'a?'", 'a'));
  assert.ok(matches("f: 'stra\u1e9ee'", 'STRAßE') && !matches("f: 'strasse'", 'STRAßE'));
  assert.ok(matches("f: 'task'", 'ta\u017f\u212a'));
  assert.ok(matches('f: [a, b]', 'B') && !matches('f: [a, b]', 'c'));
});

test('null, empty, * and exists tell absent, null and empty apart', () => {
  const cases: [string, boolean[]][] = [
    // absent, null, '', 'x'
    ['f: null', [true, true, false, false]],
    ["f: ''", [false, false, true, false]],
    ["f: '*'", [false, false, true, true]],
    ['f|exists: true', [false, true, true, true]],
    ['f|exists: false', [true, false, false, false]],
    ['f|neq: null', [false, false, true, true]],
    ['f|neq: x', [true, true, true, false]],
  ];
  for (const [item, [absent, isNull, empty, x]] of cases) {
    assert.equal(matches(item), absent, `${item}, absent`);
    assert.equal(matches(item, null), isNull, `${item}, null`);
    assert.equal(matches(item, ''), empty, `${item}, empty`);
    assert.equal(matches(item, 'x'), x, `${item}, x`);
  }
});

test('numbers match the number and its canonical text; booleans match true and false in any case', () => {
  for (const value of [4624, '4624']) assert.ok(matches('f: 4624', value) && matches("f: '4624'", value));
  assert.ok(!matches('f: 4624', '04624') && !matches('f: 4624', '4624.0') && !matches("f: '04624'", 4624));
  assert.ok(matches('f: 4624.0', 4624) && matches('f: 0x10', 16));
  assert.ok(matches('f: 12345678901234567890', 12345678901234567890n));
  assert.ok(!matches('f: 12345678901234567890', 12345678901234567891n));
  assert.ok(
    matches('f: true', true) && matches('f: true', 'TRUE') && matches("f: 'True'", true) && !matches('f: true', 1),
  );
  assert.ok(matches('f|contains: 62', 4624) && matches('f|startswith: 46', '46x'));
});

test('any element of a list will do; under all each value needs some element', () => {
  assert.ok(matches('f: b', 'a', 'b') && !matches('f: c', 'a', 'b'));
  assert.ok(matches('f|contains|all: [a, b]', 'xa', 'bx'));
  assert.ok(!matches('f|contains|all: [a, c]', 'xa', 'bx'));
  assert.ok(
    !matches('f|neq: b', 'a', 'b') && matches('f|neq: [c, d]', 'a', 'b') && !matches('f|neq: [c, a]', 'a', 'b'),
  );
  assert.ok(matches('f|neq|all|contains: [a, b]', 'a') && !matches('f|neq|all|contains: [a, b]', 'ab'));
  assert.ok(matches('f|contains|all: a', 'xa'), 'all with one value');
});

test('contains, startswith and endswith keep wildcards inside', () => {
  assert.ok(matches("f|contains: 'a?c'", 'xxABCxx') && !matches("f|contains: 'a?c'", 'ac'));
  assert.ok(matches("f|endswith: '\\a?.exe'", 'C:\\ab.exe') && !matches("f|endswith: '\\a?.exe'", 'C:\\ab.exe.x'));
  assert.ok(matches("f|startswith: 'a*c'", 'abbcd') && !matches("f|startswith: 'a*c'", 'xabc'));
  assert.ok(matches("f|contains: '\\*'", 'a*b') && !matches("f|contains: '\\*'", 'ab'));
  assert.ok(matches("f|contains: ''", 'x') && !matches("f|contains: ''", null));
});

test('cased compares as written', () => {
  assert.ok(matches('f|cased: Abc', 'Abc') && !matches('f|cased: Abc', 'abc'));
  assert.ok(matches('f|contains|cased: B', 'aBc') && !matches('f|cased|contains: B', 'abc'));
});

test('windash: dashes that start a word, as one class', () => {
  for (const dash of ['-', '/', '–', '—', '―']) {
    assert.ok(matches("f|contains|windash: ' -f'", `a ${dash}F b`), dash);
    assert.ok(matches("f|windash|contains: '/f'", `a${dash}f`), dash);
  }
  assert.ok(!matches("f|contains|windash: 'a-f'", 'a/f'), 'inside a word it is itself');
  assert.deepEqual(ruleOf("{s: {f|contains|windash: '-a -b? -'}, condition: s}").items[0].test, {
    kind: 'text',
    patterns: [[ANY, DASH, 'a ', DASH, 'b', ONE, ' ', DASH, ANY]],
    cased: false,
  });
  const many = ruleOf(`{s: {f|windash: '${'-a '.repeat(200)}'}, condition: s}`).items[0].test;
  assert.ok(many.kind === 'text' && many.patterns.length === 1, 'no product of strings');
});

test('encodings', () => {
  assert.ok(
    matches('f|base64: foo', 'Zm9v') && matches('f|base64: foo', 'zM9V') && !matches('f|base64|cased: foo', 'zM9V'),
  );
  assert.ok(matches('f|base64|base64: foo', 'Wm05dg=='));
  assert.ok(matches('f|wide: cmd', 'c\0m\0d\0') && matches('f|utf16be: cmd', '\0c\0m\0d'));
  assert.ok(matches("f|wide|contains: 'a*b'", 'xa\0..b\0x'));
  assert.ok(matches('f|utf16|base64: a', Buffer.from([0xff, 0xfe, 0x61, 0]).toString('base64')));
  const powershell = Buffer.from('xx\0ping localhost', 'utf16le').toString('base64');
  assert.ok(
    matches("f|wide|base64offset|contains: 'ping '", powershell) &&
      matches("f|utf16le|base64offset|contains: 'ping '", powershell),
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5 }),
      fc.stringMatching(/^[a-z/-]{4,12}$/),
      fc.uint8Array({ maxLength: 5 }),
      (before, value, behind) => {
        const text = Buffer.concat([before, Buffer.from(value), behind]).toString('base64');
        assert.ok(matches(`f|base64offset|contains: '${value}'`, text));
      },
    ),
  );
});

test('re: anywhere in the value, case counts unless i', () => {
  assert.ok(matches("f|re: 'b+c'", 'abbcd') && !matches("f|re: 'b+c'", 'aBC') && matches("f|re|i: 'b+c'", 'aBC'));
  assert.ok(matches("f|re|m: '^b$'", 'a\nb\nc') && !matches("f|re: '^b$'", 'a\nb\nc'));
  assert.ok(
    matches("f|re|s: 'a.c'", 'a\nc') && !matches("f|re: 'a.c'", 'a\nc') && matches("f|re|i|s|m: 'A.C$'", 'a\nc\n'),
  );
  assert.ok(matches("f|re: '^4\\d+$'", 4624) && !matches("f|re: '.*'", null) && matches("f|re: '.*'", ''));
  assert.ok(
    matches("f|re|neq: 'x'", 'abc') && matches("f|re|all: ['a', 'b']", 'ab') && !matches("f|re|all: ['a', 'c']", 'ab'),
  );
});

test('cidr, with mapped addresses; what is no address does not match', () => {
  assert.ok(
    matches("f|cidr: '10.0.0.0/8'", '10.1.2.3') && matches("f|cidr: ['fe80::/10', '10.0.0.0/8']", '::ffff:10.1.2.3'),
  );
  assert.ok(
    !matches("f|cidr: '0.0.0.0/0'", 'x') &&
      !matches("f|cidr: '0.0.0.0/0'", 10) &&
      matches("f|cidr|neq: '10.0.0.0/8'", 'x'),
  );
});

test('comparisons are exact and only of canonical numbers', () => {
  assert.ok(
    matches('f|gt: 5', 6) &&
      !matches('f|gt: 5', 5) &&
      matches('f|gte: 5', '5') &&
      matches('f|lt: 0.5', '0.49') &&
      matches('f|lte: -1', -1),
  );
  assert.ok(
    matches('f|gt: 9007199254740992', 9007199254740993n) && !matches('f|gt: 9007199254740993', 9007199254740993n),
  );
  for (const value of ['abc', '', '06', '6.0', '0x6', ' 6', null, true])
    assert.ok(!matches('f|gte: 0', value), String(value));
  assert.ok(matches('f|gt: [100, 5]', 6), 'several limits are alternatives');
});

test('parts of times', () => {
  assert.ok(matches('f|hour: 13', '2023-01-31T13:05:09+02:00') && !matches('f|hour: 11', '2023-01-31T13:05:09+02:00'));
  assert.ok(
    matches('f|minute: [4, 5]', '2023-01-31 13:05:09') &&
      matches('f|day: 31', '2023-01-31') &&
      matches('f|week: 5', '2023-01-31'),
  );
  assert.ok(
    matches('f|month: 1', '2023-01-31') && matches('f|year: 2023', '2023-01-31') && !matches('f|hour: 0', '2023-01-31'),
  );
  assert.ok(matches('f|hour|gte: 13', '2023-01-31T13:05:09Z') && !matches('f|hour|lt: 13', '2023-01-31T13:05:09Z'));
  assert.ok(!matches('f|year: 1970', '0') && matches('f|hour|neq: 13', 'x'));
});

test('fieldref compares any value with any value of the other field; absent or null on either side is false', () => {
  const holds = (item: string, event: Record<string, unknown>): boolean =>
    evaluateRule(ruleOf(`{s: {${item}}, condition: s}`), eventOf(event));
  assert.ok(holds('a|fieldref: b', { a: 'X', b: 'x' }) && !holds('a|fieldref|cased: b', { a: 'X', b: 'x' }));
  assert.ok(holds('a|fieldref: b', { a: ['p', 'q'], b: ['r', 'q'] }) && holds('a|fieldref: b', { a: 5, b: '5' }));
  assert.ok(
    !holds('a|fieldref: b', { a: 'x' }) &&
      !holds('a|fieldref: b', { b: 'x' }) &&
      !holds('a|fieldref: b', { a: null, b: null }),
  );
  assert.ok(holds('a|fieldref|neq: b', { a: 'x' }) && !holds('a|fieldref|neq: b', { a: 'x', b: 'x' }));
  assert.ok(
    holds('a|fieldref|startswith: b', { a: 'abc', b: 'AB' }) && holds('a|endswith|fieldref: b', { a: 'abc', b: 'bc' }),
  );
  assert.ok(
    holds('a|fieldref|contains: b', { a: 'abc', b: 'b' }) && !holds('a|fieldref|contains: b', { a: 'b', b: 'abc' }),
  );
  assert.ok(holds('a|fieldref: [c, b]', { a: 'x', b: 'x' }) && !holds('a|fieldref|all: [c, b]', { a: 'x', b: 'x' }));
  assert.ok(holds("a|fieldref: 'b*'", { a: 'x', 'b*': 'x' }), 'names have no wildcards');
});

test('keywords are in any one value, never in names; under all different values may serve', () => {
  const holds = (selection: string, event: Record<string, unknown>): boolean =>
    evaluateRule(ruleOf(`{s: ${selection}, condition: s}`), eventOf(event));
  const event = { evilname: 'some text', other: ['list', 'of EVIL things'], n: 4624 };
  assert.ok(
    holds("['evil th', 'zzz']", event) && !holds('[evilname]', event) && holds('[4624]', event) && holds('462', event),
  );
  assert.ok(holds("{'|all': ['some', 'evil']}", event) && !holds("{'|all': ['some', 'zzz']}", event));
  assert.ok(holds("['s?me*text']", event) && !holds("['text*evil']", event), 'one value has to hold it all');
  assert.ok(
    holds("{'|re': '^of [E]'}", event) && holds("{'|cased': ['EVIL']}", event) && !holds("{'|cased': ['evil']}", event),
  );
  assert.ok(!holds("{'|neq': ['evil']}", event) && holds("{'|contains': [LIST]}", event));
});

test('combinations without meaning are refused, and say which', () => {
  const cases: [string, RegExp][] = [
    ['f|foo: a', /f\|foo: unknown modifier "foo"/],
    ['f|contains|startswith: a', /startswith and contains exclude each other/],
    ['f|contains|contains: a', /contains is given twice/],
    ['f|i: a', /i has to follow re/],
    ['f|contains|re: a', /re cannot be applied to text after contains/],
    ['f|re|contains: a', /contains cannot be applied to a regular expression/],
    ['f|re: 5', /re cannot be applied to a number/],
    ['f|re|cased: a', /cased only changes how text compares/],
    ["f|re: '(?=a)b'", /regular expression \(\?=a\)b: lookaround/],
    ['f|contains|base64: a', /base64 has to stand before contains/],
    ["f|base64: 'a*'", /base64 needs a text without wildcards/],
    ["f|windash|base64: '-a'", /without wildcards and windash/],
    ["f|base64: ''", /base64 needs a text/],
    ['f|base64: 5', /base64 cannot be applied to a number/],
    ['f|base64offset|contains: a', /too short/],
    ['f|utf16: abc', /utf16 of this value is no text/],
    ['f|wide: é', /put base64 or base64offset behind it/],
    ["f|wide: 'a?'", /cannot be applied to a value with \?/],
    ['f|wide|utf16be: a', /utf16be cannot be applied to utf16le/],
    ["f|wide|windash: '-a'", /windash has to stand before an encoding/],
    ['f|windash: 5', /windash cannot be applied to a number/],
    ['f|gt: abc', /gt needs a number, not text/],
    ['f|gt|neq: 5', /gt and neq exclude each other/],
    ['f|gt|contains: 5', /contains cannot be applied to a comparison/],
    ['f|lt|hour: 5', /hour needs a whole number, not a comparison/],
    ['f|hour: 5.5', /hour needs a whole number/],
    ['f|hour|contains: 5', /contains cannot be applied to a part of a time/],
    ["f|cidr: '10.0.0.0/40'", /is no network/],
    ['f|cidr: 10', /cidr cannot be applied to a number/],
    ["f|exists: 'yes'", /exists needs true or false/],
    ['f|exists|neq: true', /exists takes no other modifier/],
    ['f|exists: [true, false]', /exists takes one value/],
    ['f|fieldref: 5', /fieldref needs the name of a field/],
    ["f|fieldref: ''", /fieldref needs the name of a field/],
    ['f|contains: null', /null takes no modifier but neq/],
    ['f: [a, null]', /null cannot stand in a list/],
    ['f: [null]', /null cannot stand in a list/],
    ['f: []', /list of values is empty/],
    ['f: [[a]]', /a value is a map or a list/],
    ['f: {a: b}', /the value is a map/],
    ["f|expand: '%x%'", /expand without values for the placeholder %x%/],
    ["'|endswith': a", /keywords\|endswith: endswith needs a field/],
    ["'|gt': 5", /gt needs a field/],
    ["'': null", /null needs a field/],
  ];
  for (const [item, reason] of cases) assert.match(refusalOf(`{s: {${item}}, condition: s}`), reason, item);
});
