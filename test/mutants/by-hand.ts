/** What somebody with the disk may do to a data folder that no process writes to, without the key of the chain ledger. */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Journal, JournalReader, type NewEntry, verifyJournal } from '../../src/journal/index.ts';
import type { Check } from './types.ts';

export interface Damage {
  /** In words. */
  readonly how: string;
  /** Changes the folder. */
  readonly done: (folder: string) => void;
  readonly by: Check;
}

function sql(...statements: readonly string[]): Damage['done'] {
  return (folder) => {
    const database = new DatabaseSync(path.join(folder, 'detect.db'));
    for (const statement of statements) {
      if (Number(database.prepare(statement).run().changes) === 0) throw new Error(`nothing to change: ${statement}`);
    }
    database.close();
  };
}

/** Flips a bit of a blob of the first such row. */
function blob(column: 'keys' | 'bodies', at: number): Damage['done'] {
  return (folder) => {
    const database = new DatabaseSync(path.join(folder, 'detect.db'));
    const row = database
      .prepare(`SELECT last, ${column} AS bytes FROM hits WHERE packed = 0 ORDER BY last LIMIT 1`)
      .get();
    const bytes = Uint8Array.from(row?.['bytes'] as Uint8Array);
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    database.prepare(`UPDATE hits SET ${column} = ? WHERE last = ?`).run(bytes, Number(row?.['last']));
    database.close();
  };
}

/** Rewrites the only segment file from the bytes of its entries. */
function entries(change: (all: Uint8Array[]) => Uint8Array[]): Damage['done'] {
  return (folder) => {
    const journal = path.join(folder, 'journal');
    const headers = [...new JournalReader(journal).headers(0)];
    const bytes = fs.readFileSync(headers[0].file);
    const all = headers.map(({ byte }, i) => bytes.subarray(byte, headers[i + 1]?.byte ?? bytes.length));
    fs.writeFileSync(headers[0].file, Buffer.concat(change(all)));
  };
}

/** Writes the journal anew, every checksum and hash as it should be: only the ledger can tell. */
function rewritten(change: (unit: NewEntry[], source: string) => NewEntry[]): Damage['done'] {
  return (folder) => {
    const old = path.join(folder, 'journal');
    const { log } = verifyJournal(old);
    const producer = new Set<string>();
    verifyJournal(old, { each: (entry) => producer.add(entry.producer) });
    const ids = [String(log), ...producer].map((id) => Buffer.from(id, 'hex'));
    const journal = Journal.open(`${old}-new`, {
      random: (length) => ids.find((id) => id.length === length) ?? new Uint8Array(length),
    });
    let unit: NewEntry[] = [];
    for (const { kind, receivedAt, receipt, payload, more } of new JournalReader(old).read(0)) {
      unit.push({ kind, receivedAt, receipt, payload: new Uint8Array(payload) });
      if (more) continue;
      const source = receipt === null ? '' : (JSON.parse(receipt) as { source: string }).source;
      const changed = change(unit, source);
      if (changed.length > 0) journal.appendGroup([changed]);
      unit = [];
    }
    journal.close();
    fs.rmSync(old, { recursive: true });
    fs.renameSync(`${old}-new`, old);
  };
}

const ledger = (change: (lines: string[]) => string[]): Damage['done'] => {
  return (folder) => {
    const file = path.join(folder, 'chain/ledger.ndjson');
    fs.writeFileSync(
      file,
      change(fs.readFileSync(file, 'utf8').trimEnd().split('\n'))
        .map((line) => `${line}\n`)
        .join(''),
    );
  };
};

const HIT = 'stream IS NOT NULL';
const FIRING = 'correlation IS NOT NULL';

