import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BOOLEAN, LIST, NULL, NUMBER, STRING } from './kernel.ts';
import { bytesOf, lineArb, tokensOf } from './scan.twin.ts';
import { isStringText, isToken } from './token-check.ts';

const ALPHABET = [
  ...'"\\/bfnrtu0123456789.eE+-,[] \tlsax{}:',
  '\x00',
  '\x1f',
  '\x7f',
  '\xff',
  'true',
  'false',
  'null',
  '\\u00e9',
  '\\ud800',
  '"a"',
];
const textArb = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 8 }).map((parts) => parts.join(''));

/** What JSON.parse makes of a text, as one of our kinds; 0 for anything else. White space around is not the token's. */
function kindOf(text: string): number {
  if (/^\s|\s$|\n/.test(text)) return 0;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 0;
  }
  if (typeof value === 'string') return STRING;
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'boolean') return BOOLEAN;
  if (value === null) return NULL;
  return Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null) ? LIST : 0;
}

function is(kind: number, text: string): boolean {
  // In the midst of other bytes, so that reading past either end would show.
  const bytes = bytesOf(`"1${text}1"`);
  return isToken(kind, bytes, 2, 2 + text.length);
}

test('a token is what JSON.parse takes for one of its kind', () => {
  const tokens = lineArb.chain((line) => fc.constantFrom(...tokensOf(line)));
  const lists = fc.array(fc.oneof(textArb, tokens), { maxLength: 4 }).map((items) => `[${items.join(',')}]`);
  fc.assert(
    fc.property(fc.oneof(textArb, tokens, lists), (text) => {
      const kind = kindOf(text);
      for (const other of [NUMBER, BOOLEAN, NULL, LIST])
        assert.equal(is(other, text), kind === other, `${other} ${text}`);
      assert.equal(is(STRING, text), kindOf(`"${text}"`) === STRING, text);
    }),
    { numRuns: 5000 },
  );
});

test('no token is empty but a string, and no kind is unknown', () => {
  assert.deepEqual(
    [STRING, NUMBER, BOOLEAN, NULL, LIST].map((kind) => is(kind, '')),
    [true, false, false, false, false],
  );
  assert.equal(isStringText(bytesOf(''), 0, 0), true);
  assert.equal(is(0, '1'), false);
  assert.equal(is(6, '1'), false);
});
