/** What somebody did to the segments of a folder, or to their ledger: each is a finding, and what a crash leaves is none. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { realFiles } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { History } from './history.ts';
import { folderWith, numbered, type Sent } from './history.twin.ts';
import type { SegmentHead } from './segment-chain.ts';
import { type SegmentsReport, verifySegments } from './verify-segments.ts';

const HOUR = 3_600_000;
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-verify-segments-'));
after(() => fs.rmSync(root, { recursive: true }));

const SENT: readonly Sent[] = Array.from({ length: 40 }, (_, i) => ({
  tenant: i % 5 === 4 ? 'other' : 'default',
  source: i % 2 === 0 ? 'web' : 'end/point',
  at: 1_790_000_000_000 + Math.floor(i / 20) * HOUR,
  events: numbered(i * 100, 30),
}));

const LEDGER = 'chain/segments.ndjson';
const nextOf = (folder: string): number => new JournalReader(path.join(folder, 'journal')).head().next;

interface Found extends SegmentsReport {
  readonly findings: readonly string[];
}

function verified(folder: string, anchor: SegmentHead | null = null, first = 0): Found {
  const findings: string[] = [];
  const reader = new JournalReader(path.join(folder, 'journal'));
  const report = verifySegments({
    ...{
      folder,
      chain: path.join(folder, 'chain'),
      files: realFiles,
      log: reader.log,
      reader,
      anchors: anchor === null ? [] : [anchor],
    },
    ...{ first, next: reader.head().next, released: true },
    find: (where, _, what) => void findings.push(`${where}: ${what}`),
  });
  return { ...report, findings };
}

function segmentsOf(folder: string): string[] {
  return fs
    .readdirSync(path.join(folder, 'store'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort();
}

let merged = '';
let cut = '';
let head: SegmentHead | null = null;

before(() => {
  merged = folderWith('merged', SENT);
  const history = new History(merged);
  for (let to = 5; to < nextOf(merged); to += 9) history.flush(to);
  history.compact(nextOf(merged));
  head = history.signed;
  history.close();
  cut = folderWith('only-cut', SENT);
  const other = new History(cut);
  for (let to = 5; to < nextOf(cut); to += 9) other.flush(to);
  other.flush(nextOf(cut));
  other.close();
});

/** What is found in a copy that was changed. */
function found(folder: string, change: (copy: string) => void, anchor: SegmentHead | null = null): string {
  const copy = path.join(root, 'copy');
  fs.rmSync(copy, { recursive: true, force: true });
  fs.cpSync(folder, copy, { recursive: true });
  change(copy);
  return verified(copy, anchor).findings.join('\n');
}

const at = (copy: string, number: number): string => path.join(copy, 'store', segmentsOf(copy)[number]);

function sql(copy: string, text: string): void {
  const database = new DatabaseSync(path.join(copy, 'store', 'catalogue.db'));
  database.exec('PRAGMA foreign_keys = OFF');
  assert.ok(Number(database.prepare(text).run().changes) > 0);
  database.close();
}

function editLines(copy: string, edit: (lines: string[]) => void): void {
  const file = path.join(copy, LEDGER);
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  edit(lines);
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
}

