/** The catalogue as a database: what goes in comes out, what is refused leaves nothing, what it takes of the disk. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { openDatabase } from '../../base/index.ts';
import { Catalogue } from './catalogue.ts';
import { catalogueFile, LOG, segment, string } from './kit.twin.ts';
import type { MeasuredColumn, NewSegment } from './types.ts';

const NONE = { segments: 0, rows: 0 };
const filesOf = (segments: readonly { readonly file: string }[]): string[] => segments.map(({ file }) => file);

/** One row for each column, or a kind, whatever was given: in the order of the list. */
const plain = (columns: readonly MeasuredColumn[]) => columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));

function published(...segments: NewSegment[]): Catalogue {
  const catalogue = new Catalogue(catalogueFile());
  const position = Math.max(...segments.map(({ last }) => last)) + 1;
  catalogue.publish(segments, { log: LOG, position });
  return catalogue;
}

test('segments, columns, bounds and progress come back after closing', () => {
  const file = catalogueFile();
  const catalogue = new Catalogue(file);
  assert.equal(catalogue.progress(LOG), 0);
  const columns: MeasuredColumn[] = [
    { name: 'EventID', path: 'EventID', kind: 'integer', nulls: 3, bounds: { least: 1n, greatest: 4688n } },
    { name: 'EventID#str', path: 'EventID', kind: 'string', nulls: 97 },
    { name: 'a~2', path: 'A\0b', kind: 'string', bounds: { least: 'x', greatest: 'y' } },
  ];
  const one = segment(0, 9, { columns, rawBytes: 12_345, minTime: -(2n ** 62n), maxTime: 2n ** 62n });
  const two = segment(3, 7, { source: 'fw' });
  catalogue.publish([one, two], { log: LOG, position: 12 });
  catalogue.close();
  const again = new Catalogue(file);
  assert.equal(again.progress(LOG), 12);
  assert.equal(again.progress('other/0'), 0);
  const found = again.segment(one.file);
  assert.deepEqual(
    { ...found, columns: plain(found?.columns ?? []) },
    {
      ...one,
      object: null,
      columns: columns.map(({ name, path, kind }) => ({ name, path, kind })),
    },
  );
  assert.deepEqual(plain(again.columns(one.file)), columns);
  assert.deepEqual(filesOf(again.segments()), [one.file, two.file]);
  assert.equal('rawBytes' in (again.segment(two.file) ?? {}), false);
  assert.deepEqual([again.segment('nothing'), again.columns('nothing')], [null, []]);
  again.close();
});

test('a query finds segments of its tenant, sources and time, and says what it left out and why', () => {
  const [early, late] = [segment(0, 9), segment(10, 19)];
  const wall = segment(5, 14, { source: 'fw' });
  const other = segment(0, 99, { tenant: 'beta' });
  const catalogue = published(early, late, wall, other);
  const found = catalogue.find({ tenant: 'acme' });
  assert.deepEqual(filesOf(found.segments), filesOf([early, late, wall]));
  assert.deepEqual(
    [found.all, found.pruned],
    [
      { segments: 3, rows: 300 },
      { time: NONE, columns: NONE, values: NONE },
    ],
  );
  assert.deepEqual(filesOf(catalogue.find({ tenant: 'acme', sources: ['fw', 'x'] }).segments), [wall.file]);
  assert.deepEqual(catalogue.find({ tenant: 'acme', sources: [] }).all, NONE);
  assert.deepEqual(catalogue.find({ tenant: 'nobody' }).all, NONE);
  const timely = catalogue.find({ tenant: 'acme', from: late.minTime, to: late.maxTime });
  assert.deepEqual(filesOf(timely.segments), filesOf([late, wall]));
  assert.deepEqual(timely.pruned.time, { segments: 1, rows: 100 });
  assert.deepEqual(catalogue.find({ tenant: 'acme', from: late.maxTime + 1n }).pruned.time.segments, 3);
  assert.deepEqual(filesOf(catalogue.find({ tenant: 'acme', from: late.maxTime, to: late.maxTime }).segments), [
    late.file,
  ]);
});

