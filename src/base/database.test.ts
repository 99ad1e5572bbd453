import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openDatabase } from './index.ts';

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
