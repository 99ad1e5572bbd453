/** Backups of folders: what is copied, what is refused, and what is left where the disk fails at any call. */
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Files, lockFolder, realFiles, sha256, WeirError } from '../../base/index.ts';
import { JournalReader, verifyJournal } from '../../journal/index.ts';
import { History } from '../store/history.ts';
import { folderWith, numbered } from '../store/history.twin.ts';
import { shownStats } from '../store/shown-stats.ts';
import { type BackupReport, checkBackup, folderSource, makeBackup, restoreBackup } from './index.ts';
import { writeManifest } from './manifest.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-backup-'));
after(() => fs.rmSync(root, { recursive: true }));

const AT = Date.UTC(2026, 0, 2);
let folders = 0;
const place = (name: string): string => path.join(root, `${name}-${folders++}`);

/** A folder with two segments, hits aside; and secrets. */
function dataFolder(): string {
  const frames = ['a', 'b'].map((source) => ({ tenant: 'default', source, at: AT, events: numbered(0, 20) }));
  const folder = folderWith(`data-${folders++}`, frames);
  flush(folder);
  fs.writeFileSync(path.join(folder, 'credentials.json'), '{"secret":1}');
  fs.mkdirSync(path.join(folder, 'rules'));
  fs.writeFileSync(path.join(folder, 'rules', 'x.json.zst'), 'rules');
  return folder;
}

function flush(folder: string): void {
  const history = new History(folder);
  history.flush(new JournalReader(path.join(folder, 'journal')).head().next);
  history.close();
}

const eventsIn = (folder: string): number => {
  const history = new History(folder);
  try {
    return shownStats(history.stats()).events;
  } finally {
    history.close();
  }
};

function backup(folder: string, target: string, more: { files?: Files; keys?: boolean } = {}): Promise<BackupReport> {
  const { files = realFiles, keys = true } = more;
  const source = folderSource(folder, null, realFiles);
  return makeBackup({ folder, target, source, version: 'test', keyPath: null, keys, files });
}

/** Every file by what is in it; databases are written anew, and are not compared. */
function contentsOf(folder: string): Map<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => fs.statSync(path.join(folder, name)).isFile() && !/\.db|HEAD/.test(name));
  return new Map(files.sort().map((name) => [name, sha256(fs.readFileSync(path.join(folder, name)))]));
}

/** The n-th call to the disk fails, if there are so many. */
function failing(n: number): Files & { readonly met: () => boolean } {
  let calls = 0;
  let met = false;
  const free = new Set<string | symbol>(['list', 'size', 'met', 'close', Symbol.dispose]);
  const guard = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(of, name) {
        const value = Reflect.get(of, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (!free.has(name) && ++calls === n) {
            met = true;
            throw new WeirError('disk.full', 'no space left');
          }
          const made: unknown = Reflect.apply(value, of, args);
          return typeof made === 'object' && made !== null && 'path' in made ? guard(made) : made;
        };
      },
    });
  return Object.assign(guard(realFiles), { met: () => met });
}

test('what is restored is the folder that was backed up, with its id, and goes on', async () => {
  const folder = dataFolder();
  const [target, restored] = [place('backup'), place('restored')];
  const made = await backup(folder, target);
  assert.deepEqual([made.missing, made.leftOut, made.head.keys], [[], [], true]);
  assert.deepEqual((await checkBackup({ target })).findings, []);
  await restoreBackup({ target, folder: restored });
  assert.deepEqual(contentsOf(restored), contentsOf(folder));
  const journal = verifyJournal(path.join(restored, 'journal'));
  assert.deepEqual([journal.findings, journal.head, journal.next], [[], [], made.head.position]);
  assert.equal(journal.log, made.head.log);
  assert.equal(eventsIn(restored), 40);
  assert.equal(fs.statSync(restored).mode & 0o777, 0o700);
  assert.equal(fs.statSync(path.join(restored, 'chain', 'key.pem')).mode & 0o777, 0o600);
  assert.equal(fs.statSync(path.join(restored, 'credentials.json')).mode & 0o777, 0o600);
});

