/**
 * `weir verify`: reads everything a data folder holds and works out anew what must follow from it. The journal's checksums, order and
 * hashes; for each request, that what stands on disk is what admission received, event by event; that every minute adds up; that every
 * event was evaluated once, by every rule that applied; and that the hits stored are those the rules find.
 */
import { crc32 } from 'node:zlib';
import { fileInfo, now } from '../../base/index.ts';
import { type EventBatch, frameColumns, loadKernelModule, openBatch } from '../../batch/index.ts';
import { findingText, type Finding as JournalFinding, JournalReader, verifyJournal } from '../../journal/index.ts';
import { type Checkpoint, type DetectionsReader, openDetectionsReader } from '../../store/index.ts';
import { advanceBooks, Books } from './books.ts';
import { compactEvent } from './compact.ts';
import { type Control, decodeControl } from './control.ts';
import { Correlations } from './correlations.ts';
import { readDeadLetters } from './dead-letters.ts';
import type { DetectorState } from './detector.ts';
import { Door } from './door.ts';
import { type LiveRules, NO_RULES } from './rule-set.ts';
import { loadRuleSet } from './rule-sets.ts';
import { type EvaluatedBatch, frameHead, type Receipt } from './types.ts';

export interface VerifyFinding {
  /** File or part of the data folder. */
  readonly where: string;
  /** Position in the journal; null where none is concerned. */
  readonly position: number | null;
  readonly what: string;
}

export interface VerifyReport {
  readonly findings: readonly VerifyFinding[];
  readonly entries: number;
  readonly bytes: number;
  readonly events: number;
  readonly dead: number;
  readonly hits: number;
  /** Position up to which evaluation was recomputed; −1 for none. */
  readonly evaluated: number;
}

export interface VerifyOptions {
  readonly folder: string;
  /** Also evaluates every event again; else hits and the ledger are not looked at. */
  readonly detection: boolean;
  onProgress?(position: number, next: number): void;
}

const NEWLINE = Uint8Array.of(0x0a);
/** Findings kept; more are counted in the last. */
const FINDINGS_MAX = 1000;

export function verifyFolder(options: VerifyOptions): VerifyReport {
  return new Verification(options).run();
}

/** Hits of one entry, as a number that any difference changes and no order does. */
interface EntryHits {
  count: number;
  sum: bigint;
}