describe('the ledger of segments', () => {
  test('of a history that was cut and merged has nothing to say, and every event was held against its frame', () => {
    for (const folder of [merged, cut]) {
      const { findings, events, compared, segments } = verified(folder, folder === merged ? head : null);
      assert.deepEqual(findings, []);
      assert.deepEqual([events, compared], [1200, 1200]);
      assert.equal(segments, segmentsOf(folder).length);
    }
    assert.ok(segmentsOf(merged).length < segmentsOf(cut).length);
  });

  test('finds a file that is changed, missing, swapped, there twice, or not weir’s', () => {
    assert.match(
      found(merged, (copy) => {
        const bytes = fs.readFileSync(at(copy, 0));
        bytes[bytes.length >> 1] ^= 1;
        fs.writeFileSync(at(copy, 0), bytes);
      }),
      /its bytes are not those that were signed/,
    );
    assert.match(
      found(merged, (copy) => fs.rmSync(at(copy, 1))),
      /^store\/.*: the file of \d+ events is missing$/,
    );
    const swapped = found(cut, (copy) => {
      const [a, b] = [fs.readFileSync(at(copy, 0)), fs.readFileSync(at(copy, 1))];
      fs.writeFileSync(at(copy, 0), b);
      fs.writeFileSync(at(copy, 1), a);
    });
    assert.equal(swapped.match(/the file is that of tenant=/g)?.length, 2);
    const doubled = found(merged, (copy) => {
      fs.copyFileSync(at(copy, 0), at(copy, 0).replace(/[0-9a-f]{8}\.parquet$/, '00000000.parquet'));
    });
    assert.match(doubled, /it is tenant=.* once more$/);
    const strange = found(merged, (copy) => {
      fs.writeFileSync(at(copy, 0).replace(/[0-9a-f]{8}\.parquet$/, '00000000.parquet'), 'x');
    });
    assert.match(strange, /no line of the ledger stands for this file/);
  });

  test('finds a catalogue that leaves out a segment, names another, or counts otherwise', () => {
    assert.match(
      found(merged, (copy) => sql(copy, 'DELETE FROM segments WHERE n = (SELECT min(n) FROM segments)')),
      /the catalogue does not name it/,
    );
    assert.match(
      found(merged, (copy) => sql(copy, 'UPDATE segments SET rows = rows + 1 WHERE n = (SELECT min(n) FROM segments)')),
      /the catalogue says \d+ events of/,
    );
    assert.match(
      found(merged, (copy) => sql(copy, `UPDATE segments SET file = 'x' WHERE n = (SELECT min(n) FROM segments)`)),
      /no line of the ledger stands for it/,
    );
  });

  test('finds lines of its own that are changed, left out, cut off or signed by another key', () => {
    assert.match(
      found(merged, (copy) => editLines(copy, (lines) => (lines[2] = lines[2].replace(/"count":\d+/, '"count":1')))),
      /nothing from here on is proven/,
    );
    assert.match(
      found(merged, (copy) => editLines(copy, (lines) => lines.splice(3, 1))),
      /nothing from here on is proven/,
    );
    const short = (copy: string): void => editLines(copy, (lines) => lines.splice(-1));
    assert.match(
      found(merged, short, head),
      /the journal names the line with the hash [0-9a-f]{64}, which is not there/,
    );
    assert.match(
      found(merged, (copy) => {
        editLines(copy, (lines) => {
          const last = lines.length - 1;
          lines[last] = lines[last].replace(/"signature":"[^"]{8}/, '"signature":"AAAAAAAA');
        });
      }),
      /its signature does not match/,
    );
    assert.match(
      found(merged, (copy) => fs.rmSync(path.join(copy, LEDGER))),
      /segments and no ledger of them/,
    );
  });

  test('finds events that segments do not have, or have otherwise, by the frames of the journal', () => {
    // Signed as if it were so, by the right key and of a journal of the same name: only the frames tell.
    const random = (length: number): Uint8Array => new Uint8Array(length).fill(7);
    const changed = SENT.map((sent, i) => {
      if (i === 3) return { ...sent, events: [...numbered(i * 100, 29), { n: 'another' }] };
      return i === 6 ? { ...sent, events: sent.events.slice(1) } : sent;
    });
    const folder = folderWith('forged', SENT, { random });
    const other = folderWith('other', changed, { random });
    const history = new History(other);
    history.flush(nextOf(other) - 4, true);
    history.close();
    for (const part of ['store', 'chain'])
      fs.cpSync(path.join(other, part), path.join(folder, part), { recursive: true });
    const { findings, compared } = verified(folder);
    assert.deepEqual(findings.map((finding) => finding.replace(/^store\/.*: (?=\d)/, '')).sort(), [
      '1 of the 30 events here are not those of the journal',
      '30 of the 30 events here are not those of the journal',
    ]);
    assert.equal(compared, 1139);
  });

  test('finds frames that are in no segment though later ones are', () => {
    const folder = folderWith('skipped', SENT);
    const history = new History(folder);
    history.flush(20);
    history.close();
    sql(folder, 'UPDATE logs SET position = 30');
    const later = new History(folder);
    later.flush(nextOf(folder));
    later.close();
    const { findings, compared } = verified(folder);
    assert.deepEqual(
      findings.map((finding) => finding.replace(/ of .* here/, ' here')),
      Array.from({ length: 5 }, () => 'store: the events here are in no segment'),
    );
    assert.equal(compared, 1200 - 5 * 30);
  });
});

