import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { openBatch } from '../../batch/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { openSegment, Rebuilder } from '../../store/index.ts';
import { History } from './history.ts';
import { folderWith, numbered, type Sent } from './history.twin.ts';

const HOUR = 3_600_000;

/** Ids and texts of all events of a history, in order of ids; each segment's events belong to its tenant and source. */
function eventsOf(history: History, tenant: string): string[] {
  const view = history.view({ tenant }, history.position);
  const found: string[] = [];
  for (const { file, source } of view.found.segments) {
    using reader = history.open(file);
    const segment = openSegment(reader);
    segment.groups.forEach((_, group) => {
      const positions = segment.columnOf(group, 'weir.position').values as BigInt64Array;
      const rows = segment.columnOf(group, 'weir.row').values as Int32Array;
      new Rebuilder(segment, group).eachRowText((text, row) => {
        found.push(`${source} ${String(positions[row]).padStart(6, '0')}/${rows[row]} ${Buffer.from(text)}`);
      });
    });
  }
  view.lease.release();
  return found.sort();
}

/** The same straight from the journal. */
function eventsIn(folder: string, tenant: string): string[] {
  const reader = new JournalReader(path.join(folder, 'journal'));
  const found: string[] = [];
  for (const { kind, position, payload } of reader.read(0)) {
    if (kind !== 'events') continue;
    const batch = openBatch(payload);
    if (batch.header.tenant !== tenant) continue;
    for (let row = 0; row < batch.rows; row++) {
      found.push(
        `${batch.header.source} ${String(position).padStart(6, '0')}/${row} ${Buffer.from(batch.rowText(row))}`,
      );
    }
  }
  return found.sort();
}

const SENT: readonly Sent[] = Array.from({ length: 40 }, (_, i) => ({
  tenant: i % 5 === 4 ? 'other' : 'default',
  source: i % 2 === 0 ? 'web' : 'end/point',
  at: 1_790_000_000_000 + Math.floor(i / 20) * HOUR,
  events: numbered(i * 100, 30),
}));

const next = (folder: string): number => new JournalReader(path.join(folder, 'journal')).head().next;

