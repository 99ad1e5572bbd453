/** `detect.db` against what follows from the journal: hits, correlation hits, dead letters, and the ledger of what was evaluated. */
import { hash } from 'node:crypto';
import { limits, type WeirError } from '../../base/index.ts';
import type { JournalReader } from '../../journal/index.ts';
import {
  type Checkpoint,
  type DeadLetterState,
  type DetectionsReader,
  readFailure,
  type StoredHit,
} from '../../store/index.ts';
import { compactEvent } from './compact.ts';
import type { DetectorState } from './detector.ts';
import type { Losses } from './losses.ts';
import type { Find, VerifyPlace } from './verify.ts';
import type { JournalEnd } from './verify-end.ts';
import { type ExpectedRange, Replay } from './verify-replay.ts';

const FILE = 'detect.db';
/** Exceptions that follow from the journal: from switches of stages, and from rule sets that leave rules out. */
const CHECKED: ReadonlySet<string> = new Set(['stage_off', 'quarantined']);
/** Behind the events that are released, and what correlations look back on: how late events may come, and idle sources be waited for. */
const CORRELATED_AGAIN_MS = 3_600_000;
const STATES: readonly DeadLetterState[] = ['open', 'replayed', 'dismissed'];

/** Things of one entry, as a number that any difference changes and no order does. */
interface Sum {
  count: number;
  sum: bigint;
}

type Sums = Map<number, Sum>;

export interface StoreOptions {
  /** First position kept. */
  readonly first: number;
  readonly end: JournalEnd;
  /** What is left of requests that lost a part is not compared, nor correlations from the first loss on. */
  readonly losses: Losses;
  readonly find: Find;
  readonly place: VerifyPlace;
}

/** Evaluates everything again, up to the checkpoint; says how far that is and how many hits are stored. */
export function verifyStore(
  folder: string,
  reader: JournalReader,
  options: StoreOptions,
): { hits: number; evaluated: number } {
  let store: DetectionsReader | null = null;
  try {
    store = options.place.store(folder);
    if (store === null) {
      if (options.end.started) {
        const what = 'it is missing; all but the states of dead letters is made anew by the next start';
        const released = reader.releasedUpTo();
        options.find(FILE, null, released === 0 ? what : `${what}, from position ${released} on`);
      }
      return NOTHING;
    }
    for (const line of store.damage()) options.find(FILE, null, `the database is damaged: ${line}`);
    return new StoreCheck(folder, reader, store, options).run();
  } catch (error) {
    const failure = readFailure(error);
    if (failure === null) throw error;
    options.find(FILE, null, failure.message);
    return NOTHING;
  } finally {
    store?.close();
  }
}

const NOTHING = { hits: 0, evaluated: -1 };

class StoreCheck {
  readonly #folder: string;
  readonly #reader: JournalReader;
  readonly #store: DetectionsReader;
  readonly #log: string;
  readonly #options: StoreOptions;
  /** By position: what is stored, and of the entry at hand what must be. */
  readonly #hits: Sums = new Map();
  readonly #letters: Sums = new Map();
  readonly #expectedHits: Sums = new Map();
  readonly #expectedLetters: Sums = new Map();
  /** Correlation hits by id: digest, and when they fired. */
  readonly #correlations = new Map<string, { readonly value: string; readonly received: number }>();
  readonly #expectedCorrelations = new Map<
    string,
    { readonly value: string; readonly position: number; readonly received: number }
  >();
  readonly #ranges = new Map<string, ExpectedRange[]>();
  /** Tenant → rule and reason → events that were left unevaluated on purpose. */
  readonly #excluded = new Map<string, Map<string, number>>();
  readonly #tenants = new Set<string>();
  /** Hits by tenant and rule. */
  readonly #counts = new Map<string, number>();
  #stored = 0;
  /** Hits in events below this position cannot be found again: the events are released. */
  readonly #released: number;
  /** Nor can correlation hits before this time, of what came to them from there (Unix milliseconds). */
  #correlatedFrom = Number.NEGATIVE_INFINITY;

  constructor(folder: string, reader: JournalReader, store: DetectionsReader, options: StoreOptions) {
    this.#folder = folder;
    this.#reader = reader;
    this.#store = store;
    this.#log = `${reader.log}/0`;
    this.#options = options;
    this.#released = reader.releasedUpTo();
  }