describe('a step that did not come to its end', () => {
  /** A copy whose catalogue is as it was before the last step. */
  function interrupted(step: (history: History) => void): string {
    const copy = path.join(root, `stopped-${Math.random()}`);
    fs.cpSync(cut, copy, { recursive: true });
    for (const name of ['catalogue.db', 'catalogue.db-wal', 'catalogue.db-shm']) {
      const file = path.join(copy, 'store', name);
      if (fs.existsSync(file)) fs.copyFileSync(file, path.join(copy, name));
    }
    const before = segmentsOf(copy).map((file) => [file, fs.readFileSync(path.join(copy, 'store', file))] as const);
    const history = new History(copy);
    step(history);
    history.close();
    for (const [file, bytes] of before) fs.writeFileSync(path.join(copy, 'store', file), bytes);
    for (const name of ['catalogue.db', 'catalogue.db-wal', 'catalogue.db-shm']) {
      fs.rmSync(path.join(copy, 'store', name), { force: true });
      if (fs.existsSync(path.join(copy, name))) fs.renameSync(path.join(copy, name), path.join(copy, 'store', name));
    }
    return copy;
  }

  test('is undone by the next start, which does it again; verify finds nothing before and after', () => {
    const copy = interrupted((history) => {
      const plan = history.nextMerge(true);
      assert.ok(plan !== null);
      history.merge(plan);
    });
    const lines = (): string[] => fs.readFileSync(path.join(copy, LEDGER), 'utf8').trimEnd().split('\n');
    assert.match(lines().at(-1) ?? '', /"kind":"compact"/);
    const before = verified(copy).findings;
    assert.deepEqual(
      before.filter((finding) => !finding.includes('no line of the ledger stands for this file')),
      [],
    );
    const history = new History(copy);
    history.compact(nextOf(copy));
    history.close();
    assert.ok(lines().some((line) => line.startsWith('{"kind":"void"')));
    const { findings, events, compared } = verified(copy);
    assert.deepEqual([findings, events, compared], [[], 1200, 1200]);
  });

  test('a catalogue that is made anew is signed as what it is, and a history of before there was a ledger is taken as it is', () => {
    const copy = path.join(root, 'anew');
    fs.cpSync(merged, copy, { recursive: true });
    for (const name of fs.readdirSync(path.join(copy, 'store'))) {
      if (name.startsWith('catalogue.db')) fs.rmSync(path.join(copy, 'store', name));
    }
    new History(copy).close();
    assert.deepEqual(verified(copy, head).findings, []);
    fs.rmSync(path.join(copy, LEDGER));
    const history = new History(copy);
    history.rebuild();
    history.close();
    const { findings, events } = verified(copy);
    assert.deepEqual([findings, events], [[], 1200]);
  });

  test('a merge that would lose or change events is refused, and its inputs stay', () => {
    const copy = path.join(root, 'refused');
    fs.cpSync(cut, copy, { recursive: true });
    const history = new History(copy);
    const plan = history.nextMerge(true);
    assert.ok(plan !== null);
    const [one] = plan;
    const output = {
      ...one,
      level: 1,
      first: plan[0].first,
      last: plan[plan.length - 1].last,
      multiset: '0'.repeat(32),
    };
    const file = history.store.files.write(output, [Buffer.from('x')]);
    const rows = plan.reduce((sum, segment) => sum + segment.rows, 0);
    assert.throws(() => history.merged(plan, { ...output, ...file, rows, columns: [] }), {
      code: 'store.damaged',
      message: /does not have the events of/,
    });
    history.close();
    const { findings, events } = verified(copy);
    assert.deepEqual([findings, events], [[], 1200]);
  });
});
