/** Notifiers together: configuration, waking, the log-file kind, cursors that outlive them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limits, openDatabase } from '../../base/index.ts';
import { Cursors } from './cursors.ts';
import { type NotifierConfig, Notifiers } from './index.ts';
import { Filled, folder, LOOPBACK, receiver, until } from './kit.twin.ts';

const file = (name: string, where: string, change: Partial<NotifierConfig> = {}): NotifierConfig =>
  ({ kind: 'log_file', name, path: where, begin: 'start', ...change }) as NotifierConfig;

const lines = (name: string): { seq: number; rule?: unknown }[] =>
  fs
    .readFileSync(name, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number });

test('each notifier goes its own way: one that fails does not hold up another', async () => {
  const filled = new Filled();
  filled.add(2);
  const log = path.join(filled.folder, 'hits.ndjson');
  const hook = await receiver((_, response) => response.writeHead(503).end());
  const notifiers = new Notifiers({
    path: filled.cursors,
    feed: filled.feed,
    configs: [
      { kind: 'webhook', name: 'down', url: hook.url, begin: 'start', privateNetworks: LOOPBACK },
      file('log', log),
    ],
  });
  const done = notifiers.start();
  await until(() => notifiers.status()[1].cursor === 6 && hook.requests.length > 0);
  filled.add(1);
  notifiers.wake();
  await until(() => notifiers.status()[1].cursor === 9);
  const [down, well] = notifiers.status();
  assert.deepEqual([down.name, down.kind, down.cursor, down.error?.reason], ['down', 'webhook', 0, 'status 503']);
  assert.deepEqual([well.counts.deliveredHits, well.error, typeof well.lastDelivered], [9, null, 'number']);
  assert.ok(down.backlogBytes > 0);
  await notifiers.stop();
  await done;
  await hook.close();
  assert.deepEqual(
    lines(log).map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test('a log file that cannot be written is tried again, and after a restart goes on where it was', async () => {
  const filled = new Filled();
  filled.add(1);
  const log = path.join(filled.folder, 'later', 'hits.ndjson');
  const open = (): Notifiers =>
    new Notifiers({
      path: filled.cursors,
      feed: filled.feed,
      configs: [file('log', log, { backoffMs: 1, backoffMsMax: 2 })],
    });
  const first = open();
  first.start();
  await until(() => first.status()[0].error !== null);
  assert.match(first.status()[0].error?.reason ?? '', /ENOENT/);
  fs.mkdirSync(path.dirname(log));
  await until(() => first.status()[0].cursor === 3);
  await first.stop();
  filled.add(1);
  const second = open();
  second.start();
  await until(() => second.status()[0].cursor === 6);
  await second.stop();
  assert.deepEqual(
    lines(log).map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal(second.status()[0].counts.deliveredBatches, 2);
});

test('names are unique and short, and a webhook is checked before anything starts', () => {
  const filled = new Filled();
  const open =
    (...configs: NotifierConfig[]) =>
    () =>
      new Notifiers({ path: filled.cursors, feed: filled.feed, configs });
  assert.throws(open(file('a', 'x'), file('a', 'y')), { code: 'notify.name' });
  assert.throws(open(file('', 'x')), { code: 'notify.name' });
  assert.throws(open(file('n'.repeat(129), 'x')), { code: 'notify.name' });
  assert.throws(open({ kind: 'webhook', name: 'w', url: 'gopher://x' }), { code: 'notify.url' });
  assert.ok(!fs.existsSync(filled.cursors));
});

test('parked deliveries are listed and sent again by name', async () => {
  const filled = new Filled();
  filled.add(1);
  let status = 410;
  const hook = await receiver((_, response) => response.writeHead(status).end());
  const notifiers = new Notifiers({
    path: filled.cursors,
    feed: filled.feed,
    configs: [
      {
        kind: 'webhook',
        name: 'w',
        url: hook.url,
        begin: 'start',
        privateNetworks: LOOPBACK,
        backoffMs: 1,
        backoffMsMax: 1,
      },
    ],
  });
  notifiers.start();
  await until(() => notifiers.status()[0].counts.parkedBatches === 1);
  const [parked] = notifiers.parked('w');
  assert.deepEqual([parked.reason, parked.hits], ['status 410', 3]);
  assert.equal((await notifiers.sendParked('w', parked.n))?.kind, 'refused');
  status = 200;
  assert.equal((await notifiers.sendParked('w', parked.n))?.kind, 'delivered');
  assert.deepEqual(notifiers.parked('w'), []);
  assert.equal(await notifiers.sendParked('w', parked.n), null);
  assert.equal(await notifiers.sendParked('nobody', 1), null);
  await notifiers.stop();
  await hook.close();
  assert.equal(new Set(hook.requests.map(({ headers }) => headers['idempotency-key'])).size, 1);
});

test('only so many parked deliveries are kept, the oldest go first and are counted', () => {
  const name = path.join(folder(), 'notify.db');
  const cursors = new Cursors(name);
  const parked = { batch: 'b', after: 0, upTo: 1, hits: 2, reason: 'r', tries: 5, time: 1 };
  for (const notifier of ['n', 'other']) {
    cursors.open(notifier, 0);
    cursors.park(notifier, parked);
  }
  // Written straight into the table: as many commits would take a minute.
  const database = openDatabase(name);
  database.exec(`INSERT INTO parked (notifier, batch, after, up_to, hits, reason, tries, time)
    SELECT notifier, batch, after, up_to, hits, reason, tries, time FROM parked, json_each('${JSON.stringify(Array(limits.notifyParkedMax - 1).fill(0))}')
    WHERE notifier = 'n'`);
  database.close();
  cursors.park('n', parked);
  assert.deepEqual([cursors.get('n').counts.droppedParked, cursors.get('n').counts.parkedHits], [1, 4]);
  assert.equal(cursors.parked('n', 0, 1e9).length, limits.notifyParkedMax);
  assert.equal(cursors.parked('other').length, 1);
  cursors.close();
});

test('cursors of a newer weir are refused', () => {
  const name = path.join(folder(), 'notify.db');
  new Cursors(name).close();
  const database = openDatabase(name);
  database.exec('PRAGMA user_version = 9');
  database.close();
  assert.throws(() => new Cursors(name), { code: 'notify.version' });
});
