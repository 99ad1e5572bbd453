/** What earlier versions of weir have written opens, verifies and says what it said then; what a later one will write is refused by name. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { openDatabase } from '../../src/base/index.ts';
import { History, restoreBackup } from '../../src/pipeline/index.ts';
import { event, newFolder, openServer } from '../../src/server/server.twin.ts';
import {
  type Formats,
  faultsOf,
  formatsOf,
  GOLDEN,
  openSmall,
  releaseAll,
  type Told,
  toldBy,
  unpack,
} from './folder.ts';

const versions = fs
  .readdirSync(GOLDEN)
  .filter((name) => /^v\d+$/.test(name))
  .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));

interface Expected {
  readonly formats: Formats;
  readonly told: Told;
}

const expectedOf = (name: string): Expected =>
  JSON.parse(fs.readFileSync(path.join(GOLDEN, name, 'expected.json'), 'utf8')) as Expected;

for (const name of versions) {
  const expected = expectedOf(name);

  test(`${name}: the folder verifies, answers what it answered, goes on, and verifies again`, async () => {
    const folder = newFolder();
    const data = path.join(folder, 'data');
    unpack(path.join(GOLDEN, name, 'folder.json.zst'), data);
    assert.deepEqual(formatsOf(data), expected.formats);
    assert.deepEqual(faultsOf(data), []);
    const server = await openServer({ folder });
    await server.server.rules;
    await server.settled();
    assert.deepEqual(await toldBy(server), expected.told);
    assert.equal((await server.send(event({ User: 'mallory', n: 1000 }), '?source=later')).status, 200);
    await server.settled();
    const later = await toldBy(server);
    assert.equal(later.events.length, expected.told.events.length + 1);
    assert.equal(later.hits.length, expected.told.hits.length + 1);
    await server.close();
    assert.deepEqual(faultsOf(data), []);
  });

  test(`${name}: its backup is restored, and says the same`, async () => {
    const folder = newFolder();
    unpack(path.join(GOLDEN, name, 'backup.json.zst'), path.join(folder, 'backup'));
    await restoreBackup({ target: path.join(folder, 'backup'), folder: path.join(folder, 'data') });
    assert.deepEqual(faultsOf(path.join(folder, 'data')), []);
    const server = await openServer({ folder });
    await server.server.rules;
    await server.settled();
    assert.deepEqual(await toldBy(server), expected.told);
    await server.close();
  });
}

test('the newest golden folder has the formats of today: a new format needs a new one', async () => {
  const folder = newFolder();
  const server = await openSmall(folder);
  await server.server.rules;
  for (let n = 0; n < 5; n++) await server.send(event({ n, text: 'x'.repeat(2000) }));
  await toldBy(server);
  await server.close();
  releaseAll(path.join(folder, 'data'));
  assert.deepEqual(
    expectedOf(versions.at(-1) ?? '').formats,
    formatsOf(path.join(folder, 'data')),
    'make one: node bin/node24.js test/golden/make.ts vN',
  );
});

/** What is done to a golden folder so that a later weir might have written it, and the code it is refused with. */
const LATER: Readonly<Record<string, readonly [code: string, work: (data: string) => void]>> = {
  journal: [
    'journal.newer',
    (data) => {
      const file = path.join(data, 'journal', 'HEAD');
      const bytes = fs.readFileSync(file);
      for (const at of [0, 4096]) {
        bytes[at + 8] = 100;
        bytes.writeUInt32LE(crc32(bytes.subarray(at + 8, at + 120)), at + 4);
      }
      fs.writeFileSync(file, bytes);
    },
  ],
  catalogue: ['store.version', (data) => sql(data, 'store/catalogue.db', 'INSERT INTO migrations VALUES (1000, 0)')],
  detect: ['store.version', (data) => sql(data, 'detect.db', 'INSERT INTO migrations VALUES (1000, 0)')],
  meta: ['meta.newer', (data) => sql(data, 'meta.db', 'PRAGMA user_version = 1000')],
};

function sql(data: string, name: string, text: string): void {
  const database = openDatabase(path.join(data, name));
  database.exec(text);
  database.close();
}

for (const [part, [code, work]] of Object.entries(LATER)) {
  test(`what a later weir has written is refused by name: ${part}`, async () => {
    const folder = newFolder();
    const data = path.join(folder, 'data');
    unpack(path.join(GOLDEN, versions[0], 'folder.json.zst'), data);
    work(data);
    // The history of a server is opened by a thread of its own, whose health has the reason.
    const open = part === 'catalogue' ? async () => new History(data) : () => openServer({ folder });
    await assert.rejects(open, { code });
  });
}
