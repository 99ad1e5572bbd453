/** `weir backup`, `weir backup verify` and `weir restore` as a user meets them: what they say, and their exit statuses. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { lockFolder } from '../../base/index.ts';
import { History } from '../../pipeline/index.ts';
import { folderWith, numbered } from '../../pipeline/store/history.twin.ts';
import { backupCommand, backupVerifyCommand, restoreCommand } from './backup.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-backup-command-'));
after(() => fs.rmSync(root, { recursive: true }));

/** What a command says on both streams, and its status. */
async function told(command: () => Promise<number>): Promise<{ status: number; said: string }> {
  let said = '';
  const streams = [process.stderr, process.stdout].map((stream) => ({ stream, write: stream.write }));
  for (const { stream } of streams) {
    stream.write = ((text: string | Uint8Array, ...rest: never[]) => {
      // The runner of the tests writes bytes.
      if (typeof text !== 'string') return Reflect.apply(streams[1].write, process.stdout, [text, ...rest]) as boolean;
      said += text;
      return true;
    }) as typeof stream.write;
  }
  try {
    return { status: await command(), said };
  } finally {
    for (const { stream, write } of streams) stream.write = write;
  }
}

test('a folder is backed up, checked and restored; a segment that is gone, damage and half a restore are told', async () => {
  const frames = ['a', 'b'].map((source) => ({
    tenant: 'default',
    source,
    at: Date.UTC(2026, 0, 2),
    events: numbered(0, 9),
  }));
  const data = folderWith('told', frames);
  const history = new History(data);
  history.flush(4);
  history.close();
  const to = path.join(root, 'backup');
  const made = await told(() => backupCommand({ data, to, keys: true }));
  assert.equal(made.status, 0, made.said);
  assert.match(made.said, /has all of \S+ up to position 4: 8 files/);
  assert.match(made.said, /hits of 4 entries are not in it yet/);
  const checked = await told(() => backupVerifyCommand(to, {}));
  assert.deepEqual([checked.status, /nothing is missing or changed/.test(checked.said)], [0, true], checked.said);
  const restored = await told(() => restoreCommand(to, { data: path.join(root, 'restored') }));
  assert.match(restored.said, /see that it is whole: weir verify --data/);

  // A folder that another process has, and whose server nobody knows.
  const lock = lockFolder(data);
  await assert.rejects(backupCommand({ data, to, keys: true }), { code: 'folder.in_use' });
  lock.release();

  const [segment] = fs.globSync('store/*/*/*.parquet', { cwd: data });
  fs.renameSync(path.join(data, segment), path.join(root, 'away'));
  const lacking = await told(() => backupCommand({ data, to, keys: false }));
  assert.equal(lacking.status, 4);
  assert.match(lacking.said, /is not in \S+, and so not in the backup/);
  assert.match(lacking.said, /credentials\.json, chain\/key\.pem and tls\/ are not in it/);
  const without = await told(() => restoreCommand(to, { data: path.join(root, 'without') }));
  assert.match(without.said, /it has no keys: put chain\/key\.pem back/);
  assert.match(without.said, /segments that were missing in what was backed up: 1/);

  const [object] = fs.globSync('objects/*/*', { cwd: to });
  fs.appendFileSync(path.join(to, object), 'more');
  const damaged = await told(() => backupVerifyCommand(to, {}));
  assert.equal(damaged.status, 1);
  assert.match(damaged.said, /"what":".*bytes of/);
  fs.mkdirSync(path.join(root, 'half'));
  fs.writeFileSync(path.join(root, 'half', 'restoring.json'), '{}');
  await assert.rejects(backupCommand({ data: path.join(root, 'half'), to, keys: true }), { code: 'folder.restoring' });
});