describe('a history', () => {
  test('has every event of the journal once, by tenant and source, however it was cut and merged', () => {
    const folder = folderWith('cut', SENT);
    const history = new History(folder);
    for (let to = 3; to < next(folder); to += 7) history.flush(to);
    history.flush(next(folder));
    const wanted = [eventsIn(folder, 'default'), eventsIn(folder, 'other')];
    assert.equal(wanted[0].length + wanted[1].length, 1200);
    assert.deepEqual([eventsOf(history, 'default'), eventsOf(history, 'other')], wanted);
    const before = history.stats().segments.segments;
    assert.ok(history.compact(next(folder)) > 0);
    assert.ok(history.stats().segments.segments < before);
    assert.deepEqual([eventsOf(history, 'default'), eventsOf(history, 'other')], wanted);
    assert.deepEqual(eventsOf(history, 'nobody'), []);
    history.close();
  });

  test('cuts a segment at the hour of receipt, and shows a query what was acknowledged before it asked', () => {
    const folder = folderWith(
      'hours',
      SENT.filter(({ tenant, source }) => tenant === 'default' && source === 'web'),
    );
    const history = new History(folder);
    const view = history.view({ tenant: 'default' }, next(folder));
    assert.equal(view.position, next(folder));
    assert.deepEqual(
      view.found.segments.map(({ rows }) => rows),
      [240, 240],
    );
    history.close();
  });

  test('goes on after a start where it was, and without its catalogue from its files', () => {
    const folder = folderWith('starts', SENT);
    const first = new History(folder);
    first.flush(21);
    first.close();
    const second = new History(folder);
    assert.equal(second.position, 21);
    second.flush(next(folder));
    second.compact(next(folder));
    const wanted = eventsOf(second, 'default');
    second.close();
    for (const name of ['catalogue.db', 'catalogue.db-wal', 'catalogue.db-shm']) {
      fs.rmSync(path.join(folder, 'store', name), { force: true });
    }
    const third = new History(folder);
    assert.equal(third.rebuilt?.rows, 1200);
    assert.deepEqual(eventsOf(third, 'default'), wanted);
    assert.deepEqual(wanted, eventsIn(folder, 'default'));
    third.close();
  });

  test('deletes what a crash left before it was published, and cuts it again', () => {
    const folder = folderWith('crash', SENT);
    const first = new History(folder);
    first.flush(next(folder));
    const [{ file }] = first.view({ tenant: 'default' }, 0).found.segments;
    first.close();
    const store = path.join(folder, 'store');
    // As if the process had ended between the file and the catalogue.
    const stray = file.replace(/-[0-9a-f]{8}\.parquet$/, '-00000000.parquet');
    fs.copyFileSync(path.join(store, file), path.join(store, stray));
    fs.writeFileSync(path.join(store, `${file}.draft`), 'half');
    const again = new History(folder);
    assert.deepEqual([...again.swept.removed].sort(), [`${file}.draft`, stray].sort());
    assert.deepEqual(eventsOf(again, 'default'), eventsIn(folder, 'default'));
    again.close();
  });

  test('leaves no files of a cut that failed, and cuts everything once when it can', () => {
    const folder = folderWith('fails', SENT);
    const history = new History(folder);
    const store = path.join(folder, 'store');
    // In the place of a folder that it needs.
    fs.writeFileSync(path.join(store, 'tenant=other'), '');
    for (let tries = 0; tries < 2; tries++) {
      assert.throws(() => history.flush(next(folder)));
      assert.deepEqual(history.store.files.list().segments, []);
      assert.equal(history.position, 0);
    }
    fs.rmSync(path.join(store, 'tenant=other'));
    // The last entry cannot be read: others of its source have been, and wait to be written.
    const [file] = fs.readdirSync(path.join(folder, 'journal')).filter((name) => name.endsWith('.wj'));
    const journal = path.join(folder, 'journal', file);
    const sound = fs.readFileSync(journal);
    const last = [...new JournalReader(path.dirname(journal)).read(0)].findLast(({ kind }) => kind === 'events');
    assert.ok(last !== undefined);
    const at = sound.indexOf(Buffer.from(last.payload)) + last.payload.byteLength - 1;
    fs.writeFileSync(journal, sound.with(at, sound[at] ^ 1));
    assert.throws(() => history.flush(next(folder)), { code: 'journal.corrupt' });
    fs.writeFileSync(journal, sound);
    history.flush(next(folder));
    for (const tenant of ['default', 'other']) assert.deepEqual(eventsOf(history, tenant), eventsIn(folder, tenant));
    history.close();
  });

  test('compresses what it merges more where all of it is old enough, and it has the same events', () => {
    const at = Date.now() - 40 * 86_400_000;
    const events = (n: number): unknown[] =>
      Array.from({ length: 400 }, (_, i) => ({
        n: n * 400 + i,
        text: `user ${(n * 7 + i * i) % 977} of ${(i * 31) % 101} came`,
      }));
    const frames = [0, 1, 2].map((n) => ({ tenant: 'default', source: 'a', at: at + n, events: events(n) }));
    const made = [40, 39].map((days) => {
      const folder = folderWith(`warm-${days}`, frames);
      const history = new History(folder, { warm: { afterMs: (days + 0.5) * 86_400_000, zstd: 19 } });
      for (let to = 2; to <= 6; to += 2) history.flush(to);
      assert.equal(history.compact(6), 1);
      const [{ bytes }] = history.store.catalogue.segments();
      const found = eventsOf(history, 'default');
      history.close();
      return { bytes, found };
    });
    assert.deepEqual(made[0].found, made[1].found);
    assert.ok(made[1].bytes < made[0].bytes, `${made[1].bytes} and ${made[0].bytes} bytes`);
  });
});
