/** Rows found in segments (sweep.ts), and their values read (rows.ts), are those of the events; in a process that may read no other files. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Wire } from '../duck/messages.ts';
import { WrittenStore } from '../plan/segments.twin.ts';
import { Finder, type FindSink } from './finder.ts';
import type { Find } from './messages.ts';
import { anyOf, type Necessary, NOTHING } from './necessary.ts';

const store = new WrittenStore();
const EVENTS = [
  ['{"a":"one Needle","n":1}', '{"a":"two","list":["x","NEEDLE/2"],"f":1.5}', '{"b":{"c":"needles"},"t":true}'],
  [
    '{"a":"two","n":1234}',
    '{"n":-12345}',
    '{"a":"two","list":[1e3]}',
    '{"a":"\u212aelvin"}',
    '{"a":"\\u004eeedle","a":"x"}',
  ],
];
const view = store.view([
  { groups: EVENTS, terms: true },
  { groups: [['{"a":"needle"}']], terms: false },
]);
const [first, second] = view.segments.map(({ file }) => file);
const scope = { folders: view.folders, files: [] };

async function run(find: Find, finder = new Finder(64), cancelled = false): Promise<Wire[][]> {
  const rows: Wire[][] = [];
  const sink: FindSink = {
    cancelled,
    columns: () => {},
    rows: async (count, values) => {
      for (let i = 0; i < count; i++) rows.push(values.map((column) => column[i]));
    },
  };
  await finder.run(find, scope, sink);
  return rows;
}

const value = (piece: string, columns: readonly string[] | null = null): Necessary => ({
  kind: 'value',
  terms: piece.split(/[^a-z0-9]+/).filter((term) => term !== ''),
  piece,
  columns,
});
/** Group and row. */
const found = async (necessary: Necessary, groups = [0, 1]): Promise<string[]> => {
  const files = [{ file: first, groups, filtered: groups.map(() => false) }];
  const rows = await run({ kind: 'find', necessary, type: null, files, rowsMax: 100 });
  return rows.map(([, group, row]) => `${group}/${row}`);
};
/** As they stand in the file: rows are ordered by shape. */
const placed = async (): Promise<Map<string, Wire[]>> => {
  const columns = ['a', 'n', 'list', 'f', 'b.c', 't', 'none'].map((name) => ({
    name,
    kind: ({ n: 'integer', f: 'float', t: 'boolean', list: 'list' } as const)[name] ?? ('string' as const),
  }));
  const rows = [0, 1].map((group) => ({ file: first, group, rows: EVENTS[group].map((_, row) => row) }));
  const values = await run({ kind: 'read', columns, rows });
  return new Map(values.map((own, i) => [`${i < 3 ? `0/${i}` : `1/${i - 3}`}`, own]));
};

test('values are read as they were written, and nothing where a row has none', async () => {
  const rows = [...(await placed()).values()].map((own) => own.slice(4));
  assert.deepEqual(
    rows.slice(0, 3).sort((x, y) => (String(x) < String(y) ? -1 : 1)),
    [
      [null, null, null, null, 'needles', true, null],
      ['one Needle', 1n, null, null, null, null, null],
      ['two', null, '["x","NEEDLE/2"]', 1.5, null, null, null],
    ],
  );
  assert.ok(rows.some(([a, n]) => a === null && n === -12345n));
});

test('rows are found in texts, lists and numbers, whatever the case', async () => {
  const rows = await placed();
  const texts = async (necessary: Necessary): Promise<string[]> =>
    (await found(necessary))
      .map((place) =>
        (rows.get(place) ?? [])
          .slice(4)
          .filter((one) => one !== null)
          .join(' '),
      )
      .sort();
  assert.deepEqual(await texts(value('needle')), ['needles true', 'one Needle 1', 'two ["x","NEEDLE/2"] 1.5']);
  assert.deepEqual(await texts(value('needle', ['b.c'])), ['needles true']);
  assert.deepEqual(await texts(value('1234')), ['-12345', 'two 1234', 'two [1e3]']);
  assert.deepEqual(await texts(value('1.5')), ['two ["x","NEEDLE/2"] 1.5', 'two [1e3]']);
  // What folds into an ASCII letter is looked for where there is no filter.
  assert.deepEqual(await texts(value('kelvin')), ['\u212aelvin']);
  assert.deepEqual(await texts(value('')).then(({ length }) => length), 8);
  assert.deepEqual(await texts(NOTHING), []);
});

test('all of some, and any of some', async () => {
  const both: Necessary = { kind: 'all', of: [value('two'), value('needle')] };
  assert.equal((await found(both)).length, 1);
  const either = anyOf([value('one needle'), value('needles')]);
  assert.ok(either !== null);
  assert.equal((await found(either)).length, 2);
  assert.equal((await found(either, [1])).length, 0);
});

test('filters are asked of row groups that have one', async () => {
  const terms = view.segments.map(({ file }) => ({ file, groups: null }));
  const probed = async (necessary: Necessary | null): Promise<string[]> =>
    (await run({ kind: 'probe', parts: [{ necessary, files: terms }] })).map(([, file, group]) => `${file}/${group}`);
  assert.deepEqual(await probed(value('needles')), ['0/0', '0/1', '1/0']);
  // One has a letter that folds into an ASCII one, and so no filter; the last was written without.
  assert.deepEqual(await probed(value('rare99')), ['0/1', '1/0']);
  assert.deepEqual(await probed(null), ['0/0', '0/1', '1/0']);
  assert.deepEqual(await probed(NOTHING), []);
});

test('too many rows, files of others and cancelled queries are refused', async () => {
  const files = [{ file: second, groups: [0], filtered: [false] }];
  const find = (change: Partial<Extract<Find, { kind: 'find' }>>): Find => {
    return { kind: 'find', necessary: value('needle'), type: null, files, rowsMax: 1, ...change };
  };
  assert.equal((await run(find({}))).length, 1);
  assert.equal((await run(find({ type: 'sysmon' }))).length, 0);
  assert.equal((await run(find({ type: '' }))).length, 1);
  await assert.rejects(run(find({ rowsMax: 0 })), { code: 'query.many' });
  await assert.rejects(run(find({}), new Finder(64), true), { code: 'query.cancelled' });
  for (const file of ['/etc/passwd', `${view.folders[0]}/../catalogue.db`, `${view.folders[0]}x/y`])
    await assert.rejects(
      run(find({ files: [{ file, groups: [0], filtered: [true] }] })),
      { code: 'query.refused' },
      file,
    );
});
