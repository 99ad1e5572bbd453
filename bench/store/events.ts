/**
 * What the store rows run over: the corpus in repetitions that all differ (bench/live/repetitions.ts), as a journal such as the server
 * would have written, and as NDJSON for those it is compared with.
 */
import fs from 'node:fs';
import path from 'node:path';
import { loadKernelModule } from '../../src/batch/index.ts';
import { Journal, type Unit } from '../../src/journal/index.ts';
import { Door } from '../../src/pipeline/live/door.ts';
import { noRules } from '../../src/pipeline/live/rule-set.ts';
import { Repetitions } from '../live/repetitions.ts';

export const COUNTED_FIELDS = ['EventID', 'Hostname'] as const;

export interface StoreEvents {
  readonly events: number;
  readonly repetitions: number;
  /** Events and bytes of a line each, the newlines among them, in the NDJSON that is kept. */
  readonly kept: { readonly events: number; readonly repetitions: number; readonly bytes: number };
  readonly ndjsonBytes: number;
  readonly journalBytes: number;
  /** A value that few events hold somewhere, and in how many lines it stands. */
  readonly needle: { readonly text: string; readonly events: number };
}

export interface MakeOptions {
  readonly folder: string;
  /** A repetition. */
  readonly ndjson: string;
  readonly repetitions: number;
}

/** Repetitions of one NDJSON file: some 2 GB, which DuckDB reads in one go. */
const REPETITIONS_PER_FILE = 8;
const EVENTS_PER_REQUEST = 1000;
const GROUP_BYTES = 4 << 20;
/** Both clocks start here and go on at this rate: twenty million events are an hour's. */
const START_MS = Date.UTC(2026, 0, 5, 8);
const EVENTS_PER_SECOND = 5000;
const GUID = /[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/;
/** Those that are others in each repetition. */
const GUID_FIELD = /(Process|Logon|Session)_?G(uid|UID)$|^ActivityID$/;
/** Lines of a repetition in which a needle may stand. */
const NEEDLE_LINES_MAX = 20;

export const journalOf = (folder: string): string => path.join(folder, 'data', 'journal');
export const dataOf = (folder: string): string => path.join(folder, 'data');
export const ndjsonOf = (folder: string): string => path.join(folder, 'events.ndjson');

/** How many repetitions make at least so many events. */
export function repetitionsOf(ndjson: string, events: number): number {
  let lines = 0;
  const text = fs.readFileSync(ndjson);
  for (let at = text.indexOf(0x0a); at >= 0; at = text.indexOf(0x0a, at + 1)) lines++;
  return Math.max(2, Math.ceil(events / lines));
}

/**
 * @param onFile called with each NDJSON file when it is whole; of several only the first is kept
 */
export function makeEvents(
  { folder, ndjson, repetitions }: MakeOptions,
  onFile: (file: string, number: number) => void,
): StoreEvents {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(dataOf(folder), { recursive: true });
  const corpus = new Repetitions(fs.readFileSync(ndjson));
  const needle = pickNeedle(corpus, repetitions >> 1);
  const journal = new JournalMaker(journalOf(folder));
  let [needleEvents, ndjsonBytes, files] = [0, 0, 0];
  let kept = { events: 0, repetitions: 0, bytes: 0 };
  for (let from = 0; from < repetitions; from += REPETITIONS_PER_FILE) {
    const to = Math.min(repetitions, from + REPETITIONS_PER_FILE);
    const name = from === 0 ? ndjsonOf(folder) : path.join(folder, 'more.ndjson');
    const file = fs.openSync(name, 'w');
    let bytes = 0;
    for (let number = from; number < to; number++) {
      repeat(corpus, number);
      needleEvents += linesWith(corpus, needle);
      fs.writeSync(file, corpus.bytes);
      bytes += corpus.bytes.length;
      journal.add(corpus, number);
    }
    fs.fdatasyncSync(file);
    fs.closeSync(file);
    ndjsonBytes += bytes;
    if (from === 0) kept = { events: to * corpus.events, repetitions: to, bytes };
    onFile(name, files++);
    if (from > 0) fs.rmSync(name);
  }
  const journalBytes = journal.close();
  const events = repetitions * corpus.events;
  return { events, repetitions, kept, ndjsonBytes, journalBytes, needle: { text: needle, events: needleEvents } };
}

const msOf = (corpus: Repetitions, number: number, line: number): number =>
  START_MS + ((number * corpus.events + line) * 1000) / EVENTS_PER_SECOND;

function repeat(corpus: Repetitions, number: number): void {
  corpus.make(number, (line) => msOf(corpus, number, line));
}

function lineText({ bytes, ends }: Repetitions, line: number): string {
  return bytes.toString('utf8', line === 0 ? 0 : ends[line - 1], ends[line]);
}

/** In how many lines a GUID stands, in small letters or capitals: a value is written in one or the other. */
function linesWith({ bytes, ends }: Repetitions, guid: string): number {
  const lines = new Set<number>();
  for (const text of [guid.toLowerCase(), guid.toUpperCase()]) {
    let line = 0;
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, ends[line])) {
      while (ends[line] <= at) line++;
      lines.add(line);
    }
  }
  return lines.size;
}

