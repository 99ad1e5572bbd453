import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineOf, readYaml, YamlError } from './yaml.ts';

function failure(text: string): YamlError {
  try {
    readYaml(text);
  } catch (error) {
    if (error instanceof YamlError) return error;
    throw error;
  }
  return assert.fail('not refused');
}

test('scalars are those of YAML 1.2: yes, on, dates and sexagesimals are text', () => {
  const [document] = readYaml(
    '[yes, on, no, true, False, 2023-01-31, 12:30, 010, 0x1F, 0o17, ~, null, "", 4624.0, 1e3, .inf]',
  );
  assert.deepEqual(document, [
    'yes',
    'on',
    'no',
    true,
    false,
    '2023-01-31',
    '12:30',
    10,
    31,
    15,
    null,
    null,
    '',
    4624,
    1000,
    '.inf',
  ]);
});

test('numbers that a double cannot hold keep their digits', () => {
  const [document] = readYaml(
    '[12345678901234567890, -9007199254740993, 0.1000000000000000055, 9007199254740992, 0xFFFFFFFFFFFFFFFF, -0, 1.50]',
  );
  assert.deepEqual(document, [
    '12345678901234567890',
    '-9007199254740993',
    '0.1000000000000000055',
    9007199254740992,
    '18446744073709551615',
    0,
    1.5,
  ]);
});

test('a map has no prototype, whatever its keys', () => {
  const [document] = readYaml('__proto__: {polluted: 1}\nconstructor: 2\ntoString: 3');
  assert.equal(Object.getPrototypeOf(document), null);
  assert.deepEqual(Object.keys(Object(document)), ['__proto__', 'constructor', 'toString']);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('errors name their line', () => {
  assert.equal(failure('a: 1\nb: 2\na: 3').line, 3);
  assert.match(failure('a: 1\nb: 2\na: 3').message, /duplicated/);
  assert.equal(failure('a: [1, 2\nb: 3').line, 2);
  assert.match(failure('a: !!python/object:os.system x').message, /tag/);
  assert.match(failure(`${'['.repeat(60)}`).message, /maxDepth/);
  assert.match(failure(' '.repeat(5 * 1024 * 1024)).message, /larger than/);
});

test('several documents, a byte order mark, merge keys and aliases are read', () => {
  assert.deepEqual(JSON.stringify(readYaml('\ufeffa: 1\n---\nb: &x [1]\nc: *x')), '[{"a":1},{"b":[1],"c":[1]}]');
  assert.deepEqual(
    JSON.stringify(readYaml('a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}')),
    '[{"a":{"b":1,"c":2},"d":{"b":1,"c":3}}]',
  );
  assert.deepEqual(readYaml(''), []);
});

test('alias bombs are refused before anything is built', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 10; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`);
  const error = failure(lines.join('\n'));
  assert.match(error.message, /more than 100000 values after aliases are followed/);
  assert.equal(error.line, 6);
  assert.match(
    failure(`a: &a x\nb: [${Array.from({ length: 101 }, () => '*a').join(', ')}]`).message,
    /more than 100 aliases/,
  );
  assert.match(failure('a: &a [*a]').message, /alias of nothing, or of what it stands in/);
  assert.match(failure('a: *b # &').message, /alias|anchor/);
});

test('the line of a place in a document is found', () => {
  const text =
    'title: x\n---\ntitle: y\ndetection:\n  sel:\n    - Image: a\n      Other|contains:\n        - 1\n        - 2\n  condition: sel\n';
  const lines: [number, (string | number)[], number][] = [
    [0, ['title'], 1],
    [1, [], 3],
    [1, ['title'], 3],
    [1, ['detection'], 4],
    [1, ['detection', 'sel', 0, 'Other|contains'], 7],
    [1, ['detection', 'sel', 0, 'Other|contains', 1], 9],
    [1, ['detection', 'condition'], 10],
    [1, ['detection', 'absent', 'deeper'], 4],
  ];
  for (const [document, at, line] of lines) assert.equal(lineOf(text, document, at), line, at.join('.'));
  assert.equal(lineOf('a: [', 0, ['a']), undefined);
});

test('no text crashes the reader', () => {
  const piece = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '!!str ',
    '|',
    '>',
    '"',
    "'",
    '#',
    '---\n',
    '? ',
    '<<',
    '%',
    '\t',
    '\u0000',
    '💥',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      try {
        readYaml(text);
      } catch (error) {
        assert.ok(error instanceof YamlError, String(error));
      }
      lineOf(text, 0, ['a', 0, 'a']);
    }),
    { numRuns: 3000 },
  );
});