test('a query leaves out segments without a column it needs, or whose bounds a value lies beyond', () => {
  const id = (least: bigint, greatest: bigint): MeasuredColumn => ({
    ...{ name: 'id', path: 'id', kind: 'integer' },
    bounds: { least, greatest },
  });
  const low = segment(0, 9, { columns: [string('host', 'a', 'm'), id(1n, 5n)] });
  const high = segment(10, 19, { columns: [string('host', 'n', 'z'), id(6n, 9n)] });
  const text = segment(20, 29, { columns: [string('host', 'a', 'z'), { ...string('id#str', '7', '7'), path: 'id' }] });
  const bare = segment(30, 39, { columns: [string('other')] });
  const catalogue = published(low, high, text, bare);
  const ask = (...needs: NonNullable<Parameters<Catalogue['find']>[0]['needs']>) => {
    const { segments, pruned } = catalogue.find({ tenant: 'acme', needs });
    return [filesOf(segments), pruned.columns.segments, pruned.values.segments];
  };
  assert.deepEqual(ask({ paths: ['host'] }), [filesOf([low, high, text]), 1, 0]);
  assert.deepEqual(ask({ paths: ['nowhere', 'other'] }), [[bare.file], 3, 0]);
  assert.deepEqual(ask({ paths: ['never'] }), [[], 4, 0]);
  assert.deepEqual(ask({ paths: ['id'], values: [7n] }), [filesOf([high, text]), 1, 1]);
  assert.deepEqual(ask({ paths: ['id'], from: 6n }), [filesOf([high, text]), 1, 1]);
  // A text may be that number: `2.0`.
  assert.deepEqual(ask({ paths: ['id'], values: [2n] }, { paths: ['host'], values: ['b'] }), [
    filesOf([low, text]),
    ...[1, 1],
  ]);
  assert.deepEqual(ask({ paths: ['host', 'id'], values: ['7'] }), [filesOf([high, text]), 1, 1]);
  assert.deepEqual([...catalogue.fields({ tenant: 'acme', to: high.minTime })].sort(), [
    ['host', new Set(['string'])],
    ['id', new Set(['integer'])],
  ]);
  assert.deepEqual(catalogue.fields({ tenant: 'acme' }).get('id'), new Set(['integer', 'string']));
});

test('segments at hand are narrowed by the same needs; what took the place of one is not ruled out', () => {
  const groups = [
    { rows: 60, filter: { at: 4, bytes: 64, numbers: true } },
    { rows: 30, filter: { at: 2 ** 40, bytes: 32, numbers: false } },
    { rows: 10, filter: null },
  ];
  const first = segment(0, 9, { columns: [string('host', 'a', 'm')], groups });
  const second = segment(10, 19, { columns: [string('host', 'n', 'z')] });
  const bare = segment(20, 29, { columns: [string('other')] });
  const catalogue = published(first, second, bare);
  const narrowed = catalogue.narrow(
    [first, second, bare, segment(40, 49)].map(({ file }) => file),
    [{ paths: ['host'], values: ['b'] }],
  );
  assert.deepEqual([...narrowed.files.values()], [groups, null]);
  assert.equal([...narrowed.files.keys()][0], first.file);
  assert.deepEqual(narrowed.pruned, { columns: { segments: 1, rows: 100 }, values: { segments: 1, rows: 100 } });
  assert.deepEqual(catalogue.ungrouped(), filesOf([second, bare]));
  catalogue.setGroups(new Map([[second.file, groups.slice(2)]]));
  assert.deepEqual(catalogue.narrow([second.file], []).files, new Map([[second.file, groups.slice(2)]]));
});