interface Range {
  readonly from: number;
  readonly to: number;
  events: number;
  evaluations: number;
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #journal: string;
  readonly #findings: VerifyFinding[] = [];
  #more = 0;
  /** Latest revision of each correlation hit that is stored. */
  readonly #revisions = new Map<string, number>();
  #events = 0;
  #dead = 0;
  #hits = 0;
  #bytes = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#journal = `${options.folder}/journal`;
  }

  #find(where: string, position: number | null, what: string): void {
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push({ where, position, what });
    else this.#more++;
  }

  run(): VerifyReport {
    const checked = verifyJournal(this.#journal);
    for (const finding of checked.findings) this.#journalFinding(finding);
    this.#bytes = checked.bytes;
    let evaluated = -1;
    // Where the journal itself is damaged, nothing that follows from it can be told.
    if (checked.findings.length === 0) {
      const reader = new JournalReader(this.#journal);
      this.#requests(reader, checked.first, checked.next);
      this.#books(reader, checked.next);
      if (this.#options.detection) evaluated = this.#detection(reader, checked.first);
    }
    if (this.#more > 0) this.#findings.push({ where: '', position: null, what: `and ${this.#more} more` });
    return {
      findings: this.#findings,
      entries: checked.entries,
      bytes: this.#bytes,
      events: this.#events,
      dead: this.#dead,
      hits: this.#hits,
      evaluated,
    };
  }

  #journalFinding(finding: JournalFinding): void {
    this.#find(finding.file, finding.position, findingText(finding));
  }

  /** What stands on disk of each request against its receipt. */
  #requests(reader: JournalReader, from: number, to: number): void {
    let crcs = NO_CRCS;
    let [rows, dead] = [0, 0];
    const owners = new Set<string>();
    for (const { position, kind, payload, more, receipt, file } of reader.read(from, to)) {
      this.#options.onProgress?.(position, to);
      if (kind === 'events') {
        const batch = openBatch(payload);
        crcs = digest(crcs, batch);
        owners.add(`${batch.header.tenant}/${batch.header.source}`);
        rows += batch.rows;
      } else if (kind === 'dead') dead += readDeadLetters(payload).length;
      if (more) continue;
      if (receipt !== null) {
        const told = JSON.parse(receipt) as Receipt;
        if (told.received !== rows + told.dead) {
          this.#find(
            file,
            position,
            `the request has ${rows + dead} events on disk, admission received ${told.received}`,
          );
        }
        if (told.dead !== dead) {
          this.#find(file, position, `the request has ${dead} dead letters on disk, its receipt says ${told.dead}`);
        }
        const sums = told.frames === true ? [crcs.columns] : [crcs.plain, crcs.compact];
        if (!sums.includes(told.crc)) {
          this.#find(file, position, 'the events on disk are not those that were received, or not in their order');
        }
        owners.delete(`${told.tenant}/${told.source}`);
        for (const owner of owners) {
          this.#find(file, position, `events of ${told.tenant}/${told.source} stand on disk as those of ${owner}`);
        }
      } else if (rows + dead > 0) this.#find(file, position, 'events without a receipt');
      this.#events += rows;
      this.#dead += dead;
      crcs = NO_CRCS;
      [rows, dead] = [0, 0];
      owners.clear();
    }
  }

  #books(reader: JournalReader, to: number): void {
    const books = new Books();
    advanceBooks(books, reader, to);
    for (const { account, what } of books.imbalances(Math.floor(now() / 60_000))) {
      const minute = new Date(account.minute * 60_000).toISOString().slice(0, 16);
      this.#find('books', null, `${account.tenant}/${account.source} at ${minute}: ${what}`);
    }
  }

  /** Evaluates everything again, up to the checkpoint, and compares hits and ledger. */
  #detection(reader: JournalReader, first: number): number {
    const file = `${this.#options.folder}/detect.db`;
    if (fileInfo(file) === null) return -1;
    const store = openDetectionsReader(file);
    try {
      const log = `${reader.log}/0`;
      const checkpoint = store.checkpoint(log);
      if (checkpoint === null) return -1;
      const stored = this.#storedHits(store);
      const replay = new Replay(this.#options.folder, log, latenessOf(checkpoint), (position, what) =>
        this.#find('detect.db', position, what),
      );
      replay.run(reader, first, checkpoint.position, (position, hits) => {
        const kept = stored.get(position);
        stored.delete(position);
        if ((kept?.count ?? 0) === hits.count && (kept?.sum ?? 0n) === hits.sum) return;
        this.#find(
          'detect.db',
          position,
          `${kept?.count ?? 0} hits are stored, the rules find ${hits.count}, or others`,
        );
      });
      for (const [position, { count }] of stored) {
        if (position > checkpoint.position || position >= first)
          this.#find('detect.db', position, `${count} hits stored where none belong`);
      }
      for (const [tenant, ranges] of replay.ranges) this.#ledger(store, log, tenant, ranges);
      this.#correlations(replay.fired);
      return checkpoint.position;
    } finally {
      store.close();
    }
  }

  /** Correlation hits by id, their latest revisions. */
  #correlations(fired: ReadonlyMap<string, { revision: number; position: number }>): void {
    const missing = new Map(fired);
    for (const [id, revision] of this.#revisions) {
      const expected = missing.get(id);
      missing.delete(id);
      if (expected?.revision === revision) continue;
      const what =
        expected === undefined
          ? 'does not follow from the journal'
          : `has revision ${revision}, not ${expected.revision}`;
      this.#find('detect.db', expected?.position ?? null, `the correlation hit ${id} ${what}`);
    }
    for (const [id, { position }] of missing) {
      this.#find('detect.db', position, `the correlation hit ${id}, which follows from the journal, is not stored`);
    }
  }

  #storedHits(store: DetectionsReader): Map<number, EntryHits> {
    const found = new Map<number, EntryHits>();
    let after = 0;
    for (;;) {
      const groups = store.hits.groups(after, 1000);
      if (groups.length === 0) return found;
      for (const { last } of groups) {
        for (const { id, eventId, rule, revision } of store.hits.groupHits(last, 0, Number.MAX_SAFE_INTEGER).items) {
          if (eventId === null) this.#revisions.set(id, Math.max(this.#revisions.get(id) ?? 0, revision ?? 0));
          if (eventId === null) continue;
          const [, , position, row] = eventId.split('/');
          count(found, Number(position), Number(row), rule.id, rule.version);
          this.#hits++;
        }
        after = last;
      }
    }
  }

  #ledger(store: DetectionsReader, log: string, tenant: string, expected: ReadonlyMap<number, Range>): void {
    const positions = [...expected.values()];
    let at = 0;
    for (const range of store.ledger.ranges(tenant, log)) {
      let [events, evaluations] = [0, 0];
      for (; at < positions.length && positions[at].from < range.from; at++) {
        this.#find(
          'ledger',
          positions[at].from,
          `${positions[at].events} events of ${tenant} are in no evaluated range`,
        );
      }
      for (; at < positions.length && positions[at].from <= range.to; at++) {
        events += positions[at].events;
        evaluations += positions[at].evaluations;
      }
      if (events !== range.events) {
        this.#find(
          'ledger',
          range.from,
          `${range.events} events of ${tenant} evaluated up to ${range.to}, the journal has ${events}`,
        );
      }
      if (evaluations !== range.evaluations) {
        this.#find(
          'ledger',
          range.from,
          `${range.evaluations} evaluations up to ${range.to}, the rules in force make ${evaluations}`,
        );
      }
    }
    for (; at < positions.length; at++) {
      this.#find('ledger', positions[at].from, `${positions[at].events} events of ${tenant} are in no evaluated range`);
    }
  }
}

