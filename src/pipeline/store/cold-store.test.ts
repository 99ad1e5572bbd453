/** Segments that go to an object store, a folder or a real S3 server: they are asked as before, and nothing is lost whatever fails. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { realFiles, WeirError } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { DuckPool } from '../../query/index.ts';
import { type ObjectStore, openObjects, type RetentionPolicy } from '../../store/index.ts';
import { noServer, serverKeys, startS3 } from '../../store/objects/s3-server.twin.ts';
import { ask } from '../query/ask.ts';
import type { Coverage } from '../query/coverage.ts';
import { FolderTables } from '../query/tables/folder.ts';
import { coldSegments, fetchCold, noteStrays } from './cold-segments.ts';
import { History } from './history.ts';
import { folderWith, numbered, type Sent } from './history.twin.ts';
import { HistoryViews } from './history-views.ts';
import { keepPlace } from './object-place.ts';
import { bring, tier } from './tiering.ts';
import { verifySegments } from './verify-segments.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const SENT: readonly Sent[] = Array.from({ length: 8 }, (_, i) => ({
  ...{ tenant: 'default', source: i % 2 === 0 ? 'a' : 'b', at: START + i * DAY },
  events: numbered(i * 10, 10),
}));
const END = 2 * SENT.length;

/** A data folder whose segments are of two frames each, with an object store that is a folder. */
function cold(name: string, url: string | null = null): { readonly folder: string; readonly objects: string } {
  const folder = folderWith(name, SENT);
  const objects = `${folder}-objects`;
  const history = new History(folder);
  for (let to = 4; to <= END; to += 4) history.flush(to);
  history.close();
  keepPlace(realFiles, path.join(folder, 'store'), { url: url ?? pathToFileURL(objects).href, cache_bytes: 1 << 20 });
  return { folder, objects };
}

const folderObjects = (folder: string): ObjectStore => openObjects(realFiles, pathToFileURL(folder).href, {});

const filesBelow = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort();

async function moveAll(history: History): Promise<void> {
  for (const { file } of history.store.catalogue.segments()) assert.equal(await history.cold.move(file), true);
  history.cold.trim();
}

async function asked(history: History, pool: DuckPool, text: string): Promise<[string[], Coverage]> {
  const views = new HistoryViews(history);
  const folder = path.dirname(history.folder);
  const sources = { history: views.upTo(END), pool, tables: new FolderTables(folder), rules: () => null };
  const reply = await ask(sources, { text, tenant: 'default', since: null, now: START });
  const rows: string[] = [];
  for await (const row of reply.rows) rows.push(row);
  return [rows.sort(), await reply.coverage()];
}

function findings(folder: string, fetched: (file: string) => string | null = () => null): string[] {
  const found: string[] = [];
  const reader = new JournalReader(path.join(folder, 'journal'));
  verifySegments({
    ...{ folder, chain: path.join(folder, 'chain'), files: realFiles, log: reader.log, reader, anchors: [] },
    ...{ first: 0, next: reader.head().next, released: true },
    fetched,
    find: (where, _, what) => void found.push(`${where}: ${what}`),
  });
  return found;
}

const KILLS = Number(process.env['KILLS'] ?? 6);
const QUESTIONS = [
  'events | summarize n=count(), m=max(n) by weir.source.id',
  'events | where n >= 35 and n < 62 | project n, text',
  '"event 47" | project n',
  'events | where text has "missing" | project n',
];