test('what would skip frames or count one twice is refused, and leaves nothing', () => {
  const catalogue = published(segment(0, 9));
  const order = { code: 'store.order' };
  const publish =
    (position: number, ...segments: NewSegment[]) =>
    () =>
      catalogue.publish(segments, { log: LOG, position });
  assert.throws(publish(20, segment(10, 19), segment(9, 9)), order);
  assert.throws(publish(20, segment(12, 19), segment(10, 12)), order);
  assert.throws(publish(20, segment(10, 20)), order);
  assert.throws(publish(9), order);
  assert.throws(publish(20, segment(10, 19, { log: 'other/0' })), order);
  assert.throws(publish(20, segment(10, 19, { rows: 0 })), { code: 'store.input' });
  const same = segment(10, 12);
  assert.throws(publish(20, same, { ...segment(13, 14), file: same.file }), { code: 'store.commit' });
  assert.deepEqual([catalogue.progress(LOG), catalogue.segments().length, catalogue.revision], [10, 1, 1]);
  publish(20, segment(15, 19), segment(10, 14), segment(12, 16, { source: 'fw' }))();
  assert.deepEqual([catalogue.progress(LOG), catalogue.segments().length], [20, 4]);
});

test('segments take the place of others, whose files are garbage until they are forgotten', () => {
  const inputs = [segment(0, 9), segment(10, 19)];
  const after = segment(20, 29);
  const catalogue = published(...inputs, after);
  const output = segment(0, 19, { level: 1 });
  const { revision } = catalogue;
  catalogue.replace(filesOf(inputs), [output], 'merge');
  assert.notEqual(catalogue.revision, revision);
  assert.deepEqual(filesOf(catalogue.segments()), filesOf([output, after]));
  const garbage = catalogue.garbage();
  assert.deepEqual(
    garbage.map(({ file, bytes, why }) => [file, bytes, why]),
    inputs.map(({ file }) => [file, 10_000, 'merge']),
  );
  assert.ok(garbage[0].since > 1.7e12);
  assert.deepEqual(catalogue.levels(), [
    { level: 0, segments: 1, rows: 100, bytes: 10_000, rawBytes: 0 },
    { level: 1, segments: 1, rows: 200, bytes: 20_000, rawBytes: 0 },
  ]);
  assert.throws(() => catalogue.publish([{ ...segment(30, 31), file: inputs[0].file }], { log: LOG, position: 40 }), {
    code: 'store.input',
  });
  catalogue.forgetGarbage([inputs[0].file]);
  assert.deepEqual(filesOf(catalogue.garbage()), [inputs[1].file]);
  catalogue.replace([output.file], [segment(0, 19, { level: 2, rows: 150 })], 'erasure');
  catalogue.replace([after.file], [], 'retention');
  assert.deepEqual(
    catalogue.levels().map(({ level, rows }) => [level, rows]),
    [[2, 150]],
  );
});

test('a replacement that is none is refused and leaves what was there', () => {
  const inputs = [segment(0, 9), segment(10, 19)];
  const [next, wall] = [segment(20, 29), segment(0, 29, { source: 'fw' })];
  const catalogue = published(...inputs, next, wall);
  const replace =
    (files: readonly string[], outputs: readonly NewSegment[], why: 'merge' | 'erasure' = 'merge') =>
    () =>
      catalogue.replace(files, outputs, why);
  const names = filesOf(inputs);
  const good = segment(0, 19, { level: 1 });
  const order = { code: 'store.order' };
  assert.throws(replace(names, [{ ...good, rows: 199 }]), order);
  assert.throws(replace(names, [{ ...good, rows: 201 }], 'erasure'), order);
  assert.throws(replace(names, [{ ...good, level: 2 }]), order);
  assert.throws(replace(names, [{ ...good, last: 20 }]), order);
  assert.throws(replace(names, [{ ...good, source: 'fw' }]), order);
  assert.throws(replace([...names, wall.file], [{ ...good, rows: 500 }]), order);
  assert.throws(replace([names[0], next.file], [segment(0, 29, { level: 1, rows: 200 })]), order);
  assert.throws(replace([], [good]), { code: 'store.input' });
  assert.equal(catalogue.garbage().length, 0);
  replace([...names, names[0]], [good])();
  assert.throws(replace(names, [segment(0, 19, { level: 1 })]), { code: 'store.gone', message: new RegExp(names[0]) });
  assert.deepEqual(filesOf(catalogue.segments()), [good.file, next.file, wall.file]);
});

