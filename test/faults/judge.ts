/**
 * Demands back what was acknowledged: every event once and as it was, every dead letter once, every hit once, bursts included. Reads
 * the journal from disk, and hits from the database; asks the server nothing.
 */
import path from 'node:path';
import { fileInfo, realFiles } from '../../src/base/index.ts';
import { labelsAtStart, openBatch } from '../../src/batch/index.ts';
import { JournalReader } from '../../src/journal/index.ts';
import { advanceBooks, Books, verifyFolder } from '../../src/pipeline/index.ts';
import {
  catalogueFiles,
  type DetectionsReader,
  openDetectionsReader,
  SegmentFiles,
  type StoredHit,
} from '../../src/store/index.ts';
import { BURST, BURST_SIZE, idOf, MALLORY, type Oracle } from './oracle.ts';

const TENANT = 'default';
const FINDINGS_SHOWN = 20;

/** What does not hold, in words. */
export type Findings = string[];

export class Judge {
  readonly #data: string;
  readonly #oracle: Oracle;
  readonly #others: boolean;
  /** Event → `<position>/<row>`. */
  readonly #places = new Map<string, string>();
  /** Events of each source. */
  readonly #sources = new Map<string, number>();
  readonly #letters = new Map<string, number>();
  /** `<position>/<row>` of events that must have made a hit. */
  readonly #mallory = new Set<string>();
  /** Burst → places of its steps. */
  readonly #bursts = new Map<string, string[]>();
  #next = 0;

  /** @param others whether others send, too, whose events are none of ours */
  constructor(data: string, oracle: Oracle, others = false) {
    this.#data = data;
    this.#oracle = oracle;
    this.#others = others;
  }

  get events(): number {
    return this.#places.size;
  }

