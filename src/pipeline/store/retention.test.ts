/** Seven years on a simulated clock: what each policy and hold lets go of and keeps (retention.ts, retain.ts), in segments, books and proofs. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { realFiles } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { openSegment, Rebuilder, type RetentionPolicy, Texts, type WorthRow } from '../../store/index.ts';
import { Expirations } from './expirations.ts';
import { History } from './history.ts';
import { folderWith, numbered, type Sent } from './history.twin.ts';
import type { Retained } from './retention.ts';
import { verifySegments } from './verify-segments.ts';

const DAY = 86_400_000;
const START = Date.UTC(2019, 0, 1, 12);

/** Ten events on the first of each month of seven years, of each source. */
const MONTHS = Array.from({ length: 84 }, (_, month) => Date.UTC(2019, month, 1, 12));
const SOURCES = ['firewall', 'payments', 'clinic', 'ledger', 'web'] as const;
const SENT: readonly Sent[] = MONTHS.flatMap((at, month) =>
  SOURCES.map((source) => ({ tenant: 'default', source, at, events: numbered(month * 10, 10) })),
);

const policy = (name: string, more: Partial<RetentionPolicy>): RetentionPolicy => ({
  ...{ name, reason: 'operations', by: 'receive' },
  ...more,
});

const POLICIES: readonly RetentionPolicy[] = [
  policy('cards', { reason: 'pci_dss', classes: ['cards'], mostMs: 400 * DAY }),
  policy('patients', { reason: 'hipaa', sources: ['clinic'], mostMs: 2200 * DAY }),
  policy('audits', { reason: 'sox', retentionClasses: ['sox'] }),
  policy('noise', { severities: ['low'], mostMs: 30 * DAY }),
  policy('persons', { reason: 'gdpr', sources: ['w*'], mostMs: 180 * DAY }),
];

const WORTH: readonly WorthRow[] = [
  { tenant: null, source: '*', severity: 'medium', retentionClass: 'default' },
  { tenant: null, source: 'payments', class: 'cards' },
  { tenant: null, source: 'ledger', retentionClass: 'sox', severity: 'low' },
  { tenant: 'default', source: 'firewall', severity: 'low' },
];

const nextOf = (folder: string): number => new JournalReader(path.join(folder, 'journal')).head().next;

function verified(folder: string): { readonly findings: string[]; readonly compared: number } {
  const findings: string[] = [];
  const reader = new JournalReader(path.join(folder, 'journal'));
  const { compared } = verifySegments({
    ...{ folder, chain: path.join(folder, 'chain'), files: realFiles, log: reader.log, reader, anchors: [] },
    ...{ first: 0, next: reader.head().next, released: true },
    find: (where, _, what) => void findings.push(`${where}: ${what}`),
  });
  return { findings, compared };
}

/** Months (from 0) of which events are left, by source. */
function left(history: History): Record<string, number[]> {
  const months: Record<string, number[]> = Object.fromEntries(SOURCES.map((source) => [source, []]));
  for (const { file, source } of history.store.catalogue.segments()) {
    using reader = history.open(file);
    const segment = openSegment(reader);
    for (let group = 0; group < segment.groups.length; group++) {
      const received = segment.columnOf(group, 'weir.received').values as BigInt64Array;
      const counts = Map.groupBy(received, (time) => MONTHS.indexOf(Number(time / 1000n)));
      for (const [month, { length }] of counts) {
        assert.equal(length, 10);
        months[source].push(month);
      }
    }
  }
  for (const own of Object.values(months)) own.sort((a, b) => a - b);
  return months;
}

const from = (month: number): number[] => Array.from({ length: 84 - month }, (_, i) => month + i);

