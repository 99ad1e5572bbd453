import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { threadMs } from '../../test/shared.ts';
import { KEY, type Kernel, LIST, NUMBER, STRING } from './kernel.ts';
import { bareKernel, binaryOf, bytesOf, compact, isEvent, lineArb, tokensOf } from './scan.twin.ts';

interface Scanned {
  /** Lines taken for events. */
  readonly events: string[];
  /** Values of each event: column's path of raw keys and raw token. */
  readonly values: string[][];
  readonly errors: { readonly line: string; readonly at: number; readonly reason: string }[];
  readonly blanks: number;
  readonly batches: number;
}

function rawPath(kernel: Kernel, column: number): string {
  const w = (kernel.get('columns') >> 2) + column * 4;
  const [parent, address, length] = kernel.words.subarray(w, w + 3);
  const key = binaryOf(kernel.bytes.subarray(address, address + length));
  return parent === 0 ? key : `${rawPath(kernel, parent)}/${key}`;
}

function scanAll(kernel: Kernel, input: string): Scanned {
  const result: Scanned & { blanks: number; batches: number } = {
    events: [],
    values: [],
    errors: [],
    blanks: 0,
    batches: 0,
  };
  const bytes = bytesOf(input);
  kernel.load(bytes);
  while (kernel.scan()) {
    result.batches++;
    result.blanks += kernel.get('blankCount');
    for (const { line, at, length, reason } of kernel.errors()) {
      result.errors.push({ line: binaryOf(bytes.subarray(line, line + length)), at, reason });
    }
    const { words } = kernel;
    const entries = kernel.get('entries') >> 2;
    for (let row = 0; row < kernel.get('rowCount'); row++) {
      result.events.push(binaryOf(kernel.line(row)));
      const w = (kernel.get('rows') >> 2) + row * 4;
      const next = row + 1 < kernel.get('rowCount') ? words[w + 5] : kernel.get('codeCount');
      const values: string[] = [];
      for (let i = words[w + 1]; i < next; i++) {
        const e = entries + words[(kernel.get('codes') >> 2) + i] * 8;
        const token = binaryOf(kernel.bytes.subarray(words[e], words[e] + words[e + 1]));
        const kind = words[e + 2] & 0xff;
        values.push(
          `${rawPath(kernel, words[e + 3])} = ${kind === STRING ? `"${token}"` : kind === LIST ? compact(token) : token}`,
        );
      }
      result.values.push(values);
    }
  }
  return result;
}

/** The same by tokens of the line. */
function plainValues(line: string): string[] {
  const tokens = tokensOf(line);
  const found: string[] = [];
  let at = 0;
  const value = (path: string): void => {
    const token = tokens[at];
    if (token === '{') {
      at++;
      while (tokens[at] !== '}') {
        const key = tokens[at].slice(1, -1);
        at += 2;
        value(path === '' ? `/${key}` : `${path}/${key}`);
        if (tokens[at] === ',') at++;
      }
      at++;
    } else if (token === '[') {
      const end = tokens.findIndex((other, i) => i > at && '{[]'.includes(other));
      if (tokens[end] === ']') {
        found.push(`${path.slice(1)} = ${tokens.slice(at, end + 1).join('')}`);
        at = end + 1;
        return;
      }
      at++;
      while (tokens[at] !== ']') {
        value(path);
        if (tokens[at] === ',') at++;
      }
      at++;
    } else {
      found.push(`${path.slice(1)} = ${token}`);
      at++;
    }
  };
  value('');
  return found;
}

const kernel = bareKernel();