export const BY_HAND: readonly Damage[] = [
  {
    how: 'hits removed',
    done: sql(`DELETE FROM hits WHERE last = (SELECT min(last) FROM hits WHERE ${HIT})`),
    by: 'hits',
  },
  {
    how: 'hits ascribed to another rule',
    done: sql(`UPDATE hits SET version = (SELECT max(n) FROM rule_versions WHERE n <> hits.version) WHERE ${HIT}`),
    by: 'hits',
  },
  {
    how: 'hits given to another tenant',
    done: sql(`UPDATE hits SET tenant = (SELECT n FROM tenants WHERE n <> hits.tenant) WHERE ${HIT}`),
    by: 'hits',
  },
  { how: 'the event in a hit', done: blob('bodies', -20), by: 'hits' },
  { how: 'the place of a hit', done: blob('keys', 8), by: 'hits' },
  { how: 'a correlation hit removed', done: sql(`DELETE FROM hits WHERE ${FIRING}`), by: 'correlations' },
  {
    how: 'the revision of a correlation hit',
    done: sql(`UPDATE hits SET revision = revision + 1 WHERE ${FIRING}`),
    by: 'correlations',
  },
  { how: 'counts of hits', done: sql('UPDATE hit_totals SET hits = hits - 1'), by: 'totals' },
  { how: 'counts of hits by minute', done: sql('UPDATE hit_minutes SET hits = hits + 1'), by: 'totals' },
  { how: 'a dead letter removed', done: sql('DELETE FROM dead_letters WHERE n = 2'), by: 'kept letters' },
  {
    how: 'the bytes of a dead letter',
    done: sql("UPDATE dead_letters SET raw = x'00' WHERE n = 2"),
    by: 'kept letters',
  },
  { how: 'events of an evaluated range', done: sql('UPDATE ledger SET events = events + 1'), by: 'ledger' },
  { how: 'an evaluated range removed', done: sql('DELETE FROM ledger WHERE n = 1'), by: 'ledger' },
  { how: 'a range evaluated by other rules', done: sql("UPDATE ledger SET rule_set = 'x' WHERE n = 1"), by: 'ledger' },
  { how: 'the checkpoint set back', done: sql('UPDATE logs SET position = 5'), by: 'evaluated' },
  { how: 'the checkpoint set ahead', done: sql('UPDATE logs SET position = position + 100'), by: 'evaluated' },
  { how: 'the hits database removed', done: (folder) => fs.rmSync(path.join(folder, 'detect.db')), by: 'store' },
  {
    how: 'the hits database emptied',
    done: (folder) => fs.truncateSync(path.join(folder, 'detect.db')),
    by: 'store',
  },
  {
    how: 'a dead letter given to another tenant',
    done: sql('UPDATE dead_letters SET tenant = (SELECT n FROM tenants WHERE n <> dead_letters.tenant) WHERE n = 2'),
    by: 'kept letters',
  },
  { how: 'counts of dead letters', done: sql('UPDATE dead_letter_counts SET letters = letters + 1'), by: 'totals' },
  {
    how: 'a slot of HEAD',
    done: (folder) => flipped(path.join(folder, 'journal/HEAD'), () => 40),
    by: 'HEAD',
  },
  {
    how: 'a byte of a rule set',
    done: (folder) => {
      const [name] = fs.readdirSync(path.join(folder, 'rules'));
      flipped(path.join(folder, 'rules', name), (size) => size >> 1);
    },
    by: 'rules',
  },
  { how: 'a rule set kept under the name of another', done: swapRuleSets, by: 'rules' },
  {
    how: 'two entries of the journal swapped',
    done: entries((all) => all.with(3, all[4]).with(4, all[3])),
    by: 'journal',
  },
  { how: 'an entry cut out', done: entries((all) => all.filter((_, i) => i !== 4)), by: 'journal' },
  { how: 'an entry doubled', done: entries((all) => all.toSpliced(4, 0, all[4])), by: 'journal' },
  { how: 'the last entry cut off', done: entries((all) => all.slice(0, -1)), by: 'journal' },
  {
    how: 'a byte of a receipt',
    done: entries((all) =>
      all.with(
        4,
        Uint8Array.from(all[4], (byte, i) => (i === 110 ? byte ^ 1 : byte)),
      ),
    ),
    by: 'journal',
  },
  {
    how: 'the journal written anew without a request',
    done: rewritten((unit, source) => (source === 'json' ? [] : unit)),
    by: 'chain',
  },
  {
    how: 'the journal written anew with another credential in a receipt',
    done: rewritten((unit, source) =>
      unit.map((entry) =>
        source === 'json' ? { ...entry, receipt: String(entry.receipt).replace('key:1', 'key:2') } : entry,
      ),
    ),
    by: 'chain',
  },
  {
    how: 'a line of the chain ledger',
    done: ledger((lines) => lines.with(-1, lines.at(-1)?.replace('"from":0', '"from":1') ?? '')),
    by: 'chain',
  },
  {
    how: 'the chain ledger removed',
    done: (folder) => fs.rmSync(path.join(folder, 'chain'), { recursive: true }),
    by: 'chain',
  },
];

function flipped(file: string, at: (size: number) => number): void {
  const bytes = fs.readFileSync(file);
  bytes[at(bytes.length)] ^= 1;
  fs.writeFileSync(file, bytes);
}

function swapRuleSets(folder: string): void {
  const rules = path.join(folder, 'rules');
  const [a, b] = fs.readdirSync(rules).map((name) => path.join(rules, name));
  fs.copyFileSync(a, b);
}

/** Cuts lines off the end of the chain ledger: only a copy of its head kept elsewhere tells. */
export const cutLedger: Damage['done'] = ledger((lines) => lines.slice(0, -1));
