import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../base/index.ts';
import { formatDiagnostic, positionOf } from './diagnostic.ts';
import { bare, printableArb } from './kit.twin.ts';
import { LANG_LIMITS } from './limits.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import { OPERATORS } from './words.ts';

/** The text a tree prints as again. */
function again(text: string): string {
  const { tree, diagnostics } = parse(text);
  assert.deepEqual(diagnostics, [], text);
  assert.ok(tree !== null);
  return print(tree);
}

function firstError(text: string): {
  message: string;
  at: string;
  suggestion: string | null;
  expected: readonly string[];
} {
  const [error] = parse(text).diagnostics;
  assert.ok(error !== undefined, `${text} has no error`);
  const { line, column } = positionOf(text, error.span.start);
  return { message: error.message, at: `${line}:${column}`, suggestion: error.suggestion, expected: error.expected };
}

suite('parsing', () => {
  test('a printed tree is the same tree', () => {
    fc.assert(
      fc.property(printableArb, (tree) => {
        const text = print(tree);
        const parsed = parse(text);
        // Trees at random can be deeper than is allowed.
        if (parsed.diagnostics[0]?.code === 'lang.limit') return;
        assert.deepEqual(parsed.diagnostics, [], text);
        assert.deepEqual(bare(parsed.tree), bare(tree), text);
      }),
      { numRuns: 2000 },
    );
  });

  test('binds or, and, not, comparisons, sums and products in this order', () => {
    assert.equal(again('a == 1 or b == 2 and not c == 3'), 'a == 1 or b == 2 and not(c == 3)');
    assert.equal(again('(a or b) and c'), '(a or b) and c');
    assert.equal(again('1 + 2 * 3 - 4 - 5'), '1 + 2 * 3 - 4 - 5');
    assert.equal(again('1 - (2 - 3)'), '1 - (2 - 3)');
    assert.equal(again('(1 + 2) * 3'), '(1 + 2) * 3');
    assert.equal(again('a + 1 < b * 2'), 'a + 1 < b * 2');
    assert.equal(again('not(a) == b'), 'not(a) == b');
    assert.equal(again('(a == b) == c'), '(a == b) == c');
    assert.equal(again('-(a) + -1'), '-a + -1');
    assert.equal(again('+5'), '5');
  });

  test('reads every operator', () => {
    for (const operator of OPERATORS) {
      const list = /^!?in~?$|^has_a/.test(operator);
      const right = list ? '("x", 1)' : operator.endsWith('between') ? '(1 .. 2)' : '"x"';
      assert.equal(again(`a ${operator} ${right}`), `a ${operator} ${right}`);
    }
  });

  test('reads literals of all types', () => {
    assert.equal(again(`'it"s'`), '"it\\"s"');
    assert.equal(again('@"C:\\Temp"'), '"C:\\\\Temp"');
    assert.equal(again(`@'a''b'`), `"a'b"`);
    assert.equal(again('"\\u0041\\x42\\n"'), '"AB\\u000a"');
    assert.equal(again('0x1F'), '31');
    assert.equal(again('1.50'), '1.5');
    assert.equal(again('2e3'), '2000.0');
    assert.equal(again('long(-9223372036854775808)'), 'long(-9223372036854775808)');
    assert.equal(again('real(2)'), '2.0');
    assert.equal(again('real(-1.5e3)'), '-1500.0');
    assert.equal(again('real(nan) == real(-inf)'), 'real(nan) == real(-inf)');
    assert.equal(again('bool(1)'), 'true');
    assert.equal(again('bool(false)'), 'false');
    assert.equal(again('int(null)'), 'null');
    assert.equal(again('90m'), '90m');
    assert.equal(again('1.5h'), '90m');
    assert.equal(again('-1d'), 'timespan(-1.00:00:00)');
    assert.equal(again('timespan(1.02:03:04.5)'), 'timespan(1.02:03:04.5)');
    assert.equal(again('time(2)'), '2d');
    assert.equal(again('datetime(2026-01-02 03:04+01:00)'), 'datetime(2026-01-02T02:04:00Z)');
    assert.equal(again('null'), 'null');
  });

  test('reads paths with dots and brackets, and comments', () => {
    assert.equal(again('a.b["c d"].e'), 'a.b["c d"].e');
    assert.equal(again('["in"].in'), '["in"].in');
    assert.equal(again('@timestamp > now() // as of now\n and x'), '@timestamp > now() and x');
    assert.equal(again('a.time'), 'a.time');
  });
});

