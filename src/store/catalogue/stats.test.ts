/** Bytes by kind, of files on the machine's disk. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { realFiles } from '../../base/index.ts';
import { Catalogue } from './catalogue.ts';
import { catalogueFile, LOG, segment } from './kit.twin.ts';
import { storeStats } from './stats.ts';

test('segments by level, garbage, catalogue with its log, filters, journal', () => {
  const file = catalogueFile();
  const folder = path.dirname(file);
  const catalogue = new Catalogue(file);
  const inputs = [segment(0, 9, { rawBytes: 5 }), segment(10, 19), segment(20, 29, { rawBytes: 7 })];
  catalogue.publish(inputs, { log: LOG, position: 30 });
  catalogue.replace(
    inputs.slice(0, 2).map((one) => one.file),
    [segment(0, 19, { level: 1, rawBytes: 9 })],
    'merge',
  );
  const put = (name: string, bytes: number): void => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), Buffer.alloc(bytes));
  };
  put('journal/000000000000.journal', 100);
  put('journal/HEAD', 11);
  put('filters/a', 20);
  put('filters/b', 3);
  const key = 'log/0/a.parquet';
  catalogue.cold.stray({ key, file: inputs[2].file, bytes: 10_000 });
  const strays = { objects: 1, bytes: 10_000 };
  assert.deepEqual(catalogue.cold.strays(), [{ key, file: inputs[2].file, bytes: 10_000 }]);
  const places = { cachedBytes: 17, files: realFiles, catalogue: file, journal: path.join(folder, 'journal') };
  const { catalogueBytes, ...stats } = storeStats(catalogue, { ...places, filters: path.join(folder, 'filters') });
  assert.deepEqual(stats, {
    levels: [
      { level: 0, segments: 1, rows: 100, bytes: 10_000, rawBytes: 7 },
      { level: 1, segments: 1, rows: 200, bytes: 20_000, rawBytes: 9 },
    ],
    segments: { segments: 2, rows: 300, bytes: 30_000, rawBytes: 16 },
    cold: { segments: 0, rows: 0, bytes: 0 },
    cachedBytes: 17,
    strays,
    garbage: { files: 2, bytes: 20_000 },
    filterBytes: 23,
    journalBytes: 111,
  });
  assert.equal(
    catalogueBytes,
    ['', '-wal', '-shm'].reduce((sum, end) => sum + fs.statSync(`${file}${end}`).size, 0),
  );
  catalogue.cold.moved(inputs[2].file, key, 'a');
  const { cold, strays: none, segments } = storeStats(catalogue, { ...places, filters: '' });
  assert.deepEqual([cold, none.objects, segments.segments], [{ segments: 1, rows: 100, bytes: 10_000 }, 0, 2]);
  assert.equal(storeStats(catalogue, { ...places, filters: path.join(folder, 'none') }).filterBytes, 0);
  catalogue.close();
});