test('what was moved answers as before, is fetched only where it may be needed, and verifies', async (t) => {
  const { folder, objects } = cold('moved');
  const history = new History(folder);
  const pool = new DuckPool(path.join(folder, 'query'));
  t.after(async () => {
    await pool.close();
    history.close();
  });
  const before: string[][] = [];
  for (const text of QUESTIONS) before.push((await asked(history, pool, text))[0]);
  assert.deepEqual(before[0].length, 2);
  const local = filesBelow(history.folder);
  // Whoever found them here reads them here.
  const view = history.view({ tenant: 'default' }, END);
  await moveAll(history);
  assert.deepEqual(filesBelow(history.folder), local);
  view.lease.release();
  history.cold.trim();
  assert.deepEqual(filesBelow(history.folder), []);
  assert.equal(filesBelow(objects).length, local.length);
  const [rows, coverage] = await asked(history, pool, QUESTIONS[1]);
  assert.deepEqual([rows, coverage.share, coverage.notes], [before[1], 1, []]);
  // Of the bounds of n follows which two segments it is.
  assert.equal(filesBelow(history.folder).length, 4);
  for (const [i, text] of QUESTIONS.entries()) assert.deepEqual((await asked(history, pool, text))[0], before[i]);
  assert.deepEqual(findings(folder), []);
  assert.deepEqual(history.store.catalogue.cold.strays(), []);
});

/** Everything a crash right now would leave: the data folder, and the objects. */
function snapshot(folder: string, objects: string, to: string): void {
  fs.cpSync(folder, to, { recursive: true, filter: (name) => !name.endsWith('/query') });
  if (fs.existsSync(objects)) fs.cpSync(objects, `${to}-objects`, { recursive: true });
  else fs.mkdirSync(`${to}-objects`);
}

const objectsOf = (history: History): string[] =>
  history.store.catalogue
    .segments()
    .flatMap(({ log, object }) => (object === null ? [] : `${log}/${object}.parquet`))
    .sort();

test('the same on a real S3 server, which is gone then', { skip: noServer }, async (t) => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-cold-'));
  const server = await startS3(root, 'history');
  t.after(() => fs.rmSync(root, { recursive: true }));
  const { folder } = cold('s3', `s3://history/one?endpoint=${server.endpoint.origin}`);
  const environment = { AWS_ACCESS_KEY_ID: serverKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: serverKeys.secretAccessKey };
  let history = new History(folder, { environment });
  const pool = new DuckPool(path.join(folder, 'query'));
  t.after(async () => {
    await pool.close();
    history.close();
  });
  const before: string[][] = [];
  for (const text of QUESTIONS) before.push((await asked(history, pool, text))[0]);
  await moveAll(history);
  assert.deepEqual(filesBelow(history.folder), []);
  assert.equal(filesBelow(path.join(root, 'history')).length, 8);
  const [needle] = await asked(history, pool, QUESTIONS[2]);
  assert.deepEqual(needle, before[2]);
  for (const [i, text] of QUESTIONS.entries()) assert.deepEqual((await asked(history, pool, text))[0], before[i]);
  const { failed, of, ...fetched } = await fetchCold(realFiles, folder, environment);
  assert.deepEqual([failed, findings(folder, of)], [[], []]);
  fetched[Symbol.dispose]();
  assert.equal(fs.existsSync(path.join(folder, 'fetched')), false);
  await server.stop();
  // What is here as a copy still answers; a start without keys, or without copies, says what it lacks.
  assert.deepEqual((await asked(history, pool, QUESTIONS[0]))[0], before[0]);
  history.close();
  for (const file of filesBelow(history.folder)) fs.rmSync(path.join(history.folder, file));
  history = new History(folder, { environment });
  const began = performance.now();
  const [rows, { share, missing, notes }] = await asked(history, pool, QUESTIONS[0]);
  assert.deepEqual([rows, share, missing.length], [[], 0, 8]);
  assert.match(notes.join(), /segments in the object store could not be read: .*history/);
  assert.ok(performance.now() - began < 15_000);
});