  #find(position: number | null, what: string): void {
    this.#options.find(FILE, position, what);
  }

  run(): { hits: number; evaluated: number } {
    const { first, end, losses, place } = this.#options;
    const checkpoint = this.#store.checkpoint(this.#log);
    const evaluated = checkpoint?.position ?? -1;
    this.#unevaluated(evaluated);
    if (evaluated < end.evaluated) {
      const has = evaluated < 0 ? 'nothing' : `it up to ${evaluated}`;
      this.#find(end.evaluated, `the journal says that everything up to here was evaluated; this has ${has}`);
    }
    if (evaluated >= end.next) {
      this.#find(end.next, `it claims that everything up to ${evaluated} is evaluated; the journal ends here`);
    }
    this.#readHits(this.#store);
    const to = Math.min(evaluated, end.next - 1);
    const replay = new Replay({
      folder: this.#folder,
      log: this.#log,
      latenessMs: this.#lateness(checkpoint),
      end,
      place,
      sink: {
        hit: ({ position, row, ...hit }) => {
          this.#tenants.add(hit.tenant);
          add(this.#expectedHits, position, { row, ...hit });
        },
        entry: (position) => this.#compare(this.#hits, this.#expectedHits, position, 'hits'),
        letter: ({ position, raw, ...letter }) => {
          this.#tenants.add(letter.tenant);
          const body = raw.subarray(0, limits.deadLetterRawBytesMax);
          add(this.#expectedLetters, position, { ...letter, body });
        },
        range: (range) => {
          this.#tenants.add(range.tenant);
          if (losses.touches(range.from, range.to)) return;
          const known = this.#ranges.get(range.tenant);
          if (known === undefined) this.#ranges.set(range.tenant, [range]);
          else known.push(range);
        },
        excluded: ({ tenant, rule, reason }, events) => {
          this.#tenants.add(tenant);
          const known = this.#excluded.get(tenant) ?? new Map<string, number>();
          this.#excluded.set(tenant, known);
          const key = JSON.stringify([rule, reason]);
          known.set(key, (known.get(key) ?? 0) + events);
        },
        fired: ({ id, revision, position, rule, tenant, source, time, received, body }) => {
          const value = digestOf({ revision, rule: rule.id, version: rule.version, tenant, source, time, body });
          this.#expectedCorrelations.set(id, { value, position, received });
        },
        wrong: (position, what) => this.#find(position, what),
      },
    });
    const whole = Math.max(first, this.#released);
    replay.run(this.#reader, first, to);
    if (whole > first) {
      const [entry] = this.#reader.headers(whole, whole + 1);
      this.#correlatedFrom = (entry?.receivedAt ?? 0) + 2 * replay.spanMs + CORRELATED_AGAIN_MS;
    }
    for (const [position, { count }] of this.#hits) {
      if (position >= whole && !this.#cut(position)) this.#find(position, `${count} hits stored where none belong`);
    }
    this.#compareCorrelations();
    for (const tenant of this.#store.tenants()) this.#tenants.add(tenant);
    for (const tenant of this.#tenants) {
      this.#readLetters(this.#store, tenant);
      this.#ledger(this.#store, tenant);
      this.#exceptions(this.#store, tenant);
      this.#totals(this.#store, tenant);
    }
    this.#compareLetters();
    return { hits: this.#stored, evaluated };
  }

  /** Kept with the checkpoint, since what is late hangs on it. */
  #lateness(checkpoint: Checkpoint | null): number {
    if (checkpoint?.state === undefined) return 0;
    try {
      return (JSON.parse(checkpoint.state) as DetectorState).latenessMs;
    } catch (error) {
      this.#find(checkpoint.position, `the state kept with the checkpoint is damaged: ${(error as Error).message}`);
      return 0;
    }
  }

  /** A server that has stopped in good order has evaluated everything that there were rules for. */
  #unevaluated(evaluated: number): void {
    const { end, first } = this.#options;
    if (!end.stopped || !end.ruled) return;
    const from = Math.max(first, evaluated + 1);
    for (const { position, kind } of this.#reader.headers(from, end.next)) {
      if (kind !== 'events' || end.setAt(position) === null) continue;
      this.#find(position, 'events from here on were not evaluated, though the server stopped in good order');
      return;
    }
  }

  #readHits(store: DetectionsReader): void {
    let sequence = 0;
    for (;;) {
      const groups = store.hits.groups(sequence, 1000);
      if (groups.length === 0) return;
      for (const { last } of groups) {
        try {
          for (let after: number | null = 0; after !== null; ) {
            const page = store.hits.groupHits(last, after, Number.MAX_SAFE_INTEGER);
            for (const hit of page.items) this.#readHit(hit);
            after = page.next;
          }
        } catch (error) {
          this.#find(null, `the hits up to sequence ${last}: ${(error as WeirError).message}`);
        }
        sequence = last;
      }
    }
  }

  #readHit({ id, eventId, tenant, source, rule, time, received, revision, body }: StoredHit): void {
    this.#tenants.add(tenant);
    const { version } = rule;
    const key = JSON.stringify([tenant, rule.id]);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (eventId === null) {
      const value = digestOf({ revision, rule: rule.id, version, tenant, source, time, body });
      this.#correlations.set(id, { value, received });
      return;
    }
    const [log, partition, position, row] = eventId.split('/');
    if (`${log}/${partition}` !== this.#log) return;
    add(this.#hits, Number(position), {
      row: Number(row),
      tenant,
      source,
      rule: rule.id,
      version,
      time,
      received,
      body,
    });
    this.#stored++;
  }

  /** Part of a request of which something is lost. */
  #cut(position: number): boolean {
    return this.#options.losses.touches(position, position);
  }

  #compare(stored: Sums, expected: Sums, position: number, of: string): void {
    const [kept, wanted] = [stored.get(position), expected.get(position)];
    stored.delete(position);
    expected.delete(position);
    if (this.#cut(position)) return;
    if (kept?.count === wanted?.count && kept?.sum === wanted?.sum) return;
    const [have, want] = [kept?.count ?? 0, wanted?.count ?? 0];
    const others = have === want ? ', others' : '';
    this.#find(position, `${have} ${of} are stored, from the journal follow ${want}${others}`);
  }

  /** Correlation hits by id, their latest revisions. */
  #compareCorrelations(): void {
    const loss = this.#options.losses.first;
    for (const [id, stored] of this.#correlations) {
      const expected = this.#expectedCorrelations.get(id);
      this.#expectedCorrelations.delete(id);
      if (expected?.value === stored.value) continue;
      if (stored.received < this.#correlatedFrom || (loss !== null && stored.received >= loss.before)) continue;
      const what = expected === undefined ? 'does not follow from the journal' : 'is not the one that follows from it';
      this.#find(expected?.position ?? null, `the correlation hit ${id} ${what}`);
    }
    for (const [id, { position, received }] of this.#expectedCorrelations) {
      if (received < this.#correlatedFrom) continue;
      if (loss !== null && position >= loss.position) continue;
      this.#find(position, `the correlation hit ${id}, which follows from the journal, is not stored`);
    }
  }

  #readLetters(store: DetectionsReader, tenant: string): void {
    const counts = new Map(
      store.deadLetters.counts(tenant).map(({ code, state, letters }) => [`${code}, ${state}`, letters]),
    );
    const left = (key: string): number => counts.get(key) ?? 0;
    for (const state of STATES) {
      for (let after: number | null = 0; after !== null; ) {
        const page = store.deadLetters.list({ tenant, state, after });
        for (const { id, position, row, source, door, received, code, reason, rawBytes, raw } of page.items) {
          counts.set(`${code}, ${state}`, left(`${code}, ${state}`) - 1);
          if (!id.startsWith(`${this.#log}/`)) continue;
          add(this.#letters, position, { tenant, source, door, row, received, code, reason, rawBytes, body: raw });
        }
        after = page.next;
      }
    }
    for (const [key, more] of counts) {
      if (more === 0) continue;
      const off = `${Math.abs(more)} ${more > 0 ? 'more' : 'fewer'} than there are`;
      this.#find(null, `of the dead letters of ${tenant} (${key}) its counts say ${off}`);
    }
  }

  #compareLetters(): void {
    for (const position of [...this.#expectedLetters.keys()]) {
      this.#compare(this.#letters, this.#expectedLetters, position, 'dead letters');
    }
    for (const [position, { count }] of this.#letters) {
      if (position < this.#options.first || this.#cut(position)) continue;
      this.#find(position, `${count} dead letters stored where none belong`);
    }
  }

  /** Each unit in one range of the ledger, under the rule set that was in force, and each range made of units. */
  #ledger(store: DetectionsReader, tenant: string): void {
    const find = (position: number, what: string): void => this.#options.find('ledger', position, what);
    const units = this.#ranges.get(tenant) ?? [];
    let at = 0;
    const missed = (before: number): void => {
      for (; at < units.length && units[at].from < before; at++) {
        find(units[at].from, `${units[at].events} events of ${tenant} are in no evaluated range`);
      }
    };
    for (const range of store.ledger.ranges(tenant, this.#log)) {
      if (range.to < this.#options.first) continue;
      missed(range.from);
      const own: ExpectedRange[] = [];
      for (; at < units.length && units[at].from <= range.to; at++) own.push(units[at]);
      const events = own.reduce((total, unit) => total + unit.events, 0);
      const evaluations = own.reduce<number | null>(
        (total, unit) => (total === null || unit.evaluations === null ? null : total + unit.evaluations),
        0,
      );
      const said = `of ${tenant} up to ${range.to}`;
      if (this.#options.losses.touches(range.from, range.to)) {
        // It counts what was there then.
        if (events > range.events) find(range.from, `${range.events} events ${said}, the journal has ${events}`);
        continue;
      }
      if (events !== range.events) find(range.from, `${range.events} events ${said}, the journal has ${events}`);
      if (evaluations !== null && evaluations !== range.evaluations) {
        find(range.from, `${range.evaluations} evaluations ${said}, the rules in force make ${evaluations}`);
      }
      const times = own.map(({ receivedAt }) => receivedAt);
      const spans = range.receivedFrom === Math.min(...times) && range.receivedTo === Math.max(...times);
      const whole = own.every(({ set, to }) => set === range.ruleSet && to <= range.to);
      if (!spans || !whole || own.length === 0) {
        find(range.from, `the range ${said} is not of the units, rules and times that the journal has there`);
      }
    }
    missed(Number.POSITIVE_INFINITY);
  }

  /** What the ledger says was left out on purpose against the switches in the journal. */
  #exceptions(store: DetectionsReader, tenant: string): void {
    const told = new Map<string, number>();
    for (const { rule, reason, events, from } of store.ledger.exceptions(tenant, this.#log)) {
      if (!CHECKED.has(reason) || from < this.#options.first) continue;
      const key = JSON.stringify([rule, reason]);
      told.set(key, (told.get(key) ?? 0) + events);
    }
    const expected = this.#excluded.get(tenant) ?? new Map<string, number>();
    for (const key of new Set([...expected.keys(), ...told.keys()])) {
      const [is, must] = [told.get(key) ?? 0, expected.get(key) ?? 0];
      // What is lost may have been among them.
      if (is === must || (is > must && this.#options.losses.first !== null)) continue;
      const [rule, reason] = JSON.parse(key) as [string, string];
      const what = `${is} events of ${tenant} are excluded from ${rule} (${reason}), not ${must}`;
      this.#options.find('ledger', null, what);
    }
  }

  /** Counts by rule and by minute are those of the hits. */
  #totals(store: DetectionsReader, tenant: string): void {
    const minutes = new Map<string, number>();
    for (const { rule, hits } of store.hits.perMinute(tenant, 0, Number.MAX_SAFE_INTEGER)) {
      minutes.set(rule, (minutes.get(rule) ?? 0) + hits);
    }
    for (const { rule, hits } of store.hits.totals(tenant)) {
      const counted = this.#counts.get(JSON.stringify([tenant, rule])) ?? 0;
      if (hits === counted && (minutes.get(rule) ?? 0) === counted) continue;
      this.#find(null, `${counted} hits of the rule ${rule} are stored for ${tenant}, its counts say ${hits}`);
    }
  }
}

function add(sums: Sums, position: number, thing: Readonly<Record<string, unknown>> & { body: Uint8Array }): void {
  let entry = sums.get(position);
  if (entry === undefined) {
    entry = { count: 0, sum: 0n };
    sums.set(position, entry);
  }
  entry.count++;
  entry.sum += BigInt(`0x${digestOf(thing).slice(0, 16)}`);
}

/**
 * A body's first member is the rule, with its title and tags: these may change while the version stays, and a set is kept as it
 * first was. White space within the event is there in what was evaluated at the door, and not in what was evaluated from a frame.
 */
function digestOf({ body, ...fields }: Readonly<Record<string, unknown>> & { body: Uint8Array }): string {
  const text = JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  const from = Buffer.from(body.buffer, body.byteOffset, body.length).indexOf(',"time":');
  return hash('sha256', Buffer.concat([Buffer.from(text), compactEvent(from < 0 ? body : body.subarray(from))]));
}
