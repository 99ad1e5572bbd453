/** Before a file of the journal is released its events are held against segments (release.ts); when one may go (releasing.ts). src/server/release.test.ts has release-loop.ts and release-folder.ts. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { realFiles } from '../../base/index.ts';
import { type ClosedFile, Journal, JournalReader, Ledger } from '../../journal/index.ts';
import { History } from './history.ts';
import { folderWith, numbered, type Sent } from './history.twin.ts';
import { type ReleaseWork, writeRelease } from './release.ts';
import { Releasing } from './releasing.ts';
import { verifySegments } from './verify-segments.ts';

const AT = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

/** Two sources in turn, ten events each; a file has a few frames. */
const frames: readonly Sent[] = Array.from({ length: 24 }, (_, n) => ({
  tenant: n % 4 === 3 ? 'other' : 'default',
  source: ['web', 'dns'][n % 2] ?? '',
  at: AT + n * (HOUR / 4),
  events: numbered(n * 10, 10),
}));

function open(name: string): { folder: string; history: History; releasing: Releasing } {
  const folder = folderWith(name, frames, { segmentBytes: 4096 });
  const history = new History(folder);
  return { folder, history, releasing: new Releasing(folder, path.join(folder, 'chain'), history) };
}

const nextOf = (folder: string): number => new JournalReader(path.join(folder, 'journal')).head().next;
const oldest = (folder: string): { from: number; to: number } => {
  const [file] = new JournalReader(path.join(folder, 'journal')).closed();
  return file;
};

const workOf = (releasing: Releasing, file: ClosedFile): ReleaseWork => releasing.work(file, releasing.segments(file));

function release(folder: string, work: ReleaseWork): { events: number; stored: number } {
  const journal = Journal.open(path.join(folder, 'journal'));
  const ledger = Ledger.open(path.join(folder, 'chain'), journal.log);
  try {
    const entry = writeRelease(work);
    journal.release(entry.from, () => ledger.append(entry));
    return entry;
  } finally {
    ledger.close();
    journal.close();
  }
}

function findings(folder: string): string[] {
  const found: string[] = [];
  const reader = new JournalReader(path.join(folder, 'journal'));
  verifySegments({
    ...{ folder, chain: path.join(folder, 'chain'), files: realFiles, log: reader.log, reader, anchors: [] },
    ...{ first: 0, next: reader.head().next, released: true },
    find: (where, _, what) => void found.push(`${where}: ${what}`),
  });
  return found;
}

test('every file but the last goes, events counted, however they were cut and merged; segments are verified against what is left', () => {
  for (const merged of [false, true]) {
    const { folder, history, releasing } = open(`whole-${merged}`);
    if (merged) history.compact(nextOf(folder));
    else history.flush(nextOf(folder));
    let events = 0;
    const files = new JournalReader(path.join(folder, 'journal')).closed().length;
    for (let n = 0; n < files; n++) {
      const done = release(folder, workOf(releasing, oldest(folder)));
      assert.equal(done.stored, done.events);
      events += done.events;
      assert.deepEqual(findings(folder), []);
    }
    assert.ok(files >= 3 && events > 150, `${files} files, ${events} events`);
    assert.equal(
      new JournalReader(path.join(folder, 'journal')).releasedUpTo(),
      Number(
        fs
          .readdirSync(path.join(folder, 'journal'))
          .find((name) => name.endsWith('.wj'))
          ?.slice(0, 16),
      ),
    );
    history.close();

    // The catalogue is made anew from files, and what is released is cut no more.
    fs.rmSync(path.join(folder, 'store', 'catalogue.db'));
    const again = new History(folder);
    assert.equal(again.rebuilt?.rows, 240);
    assert.deepEqual([again.position, again.flush(nextOf(folder))], [nextOf(folder), 0]);
    again.close();
    assert.deepEqual(findings(folder), []);
  }
});

test('a file stays that has an event no segment has, another one, or one twice', () => {
  const { folder, history, releasing } = open('lacking');
  const differs = (work: ReleaseWork, message: RegExp): void => {
    assert.throws(() => writeRelease(work), { code: 'store.differs', message });
    assert.deepEqual(
      fs.readdirSync(path.join(folder, 'journal')).filter((name) => name.endsWith('.wjr')),
      [],
    );
  };
  const file = oldest(folder);
  differs(workOf(releasing, file), /10 events of default, web at position 0 are in no segment/);
  history.flush(nextOf(folder));
  const work = workOf(releasing, file);
  assert.ok(work.segments.length > 1);
  differs({ ...work, segments: work.segments.slice(1) }, /are in no segment/);
  differs({ ...work, segments: [...work.segments, work.segments[0]] }, /is there twice/);

  const other = folderWith(
    'other',
    frames.map((frame) => ({ ...frame, events: numbered(7, 10) })),
    { segmentBytes: 4096 },
  );
  const foreign = new History(other);
  foreign.flush(nextOf(other));
  const [first] = workOf(new Releasing(other, path.join(other, 'chain'), foreign), oldest(other)).segments;
  differs({ ...work, segments: [...work.segments.slice(1), first ?? ''] }, /is not as the journal has it/);
  foreign.close();
  history.close();
});

test('what has expired is not missed where the ledger says so', () => {
  const { folder, history, releasing } = open('expired');
  history.flush(nextOf(folder));
  const policies = [{ name: 'dns', reason: 'gdpr' as const, by: 'receive' as const, sources: ['dns'], mostMs: HOUR }];
  const { events } = history.retention.run({ policies, worth: [] }, AT + 2 * HOUR);
  assert.ok(events > 0, `${events}`);
  const { events: all, stored } = release(folder, workOf(releasing, oldest(folder)));
  assert.ok(stored < all && stored > 0, `${stored} of ${all}`);
  assert.deepEqual(findings(folder), []);
  history.close();
});

test('a segment that lacks an event of a released file is found by its count', () => {
  const { folder, history, releasing } = open('found');
  history.flush(nextOf(folder));
  release(folder, workOf(releasing, oldest(folder)));
  const [{ file }] = history.store.catalogue.segments();
  history.close();
  fs.rmSync(path.join(folder, 'store', file));
  assert.match(findings(folder).join('\n'), /the file of \d+ events is missing/);
});

test('files wait for their age, unless room is short, for segments, and for the detector', () => {
  const { folder, history, releasing } = open('waits');
  const settings = { keepMs: 0, bytesMax: 1e9 };
  assert.equal(releasing.next({ ...settings, keepMs: null }, 1e6), 'age');
  assert.equal(releasing.next({ ...settings, keepMs: Date.now() - AT + HOUR }, 1e6), 'age');
  assert.equal(releasing.next(settings, 1e6), 'store');
  assert.equal(releasing.next({ ...settings, keepMs: Date.now() - AT + HOUR }, 2e9), 'store');
  history.flush(nextOf(folder));
  // There is nothing that has evaluated them.
  assert.equal(releasing.next(settings, 1e6), 'detection');
  history.close();
});