test('a crash at any step of moving and of expiring leaves each event once, and no object or file that nobody knows of', async (t) => {
  const { folder, objects } = cold('crashed');
  const real = folderObjects(objects);
  let count = 0;
  const at: string[] = [];
  const crash = (where: string): void => {
    const to = `${folder}-crash${count++}`;
    at.push(`${to} ${where}`);
    snapshot(folder, objects, to);
  };
  const told: ObjectStore = {
    ...real,
    put: async (key, bytes) => {
      crash('before it is sent');
      await real.put(key, bytes);
      crash('before it is read back');
    },
    delete: async (key) => {
      crash('before an object is deleted');
      await real.delete(key);
      crash('behind an object that was deleted');
    },
  };
  const history = new History(folder, { objects: told });
  const { cold: moving } = history.store.catalogue;
  const moved = moving.moved.bind(moving);
  moving.moved = (...args) => {
    crash('signed, not in the catalogue');
    moved(...args);
    crash('in the catalogue');
  };
  const [first, second] = history.store.catalogue.segments();
  await history.cold.move(first.file);
  history.cold.trim();
  crash('moved');
  const policy: RetentionPolicy = { name: 'old', reason: 'operations', by: 'receive', mostMs: DAY };
  const expire = () =>
    history.retention.run({ policies: [policy], worth: [] }, Number(first.maxReceived / 1000n) + 2 * DAY);
  const { away } = expire();
  assert.deepEqual(away, [first.file]);
  const brought = await bring(history, away);
  crash('fetched to expire');
  assert.ok(expire().expired > 0);
  brought.release();
  crash('expired');
  assert.equal(await history.cold.collect(), 1);
  await history.cold.move(second.file);
  history.close();
  crash('all of it');
  assert.ok(at.length >= 10);
  for (const place of at) await sound(t, place.split(' ')[0], 80, place);
});