/** Kept with the checkpoint, since what is late hangs on it. */
function latenessOf({ state }: Checkpoint): number {
  return state === undefined ? 0 : (JSON.parse(state) as DetectorState).latenessMs;
}

/** Checksums of a request's events, in each way a receipt may have it. */
interface Crcs {
  readonly plain: number;
  readonly compact: number;
  /** Of the frames' columns. */
  readonly columns: number;
}

const NO_CRCS: Crcs = { plain: 0, compact: 0, columns: 0 };

function digest(crcs: Crcs, batch: EventBatch): Crcs {
  let { plain, compact } = crcs;
  for (let row = 0; row < batch.rows; row++) {
    const event = batch.rowText(row);
    plain = crc32(NEWLINE, crc32(event, plain));
    compact = crc32(NEWLINE, crc32(compactEvent(event), compact));
  }
  return { plain, compact, columns: crc32(frameColumns(new Uint8Array(batch.buffer)), crcs.columns) };
}

function count(into: Map<number, EntryHits>, position: number, row: number, rule: string, version: string): void {
  let entry = into.get(position);
  if (entry === undefined) {
    entry = { count: 0, sum: 0n };
    into.set(position, entry);
  }
  entry.count++;
  const text = `${row} ${rule} ${version}`;
  entry.sum += (BigInt(crc32(text)) << 32n) | BigInt(crc32(text, 0x9e3779b9));
}

/** Evaluation of a journal from its beginning, by rule sets as they were in force. */
class Replay {
  readonly #folder: string;
  readonly #missing: (position: number, what: string) => void;
  readonly #sets = new Map<string, { door: Door; rules: LiveRules } | null>();
  /** Tenant → first position of each unit → what it must have come to. */
  readonly ranges = new Map<string, Map<number, Range>>();
  /** Correlation hits, their latest revisions and where these came. */
  readonly fired = new Map<string, { revision: number; position: number }>();
  readonly #correlations: Correlations;
  #correlated: string | null = null;
  #module: WebAssembly.Module | null = null;

  constructor(folder: string, log: string, latenessMs: number, missing: (position: number, what: string) => void) {
    this.#folder = folder;
    this.#missing = missing;
    this.#correlations = new Correlations(log, latenessMs, null);
  }