/** The GUID of a process, logon or activity as it is in one of the repetitions: some event's, from the middle on. */
function pickNeedle(corpus: Repetitions, number: number): string {
  repeat(corpus, number);
  const known = new Set<string>();
  for (let i = 0; i < corpus.events; i++) {
    const event = JSON.parse(lineText(corpus, ((corpus.events >> 1) + i) % corpus.events)) as Record<string, unknown>;
    for (const [field, value] of Object.entries(event)) {
      const guid = GUID_FIELD.test(field) ? GUID.exec(String(value))?.[0] : undefined;
      if (guid === undefined || guid.startsWith('00000000') || known.has(guid)) continue;
      known.add(guid);
      if (linesWith(corpus, guid) <= NEEDLE_LINES_MAX) return guid;
    }
  }
  throw new Error('the corpus has no GUID that few events hold');
}

/** Requests as a server without rules takes them. */
class JournalMaker {
  readonly #journal: Journal;
  readonly #door = new Door(loadKernelModule(), noRules());
  #group: Unit[] = [];
  #bytes = 0;

  constructor(folder: string) {
    this.#journal = Journal.open(folder);
  }

  add(corpus: Repetitions, number: number): void {
    for (let line = 0; line < corpus.events; line += EVENTS_PER_REQUEST) {
      const last = Math.min(corpus.events, line + EVENTS_PER_REQUEST);
      const body = Uint8Array.from(
        corpus.bytes.subarray(line === 0 ? 0 : corpus.ends[line - 1], corpus.ends[last - 1]),
      );
      this.#take(body, Math.floor(msOf(corpus, number, last)), last - line);
    }
  }

  #take(body: Uint8Array<ArrayBuffer>, receivedAt: number, events: number): void {
    const sender = { tenant: 'default', source: 'bench', door: 'http', credential: '', request: '', receivedAt };
    const what = { format: 'ndjson', encoding: 'identity', body, key: null, unit: 0, evaluate: false } as const;
    const { draft, accepted } = this.#door.take({ ...sender, ...what, policy: null });
    if (accepted !== events) throw new Error(`of ${events} events a door took ${accepted}`);
    const last = draft.entries.length - 1;
    const unit = draft.entries.map(({ kind, payload }, i) => ({
      kind,
      receivedAt,
      receipt: i === last ? JSON.stringify(draft.receipt) : null,
      payload: new Uint8Array(payload),
    }));
    this.#group.push(unit);
    this.#bytes += unit.reduce((sum, { payload }) => sum + payload.length, 0);
    if (this.#bytes >= GROUP_BYTES) this.#write();
  }

  #write(): void {
    this.#journal.appendGroup(this.#group);
    this.#journal.writeHead();
    this.#group = [];
    this.#bytes = 0;
  }

  /** Returns the bytes of the journal. */
  close(): number {
    this.#write();
    const { bytes } = this.#journal;
    this.#journal.close();
    return bytes;
  }
}