test('killed at any moment, tiering goes on where it was', { timeout: 120_000 }, async (t) => {
  const frames = Array.from({ length: 60 }, (_, i) => {
    return { tenant: 'default', source: 'a', at: START + i * DAY, events: numbered(i * 10, 10) };
  });
  const folder = folderWith('killed', frames);
  const objects = `${folder}-objects`;
  const place = { url: pathToFileURL(objects).href, cache_bytes: 1 << 20 };
  fs.mkdirSync(objects);
  const history = new History(folder, { place });
  for (let to = 2; to <= 120; to += 2) history.flush(to);
  history.close();
  const start = () =>
    spawn(process.execPath, [path.join(import.meta.dirname, 'cold-load.twin.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  let left = 600;
  let kills = 0;
  // On a busy machine it may not come far: longer each time, until something has expired.
  for (; left > 0 && (kills < KILLS || (left === 600 && kills < 5 * KILLS)); kills++) {
    const child = start();
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    await sleep(20 + Math.random() * (200 + 100 * kills));
    const exit = once(child, 'exit');
    if (child.exitCode === null) child.kill('SIGKILL');
    if (child.exitCode === null) await exit;
    const now = await sound(t, folder, 600, `kill ${kills}`);
    assert.ok(now <= left);
    left = now;
  }
  assert.ok(left < 600, 'it was killed before it did anything');
});

/** Opens what a crash has left, and finds each event there once, and nothing else. Gives how many there are. */
async function sound(t: TestContext, folder: string, events: number, place: string): Promise<number> {
  const objects = `${folder}-objects`;
  const history = new History(folder, { objects: folderObjects(objects) });
  const pool = new DuckPool(path.join(folder, 'query'));
  t.after(() => pool.close());
  // A line that came to nothing is said to be that at the next step.
  const never = { name: 'never', reason: 'operations' as const, by: 'receive' as const, mostMs: 9e14 };
  history.retention.run({ policies: [never], worth: [] }, 9e14);
  history.store.collect();
  await history.cold.collect();
  const [rows, { share, notes }] = await asked(history, pool, 'events | project n');
  const expired = history.retention.expired.reduce((sum, { entry }) => sum + entry.count, 0);
  const left = events - expired;
  assert.deepEqual([rows.length, new Set(rows).size, share], [left, left, 1], place);
  assert.equal(notes.length, expired === 0 ? 0 : 1, place);
  assert.deepEqual(filesBelow(objects), objectsOf(history), place);
  assert.deepEqual(history.store.catalogue.cold.strays(), [], place);
  const known = history.store.catalogue.segments().map(({ file }) => file);
  assert.deepEqual(
    filesBelow(history.folder).filter((file) => !known.includes(file)),
    [],
    place,
  );
  await pool.close();
  history.close();
  assert.deepEqual(findings(folder), [], place);
  return left;
}

test('what an object store does wrong leaves the segment where it was, and is told', async () => {
  const { folder, objects } = cold('wrong');
  const real = folderObjects(objects);
  const away = (): never => {
    throw new WeirError('store.object_away', 'it is away');
  };
  const wrongs: readonly (readonly [Partial<ObjectStore>, RegExp])[] = [
    [{ put: async () => away() }, /it is away/],
    [{ get: async () => away() }, /it is away/],
    [{ get: async (_, __, length) => new Uint8Array(length) }, /gave back other bytes/],
    [{ put: async (key, bytes) => real.put(key, bytes.slice(0, 100)) }, /has 100 bytes/],
  ];
  for (const [wrong, why] of wrongs) {
    const history = new History(folder, { objects: { ...real, ...wrong } });
    const policies = [{ name: 'all', by: 'receive' as const, coldMs: 0 }];
    const { moved, failed } = await tier(history, { policies, retention: [], worth: [] }, START + 99 * DAY);
    assert.equal(moved, 0);
    assert.match(failed.map((one) => one.why).join(), why);
    assert.ok(history.store.catalogue.segments().every(({ object }) => object === null));
    history.close();
  }
  const history = new History(folder);
  const [segment] = history.store.catalogue.segments();
  // A file whose bytes were changed is not sent in place of what was signed.
  const file = history.store.files.path(segment.file);
  const bytes = fs.readFileSync(file);
  bytes[1000] ^= 1;
  fs.writeFileSync(file, bytes);
  await assert.rejects(history.cold.move(segment.file), { code: 'store.damaged' });
  await history.cold.collect();
  assert.deepEqual(filesBelow(objects), []);
  history.close();
});

test('what cannot be fetched is told of with its events, and the rest is answered', async (t) => {
  const { folder, objects } = cold('away');
  let history = new History(folder);
  const pool = new DuckPool(path.join(folder, 'query'));
  t.after(() => pool.close());
  await moveAll(history);
  const [first] = objectsOf(history);
  const bytes = fs.readFileSync(path.join(objects, first));
  const ask = async (): Promise<[number, number, string]> => {
    const [rows, { share, missing, notes }] = await asked(history, pool, 'events | project n');
    assert.equal(
      missing.reduce((sum, { events }) => sum + events, 0),
      80 - rows.length,
    );
    return [rows.length, share, notes.join()];
  };
  const again = (): void => {
    history.close();
    for (const file of filesBelow(history.folder)) fs.rmSync(path.join(history.folder, file));
    history = new History(folder);
  };
  bytes[1000] ^= 1;
  fs.writeFileSync(path.join(objects, first), bytes);
  assert.match(
    String(await ask()),
    /^70,0\.875,1 segments in the object store could not be read: .* has other bytes than were signed/,
  );
  again();
  fs.truncateSync(path.join(objects, first), 1000);
  assert.match(String(await ask()), /^70,0\.875,1 segments .*bytes/);
  again();
  fs.rmSync(path.join(objects, first));
  assert.match(String(await ask()), /^70,0\.875,1 segments in the object store could not be read: .* is not in /);
  // Half of it is a file that was cut short: it is fetched anew.
  const [copy] = filesBelow(history.folder);
  history.close();
  fs.truncateSync(path.join(history.folder, copy), 100);
  history = new History(folder);
  assert.equal((await ask())[0], 70);
  history.close();
});

test('a hold keeps what is in the object store, and a part of it expires as it would here', async () => {
  const { folder, objects } = cold('held');
  const history = new History(folder);
  // One segment of all of a source, so that a part of it is due.
  history.compact(END);
  const files = history.store.catalogue.segments().length;
  await moveAll(history);
  const policies: RetentionPolicy[] = [{ name: 'old', reason: 'operations', by: 'receive', mostMs: DAY }];
  const at = START + 5.5 * DAY;
  const run = () => history.retention.run({ policies, worth: [] }, at);
  history.retention.hold({ name: 'case', sources: ['a'], reason: 'litigation', by: 'me', at });
  const held = run();
  assert.ok(held.retained.length > 0 && held.retained.every(({ by }) => by === 'case'));
  assert.ok(held.away.length > 0 && held.away.every((file) => file.includes('source=b/')));
  history.retention.unhold('case', 'me', at);
  const { away } = run();
  using brought = await bring(history, away);
  const { rewritten, events } = run();
  brought.release();
  // Of each source five days and a half ago are the first frames; what is left of them is here again.
  assert.deepEqual([rewritten, events], [2, 50]);
  assert.deepEqual(run().away, []);
  await history.cold.collect();
  history.store.collect();
  assert.deepEqual([files, objectsOf(history)], [2, []]);
  assert.deepEqual(filesBelow(objects), objectsOf(history));
  history.close();
  assert.deepEqual(findings(folder), []);
});

test('copies keep to their bytes: more than fits at a time is told, and the one used longest ago goes', async (t) => {
  const { folder } = cold('cache');
  let history = new History(folder);
  await moveAll(history);
  const [one] = history.store.catalogue.segments();
  history.close();
  const room = Math.ceil(one.bytes * 2.5);
  keepPlace(realFiles, history.folder, {
    ...JSON.parse(fs.readFileSync(path.join(history.folder, 'objects.json'), 'utf8')),
    cache_bytes: room,
  });
  history = new History(folder);
  const pool = new DuckPool(path.join(folder, 'query'));
  t.after(async () => {
    await pool.close();
    history.close();
  });
  const [a, b, c] = history.store.catalogue.segments().map(({ file }) => file);
  using held = await history.cold.fetch([a, b]);
  assert.deepEqual([held.away.size, [...(await history.cold.fetch([c])).away.keys()]], [0, [c]]);
  assert.deepEqual(filesBelow(history.folder), [a, b].sort());
  held.release();
  using next = await history.cold.fetch([c]);
  assert.deepEqual([next.away.size, filesBelow(history.folder)], [0, [b, c].sort()]);
  next.release();
  const [rows, { share, notes }] = await asked(history, pool, 'events | project n');
  assert.deepEqual([rows.length, share], [20, 0.25]);
  assert.match(notes.join(), /6 segments in the object store could not be read: .* copies may take/);
  for (let n = 5; n < 80; n += 10) {
    const [[row], coverage] = await asked(history, pool, `events | where n == ${n} | project n`);
    assert.deepEqual([row, coverage.share], [`{"n":${n}}`, 1]);
    assert.ok(history.cold.cachedBytes <= room);
    assert.equal(filesBelow(history.folder).length, 2);
  }
});

test('a catalogue is made anew with what is in the object store, which loses what is no segment’s', async () => {
  const { folder, objects } = cold('rebuilt');
  const history = new History(folder);
  await moveAll(history);
  const before = history.store.catalogue.segments().map(({ columns, ...segment }) => [segment, columns.length]);
  history.close();
  const database = path.join(history.folder, 'catalogue.db');
  fs.rmSync(database);
  assert.throws(() => new History(folder), {
    code: 'store.cold_unknown',
    message: /8 segments are in the object store/,
  });
  assert.equal(fs.existsSync(database), false);
  const there = folderObjects(objects);
  const stray = `${history.log}/${'0'.repeat(64)}.parquet`;
  await there.put(stray, Buffer.from('x'));
  const { segments, unreadable } = await coldSegments(realFiles, folder, () => there);
  assert.deepEqual([segments.length, unreadable], [8, []]);
  const anew = new History(folder, { cold: segments, objects: there });
  assert.deepEqual(
    anew.store.catalogue.segments().map(({ columns, ...segment }) => [segment, columns.length]),
    before,
  );
  assert.equal(await noteStrays(there, anew), 1);
  assert.equal(await anew.cold.collect(), 1);
  assert.deepEqual(filesBelow(objects), objectsOf(anew));
  // With its catalogue nothing needs to be fetched.
  assert.equal(anew.rebuild().segments, 8);
  assert.deepEqual(
    anew.store.catalogue.segments().map(({ columns, ...segment }) => [segment, columns.length]),
    before,
  );
  anew.close();
  assert.deepEqual(findings(folder), []);
});