  run(reader: JournalReader, from: number, to: number, onEntry: (position: number, hits: EntryHits) => void): void {
    const sets = setsInForce(reader, from, to);
    let unit = from;
    let range: Range = { from, to: from, events: 0, evaluations: 0 };
    let frames: { position: number; latest: number | null; batches: EvaluatedBatch[] }[] = [];
    for (const { position, kind, payload, more, receipt, receivedAt } of reader.read(from, to + 1)) {
      if (kind === 'events') {
        const set = sets.at(position);
        const found = new Map<number, EntryHits>();
        const known = set === null ? null : this.#set(set, position);
        const batches = known === null ? [] : this.#evaluate(known, position, payload, found, range);
        frames.push({ position, latest: frameHead(payload).latest, batches });
        onEntry(position, found.get(position) ?? { count: 0, sum: 0n });
      }
      if (kind === 'control') this.#control(position, decodeControl(payload));
      if (more) continue;
      const sender = receipt === null ? null : (JSON.parse(receipt) as Receipt);
      if (sender !== null && frames.length > 0) this.#correlate(sender, receivedAt, frames);
      frames = [];
      if (range.events > 0 && receipt !== null) {
        const { tenant } = JSON.parse(receipt) as Receipt;
        const known = this.ranges.get(tenant) ?? new Map<number, Range>();
        this.ranges.set(tenant, known);
        known.set(unit, range);
      }
      unit = position + 1;
      range = { from: unit, to: unit, events: 0, evaluations: 0 };
    }
  }

  #evaluate(
    { door, rules }: { door: Door; rules: LiveRules },
    position: number,
    frame: ArrayBuffer,
    found: Map<number, EntryHits>,
    range: Range,
  ): EvaluatedBatch[] {
    this.#setCorrelations(rules);
    let passed = 0;
    const batches = door.evaluate(1, frame) ?? [];
    for (const batch of batches) {
      for (let i = 0; i < batch.hitRows.length; i++) {
        const { id, version } = rules.detections[batch.hitRules[i]];
        count(found, position, passed + batch.hitRows[i], id, version);
      }
      passed += batch.rows;
      range.events += batch.rows;
      range.evaluations += batch.evaluations;
    }
    return batches;
  }

  #setCorrelations({ set, correlations }: LiveRules): void {
    if (this.#correlated === set) return;
    this.#correlations.setRules(correlations.map(({ rule, version }) => ({ rule, version })));
    this.#correlated = set;
  }

  #control(position: number, control: Control): void {
    if (control.kind === 'rules') {
      const known = this.#set(control.set, position);
      if (known !== null) this.#setCorrelations(known.rules);
    }
    if (control.kind !== 'tick') return;
    this.#correlations.tick(position, control.at);
    this.#take(position, control.at);
  }

  /** As the detector does it: all matches of a request, then its frames. */
  #correlate(
    { tenant, source }: Receipt,
    receivedAt: number,
    frames: readonly { position: number; latest: number | null; batches: readonly EvaluatedBatch[] }[],
  ): void {
    for (const { position, latest, batches } of frames) {
      let passed = 0;
      for (const { base, rows } of batches) {
        const place = { tenant, source, position, receivedAt, latest };
        if (base !== null) this.#correlations.matches(base, (row) => ({ position, row: passed + row }), place);
        passed += rows;
      }
    }
    for (const { position, latest } of frames) {
      this.#correlations.frame({ tenant, source, position, receivedAt, latest });
      this.#take(position, receivedAt);
    }
  }

  #take(position: number, receivedAt: number): void {
    for (const { id, revision } of this.#correlations.take(position, receivedAt, true))
      this.fired.set(id, { revision, position });
  }

  #set(name: string, position: number): { door: Door; rules: LiveRules } | null {
    let known = this.#sets.get(name);
    if (known === undefined) {
      const rules = loadRuleSet(this.#folder, name);
      known = null;
      if (rules === null) this.#missing(position, `the rule set ${name}, in force from here, is not kept`);
      else {
        this.#module ??= loadKernelModule();
        const door = new Door(this.#module, NO_RULES);
        door.setRules(1, rules.rules, false);
        known = { door, rules };
      }
      this.#sets.set(name, known);
    }
    return known;
  }
}

/** Which rule set was in force at a position: the last one named before it, or where a process had just started, the next. */
function setsInForce(reader: JournalReader, from: number, to: number): { at(position: number): string | null } {
  const changes: { position: number; set: string }[] = [];
  let waiting: number | null = from;
  for (const { position, kind } of reader.headers(from)) {
    if (kind !== 'control') continue;
    if (position > to && waiting === null) break;
    for (const { payload } of reader.read(position, position + 1)) {
      const control = decodeControl(payload);
      if (control.kind === 'start') waiting = position;
      if (control.kind !== 'rules') continue;
      changes.push({ position: waiting ?? position, set: control.set });
      waiting = null;
    }
  }
  return {
    at(position) {
      const change = changes.findLast((known) => known.position <= position);
      return change?.set ?? null;
    },
  };
}
