import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JOIN_KINDS } from '../../tree.ts';
import { answer } from '../kit.twin.ts';

const valueArb = fc.constantFrom('1', '"1"', '2', '"x"', '["x","2"]', 'null');
const sideArb = fc.array(fc.tuple(valueArb, valueArb), { maxLength: 6 });
const rowsOf = (side: readonly (readonly string[])[]): string[] =>
  side.map(([k, q], i) => `{"id":${i},"k":${k},"q":${q}}`);
/** Texts of a key's values; none for null. */
const textsOf = (json: string): string[] => (json === 'null' ? [] : [JSON.parse(json)].flat().map(String));

test('each kind of join gives the pairs that its definition gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...JOIN_KINDS), sideArb, sideArb, async (kind, left, right) => {
      const agree = (a: readonly string[], b: readonly string[]): boolean =>
        a.every((json, i) => textsOf(json).some((text) => textsOf(b[i]).includes(text)));
      const pairs = left.flatMap((a, i) => right.flatMap((b, k) => (agree(a, b) ? [[i, k] as const] : [])));
      const matched = new Set(pairs.map(([i]) => i));
      const keyOf = (row: readonly string[]): string => JSON.stringify(row.map(textsOf));
      const first = (i: number): boolean => left.findIndex((row) => keyOf(row) === keyOf(left[i])) === i;
      const row = (i: number, k: number | null): string => JSON.stringify({ id: i, other: k });
      const only = (has: boolean): string[] => left.flatMap((_, i) => (matched.has(i) === has ? [row(i, null)] : []));
      const all = pairs.map(([i, k]) => row(i, k));
      const wanted = {
        inner: all,
        innerunique: pairs.filter(([i]) => first(i)).map(([i, k]) => row(i, k)),
        leftouter: [...all, ...only(false)],
        leftsemi: only(true),
        leftanti: only(false),
      }[kind];
      const query = `events | join kind=${kind} (hits) on k, q | project id, other = ${kind.startsWith('lefts') || kind === 'leftanti' ? 'long(null)' : 'id1'}`;
      const rows = await answer(query, { events: rowsOf(left), hits: rowsOf([...right]) });
      // Without rows a table has no columns, so that id1 is none.
      if (left.length > 0 && right.length > 0) assert.deepEqual(rows.sort(), wanted.sort());
    }),
    { numRuns: 300 },
  );
});

test('a row with too many combinations of values is refused, not cut', async () => {
  const list = JSON.stringify(Array.from({ length: 40 }, (_, i) => i));
  const row = `{"a":${list},"b":${list}}`;
  await assert.rejects(answer('events | join (hits) on a, b', { events: ['{"a":1,"b":1}'], hits: [row] }), {
    code: 'query.argument',
    message: 'a row has more than 1024 combinations of values in the keys of join',
  });
});
