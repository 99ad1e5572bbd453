import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { threadMs } from '../../../../test/shared.ts';
import type { ColumnType, ParsePiece } from '../tree.ts';
import { regexPattern, textPattern } from './pattern.ts';

const span = { start: 0, end: 0 };
const SKIP: ParsePiece = { kind: 'skip', span };
const text = (piece: string): ParsePiece => ({ kind: 'text', text: piece, span });
const column = (type: ColumnType = 'string'): ParsePiece => ({
  kind: 'column',
  name: { keys: ['x'], span },
  type,
  span,
});

test('columns take what stands between the texts, the first place of each', () => {
  assert.deepEqual(textPattern([text('a='), column(), text(' '), column()], false)('a=1 b c'), ['1', 'b c']);
  assert.deepEqual(textPattern([SKIP, text('='), column(), text('='), SKIP], false)('a=b=c=d'), ['b']);
  assert.equal(textPattern([text('b'), column()], false)('ab'), null);
  assert.deepEqual(textPattern([column(), text('')], false)('ab'), ['']);
});

test('a value that is not of its type does not fit, or is null where it is relaxed', () => {
  const pieces = [text('n='), column('long'), text(';'), column()];
  assert.deepEqual(textPattern(pieces, false)('n=5;x'), [5n, 'x']);
  assert.equal(textPattern(pieces, false)('n=q;x'), null);
  assert.deepEqual(textPattern(pieces, true)('n=q;x'), [null, 'x']);
});

test('a later place is tried where the first has no value of the type', () => {
  assert.deepEqual(textPattern([SKIP, text('id='), column('long'), SKIP], false)('id=x id=12y'), [12n]);
  assert.deepEqual(textPattern([SKIP, column('long'), text('ms'), SKIP], false)('a 1s 25ms'), [25n]);
});

test('without types it finds what a regular expression finds', () => {
  const piece = fc.oneof(
    fc.stringMatching(/^[ab]{1,2}$/).map(text),
    fc.constant(SKIP),
    fc.constant(column()),
    fc.constant(column('long')),
  );
  const pieces = fc.array(piece, { maxLength: 6 }).filter((list) => {
    // Side by side it is a matter of taste which takes what.
    return list.every((one, i) => i === 0 || one.kind === 'text' || list[i - 1].kind === 'text');
  });
  fc.assert(
    fc.property(pieces, fc.stringMatching(/^[ab1]{0,12}$/), (list, whole) => {
      const source = list
        .map((one, i) => {
          if (one.kind === 'text') return one.text;
          const last = i === list.length - 1;
          if (one.kind === 'skip') return last ? '' : '.*?';
          return one.type === 'long' ? (last ? '(\\d+)$' : '(\\d+)') : last ? '(.*)' : '(.*?)';
        })
        .join('');
      const found = new RegExp(`^${source}`).exec(whole);
      const types = list.flatMap((one) => (one.kind === 'column' ? [one.type] : []));
      const wanted = found?.slice(1).map((value, i) => (types[i] === 'long' ? BigInt(value) : value)) ?? null;
      assert.deepEqual(textPattern(list, false)(whole), wanted);
    }),
    { numRuns: 500 },
  );
});

test('hostile texts take linear time', () => {
  const many = Array.from({ length: 20 }, () => [SKIP, text('a')]).flat();
  const typed = Array.from({ length: 10 }, () => [SKIP, text('a'), column('long')]).flat();
  const whole = 'a'.repeat(200_000);
  for (const pieces of [
    [...many, text('b')],
    [...typed, text('b')],
    [SKIP, column('long'), SKIP, text('b')],
  ]) {
    const started = threadMs();
    assert.equal(textPattern(pieces, false)(whole), null);
    assert.ok(threadMs() - started < 3000);
  }
});

test('regular expressions keep their groups to themselves', () => {
  const compile = (pattern: string) => (whole: string) => new RegExp(pattern).exec(whole);
  const pieces = [text('(a|b)(?:c)(?<n>d)'), column(), text('[(]\\('), column('long')];
  assert.deepEqual(regexPattern(pieces, compile)('bcdxyz((7 q'), ['xyz', 7n]);
  assert.equal(regexPattern(pieces, compile)('bcdxyz((q'), null);
  assert.deepEqual(regexPattern([SKIP, text('x+'), column('datetime')], compile)('..xx2026-03-01')?.length, 1);
  assert.equal(regexPattern([text('x'), column('datetime')], compile)('x?'), null);
});
