import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openMeta } from '../../meta/index.ts';
import { event, FIRST, hitsIn, newFolder, rule, rulesIn, SECOND } from '../live/kit.twin.ts';
import { verifyFolder } from '../live/verify.ts';
import { type FolderTarget, openFolderTarget } from './folder-target.ts';

const open = (folder: string, rules: readonly string[] | null, shippedRules = 'nowhere'): Promise<FolderTarget> =>
  openFolderTarget({
    folder: path.join(folder, 'data'),
    threads: 1,
    version: 'test',
    rules,
    shippedRules,
    cache: null,
    onBroken: () => {},
  });

const out = (key: string, ...lines: string[]) => ({
  lines: Buffer.from(`${lines.join('\n')}\n`),
  source: 'files',
  key,
});

test('a folder keeps lines once for each key, for ever, and evaluates them', async () => {
  const folder = newFolder();
  const first = await open(folder, [rulesIn(folder, rule(FIRST, 'User', 'mallory'))]);
  await assert.rejects(open(folder, null), { code: 'folder.in_use' });
  const lines = [event({ User: 'mallory' }), 'no event', event({ User: 'bob' })];
  assert.deepEqual(await first.deliver(out('k', ...lines)), { accepted: 2, dead: 1 });
  let seen = 0;
  await first.evaluate((done, all) => {
    seen = Math.max(seen, done / all);
  });
  assert.ok(seen > 0);
  await first.close();
  assert.equal(hitsIn(folder).length, 1);
  // Without rules of its own it goes on with those that were in force.
  const second = await open(folder, null);
  assert.deepEqual([second.log, second.scope, second.keepMs], [first.log, 'folder', Number.POSITIVE_INFINITY]);
  assert.deepEqual(await second.deliver(out('k', ...lines)), { accepted: 2, dead: 1 });
  await second.deliver(out('l', event({ User: 'mallory' })));
  await second.evaluate(() => {});
  await second.close();
  assert.equal(hitsIn(folder).length, 2);
  const { findings, events } = verifyFolder({ folder: path.join(folder, 'data'), detection: true });
  assert.deepEqual([findings, events], [[], 3]);
  fs.rmSync(folder, { recursive: true });
});

test('rules that were never in force are those that come with weir; what is wrong with them is said', async () => {
  const folder = newFolder();
  const target = await open(folder, null, rulesIn(folder, rule(SECOND, 'Host', 'h')));
  await target.deliver(out('k', event({ Host: 'h' })));
  await target.evaluate(() => {});
  await target.close();
  assert.equal(hitsIn(folder)[0].rule.id, SECOND);
  const other = newFolder();
  const without = await open(other, [path.join(other, 'absent')]);
  await without.deliver(out('k', event({ Host: 'h' })));
  await assert.rejects(without.evaluate(() => {}));
  await without.close();
  assert.equal(verifyFolder({ folder: path.join(other, 'data'), detection: false }).events, 1);
});

test('its keys are those of the credential a server on the folder would ask for', async () => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  const meta = openMeta(data);
  meta.firstStart('http://127.0.0.1:1');
  meta.close();
  const rules = [rulesIn(folder, rule(FIRST, 'User', 'x'))];
  const target = await open(folder, rules);
  assert.match(target.scope, /^[0-9a-f]{16}$/);
  assert.equal(target.tenant, 'default');
  await target.close();
  const file = path.join(data, 'credentials.json');
  const kept = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.writeFileSync(file, JSON.stringify({ ...kept, ingest_key: 'weir_another' }));
  const local = await open(folder, rules);
  assert.equal(local.scope, 'folder');
  await local.close();
});