suite('the scanner', () => {
  test('takes lines that are JSON objects and no others, their values in order', () => {
    const broken = fc
      .tuple(lineArb, fc.nat(), fc.constantFrom('"', '{', '}', ',', ':', '\\', 'x', '\x00', ' ', '1'))
      .map(([line, at, char]) => line.slice(0, at % line.length) + char + line.slice((at % line.length) + (at & 1)));
    fc.assert(
      fc.property(fc.array(fc.oneof(lineArb, broken), { maxLength: 8 }), (lines) => {
        const scanned = scanAll(kernel, lines.join('\n'));
        const events = lines.filter(isEvent);
        assert.deepEqual(scanned.events, events);
        assert.deepEqual(scanned.values, events.map(plainValues));
        assert.equal(
          scanned.events.length + scanned.errors.length + scanned.blanks,
          lines.length - Number(lines.at(-1) === ''),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('takes values and keys for those expected only where they are the same to the end', () => {
    const value = fc.constantFrom(
      ...[
        '1',
        '12',
        '123',
        '12.5',
        '1e5',
        '-1',
        '0',
        '01',
        '"1"',
        '"1,"',
        '"12"',
        '""',
        '"',
        '"\\"',
        '"\\""',
        'true',
        'tru',
        'null',
      ],
      ...['[1]', '[1,2]', '[1,', '[]', '{}', '{"a":1}', '{"a":1', '[{"a":1}]', '[1,{"a":1},2]', '[[1],{},"1"]'],
      ...[
        '"0123456789abcdef"',
        '"0123456789abcde"',
        '"0123456789abcdef0"',
        '"0123456789abcdef\\u0061"',
        '"0123456789abcde\\q"',
      ],
    );
    const member = fc
      .tuple(fc.constantFrom('"a":', '"a":', '"ab":', '"a" :', '"a": ', ' "a":', '"":', '"a,":', '"b":', '"a'), value)
      .map((pair) => pair.join(''));
    const line = fc
      .tuple(fc.array(member, { maxLength: 4 }), fc.constantFrom(',', ',', ',', ', ', ' ,', ''))
      .map(([members, comma]) => `{${members.join(comma)}}`);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), fc.array(fc.nat(3), { maxLength: 12 }), (some, picks) => {
        const lines = picks.map((pick) => some[pick] ?? '{"a":1}');
        const scanned = scanAll(kernel, lines.join('\n'));
        const events = lines.filter(isEvent);
        assert.deepEqual(scanned.events, events);
        assert.deepEqual(scanned.values, events.map(plainValues));
      }),
      { numRuns: 4000 },
    );
  });

  test('takes the same in batches of any size, and knows where each line was', () => {
    const line = fc.oneof(lineArb, fc.constantFrom('', 'x', '{"a":', '{"a":"b"}'));
    const small = bareKernel();
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom(1, 7, 64, 200), (lines, size) => {
        const input = lines.join('\n');
        small.batchBytes = size;
        const { batches, ...scanned } = scanAll(small, input);
        const { batches: one, ...whole } = scanAll(kernel, input);
        assert.deepEqual(scanned, whole);
        assert.ok(batches >= one);
      }),
      { numRuns: 500 },
    );
  });

  test('expects no value of an earlier batch, not even when batch numbers come round', () => {
    const young = bareKernel();
    const line = '{"a":1,"b":"x"}';
    const expected = [['a = 1', 'b = "x"']];
    assert.deepEqual(scanAll(young, line).values, expected);
    for (let batch = 1; batch < 65_535; batch++) {
      young.load(bytesOf('{"c":true,"d":null,"e":"abc"}'));
      young.scan();
    }
    assert.deepEqual(scanAll(young, line).values, expected);
  });

  test('finds where a string ends, and what escapes are in it, wherever its blocks begin', () => {
    const piece = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          '\\\\',
          '\\"',
          '\\n',
          '\\/',
          '\\u00e9',
          '\\',
          '"',
          '\x1f',
          '\xe9',
          '\\u00g9',
          '\\v',
          'u',
        ),
      },
      { weight: 2, arbitrary: fc.nat(20).map((n) => 'x'.repeat(n)) },
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), fc.nat(40), (pieces, from) => {
        const text = pieces.join('');
        const line = `{"${'k'.repeat(from)}":"${text}"}`;
        const scanned = scanAll(kernel, line);
        assert.equal(scanned.events.length, Number(isEvent(line)), line);
        if (scanned.events.length === 0) {
          assert.equal(scanned.errors.length, 1);
          return;
        }
        const flags = kernel.words[(kernel.get('entries') >> 2) + 2] >>> 8;
        const escapes: string[] = text.match(/\\./g) ?? [];
        assert.equal(
          flags,
          Number(escapes.length > 0) +
            2 * Number(escapes.includes('\\u')) +
            4 * Number(text.includes('\xe9')) +
            16 * Number(escapes.includes('\\/')),
          line,
        );
      }),
      { numRuns: 4000 },
    );
  });

  test('says what is wrong with a line, and where', () => {
    const cases: [line: string, at: number, reason: string][] = [
      ['[1]', 0, 'expected an object ({…})'],
      ['  nonsense', 2, 'expected an object ({…})'],
      ['{a:1}', 1, 'expected a key in double quotes'],
      ['{"a":1,}', 7, 'expected a key in double quotes'],
      ['{"a\\x":1}', 3, 'expected a key in double quotes'],
      ['{"a" 1}', 5, 'expected a colon after the key'],
      ['{"a":tru}', 5, 'expected a value'],
      ['{"a":[1,]}', 5, 'expected a value'],
      ['{"a":"\\q"}', 6, 'a string holds a bad escape or a control character, or does not end'],
      ['{"a":"x\ty"}', 7, 'a string holds a bad escape or a control character, or does not end'],
      ['{"a":"\\u12g4"}', 6, 'a string holds a bad escape or a control character, or does not end'],
      ['{"a":01}', 5, 'not a number'],
      ['{"a":1.}', 5, 'not a number'],
      ['{"a":1e+}', 5, 'not a number'],
      ['{"a":-}', 5, 'not a number'],
      ['{"a":1 "b":2}', 7, 'expected a comma or the end of the object or array'],
      ['{"a":{}]', 7, 'expected a comma or the end of the object or array'],
      ['{"a":1} x', 8, 'text after the event'],
      ['{"a":"open', 10, 'a string holds a bad escape or a control character, or does not end'],
      [`${'{"a":'.repeat(66)}1${'}'.repeat(66)}`, 5 * 65, 'nested deeper than 64 levels'],
    ];
    const found = scanAll(kernel, cases.map(([line]) => line).join('\n')).errors;
    assert.deepEqual(
      found,
      cases.map(([line, at, reason]) => ({ line, at, reason })),
    );
  });

  test('takes 64 levels below the event, and an array of scalars in the last', () => {
    const nested = (levels: number, inner: string): string => `${'{"a":'.repeat(levels)}${inner}${'}'.repeat(levels)}`;
    const lines = [nested(65, '[1]'), nested(66, '1'), nested(65, '[[1]]'), `{"a":${'['.repeat(65)}${']'.repeat(65)}}`];
    assert.deepEqual(lines.map(isEvent), [true, false, false, true]);
    assert.deepEqual(scanAll(kernel, lines.join('\n')).events, [lines[0], lines[3]]);
  });

  test('skips blank lines, takes CRLF, and needs no last newline', () => {
    const { events, errors, blanks } = scanAll(kernel, '\r\n \t\r\n{"a":1}\r\n\n\n{"b":2}');
    assert.deepEqual([events, errors, blanks], [['{"a":1}\r', '{"b":2}'], [], 4]);
    assert.deepEqual(scanAll(kernel, '').events, []);
    assert.deepEqual(scanAll(kernel, '{"b":2}\n').events, ['{"b":2}']);
  });

  test('is not led out of the input by what does not end in it', () => {
    const full = '{"a":"0123456789abcdef"}\n'.repeat(100);
    for (const tail of [
      '{"a":"x',
      '{"a":"x\\',
      '{"a":["x',
      '{"a":["x\\"',
      '{"a":[',
      '{"a":[1',
      '{"a":{',
      '{"a',
      '{"a"',
      '{"a":',
      '{',
      '{"a":-',
      '{"a":tru',
    ]) {
      kernel.load(bytesOf(full));
      while (kernel.scan());
      const scanned = scanAll(kernel, `{"a":1}\n${tail}`);
      assert.deepEqual([scanned.events, scanned.errors.map(({ line }) => line)], [['{"a":1}'], [tail]], tail);
    }
  });

  test('finds closing quotes at every place within its 16-byte steps, behind any number of backslashes', () => {
    for (let before = 0; before < 40; before++) {
      for (let backslashes = 0; backslashes < 6; backslashes++) {
        const line = `{"${'k'.repeat(before)}":"${'x'.repeat(before)}${'\\'.repeat(backslashes)}","z":["${'y'.repeat(before)}${'\\'.repeat(backslashes)}"]}`;
        const good = backslashes % 2 === 0;
        const { events, values } = scanAll(kernel, `${line}\n{"a":"\\""}`);
        assert.equal(isEvent(line), good);
        assert.deepEqual(events, [...(good ? [line] : []), '{"a":"\\""}'], line);
        assert.deepEqual(values, events.map(plainValues));
      }
    }
  });

  test('takes a line of many megabytes', () => {
    const line = `{"a":"${'x\\"'.repeat(2_000_000)}","b":[${'1,'.repeat(1_000_000)}1]}`;
    const large = bareKernel(1 << 20);
    const { events, errors } = scanAll(large, `{"c":1}\n${line}\n{"c":2}`);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      events.map((event) => event.length),
      [7, line.length, 7],
    );
  });

  test('takes the same whatever the seeds of its hashes are', () => {
    const input = fc.sample(lineArb, { seed: 5, numRuns: 300 }).join('\n');
    const first = scanAll(bareKernel(), input);
    for (let i = 0; i < 5; i++) assert.deepEqual(scanAll(bareKernel(), input), first);
  });

  test('keeps equal tokens of a column once, of one kind', () => {
    kernel.load(bytesOf('{"a":"1","b":"1"}\n{"a":1,"b":[1]}\n{"b":"1","a":"1"}\n{"a":"1"}'));
    kernel.scan();
    assert.equal(kernel.get('entryCount'), 4);
    assert.equal(kernel.get('columnCount') > 2, true);
    const codes = kernel.words.subarray(kernel.get('codes') >> 2, (kernel.get('codes') >> 2) + 7);
    assert.deepEqual([...codes], [0, 1, 2, 3, 1, 0, 0]);
    const w = (kernel.get('entries') >> 2) + 2 * 8;
    assert.equal(kernel.words[w + 2] & 0xff, NUMBER);
    assert.equal(kernel.text(NUMBER, kernel.words[w], kernel.words[w + 1]), '1');
  });
});

