import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type SeededRandom, seededRandom } from '../../base/index.ts';
import { ANY, DASH, ONE, type Pattern, type Test } from '../sigma/model.ts';
import { LaneBench, ruleOf, textTest } from './lane.twin.ts';
import { exactHash, PatternTable } from './matcher.ts';

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** What patterns and values are made of: pieces that overlap, fold, and need escapes. */
const LETTERS = [
  'a',
  'b',
  'A',
  'ab',
  'abc',
  'abcd',
  'ABCDE',
  'bcda',
  '-',
  '/',
  '–',
  '—',
  'K',
  'k',
  'ſ',
  'S',
  'İ',
  'i',
  'é',
  'É',
  'ß',
  'ẞ',
];
const WORDS = [
  '€',
  '😀',
  '𐐀',
  '𐐨',
  'Ⱥ',
  '\\',
  '"',
  ' ',
  '\n',
  '\u0000',
  '.exe',
  'cmd.exe',
  'powershell',
  ' -enc ',
  '4624',
  'true',
  'null',
  '0',
  '1.5',
];
const PIECES = [...LETTERS, ...LETTERS, ...WORDS];

function literal(random: SeededRandom, pieces: number): string {
  return Array.from({ length: 1 + random.integer(pieces) }, () => random.pick(PIECES)).join('');
}

function pattern(random: SeededRandom): Pattern {
  const text = literal(random, 4);
  switch (random.integer(8)) {
    case 0:
      return [text];
    case 1:
      return [text, ANY];
    case 2:
      return [ANY, text];
    case 3:
    case 4:
      return [ANY, text, ANY];
    case 5:
      return [ANY, random.pick(PIECES), ANY];
    case 6:
      return random.pick<Pattern>([
        [],
        [ANY],
        [ONE],
        [DASH],
        [ANY, ONE],
        [ONE, ONE, ANY],
        [ANY, DASH, 'a', ANY],
        ['a', ONE],
        [ANY, DASH],
      ]);
    default: {
      const parts: (string | typeof ANY | typeof ONE | typeof DASH)[] = [];
      const count = 1 + random.integer(4);
      for (let i = 0; i < count; i++) {
        if (random.integer(3) > 0) parts.push(random.pick([ANY, ANY, ONE, DASH]));
        parts.push(literal(random, 2));
        parts.push(random.pick([ANY, ONE, DASH]));
      }
      return parts.filter((part, i) => part !== ANY || parts[i - 1] !== ANY);
    }
  }
}

