import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { formatJson, JSON_DEPTH_MAX, parseJson } from './json.ts';
import { Bag, DateTime, List, TimeSpan } from './value.ts';

suite('JSON', () => {
  test('is read with all digits, in the order of keys, and written again', () => {
    for (const text of [
      '{"b":1,"a":[true,null,"x"],"":{}}',
      '9007199254740993',
      '-1.5',
      '"\\u0000é"',
      '[]',
      '[[[1]]]',
      '1e+300',
    ])
      assert.equal(formatJson(parseJson(text) ?? null), text);
    assert.equal(parseJson(' 5 '), 5n);
    assert.equal(parseJson('5.0'), 5);
    assert.deepEqual(parseJson('{"a":1,"a":2}'), new Bag(new Map([['a', 2n]])));
    assert.equal(parseJson('"\\u0041"'), 'A');
  });

  test('is what JSON.parse takes, no more and no less', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      '.5',
      'e',
      '0',
      'null',
      ' ',
    );
    const texts = fc.oneof(
      fc.json(),
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const value = parseJson(text);
        let twin: unknown;
        try {
          twin = JSON.parse(text);
        } catch {
          assert.equal(value, undefined, text);
          return;
        }
        assert.ok(value !== undefined, text);
        // -0 is an integer here, and integers have one 0.
        assert.equal(JSON.stringify(JSON.parse(formatJson(value))), JSON.stringify(twin), text);
      }),
      { numRuns: 2000 },
    );
  });

  test('has dates and spans as texts, and null for what it lacks', () => {
    const list = new List([new DateTime(0n), new TimeSpan(600_000_000n), Number.NaN, 2, -0]);
    assert.equal(formatJson(list), '["1970-01-01T00:00:00Z","00:01:00",null,2.0,-0.0]');
  });

  test('that is hostile ends as no JSON', () => {
    assert.equal(parseJson('['.repeat(100_000)), undefined);
    const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    assert.ok(parseJson(deep(JSON_DEPTH_MAX)) instanceof List);
    assert.equal(parseJson(deep(JSON_DEPTH_MAX + 1)), undefined);
    assert.equal(parseJson('{"a":'.repeat(1000)), undefined);
    assert.equal(parseJson('"'.repeat(99_999)), undefined);
  });
});
