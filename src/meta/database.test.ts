import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../base/index.ts';
import { inTransaction } from './database.ts';

test('a full disk is said, not the rollback that SQLite has made by itself', () => {
  const database = openDatabase(':memory:');
  database.exec('CREATE TABLE t (bytes BLOB); PRAGMA max_page_count = 10');
  const grow = (): unknown => inTransaction(database, () => database.exec('INSERT INTO t VALUES (zeroblob(1000000))'));
  assert.throws(grow, /full/);
  inTransaction(database, () => database.exec('INSERT INTO t VALUES (zeroblob(1))'));
  assert.equal(database.prepare('SELECT count(*) AS n FROM t').get()?.['n'], 1);
  database.close();
});