/** A string's raw token, each character written in one of the ways it can be. */
function quoted(random: SeededRandom, text: string): string {
  let out = '"';
  for (const char of text) {
    const units = [...Array(char.length).keys()]
      .map((i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join('');
    if (char === '"' || char === '\\') out += random.pick([`\\${char}`, units]);
    else if (char === '/') out += random.pick(['/', '\\/']);
    else if (char === '\n') out += random.pick(['\\n', units]);
    else if (char < ' ' || random.integer(25) === 0) out += units;
    else out += utf8(char);
  }
  if (random.integer(20) === 0) out += random.pick(['\xff', '\xe2\x82', '\\ud800', '\xed\xa0\x80', '\xf0\x9f']);
  return `${out}"`;
}

const OTHERS = [
  '4624',
  '0',
  '-0',
  '1.50',
  '15e-1',
  '4624.0',
  'true',
  'false',
  'null',
  '12345678901234567890',
  '-1',
  '1E400',
];

function value(random: SeededRandom): string {
  const kind = random.integer(12);
  if (kind === 0) return random.pick(OTHERS);
  if (kind === 1) {
    const elements = Array.from({ length: random.integer(5) }, () =>
      random.integer(4) === 0 ? random.pick(OTHERS) : quoted(random, literal(random, 4)),
    );
    return `[${elements.join(random.pick([',', ' , ']))}]`;
  }
  return quoted(random, random.integer(15) === 0 ? '' : literal(random, random.integer(10) === 0 ? 60 : 5));
}

function assertSame(bench: LaneBench, lines: readonly string[], label: string): void {
  const plain = bench.plainHits(lines);
  // Three times: by matching, by the dictionary and by what is kept across batches.
  for (let pass = 0; pass < 3; pass++) {
    const found = bench.hits(lines);
    assert.equal(found.length, lines.length);
    lines.forEach((line, i) => {
      assert.deepEqual(found[i], plain[i], `${label}, pass ${pass}: ${JSON.stringify(line)}`);
    });
  }
}

const only = (id: string, tests: readonly Test[], field: string | null = 'f') =>
  tests.map((one, i) => ruleOf(`${id}${i}`, [{ field, test: one }], { op: 'item', item: 0 }));

suite('the matcher finds what a plain evaluation of each pattern finds', () => {
  for (const [count, rounds] of [
    [1, 60],
    [4, 30],
    [9, 20],
    [40, 10],
    [120, 6],
    [1000, 2],
    [5000, 1],
  ]) {
    test(`with ${count} patterns`, () => {
      for (let round = 0; round < rounds; round++) {
        const seed = count * 1000 + round;
        const random = seededRandom(seed);
        const bench = new LaneBench(
          only(
            'r',
            Array.from({ length: count }, () => textTest(pattern(random))),
          ),
        );
        const lines = Array.from({ length: 150 }, () => `{"f":${value(random)}}`);
        assertSame(bench, lines, `seed ${seed}`);
      }
    });
  }

  test('where a few grams are swept for, and where too many are rolled over', () => {
    const random = seededRandom(3);
    const word = (): string =>
      Array.from({ length: 4 + random.integer(8) }, () => random.pick([...'abcdefgh0123'])).join('');
    for (const count of [1, 8, 47, 48, 49, 50, 400]) {
      const words = Array.from({ length: count }, word);
      const bench = new LaneBench(
        only(
          'w',
          words.map((text) => textTest([ANY, text, ANY])),
        ),
      );
      const lines = Array.from({ length: 200 }, () => {
        const parts = Array.from({ length: random.integer(6) }, () =>
          random.pick([word(), random.pick(words), random.pick(words).toUpperCase()]),
        );
        return `{"f":"${parts.join(random.pick(['', '-']))}"}`;
      });
      assertSame(bench, lines, `${count} words`);
    }
  });

  test('where there are up to eight short patterns, and more', () => {
    const random = seededRandom(4);
    for (const count of [1, 3, 8, 9, 30, 60]) {
      const texts = Array.from({ length: count }, () =>
        Array.from({ length: 1 + random.integer(3) }, () => random.pick([...'abcé€-'])).join(''),
      );
      const bench = new LaneBench(
        only(
          's',
          texts.map((text, i) =>
            textTest(...([[ANY, text, ANY], [text, ANY], [ANY, text], [text]] as Pattern[]).slice(0, 1 + (i % 4))),
          ),
        ),
      );
      const lines = Array.from(
        { length: 300 },
        () =>
          `{"f":"${utf8(Array.from({ length: random.integer(40) }, () => random.pick([...'abcdefgé€-x'])).join(''))}"}`,
      );
      assertSame(bench, lines, `${count} texts`);
    }
  });

  test('at every place of a value around its 16-byte steps', () => {
    const bench = new LaneBench(
      only(
        'p',
        ['ab', 'abc', 'abcd', 'abcdefghijklmnopq', 'x'].flatMap((text) => [
          textTest([ANY, text, ANY]),
          textTest([text, ANY]),
          textTest([ANY, text]),
        ]),
      ),
    );
    const lines = Array.from({ length: 70 }, (_, at) =>
      ['ab', 'abc', 'abcd', 'abcdefghijklmnopq'].map(
        (text) => `{"f":"${'-'.repeat(at)}${text}${'-'.repeat(at % 19)}"}`,
      ),
    ).flat();
    assertSame(bench, lines, 'places');
  });

  test('with tests that only the host can decide, asked for behind their literals', () => {
    const tests: Test[] = [
      { kind: 'text', patterns: [[ANY, 'Cmd.exe']], cased: true },
      { kind: 'text', patterns: [['A']], cased: true },
      {
        kind: 'regex',
        regexes: [
          {
            written: 'p.w',
            ignoreCase: false,
            multiLine: false,
            dotAll: false,
            source: 'pow[a-z]+',
            flags: 'l',
            literals: ['pow'],
            order: [['pow']],
            least: 3,
          },
        ],
      },
      { kind: 'compare', op: 'gte', value: '4624' },
      { kind: 'cidr', networks: ['10.0.0.0/8'] },
      { kind: 'null' },
      { kind: 'exists', value: true },
      { kind: 'exists', value: false },
    ];
    const bench = new LaneBench([...only('h', tests), ...only('k', tests.slice(0, 3), null)]);
    const lines = [
      '"x\\\\Cmd.exe"',
      '"x\\\\cmd.exe"',
      '"A"',
      '"a"',
      '"POWERSHELL"',
      '"powershell"',
      '["x","A","powx"]',
      '[]',
      '[null]',
      'null',
    ];
    lines.push(
      '4624',
      '"4625"',
      '46e2',
      '"10.1.2.3"',
      '["11.1.1.1","10.0.0.1"]',
      '{}',
      '[{"g":1}]',
      '{"g":"Cmd.exe"}',
      '["Cmd.exe",{}]',
    );
    assertSame(bench, [...lines.map((text) => `{"f":${text}}`), '{}', '{"g":"A"}', '{"g":["x","A"]}'], 'host');
    bench.asked = 0;
    bench.hits(['{"f":"nothing of theirs"}']);
    // `A`, the comparison and the network have no literal to wait for; the keywords have `A` as well.
    assert.equal(bench.asked, 4);
  });

  test('with what JSON may write in two ways swept for in both', () => {
    const bench = new LaneBench(only('k', [textTest([ANY, ' /c ', ANY]), textTest([ANY, 'aa/b', ANY])], null));
    const lines = [' /c ', ' \\/c ', ' \\u002fc ', 'x AA/B', 'x aa\\/b', '\\\\/c'].map((text) => `{"f":"${text} "}`);
    assert.deepEqual(bench.hits(lines), [[0], [0], [0], [1], [1], []]);
    assertSame(bench, lines, 'slashes');
  });

  test('with elements of a list each tried, and found by different ones', () => {
    const bench = new LaneBench(
      only('l', [textTest(['a', ONE, 'c']), textTest([ANY, 'wo', ONE, 'rd', ANY]), textTest(['second'])]),
    );
    assert.deepEqual(
      bench.hits(['{"f":["aXXc","abc"]}', '{"f":["woord wo","x","wo.rd"]}', '{"f":["first","second","abc"]}']),
      [[0], [1], [0, 2]],
    );
  });
});

suite('memory of the matcher', () => {
  test('holds however many different sets of predicates values have', () => {
    // Forty letters, any of them in a value: every value has a set of its own, some 200 bytes each, 12 MB in all.
    const random = seededRandom(9);
    const letters = Array.from({ length: 40 }, (_, i) => `<${i}>`);
    const bench = new LaneBench(
      only(
        'm',
        letters.map((text) => textTest([ANY, text, ANY])),
      ),
    );
    for (let round = 0; round < 4; round++) {
      const sets = Array.from({ length: 15_000 }, () => letters.map((_, i) => i).filter(() => random.integer(2) === 0));
      const found = bench.hits(sets.map((set) => `{"f":"${set.map((i) => letters[i]).join('')}"}`));
      assert.deepEqual(found, sets);
    }
  });

  test('holds for a value that satisfies 20,000 predicates', () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `w${i}.`);
    const bench = new LaneBench(
      only(
        'n',
        words.map((text) => textTest([ANY, text, ANY])),
      ),
    );
    const [all, none] = bench.hits([`{"f":"${words.join('')}"}`, '{"f":"w"}']);
    assert.deepEqual([all.length, all[19_999], none.length], [20_000, 19_999, 0]);
  });
});

test('equal patterns share a number, others do not', () => {
  const table = new PatternTable();
  const numbers = [['a', ANY, 'b'], ['a', '', ANY, ANY, 'b'], ['a#0"1:b'], ['a', ONE, 'b'], ['a'], ['A']].map(
    (one) => table.compile(one as Pattern).number,
  );
  assert.deepEqual(numbers, [0, 0, 1, 2, 3, 4]);
});

test('the hash of whole values tells lengths and tails apart', () => {
  const texts = ['', 'a', 'b', 'ab', 'abcd', 'abcde', 'abcdf', 'abcdefgh'];
  const hashes = texts.map((text) => exactHash(new TextEncoder().encode(text)));
  assert.equal(new Set(hashes).size, texts.length);
});