test('a second backup writes what is new alone, and takes away what only the first one needed', async () => {
  const folder = dataFolder();
  const target = place('backup');
  const first = await backup(folder, target);
  assert.equal(first.written, first.bytes);
  fs.writeFileSync(path.join(folder, 'rules', 'x.json.zst'), 'other rules');
  const second = await backup(folder, target);
  const { size } = fs.statSync(path.join(folder, 'store', 'catalogue.db'));
  assert.ok(second.written <= size + 'other rules'.length, `${second.written} bytes of ${second.bytes}`);
  assert.ok(second.removed >= 1);
  const report = await checkBackup({ target });
  const objects = fs.readdirSync(path.join(target, 'objects'), { recursive: true, encoding: 'utf8' });
  const named = new Set(report.findings);
  assert.equal(named.size, 0);
  assert.equal(
    objects.filter((name) => /[0-9a-f]{64}$/.test(name)).length,
    new Set([...contentsOf(folder).values()]).size + 2,
  );
});

test('without keys no secret is in it, and the journal and its signatures still verify', async () => {
  const folder = dataFolder();
  fs.mkdirSync(path.join(folder, 'tls'));
  fs.writeFileSync(path.join(folder, 'tls', 'ca.key'), 'tls secret');
  const [target, restored] = [place('backup'), place('restored')];
  await backup(folder, target, { keys: false });
  await restoreBackup({ target, folder: restored });
  for (const name of ['credentials.json', 'chain/key.pem', 'tls'])
    assert.ok(!fs.existsSync(path.join(restored, name)), name);
  const pem = fs.readFileSync(path.join(folder, 'chain', 'key.pem'), 'utf8');
  for (const name of contentsOf(target).keys()) {
    const content = fs.readFileSync(path.join(target, name), 'latin1');
    assert.ok(!content.includes(pem) && !content.includes('tls secret') && !content.includes('"secret"'));
  }
});

test('each byte of a backup that is changed is found and named, and none of it is restored', async () => {
  const folder = dataFolder();
  const target = place('backup');
  await backup(folder, target);
  for (const name of contentsOf(target).keys()) {
    if (name === 'weir-backup.json') continue;
    const file = path.join(target, name);
    const whole = fs.readFileSync(file);
    for (const at of [0, whole.length >> 1, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at] ^= 1;
      fs.writeFileSync(file, changed);
      const restored = place('restored');
      await assert.rejects(restoreBackup({ target, folder: restored }), (error) => {
        assert.ok(error instanceof WeirError);
        return /^backup\.(damaged|signature|newer)$/.test(error.code) && error.message.includes(path.basename(name));
      });
      assert.ok(!fs.existsSync(restored), 'nothing was made');
    }
    fs.writeFileSync(file, whole);
  }
  assert.deepEqual((await checkBackup({ target })).findings, []);
});

test('the disk fails at each call while a second backup is made: there is the first or the second one, and both are whole', async () => {
  const folder = dataFolder();
  const target = place('backup');
  const { head } = await backup(folder, target);
  let failures = 0;
  for (let n = 1; ; n++) {
    fs.writeFileSync(path.join(folder, 'rules', 'x.json.zst'), `rules ${n}`);
    const files = failing(n);
    const done = await backup(folder, target, { files }).catch((error: unknown) => {
      assert.ok(error instanceof WeirError, String(error));
      return null;
    });
    if (!files.met()) break;
    failures++;
    const report = await checkBackup({ target });
    assert.deepEqual(report.findings, [], `call ${n}`);
    assert.equal(report.head.position, head.position);
    if (done !== null) assert.equal(done.head.at, report.head.at);
  }
  assert.ok(failures > 50, `${failures} failures were met`);
});