describe('retention over seven years', () => {
  const made = folderWith('seven-years', SENT);

  function cutInto(name: string): History {
    const folder = `${made}-${name}`;
    fs.cpSync(made, folder, { recursive: true });
    return new History(folder);
  }

  test('keeps and deletes what each policy says, by source, severity, class and retention class, and the proofs hold', () => {
    const history = cutInto('policies');
    const folder = path.dirname(history.folder);
    history.flush(nextOf(folder), true);
    let expired = 0;
    // Looked at every month, from the start to seven years and a half.
    for (let at = START; at < START + 2740 * DAY; at += 30 * DAY) {
      const done = history.retention.run({ policies: POLICIES, worth: WORTH }, at);
      assert.deepEqual([done.failed, done.later, done.over], [[], 0, []]);
      expired += done.events;
    }
    const end = history.retention.run({ policies: POLICIES, worth: WORTH }, START + 2740 * DAY);
    expired += end.events;
    const kept = left(history);
    const at = START + 2740 * DAY;
    const within = (days: number): number[] => from(MONTHS.findIndex((time) => time >= at - days * DAY));
    assert.deepEqual(kept, {
      // Low severity: a month.
      firewall: MONTHS.some((time) => time >= at - 30 * DAY) ? within(30) : [],
      payments: within(400),
      clinic: within(2200),
      // Low severity as well, but SOX asks for seven years.
      ledger: within(2557),
      web: MONTHS.some((time) => time >= at - 180 * DAY) ? within(180) : [],
    });
    assert.ok(end.retained.some(({ policy, by }) => policy === 'noise' && by === 'audits'));
    const rows = Object.values(kept).reduce((sum, { length }) => sum + length * 10, 0);
    assert.equal(rows + expired, 84 * 5 * 10);
    const told = new Expirations(path.join(folder, 'chain')).changed() ?? [];
    assert.equal(
      told.reduce((sum, { events }) => sum + events, 0),
      expired,
    );
    history.close();
    assert.deepEqual(verified(folder), { findings: [], compared: rows });
  });

  test('a legal hold beats every policy until it is ended, by source and by time of events', () => {
    const history = cutInto('holds');
    const folder = path.dirname(history.folder);
    history.flush(nextOf(folder), true);
    const hold = { name: 'case 17', sources: ['web'], from: '2020-01-01T00:00:00Z', to: '2020-03-31T23:59:59Z' };
    history.retention.hold({ ...hold, reason: 'litigation', by: 'counsel', at: START });
    assert.throws(() => history.retention.hold({ name: 'case 17', reason: '', by: '', at: 0 }), { code: 'store.hold' });
    const run = (at: number): Retained => history.retention.run({ policies: POLICIES, worth: WORTH }, at);
    const at = START + 2740 * DAY;
    const held = run(at);
    assert.ok(held.retained.every(({ by }) => by === 'case 17' || by === 'audits'));
    assert.ok(held.retained.some(({ by }) => by === 'case 17'));
    const web = (): number[] => left(history).web.filter((month) => month >= 12 && month <= 14);
    assert.deepEqual(web(), [12, 13, 14]);
    history.close();
    // Another process knows of it.
    const again = new History(folder);
    assert.deepEqual(
      again.retention.holds().map(({ name, by, from }) => [name, by, from]),
      [['case 17', 'counsel', hold.from]],
    );
    again.retention.unhold('case 17', 'counsel', at);
    assert.throws(() => again.retention.unhold('case 17', 'counsel', at), { code: 'store.hold' });
    again.retention.run({ policies: POLICIES, worth: WORTH }, at);
    assert.deepEqual(left(again).web, []);
    again.close();
    assert.deepEqual(verified(folder).findings, []);
  });

  test('of a segment that is due in part only the rest is left, and nothing of what went', () => {
    // Three days of one month, each with a word of its own, merged into one segment.
    const days = [1, 10, 20].map((day) => Date.UTC(2020, 4, day, 12));
    const folder = folderWith(
      'parts',
      days.map((at, i) => ({
        ...{ tenant: 'default', source: 'web', at },
        events: numbered(i * 10, 10).map((event) => ({ ...(event as object), secret: `word-of-day-${i}`, day: i })),
      })),
    );
    const history = new History(folder);
    history.flush(nextOf(folder), true);
    history.compact(nextOf(folder));
    assert.equal(history.store.catalogue.segments().length, 1);
    const one = policy('events', { sources: ['web'], by: 'event_time', mostMs: 100 * DAY });
    const run = (at: number, ...policies: readonly RetentionPolicy[]): Retained =>
      history.retention.run({ policies, worth: [] }, at);
    // Within the slack of a day nothing is written anew.
    assert.deepEqual(run(days[0] + 100 * DAY + 1, one).events, 0);
    const done = run(days[1] + 101.5 * DAY, one);
    assert.deepEqual([done.expired, done.rewritten, done.events], [0, 1, 20]);
    const [{ file, rows, first, last }] = history.store.catalogue.segments();
    assert.deepEqual([rows, first, last], [10, 0, 4]);
    using reader = history.open(file);
    const segment = openSegment(reader);
    const texts: string[] = [];
    new Rebuilder(segment, 0).eachRowText((text) => texts.push(Buffer.from(text).toString()));
    assert.deepEqual(
      texts.map((text) => (JSON.parse(text) as { n: number }).n).sort((a, b) => a - b),
      Array.from({ length: 10 }, (_, i) => 20 + i),
    );
    const bytes = fs.readFileSync(path.join(history.folder, file));
    const column = segment.columns.find((own) => own.path === 'secret');
    assert.ok(column !== undefined);
    const { values } = segment.columnOf(0, column.name);
    assert.ok(values instanceof Texts);
    assert.deepEqual(
      Array.from({ length: values.length }, (_, i) => Buffer.from(values.at(i)).toString()),
      ['word-of-day-2'],
    );
    assert.ok(!bytes.includes('word-of-day-1'));
    assert.deepEqual(verified(folder), { findings: [], compared: 10 });
    // A catalogue that is lost does not bring it back: neither from files nor from the journal.
    const size = policy('size', { bytesMax: 1 });
    const again = (): History => {
      for (const name of fs.readdirSync(path.join(folder, 'store'))) {
        if (name.startsWith('catalogue.db')) fs.rmSync(path.join(folder, 'store', name));
      }
      const anew = new History(folder);
      anew.flush(nextOf(folder));
      return anew;
    };
    history.close();
    const second = again();
    assert.deepEqual(
      second.store.catalogue.segments().map((own) => own.rows),
      [10],
    );
    assert.deepEqual(second.retention.run({ policies: [size], worth: [] }, days[2]).expired, 1);
    second.close();
    fs.writeFileSync(path.join(folder, 'store', file), bytes);
    const third = again();
    assert.deepEqual(third.store.catalogue.segments(), []);
    third.close();
    assert.deepEqual(verified(folder), { findings: [], compared: 0 });
  });

  test('a failing step leaves the segment as it was, and is done another time', () => {
    const folder = folderWith('failing', SENT.slice(0, 5));
    const history = new History(folder);
    history.flush(nextOf(folder), true);
    const [{ file }] = history.store.catalogue.segments();
    const name = path.join(history.folder, file);
    const bytes = fs.readFileSync(name);
    fs.writeFileSync(name, bytes.subarray(0, 100));
    const all = policy('all', { mostMs: DAY });
    const done = history.retention.run({ policies: [all], worth: [] }, START + 5 * DAY);
    assert.deepEqual([done.expired, done.failed.map((one) => one.file)], [4, [file]]);
    fs.writeFileSync(name, bytes);
    assert.equal(history.retention.run({ policies: [all], worth: [] }, START + 5 * DAY).expired, 1);
    history.close();
    assert.deepEqual(verified(folder), { findings: [], compared: 0 });
  });
});