suite('an error', () => {
  const cases: readonly (readonly [text: string, at: string, message: RegExp, suggestion: RegExp | null])[] = [
    ['', '1:1', /nothing to read/, null],
    ['a = "x"', '1:3', /single =/, /==/],
    ['a == "x" && b', '1:10', /& is no operator/, /and/],
    ['a || b', '1:3', /\| is no operator/, /or/],
    ['a == b == c', '1:8', /== stands where/, /do not chain/],
    ['a has "b" has "c"', '1:11', /has stands/, /do not chain/],
    ['a like "x"', '1:3', /like stands/, /contains/],
    ['a conains "x"', '1:3', /conains stands/, /contains/],
    ['(a', '1:3', /ends where \)/, null],
    ['a)', '1:2', /\) stands/, /no \(/],
    ['a in "x"', '1:6', /\( is expected/, /in \(first/],
    ['a in ()', '1:1', /empty list/, null],
    ['a in ("x",)', '1:11', /a value is expected/, /last comma/],
    ['a in ("x" "y")', '1:11', /, or \) is expected/, null],
    ['a between 1 and 2', '1:11', /\( is expected/, /low \.\. high/],
    ['a between (1, 2)', '1:13', /\.\. is expected/, /low \.\. high/],
    ['a matches "x"', '1:11', /regex is expected/, /matches regex/],
    ['[y] == 1', '1:2', /a key in quotes/, /in quotes/],
    ['x[] == 1', '1:3', /\] stands where a field/, null],
    ['x[0 1] == 1', '1:5', /\] is expected/, null],
    ['dynamic([1 2])', '1:12', /, or \] is expected/, null],
    ['dynamic({a: 1})', '1:10', /a key in quotes/, null],
    ['dynamic(x)', '1:9', /a value/, /holds JSON/],
    ['* has "x"', '1:1', /\* stands where/, null],
    ['x.5', '1:3', /a key is expected/, null],
    ['x. == 1', '1:4', /a key is expected/, /\["key"\]/],
    ['"abc', '1:1', /no end/, /Close it/],
    ['@"abc', '1:1', /no end/, /Close it/],
    ['a == "C:\\Temp\\x"', '1:6', /no escape/, /@"C:\\Temp\\x"/],
    ['5x', '1:1', /neither a number nor a span/, /d, h, m/],
    ['99999999999999999999', '1:1', /64 bits/, /in quotes/],
    ['1e999', '1:1', /64 bits/, null],
    ['datetime("2026-01-01")', '1:1', /needs a date/, /todatetime/],
    ['datetime()', '1:1', /nothing stands there/, /datetime\(/],
    ['timespan(x)', '1:1', /needs a span/, /15m/],
    ['bool(maybe)', '1:1', /true or false/, null],
    ['int(x)', '1:1', /needs a number/, /tolong/],
    ['real(x)', '1:1', /needs a number/, /toreal/],
    ['not(a, b)', '1:1', /takes one argument/, null],
    ['between', '1:1', /between stands/, /\["between"\]/],
    ['a == !b', '1:6', /!b stands|! stands only/, null],
    ['a § b', '1:3', /begins nothing/, null],
    ['a == 1;\nb', '1:7', /; stands/, null],
  ];

  test('says where, what came, what was expected and what to write', () => {
    for (const [text, at, message, suggestion] of cases) {
      const error = firstError(text);
      assert.match(error.message, message, text);
      assert.equal(error.at, at, text);
      if (suggestion !== null) assert.match(error.suggestion ?? '', suggestion, text);
    }
  });

  test('does not hide the next', () => {
    const { diagnostics } = parse('(a = 1) and b in "x" and (c == ) and like');
    assert.deepEqual(
      diagnostics.map(({ span }) => span.start),
      [3, 17, 31],
    );
  });

  test('is shown with its line and a mark', () => {
    const text = 'a == 1\nand b = 2';
    const [error] = parse(text).diagnostics;
    assert.equal(
      formatDiagnostic(text, error),
      'error at 2:7: a single = compares nothing\n  and b = 2\n        ^\n  Write == (or =~ to ignore case).',
    );
  });

  test('in a long line is shown with what stands around it', () => {
    const text = `${'a == 1 or '.repeat(60)}b = 2`;
    const [error] = parse(text).diagnostics;
    const lines = formatDiagnostic(text, { ...error, span: { start: 602, end: 603 } }).split('\n');
    assert.ok(lines[1].length <= 102);
    assert.equal(lines[1][lines[2].length - 1], '=');
  });
});

suite('hostile expressions', () => {
  test('are bounded in length, depth and number of errors', () => {
    assert.equal(firstError('a'.repeat(20_000)).at, '1:1');
    assert.equal(parse('a'.repeat(20_000)).diagnostics[0]?.code, 'lang.limit');
    for (const text of [
      '('.repeat(8000),
      '-'.repeat(16_000),
      'not '.repeat(4000),
      '1+'.repeat(8000),
      'f('.repeat(8000),
      'a in ('.repeat(2000),
    ]) {
      const { tree, diagnostics } = parse(text);
      assert.equal(tree, null, text.slice(0, 10));
      assert.equal(diagnostics.at(-1)?.code, 'lang.limit', text.slice(0, 10));
    }
    assert.equal(parse('= '.repeat(5000)).diagnostics.length <= LANG_LIMITS.expressionErrorsMax, true);
  });

  test('of any characters are read in linear time and never throw', () => {
    const piece = fc.constantFrom(
      'a',
      '(',
      ')',
      '[',
      ']',
      '.',
      '..',
      ',',
      '"',
      "'",
      '@"',
      '==',
      '=',
      '!',
      '!in',
      'in~',
      'and',
      'or',
      'not',
      'between',
      'matches regex',
      '-',
      '1',
      '1d',
      '0x',
      'datetime(',
      '\\',
      '\n',
      '//',
      'has_any',
      '|',
      '&',
      '\ud800',
      'é',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
        (text) => {
          const { tree, diagnostics } = parse(text);
          for (const diagnostic of diagnostics) {
            assert.ok(diagnostic.span.start <= text.length && diagnostic.span.end <= text.length);
            formatDiagnostic(text, diagnostic);
          }
          if (diagnostics.length === 0 && tree !== null)
            assert.deepEqual(bare(parse(print(tree)).tree), bare(tree), text);
        },
      ),
      { numRuns: 3000 },
    );
    for (const unit of ['"\\q', 'a.', 'a[', '@', '!', '1.', "'", 'int(', '..', '/*', 'a and ', 'a,'])
      parse(unit.repeat(Math.floor(16_000 / unit.length)));
  });

  test('have the same bounds here and where all bounds are shown', () => {
    for (const [name, value] of Object.entries(LANG_LIMITS))
      assert.equal(limits[name as keyof typeof LANG_LIMITS], value);
  });
});