test('the disk fails at each call of a restore: the folder is none of weir’s, and the same restore goes on', async () => {
  const folder = dataFolder();
  const target = place('backup');
  await backup(folder, target);
  let halves = 0;
  for (let n = 1; ; n++) {
    const restored = place('restored');
    const files = failing(n);
    await restoreBackup({ target, folder: restored, files }).catch((error: unknown) =>
      assert.ok(error instanceof WeirError, String(error)),
    );
    if (!files.met()) break;
    if (fs.existsSync(path.join(restored, 'restoring.json'))) {
      halves++;
      assert.throws(() => lockFolder(restored), { code: 'folder.restoring' });
    }
    await restoreBackup({ target, folder: restored }).catch((error: unknown) => {
      // The failure came when all was done already.
      assert.equal((error as WeirError).code, 'restore.folder');
    });
    assert.deepEqual(contentsOf(restored), contentsOf(folder), `call ${n}`);
    fs.rmSync(restored, { recursive: true });
  }
  assert.ok(halves > 20, `${halves} restores were cut short`);
});

test('places that are none for a backup or a restore are refused, and left as they were', async () => {
  const folder = dataFolder();
  await assert.rejects(backup(folder, path.join(folder, 'backup-here')), { code: 'backup.target' });
  await assert.rejects(backup(folder, folder), { code: 'backup.target' });
  await assert.rejects(backup(folder, dataFolder()), { code: 'backup.target' });
  const foreign = place('foreign');
  fs.mkdirSync(foreign);
  fs.writeFileSync(path.join(foreign, 'letter.txt'), 'dear');
  await assert.rejects(backup(folder, foreign), { code: 'backup.target' });
  const target = place('backup');
  await backup(folder, target);
  await assert.rejects(backup(dataFolder(), target), { code: 'backup.target' });
  await assert.rejects(restoreBackup({ target, folder: foreign }), { code: 'restore.folder' });
  await assert.rejects(restoreBackup({ target, folder }), { code: 'restore.folder' });
  await assert.rejects(restoreBackup({ target: foreign, folder: place('restored') }), { code: 'backup.none' });
  assert.deepEqual(fs.readdirSync(foreign), ['letter.txt']);
});

test('a key that nobody could check the backup with signs none', async () => {
  const folder = dataFolder();
  const target = place('target');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  fs.writeFileSync(path.join(folder, 'chain', 'key.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
  await assert.rejects(backup(folder, target), { code: 'backup.key', message: /is no ed25519 private key/ });
  assert.ok(!fs.existsSync(path.join(target, 'manifest.ndjson')));
});

test('a manifest that leads out of the folder, or is of a later version or another signer, is refused', async () => {
  const folder = dataFolder();
  const target = place('backup');
  const { head } = await backup(folder, target);
  const manifest = path.join(target, 'manifest.ndjson');
  const key = createPrivateKey(fs.readFileSync(path.join(folder, 'chain', 'key.pem')));
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  for (const name of [
    '../out',
    '/etc/out',
    'a/../../out',
    'a//b',
    '.',
    '',
    'lock.db',
    'restoring.json',
    'a\0b',
    'x'.repeat(2000),
  ]) {
    writeManifest(realFiles, manifest, head, [{ path: name, sha256: empty, bytes: 0 }], key);
    await assert.rejects(restoreBackup({ target, folder: place('restored') }), { code: 'backup.damaged' }, name);
  }
  writeManifest(realFiles, manifest, { ...head, version: 2 }, [{ path: 'a', sha256: empty, bytes: 0 }], key);
  await assert.rejects(restoreBackup({ target, folder: place('restored') }), { code: 'backup.newer' });
  const other = generateKeyPairSync('ed25519').privateKey;
  writeManifest(realFiles, manifest, head, [{ path: 'a', sha256: empty, bytes: 0 }], other);
  const { key: trusted } = await checkBackup({ target: await again(folder) });
  await assert.rejects(checkBackup({ target, key: trusted }), { code: 'backup.signature' });
});

async function again(folder: string): Promise<string> {
  const target = place('backup');
  await backup(folder, target);
  return target;
}
