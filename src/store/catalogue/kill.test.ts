/** kill -9 at random under load, on the machine's own disk and database: every event of the journal up to the progress is there, once. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { realFiles } from '../../base/index.ts';
import { Catalogue } from './catalogue.ts';
import { catalogueFile, frameAt, journalUpTo, LOG, type World, world } from './kit.twin.ts';
import { openFolder } from './load.twin.ts';

const KILLS = Number(process.env['KILLS'] ?? 12);

test(`segments, files and progress agree after each of ${KILLS} kills under load, with the catalogue and without`, {
  timeout: 300_000,
}, async (t) => {
  const folder = path.dirname(catalogueFile());
  // What Node has compiled it keeps for the next process, but only when a process ends by itself.
  const env = { ...process.env, NODE_COMPILE_CACHE: `${folder}.cache` };
  const start = (end: number): ChildProcess =>
    spawn(process.execPath, [path.join(import.meta.dirname, 'load.twin.ts'), folder, String(end)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  let child = start(-1);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'exit');
  let reached = 0;
  for (let round = 0; round < KILLS; round++) {
    child = start(1e9);
    if (child.stdout !== null) await once(child.stdout, 'data');
    await sleep(Math.random() * 150);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    const copy = `${folder}.copy`;
    fs.rmSync(copy, { recursive: true, force: true });
    fs.cpSync(path.join(folder, 'store'), copy, { recursive: true });
    const one = openFolder(folder);
    const position = one.store.catalogue.progress(LOG);
    const { kept, missing } = one.store.sweep(one.describe, { log: LOG, start: position });
    assert.deepEqual([kept, missing], [[], []]);
    agree(one, position);
    assert.ok(position >= reached);
    reached = position;
    one.store.catalogue.close();
    const again = world(realFiles, new Catalogue(catalogueFile()), copy);
    assert.deepEqual(again.store.rebuild(again.describe, journalUpTo(position + 8, position)).holes, []);
    again.store.collect();
    assert.ok(again.store.catalogue.progress(LOG) >= position);
    agree(again, again.store.catalogue.progress(LOG));
    again.store.catalogue.close();
  }
  assert.ok(reached > KILLS, `only ${reached} entries were cut`);
});

function agree({ store, events }: World, position: number): void {
  const segments = store.catalogue.segments();
  const wanted = Array.from({ length: position }, (_, at) => frameAt(at)?.events ?? []).flat();
  assert.deepEqual(segments.flatMap(({ file }) => events(file)).sort(), wanted.sort());
  assert.deepEqual(store.files.list(), {
    segments: segments.map(({ file }) => file).sort(),
    drafts: [],
    strangers: [],
  });
}