suite('at a limit a batch ends, and nothing is lost', () => {
  function accounted(scanner: Kernel, lines: readonly string[]): Scanned {
    const scanned = scanAll(scanner, lines.join('\n'));
    assert.deepEqual(scanned.events, lines.filter(isEvent));
    assert.equal(scanned.events.length + scanned.errors.length + scanned.blanks, lines.length);
    return scanned;
  }

  test('of rows', () => {
    const { batches } = accounted(
      kernel,
      Array.from({ length: 70_000 }, () => '{}'),
    );
    assert.ok(batches > 1);
  });

  test('of values', () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `{"a":${i}}`);
    assert.ok(accounted(kernel, lines).batches > 1);
  });

  test('of places for values in rows', () => {
    const line = `{"a":[${Array.from({ length: 1000 }, () => '1').join(',')},{}]}`;
    assert.ok(
      accounted(
        bareKernel(),
        Array.from({ length: 1200 }, () => line),
      ).batches > 1,
    );
  });

  test('of errors', () => {
    assert.ok(
      accounted(
        kernel,
        Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 'bad' : '{"a":1}')),
      ).batches > 1,
    );
  });

  test('of shapes: a new trie is begun, and told of', () => {
    let resets = 0;
    const scanner = bareKernel();
    scanner.onShapesReset = () => resets++;
    // Each line has 300 keys of its own: 65,536 nodes hold some 200 of them.
    const lines = Array.from(
      { length: 500 },
      (_, i) => `{${Array.from({ length: 300 }, (__, k) => `"k${i % 30}":{"${k}_${i}":1}`).join(',')}}`,
    );
    const scanned = accounted(scanner, lines);
    assert.deepEqual(scanned.values, lines.map(plainValues));
    assert.ok(resets >= 3, `${resets}`);
  });

  test('of shapes that earlier input has made, for a line that comes first', () => {
    const scanner = bareKernel();
    const keys = (prefix: string): string =>
      `{${Array.from({ length: 12_000 }, (_, i) => `"${prefix}${i}":1`).join(',')}}`;
    for (const prefix of ['a', 'b', 'c']) assert.deepEqual(scanAll(scanner, keys(prefix)).errors, []);
  });

  test('of columns and of the bytes of keys', () => {
    const many = Array.from(
      { length: 40 },
      (_, i) => `{${Array.from({ length: 1000 }, (__, k) => `"k${i}_${k}":1`).join(',')}}`,
    );
    const long = Array.from({ length: 40 }, (_, i) => `{"${String(i).padEnd(100_000, 'x')}":1}`);
    for (const lines of [many, long]) {
      const scanned = accounted(bareKernel(), lines);
      assert.ok(scanned.batches > 1);
      assert.deepEqual(scanned.values, lines.map(plainValues));
    }
  });

  test('of one line alone: it is an error, the others go on', () => {
    const cases: [line: string, reason: string][] = [
      [`{"a":[${'1,'.repeat(600_000)}{}]}`, 'more keys and elements than a batch can hold'],
      [`{"a":[${Array.from({ length: 65_525 }, (_, i) => i).join(',')},{}]}`, 'more values than a batch can hold'],
      [
        `{${Array.from({ length: 20_000 }, (_, i) => `"${i}":1`).join(',')}}`,
        'more keys and elements than a batch can hold',
      ],
      [`{"${'x'.repeat(3 << 20)}":1}`, 'more keys and elements than a batch can hold'],
      [
        `{"${'x'.repeat(100_000)}":{${Array.from({ length: 300 }, (_, i) => `"${i}":1`).join(',')}}}`,
        'more keys and elements than a batch can hold',
      ],
    ];
    const scanner = bareKernel();
    for (const [line, reason] of cases) {
      const scanned = scanAll(scanner, `{"a":1}\n${line}\n{"a":2}`);
      assert.deepEqual(scanned.events, ['{"a":1}', '{"a":2}'], reason);
      assert.deepEqual(
        scanned.errors.map((error) => error.reason),
        [reason],
      );
    }
  });

  test('of time: hostile lines cost no more than their bytes', () => {
    // Each line's array once ran on through all lines behind it: 200 KB took five seconds.
    const started = threadMs();
    const { errors } = scanAll(kernel, '{"a":["\\"","\n'.repeat(20_000));
    assert.equal(errors.length, 20_000);
    assert.ok(threadMs() - started < 1000);
  });
});

test('the shape of a row names its keys in order', () => {
  kernel.load(bytesOf('{"x":1,"y":{"z":2}}'));
  kernel.scan();
  const { words } = kernel;
  const keys: string[] = [];
  const root = kernel.get('nodes');
  for (let at = words[kernel.get('rows') >> 2]; at !== root; at = words[(at >> 2) + 7]) {
    const w = at >> 2;
    const column = (kernel.get('columns') >> 2) + words[w + 6] * 4;
    if (words[w + 3] === KEY) keys.unshift(kernel.key(words[column + 1], words[column + 2]));
  }
  assert.deepEqual(keys, ['x', 'y', 'z']);
});