test('columns that no segment has any more are let go of, and found segments keep theirs until then', () => {
  const file = catalogueFile();
  const catalogue = new Catalogue(file);
  const odd = segment(0, 9, { columns: [string('host'), string('chosen by an attacker')] });
  catalogue.publish([odd, segment(10, 19)], { log: LOG, position: 20 });
  const [found] = catalogue.find({ tenant: 'acme' }).segments;
  catalogue.replace([odd.file], [], 'retention');
  assert.deepEqual(
    found.columns.map(({ name }) => name),
    ['host', 'chosen by an attacker'],
  );
  assert.equal(catalogue.tidy(), 1);
  assert.equal(catalogue.tidy(), 0);
  assert.deepEqual([...catalogue.fields({ tenant: 'acme' }).keys()].sort(), ['EventID', 'host']);
  catalogue.publish([segment(20, 29, { columns: odd.columns })], { log: LOG, position: 30 });
  assert.ok(catalogue.fields({ tenant: 'acme' }).has('chosen by an attacker'));
  catalogue.close();
});

test('of an erased segment no byte stays in the database or its log', () => {
  const file = catalogueFile();
  const catalogue = new Catalogue(file);
  const secret = 'jane.doe@example.org';
  const own = segment(0, 9, { columns: [string('user', secret, 'z')] });
  catalogue.publish([own, segment(10, 19)], { log: LOG, position: 20 });
  const holds = (): boolean =>
    [file, `${file}-wal`].some((name) => fs.existsSync(name) && fs.readFileSync(name).includes(secret));
  catalogue.scrub();
  assert.equal(holds(), true);
  catalogue.replace(
    [own.file],
    [{ ...segment(0, 9, { level: 1, rows: 99 }), columns: [string('user', 'a', 'b')] }],
    'erasure',
  );
  catalogue.scrub();
  assert.equal(holds(), false);
  catalogue.close();
});

test('a newer weir, noise and a damaged list are told apart', () => {
  const file = catalogueFile();
  new Catalogue(file).close();
  const database = openDatabase(file);
  database.prepare('INSERT INTO migrations VALUES (99, 0)').run();
  database.close();
  assert.throws(() => new Catalogue(file), { code: 'store.version', message: new RegExp(file) });
  const noise = catalogueFile();
  fs.writeFileSync(noise, Buffer.alloc(5000, 7));
  assert.throws(() => new Catalogue(noise));
  const damaged = catalogueFile();
  const catalogue = new Catalogue(damaged);
  catalogue.publish([segment(0, 9)], { log: LOG, position: 10 });
  const other = openDatabase(damaged);
  other.exec(`UPDATE column_lists SET packed = x'ffffffffffffff'`);
  other.close();
  assert.throws(() => catalogue.segments()[0].columns, { code: 'store.damaged' });
  catalogue.close();
});

/** Columns as Windows events have them: paths of some length, half of them bounded. */
function manyColumns(count: number, seed: number): MeasuredColumn[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `winlog.event_data.Field${(i * 7919 + (seed % 3) * 13) % 1500}`;
    if (i % 3 === 0) {
      const bounds = { least: BigInt(i), greatest: BigInt(seed * 1000 + i * 37) };
      return { name, path: name, kind: 'integer', nulls: seed * i, bounds };
    }
    const value = `C:\\Windows\\System32\\${(seed * 7919 + i * 104_729).toString(36)}.exe`;
    return { ...string(name, value, `{${value}`), nulls: (seed * 31 + i * 17) % 10_000 };
  });
}

test('a segment of 400 bounded columns takes some 6 KB of the catalogue, one of 15 less than 1 KB', () => {
  const bytesOf = (columns: number): number => {
    const file = catalogueFile();
    const catalogue = new Catalogue(file);
    const all = Array.from({ length: 200 }, (_, i) => segment(i, i, { columns: manyColumns(columns, i) }));
    catalogue.publish(all, { log: LOG, position: 200 });
    catalogue.scrub();
    catalogue.close();
    return fs.statSync(file).size / all.length;
  };
  const [wide, narrow] = [bytesOf(400), bytesOf(15)];
  assert.ok(wide < 7000, `${wide} bytes`);
  assert.ok(narrow < 1000, `${narrow} bytes`);
});
