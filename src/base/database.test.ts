import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseMoment, openDatabase } from './index.ts';

const folder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'weir-database-'));

test('a reader sees what a writer has committed, and cannot write', () => {
  const file = path.join(folder(), 'a.db');
  const writer = openDatabase(file);
  writer.exec('CREATE TABLE t (n INTEGER) STRICT; INSERT INTO t VALUES (7)');
  const reader = openDatabase(file, { readOnly: true });
  assert.equal(reader.prepare('SELECT n FROM t').get()?.['n'], 7);
  assert.throws(() => reader.exec('DELETE FROM t'), /readonly/);
  assert.equal(writer.prepare('PRAGMA synchronous').get()?.['synchronous'], 2);
  reader.close();
  writer.close();
});

test('what is no database is refused with its path', () => {
  const file = path.join(folder(), 'b.db');
  fs.writeFileSync(file, 'no database at all, but long enough to be read as one'.repeat(20));
  assert.throws(() => openDatabase(file), { code: 'database.open', message: new RegExp(file) });
});

test('the size of pages is chosen when the file is created, and stays', () => {
  const file = path.join(folder(), 'c.db');
  openDatabase(file, { pageBytes: 16_384 }).close();
  const again = openDatabase(file);
  assert.equal(again.prepare('PRAGMA page_size').get()?.['page_size'], 16_384);
  again.close();
});

test('a moment reads and copies a database as it was, whatever is written meanwhile', async () => {
  const file = path.join(folder(), 'a.db');
  const writer = openDatabase(file);
  writer.exec('CREATE TABLE t (n INTEGER) STRICT');
  const add = (count: number) => {
    writer.exec('BEGIN');
    for (let n = 0; n < count; n++) writer.prepare('INSERT INTO t VALUES (?)').run(n);
    writer.exec('COMMIT');
  };
  const rows = (database: { prepare: typeof writer.prepare }) =>
    database.prepare('SELECT count(*) AS n FROM t').get()?.['n'];
  add(20_000);
  const copy = `${file}.copy`;
  {
    using moment = new DatabaseMoment(file);
    add(5);
    const copied = moment.copyTo(copy);
    add(7);
    await copied;
    assert.equal(rows(moment.database), 20_000);
    assert.throws(() => moment.database.exec('DELETE FROM t'), /readonly/);
  }
  assert.equal(rows(writer), 20_012);
  const read = openDatabase(copy, { readOnly: true });
  assert.equal(rows(read), 20_000);
  assert.equal(read.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
  read.close();
  writer.close();
});