  get bursts(): number {
    return [...this.#bursts.values()].filter((steps) => steps.length === BURST_SIZE).length;
  }

  /** What came to the journal since the last look, and every obligation. `complete`: all correlations have come to their end. */
  judge(options: { readonly complete: boolean }): Findings {
    const findings: Findings = [];
    this.#readJournal(findings);
    for (const [id, position] of this.#oracle.obligations) {
      const place = this.#places.get(id);
      if (place === undefined) findings.push(`the event ${id}, acknowledged at ${position}, is lost`);
      else if (Number(place.split('/')[0]) < position) findings.push(`${id} is at ${place}, before ${position}`);
    }
    for (const id of this.#oracle.letters) {
      if (this.#letters.get(id) !== 1)
        findings.push(`the dead letter ${id} is there ${this.#letters.get(id) ?? 0} times`);
    }
    this.#judgeHits(findings, options.complete);
    return shown(findings);
  }

  /**
   * Whether the answer to a query over all events has each event of the journal once, at its place, under its source: what was
   * looked at in the last {@link judge}, nothing having come since.
   * @param rows lines of `events | project weir.position, weir.row, weir.source.id`
   */
  judgeAnswer(rows: Iterable<string>): Findings {
    const findings: Findings = [];
    const left = new Map([...this.#places].map(([id, place]) => [place, id]));
    const answered = new Map<string, number>();
    for (const line of rows) {
      const row = JSON.parse(line) as Readonly<Record<string, unknown>>;
      const source = String(row['weir.source.id']);
      answered.set(source, (answered.get(source) ?? 0) + 1);
      const place = `${row['weir.position']}/${row['weir.row']}`;
      if (!left.delete(place) && !this.#others)
        findings.push(`the answer has the event at ${place} twice, or it is none`);
    }
    for (const [place, id] of left) findings.push(`the answer lacks ${id} at ${place}`);
    for (const [source, count] of this.#sources) {
      const found = answered.get(source) ?? 0;
      if (found !== count && !this.#others)
        findings.push(`the answer has ${found} events of ${source}, there are ${count}`);
    }
    return shown(findings);
  }

  #readJournal(findings: Findings): void {
    const reader = new JournalReader(path.join(this.#data, 'journal'));
    for (const { position, kind, payload } of reader.read(this.#next)) {
      this.#next = position + 1;
      if (kind === 'dead') this.#takeLetters(payload);
      if (kind !== 'events') continue;
      const batch = openBatch(payload);
      const source = labelsAtStart(new Uint8Array(payload))?.source ?? '';
      this.#sources.set(source, (this.#sources.get(source) ?? 0) + batch.rows);
      for (let row = 0; row < batch.rows; row++) {
        this.#takeEvent(Buffer.from(batch.rowText(row)).toString(), `${position}/${row}`, findings);
      }
    }
  }

  #takeLetters(payload: ArrayBuffer): void {
    for (const line of Buffer.from(payload).toString().trim().split('\n')) {
      const { raw } = JSON.parse(line) as { raw: string };
      const id = /^no event (\S+)$/.exec(Buffer.from(raw, 'base64').toString())?.[1] ?? raw;
      this.#letters.set(id, (this.#letters.get(id) ?? 0) + 1);
    }
  }

  #takeEvent(text: string, place: string, findings: Findings): void {
    const known = idOf(text);
    if (known === null) {
      if (!this.#others) findings.push(`at ${place} is what nobody sent: ${text}`);
      return;
    }
    const { id, expected } = known;
    const before = this.#places.get(id);
    if (before !== undefined) findings.push(`${id} is at ${before} and at ${place}`);
    this.#places.set(id, place);
    if (expected.mallory) this.#mallory.add(place);
    if (expected.group === null) return;
    const steps = this.#bursts.get(expected.group) ?? [];
    this.#bursts.set(expected.group, steps);
    steps.push(place);
  }

  #judgeHits(findings: Findings, complete: boolean): void {
    const seen = new Set<string>();
    const fired = new Set<string>();
    for (const hit of storedHits(this.#data)) {
      if (seen.has(hit.id)) findings.push(`the hit ${hit.id} is there twice`);
      seen.add(hit.id);
      if (hit.rule.id === BURST) this.#judgeBurst(hit, fired, findings);
      else if (hit.rule.id !== MALLORY) findings.push(`a hit of ${hit.rule.id}, which makes none`);
    }
    const places = new Set([...seen].flatMap((id) => /-(\d+)-(\d+)$/.exec(id)?.slice(1).join('/') ?? []));
    for (const place of this.#mallory) if (!places.has(place)) findings.push(`no hit for the event at ${place}`);
    const wanted = this.#mallory.size;
    const found = seen.size - fired.size;
    if (found !== wanted) findings.push(`${found} hits of events, ${wanted} expected`);
    if (!complete) return;
    for (const [group, steps] of this.#bursts) {
      if (steps.length === BURST_SIZE && !fired.has(group)) findings.push(`the burst ${group} was not found`);
    }
  }

  #judgeBurst({ id, body }: StoredHit, fired: Set<string>, findings: Findings): void {
    const { correlation, events, withdrawn } = JSON.parse(`{${Buffer.from(body).toString()}}`) as {
      correlation: { group: { Group: string } };
      events: readonly string[];
      withdrawn?: boolean;
    };
    const group = correlation.group.Group;
    if (withdrawn === true) findings.push(`the burst ${group} was withdrawn`);
    if (fired.has(group)) findings.push(`the burst ${group} was found twice (${id})`);
    fired.add(group);
    const named = events.map((event) => event.split('/').slice(2).join('/')).sort();
    const steps = [...(this.#bursts.get(group) ?? [])].sort();
    if (named.join() !== steps.join()) findings.push(`the burst ${group} names ${named}, its steps are ${steps}`);
  }
}

/** Files of the history that nobody stands for: none may be left behind a start and a stop. */
export function judgeFiles(data: string): Findings {
  const store = path.join(data, 'store');
  if (fileInfo(path.join(store, 'catalogue.db')) === null) return [];
  const { segments, drafts, strangers } = new SegmentFiles(realFiles, store).list();
  const named = catalogueFiles(path.join(store, 'catalogue.db'));
  const known = new Set([...named.segments.map(({ file }) => file), ...named.garbage]);
  return shown([
    ...segments.filter((file) => !known.has(file)).map((file) => `${file} is left, and no segment`),
    ...[...drafts, ...strangers].map((file) => `${file} is left`),
  ]);
}

/** Everything worked out anew: the program's own verification, and the books. */
export function judgeFolder(data: string): Findings {
  const { findings } = verifyFolder({ folder: data, detection: true });
  const books = new Books();
  advanceBooks(books, new JournalReader(path.join(data, 'journal')));
  return shown([
    ...findings.map(({ where, position, what }) => `verify: ${where} at ${position}: ${what}`),
    ...books.imbalances(Number.POSITIVE_INFINITY).map(({ account, what }) => `books: ${account.source}: ${what}`),
  ]);
}

function shown(findings: Findings): Findings {
  if (findings.length <= FINDINGS_SHOWN) return findings;
  return [...findings.slice(0, FINDINGS_SHOWN), `and ${findings.length - FINDINGS_SHOWN} more`];
}

function withStore<T>(data: string, none: T, work: (store: DetectionsReader) => T): T {
  const file = path.join(data, 'detect.db');
  if (fileInfo(file) === null) return none;
  const store = openDetectionsReader(file);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

export function storedHits(data: string): StoredHit[] {
  return withStore(data, [], (store) => {
    const hits: StoredHit[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page = store.hits.list({ tenant: TENANT, after });
      hits.push(...page.items);
      after = page.next;
    }
    return hits;
  });
}

/** Hits as texts that differ where two runs found different things; order and receive order aside. */
export function hitTexts(data: string): string[] {
  return storedHits(data)
    .map(({ id, revision, rule, source, eventId, time, received, body }) =>
      JSON.stringify([id, revision, rule, source, eventId, time, received, Buffer.from(body).toString()]),
    )
    .sort();
}

/** Up to where evaluation has come; −1: nowhere yet. */
export function evaluatedUpTo(data: string): number {
  const log = new JournalReader(path.join(data, 'journal')).log;
  return withStore(data, -1, (store) => store.checkpoint(`${log}/0`)?.position ?? -1);
}
