import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../base/index.ts';
import { offsetOf, placeOf, plain, readYamlFile } from './yaml.ts';

/** Problems as `line:column message`. */
function problems(text: string): string[] {
  return readYamlFile(text).problems.map(({ at, message }) => {
    const { line, column } = placeOf(text, at);
    return `${line}:${column} ${message}`;
  });
}

function read(text: string): unknown {
  const { root, problems: found } = readYamlFile(text);
  assert.deepEqual(found, []);
  return root === undefined ? undefined : JSON.parse(JSON.stringify(plain(root)));
}

test('values are those of the YAML 1.2 core schema: no, on and dates are text', () => {
  const text = 'a: [1, 0x10, 1.5, true, no, on, 2024-01-01, 012, "7", \'x\', ~]\nb: |\n  two\n  lines\n? c\n: d\n';
  assert.deepEqual(read(text), {
    a: [1, 16, 1.5, true, 'no', 'on', '2024-01-01', 12, '7', 'x', null],
    b: 'two\nlines\n',
    c: 'd',
  });
  assert.equal(read(''), undefined);
  assert.equal(read('# nothing\n'), undefined);
});

test('everything has its place: values, names, items, quoted text', () => {
  const text = 'a:\n  b: "x"\n  - c\n'.replace('  - c\n', '  c:\n    - 1\n    - {d: 2}\n');
  const { root } = readYamlFile(text);
  assert.ok(root !== undefined);
  const place = (path: (string | number)[], key = false): string => {
    const { line, column } = placeOf(text, offsetOf(root, path, key));
    return `${line}:${column}`;
  };
  assert.equal(place(['a', 'b']), '2:6');
  assert.equal(place(['a', 'b'], true), '2:3');
  assert.equal(place(['a', 'c', 1]), '5:7');
  assert.equal(place(['a', 'c', 1, 'd']), '5:11');
  assert.equal(place(['a', 'c', 9]), '3:3');
  assert.equal(place(['a', 'nothing', 'there']), '1:1');
  assert.equal(place([]), '1:1');
});

test('an empty name has the place where it stands', () => {
  const text = 'a: 1\nb:\n  c: []\n  : [2]\n';
  const { root } = readYamlFile(text);
  assert.deepEqual(root === undefined ? undefined : placeOf(text, offsetOf(root, ['b', ''], true)), {
    line: 4,
    column: 3,
  });
});

test('lines are counted however they end', () => {
  assert.deepEqual(placeOf('a\r\nb\rc\nd', 7), { line: 4, column: 1 });
});

test('an alias is what its anchor names', () => {
  assert.deepEqual(read('a: &x {b: 1}\nc: *x\nd: [*x, *x]\n'), { a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }, { b: 1 }] });
});

test('names that stand twice, tags, merges, aliases of nothing and second documents are all told, with their places', () => {
  assert.deepEqual(problems('a: 1\nb:\n  a: 2\n  a: 3\na: 4\n'), ['4:3 "a" is there twice', '5:1 "a" is there twice']);
  assert.deepEqual(problems('a: !!str 1\nb: !x {c: 1}\n'), [
    '1:4 a tag: values are what they look like; quotes make text',
    '2:4 a tag: values are what they look like; quotes make text',
  ]);
  assert.match(problems('a: &x {b: 1}\nc:\n  <<: *x\n').join(), /^3:3 merging/);
  assert.deepEqual(problems('a: *x\n'), ['1:4 an alias of nothing, or of what it stands in: *x']);
  assert.deepEqual(problems('a: &x [*x]\n'), ['1:8 an alias of nothing, or of what it stands in: *x']);
  assert.deepEqual(problems('a: 1\n---\nb: 1\n'), [
    '4:1 a second document: a configuration is one (no --- in between)',
  ]);
  assert.deepEqual(problems('{[a]: 1, b: 2}'), ['1:2 a name must be plain text']);
});

test('names that JavaScript treats specially are refused, or names like any other', () => {
  assert.deepEqual(problems('__proto__: {admin: true}\n'), ['1:1 __proto__ cannot be a name']);
  assert.deepEqual(problems('a:\n  "__proto__": 1\n'), ['2:3 __proto__ cannot be a name']);
  const { root } = readYamlFile('constructor: {prototype: {x: 1}}\ntoString: 2\n');
  const value = root === undefined ? undefined : plain(root);
  assert.equal(Object.getPrototypeOf(value), null);
  assert.deepEqual(Object.keys(Object(value)), ['constructor', 'toString']);
  assert.equal(Object.getOwnPropertyDescriptor(Object.prototype, 'admin'), undefined);
});

test('bombs of aliases, depth and numbers are refused fast, by name', () => {
  const aliases = (count: number): string => `a: &a 1\nb: [${Array(count).fill('*a').join(', ')}]\n`;
  assert.deepEqual(problems(aliases(limits.yamlAliasesMax)), []);
  assert.deepEqual(problems(aliases(limits.yamlAliasesMax + 1)), ['2:406 not YAML: more than 100 aliases']);
  let bomb = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
  for (let i = 1; i < 12; i++)
    bomb += `a${i}: &a${i} [${Array(9)
      .fill(`*a${i - 1}`)
      .join(', ')}]\n`;
  assert.match(
    problems(bomb).join(),
    new RegExp(`more than ${limits.yamlAliasesMax} aliases|more than ${limits.configValuesMax} values`),
  );
  const wide = `a: &a [${'x, '.repeat(2000)}x]\n${Array.from({ length: 99 }, (_, i) => `b${i}: *a\n`).join('')}`;
  assert.match(problems(wide).join(), /more than 50000 values after aliases are followed$/);
  assert.match(problems('['.repeat(5000)).join(), /not YAML: .*depth|nest/i);
  assert.match(problems(`${'a: {'.repeat(500)}${'}'.repeat(500)}`).join(), /not YAML/);
  assert.match(problems('- '.repeat(400_000)).join(), /not YAML/);
});

test('bytes that are no text are refused where they stand', () => {
  assert.match(problems('a: 1\nb: \0\n').join(), /^\d+:\d+ not YAML: /);
  assert.match(problems('a: "\x01"\n').join(), /^1:\d+ not YAML: /);
  assert.match(problems('a:\n\t- b\n').join(), /^2:\d+ not YAML: /);
  assert.match(problems('a: "open\n').join(), /not YAML: /);
});

test('no text makes it throw anything, and problems stand within the text', () => {
  const pieces = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '&x',
    '*x',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|',
    '>',
    '#',
    '!t',
    '---',
    '?',
    '%',
    '\t',
    '\0',
    '\u2028',
    '<<',
    '~',
    '1',
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40 }).map((each) => each.join('')),
      (text) => {
        for (const { at } of readYamlFile(text).problems) assert.ok(at >= 0 && at <= text.length);
      },
    ),
    { numRuns: 2000 },
  );
});
