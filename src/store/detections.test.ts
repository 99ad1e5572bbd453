/** The commit as a whole: checkpoint, snapshot, counters, rule-versions, tables of other versions, and what fails. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { openDatabase } from '../base/index.ts';
import { storeFailure } from './errors.ts';
import { Detections, type DetectionsReader, openDetectionsReader } from './index.ts';
import { commit, databaseFile, hit, LOG, openStore, rule } from './kit.twin.ts';
import { tablesVersion } from './steps.ts';
import { migrate, TABLES_VERSION } from './tables.ts';

test('checkpoint, state, snapshot and counters come back after closing', () => {
  const file = databaseFile();
  const store = new Detections(file);
  assert.equal(store.read.checkpoint(LOG), null);
  assert.equal(store.read.snapshot(LOG), null);
  const snapshot = Buffer.alloc(100_000, 7);
  commit(store, 5, [hit(5, 0)], { snapshot, counters: [{ tenant: 'acme', name: 'evaluated', add: 4 }] });
  store.commit({ log: LOG, counters: [{ tenant: 'acme', name: 'evaluated', add: 3 }] });
  commit(store, 6, []);
  store.commit({ log: 'other/0', checkpoint: { position: 1, received: 2, ruleSet: 's', state: '{"w":1}' } });
  store.close();
  const again = new Detections(file);
  assert.deepEqual(again.read.checkpoint(LOG), { position: 6, received: 1_700_000_006_000, ruleSet: 's1' });
  assert.deepEqual(again.read.checkpoint('other/0'), { position: 1, received: 2, ruleSet: 's', state: '{"w":1}' });
  const kept = again.read.snapshot(LOG);
  assert.deepEqual([kept?.position, Buffer.compare(kept?.bytes ?? Buffer.alloc(0), snapshot)], [5, 0]);
  assert.deepEqual([...again.read.counters('acme')], [['evaluated', 7]]);
  assert.deepEqual([...again.read.counters('beta')], []);
  assert.equal(commit(again, 7, [hit(7, 0)]).sequence, 2);
  again.close();
});

test('a commit that is wrong anywhere leaves nothing, and the next one is as if it had not been', () => {
  const store = openStore();
  commit(store, 5, [hit(5, 0)]);
  const wrong = [
    () => commit(store, 4, []),
    () => commit(store, 9, [hit(6, 0), hit(10, 0)]),
    () =>
      commit(store, 9, [hit(6, 0)], { ledger: { ranges: [{ tenant: 'new', ruleSet: 's', from: 1, to: 0 } as never] } }),
    () => commit(store, 9, [hit(6, 0, { tenant: 'new', rule: rule('new') }), hit(7, -1)]),
    () => commit(store, 9, [hit(6, 0, { received: Number.NaN })]),
    () => commit(store, 9, [hit(6, 0, { source: 'x'.repeat(1025) })]),
    () => commit(store, Number.NaN, []),
  ];
  for (const one of wrong) {
    assert.throws(one, (error: { code: string }) => /^store\.(order|input)$/.test(error.code));
    assert.equal(store.read.checkpoint(LOG)?.position, 5);
    assert.equal(store.read.hits.sequence(), 1);
  }
  commit(store, 9, [hit(6, 0, { tenant: 'new', rule: rule('new') })]);
  const [found] = store.read.hits.list({ tenant: 'new' }).items;
  assert.deepEqual([found.sequence, found.tenant, found.rule.id], [2, 'new', 'new']);
});

test('a commit beyond the bound on the file is refused as full, and goes through where there is room', () => {
  const file = databaseFile();
  const bounded = new Detections(file, { bytesMax: 1_000_000 });
  commit(bounded, 1, [hit(1, 0)]);
  const many = Array.from({ length: 500 }, (_, row) =>
    hit(2, row, { body: Buffer.alloc(4000, row), rule: rule(`r${row}`) }),
  );
  assert.throws(() => commit(bounded, 2, many), { code: 'store.full' });
  assert.equal(bounded.read.checkpoint(LOG)?.position, 1);
  assert.equal(commit(bounded, 2, many.slice(0, 9)).sequence, 10);
  bounded.close();
  const free = new Detections(file);
  assert.deepEqual([commit(free, 2, many).hits, commit(free, 2, many).duplicateHits], [491, 500]);
});

test('what SQLite says of a disk is told apart: full, failing, damaged, anything else', () => {
  const said = (errcode: number) => storeFailure('keeping', Object.assign(new Error('why'), { errcode })).code;
  // SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_CORRUPT, SQLITE_CONSTRAINT.
  assert.deepEqual([13, 1034, 11, 19].map(said), ['store.full', 'store.io', 'store.damaged', 'store.commit']);
  assert.equal(storeFailure('keeping', 'text').message, 'keeping: text');
});

test('a rule version keeps the text it had, and a rule set its members', () => {
  const store = openStore();
  commit(store, 1, [hit(1, 0)]);
  assert.equal(store.read.rules.version('r1', 'v1'), null);
  const first = { ...rule('r1'), title: 'One', text: 'title: One' };
  const second = { ...rule('r2', 'v9', 'low'), title: 'Two', text: 'title: Two' };
  assert.equal(store.putRuleSet({ hash: 's1', rules: [second, first] }), true);
  assert.equal(store.putRuleSet({ hash: 's1', rules: [] }), false);
  store.putRuleSet({ hash: 's2', rules: [{ ...first, text: 'something else' }] });
  assert.deepEqual(store.read.rules.version('r1', 'v1'), first);
  assert.equal(store.read.rules.version('r1', 'v2'), null);
  assert.equal(store.read.rules.version('r9', 'v1'), null);
  assert.deepEqual(store.read.rules.set('s1'), [rule('r1'), rule('r2', 'v9', 'low')]);
  assert.equal(store.read.rules.set('s3'), null);
});

test('a damaged snapshot and damaged hits are said to be damaged', () => {
  const file = databaseFile();
  const store = new Detections(file);
  commit(
    store,
    5,
    Array.from({ length: 5 }, (_, row) => hit(5, row)),
    { snapshot: Buffer.from('state') },
  );
  store.close();
  const damage = (sql: string): DetectionsReader => {
    const database = openDatabase(file);
    database.exec(sql);
    database.close();
    return openDetectionsReader(file);
  };
  const damaged = { code: 'store.damaged' };
  assert.throws(() => damage(`UPDATE snapshots SET bytes = x'00'`).snapshot(LOG), damaged);
  const list = (sql: string) => () => damage(sql).hits.list({ tenant: 'acme' });
  const good = Buffer.from(openDatabase(file).prepare('SELECT bodies FROM hits').get()?.['bodies'] as Uint8Array);
  assert.throws(list(`UPDATE hits SET bodies = x'0102'`), damaged);
  assert.throws(list(`UPDATE hits SET packed = 0, bodies = x'0102'`), damaged);
  assert.throws(list(`UPDATE hits SET packed = 1, bodies = x'${good.toString('hex')}', keys = x'0102'`), damaged);
  assert.throws(list(`UPDATE hits SET packed = 0, keys = x'0102'`), damaged);
  assert.throws(list(`UPDATE hits SET packed = 0, keys = zeroblob(60)`), damaged);
});

test('tables are made once; those of a newer weir are refused by writer and reader, and an empty file by the reader', () => {
  const file = databaseFile();
  new Detections(file).close();
  const database = openDatabase(file);
  assert.equal(tablesVersion(database), TABLES_VERSION);
  migrate(database, 0, file);
  database.prepare('INSERT INTO migrations VALUES (?, 0)').run(TABLES_VERSION + 1);
  database.close();
  assert.throws(() => new Detections(file), { code: 'store.version', message: new RegExp(file) });
  assert.throws(() => openDetectionsReader(file), { code: 'store.version' });
  const empty = databaseFile();
  openDatabase(empty).close();
  assert.throws(() => openDetectionsReader(empty), { code: 'store.version' });
  const noise = databaseFile();
  fs.writeFileSync(noise, Buffer.alloc(5000, 7));
  assert.throws(() => openDetectionsReader(noise), { code: 'store.damaged' });
  assert.throws(() => openDetectionsReader(databaseFile()), { code: 'database.open' });
  fs.rmSync(file);
});
