/** Dead letters: what a door could not take as an event, with the reason, until someone replays or dismisses it. */
import { type Database, limits } from '../base/index.ts';
import { eventId } from './hit-id.ts';
import type { ReaderNames, WriterNames } from './names.ts';
import type { DeadLetter, DeadLetterState } from './types.ts';

type Statement = ReturnType<Database['prepare']>;
type Row = Record<string, unknown>;

export class DeadLetterWriter {
  readonly #names: WriterNames;
  readonly #add: Statement;
  readonly #count: Statement;
  readonly #setState: Statement;
  readonly #setTried: Statement;
  readonly #find: Statement;

  constructor(database: Database, names: WriterNames) {
    this.#names = names;
    this.#add = database.prepare(
      `INSERT INTO dead_letters (log, position, row, tenant, source, door, code, reason, received, state, raw_bytes, raw)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?) ON CONFLICT (log, position, row) DO NOTHING`,
    );
    this.#count = database.prepare(
      'INSERT INTO dead_letter_counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET letters = letters + excluded.letters',
    );
    this.#find = database.prepare(
      `SELECT d.n, d.code, d.state, d.tenant FROM dead_letters d JOIN logs l ON l.n = d.log JOIN tenants t ON t.n = d.tenant
       WHERE l.name = ? AND d.position = ? AND d.row = ? AND t.name = ?`,
    );
    this.#setState = database.prepare('UPDATE dead_letters SET state = ?, changed = ? WHERE n = ?');
    this.#setTried = database.prepare(
      'UPDATE dead_letters SET tried = ?, tried_code = ?, tried_reason = ? WHERE n = ?',
    );
  }

  /** Gives the number newly stored; those that were there already keep the state they have come to. */
  add(logName: string, letters: readonly DeadLetter[]): number {
    let stored = 0;
    const counts = new Map<string, { tenant: number; code: string; letters: number }>();
    for (const letter of letters) {
      const tenant = this.#names.tenant(letter.tenant);
      const { changes } = this.#add.run(
        this.#names.log(logName),
        letter.position,
        letter.row,
        tenant,
        letter.source,
        letter.door,
        letter.code,
        letter.reason,
        letter.received,
        letter.rawBytes ?? letter.raw.length,
        letter.raw.subarray(0, limits.deadLetterRawBytesMax),
      );
      if (changes === 0) continue;
      stored += 1;
      const key = `${tenant} ${letter.code}`;
      const count = counts.get(key) ?? { tenant, code: letter.code, letters: 0 };
      count.letters += 1;
      counts.set(key, count);
    }
    for (const { tenant, code, letters: added } of counts.values()) this.#count.run(tenant, code, 'open', added);
    return stored;
  }

  /** Gives the number whose state changed; ids of other tenants and unknown ones change nothing. */
  setState(tenant: string, ids: readonly string[], state: DeadLetterState, now: number): number {
    let changed = 0;
    for (const id of ids) {
      const place = parseEventId(id);
      const row = place === null ? undefined : this.#find.get(place.log, place.position, place.row, tenant);
      if (row === undefined || row['state'] === state) continue;
      this.#setState.run(state, now, Number(row['n']));
      this.#count.run(Number(row['tenant']), String(row['code']), String(row['state']), -1);
      this.#count.run(Number(row['tenant']), String(row['code']), state, 1);
      changed += 1;
    }
    return changed;
  }

  /** It was sent again and not taken: it stays as it is, with why. False where there is none of the tenant's. */
  setTried(tenant: string, id: string, { at, code, reason }: LastTry): boolean {
    const place = parseEventId(id);
    const row = place === null ? undefined : this.#find.get(place.log, place.position, place.row, tenant);
    if (row === undefined) return false;
    this.#setTried.run(at, code, reason, Number(row['n']));
    return true;
  }
}

/** Another try that came to nothing. */
export interface LastTry {
  /** Unix milliseconds. */
  readonly at: number;
  readonly code: string;
  readonly reason: string;
}

export interface StoredDeadLetter extends DeadLetter {
  /** The event id it would have had. */
  readonly id: string;
  /** Cursor of lists. */
  readonly sequence: number;
  readonly state: DeadLetterState;
  /** When the state last changed; null: never. */
  readonly changed: number | null;
  /** The last time that it, or what was put in its place, was sent again and not taken; null: never. */
  readonly lastTry: LastTry | null;
  /** Length before `raw` was cut. */
  readonly rawBytes: number;
}

export interface DeadLetterQuery {
  readonly tenant: string;
  /** Those still open without one. */
  readonly state?: DeadLetterState | 'any';
  readonly code?: string;
  readonly after?: number;
  /** Up to `deadLettersPageMax`, the default. */
  readonly limit?: number;
}

export interface DeadLetterCount {
  readonly code: string;
  readonly state: DeadLetterState;
  readonly letters: number;
}

const COLUMNS =
  'd.n, l.name AS log, d.position, d.row, d.source, d.door, d.code, d.reason, d.received, d.state, d.changed, d.tried, d.tried_code, d.tried_reason, d.raw_bytes, d.raw';

export class DeadLetterReader {
  readonly #names: ReaderNames;
  readonly #list: Statement;
  readonly #any: Statement;
  readonly #last: Statement;
  readonly #get: Statement;
  readonly #counts: Statement;

  constructor(database: Database, names: ReaderNames) {
    this.#names = names;
    this.#list = database.prepare(
      `SELECT ${COLUMNS} FROM dead_letters d JOIN logs l ON l.n = d.log
       WHERE d.tenant = ? AND d.state = ? AND d.n > ? AND (? IS NULL OR d.code = ?) ORDER BY d.n`,
    );
    this.#any = database.prepare(
      `SELECT ${COLUMNS} FROM dead_letters d JOIN logs l ON l.n = d.log
       WHERE d.tenant = ? AND d.n > ? AND (? IS NULL OR d.code = ?) ORDER BY d.n`,
    );
    this.#last = database.prepare('SELECT coalesce(max(n), 0) AS last FROM dead_letters');
    this.#get = database.prepare(
      `SELECT ${COLUMNS} FROM dead_letters d JOIN logs l ON l.n = d.log
       WHERE l.name = ? AND d.position = ? AND d.row = ? AND d.tenant = ?`,
    );
    this.#counts = database.prepare(
      `SELECT code, state, letters FROM dead_letter_counts WHERE tenant = ? AND letters > 0
       ORDER BY letters DESC, code, state`,
    );
  }

  /** Oldest first. `next` is the `after` of the next page; null when this page reached the end. */
  list(query: DeadLetterQuery): { readonly items: readonly StoredDeadLetter[]; readonly next: number | null } {
    const tenant = this.#names.tenantNumber(query.tenant) ?? -1;
    const limit = Math.min(query.limit ?? limits.deadLettersPageMax, limits.deadLettersPageMax);
    const code = query.code ?? null;
    const items: StoredDeadLetter[] = [];
    let bytes = 0;
    const { state = 'open', after = 0 } = query;
    const rows =
      state === 'any'
        ? this.#any.iterate(tenant, after, code, code)
        : this.#list.iterate(tenant, state, after, code, code);
    for (const row of rows) {
      const letter = letterOf(query.tenant, row);
      bytes += letter.raw.length;
      if (items.length >= limit || (items.length > 0 && bytes > limits.hitsPageBytesMax)) {
        return { items, next: items.at(-1)?.sequence ?? query.after ?? 0 };
      }
      items.push(letter);
    }
    return { items, next: null };
  }

  /** Sequence of the last one there is. */
  sequence(): number {
    return Number(this.#last.get()?.['last']);
  }

  /** Null where there is none, or it is another tenant's. */
  get(tenant: string, id: string): StoredDeadLetter | null {
    const place = parseEventId(id);
    if (place === null) return null;
    const row = this.#get.get(place.log, place.position, place.row, this.#names.tenantNumber(tenant) ?? -1);
    return row === undefined ? null : letterOf(tenant, row);
  }

  /** By reason and state, most first. */
  counts(tenant: string): DeadLetterCount[] {
    return this.#counts.all(this.#names.tenantNumber(tenant) ?? -1).map((row) => ({
      code: String(row['code']),
      state: String(row['state']) as DeadLetterState,
      letters: Number(row['letters']),
    }));
  }
}

function letterOf(tenant: string, row: Row): StoredDeadLetter {
  const [position, number] = [Number(row['position']), Number(row['row'])];
  return {
    id: eventId(String(row['log']), position, number),
    sequence: Number(row['n']),
    tenant,
    source: String(row['source']),
    door: String(row['door']),
    position,
    row: number,
    received: Number(row['received']),
    code: String(row['code']),
    reason: String(row['reason']),
    state: String(row['state']) as DeadLetterState,
    changed: row['changed'] === null ? null : Number(row['changed']),
    lastTry:
      row['tried'] === null
        ? null
        : { at: Number(row['tried']), code: String(row['tried_code']), reason: String(row['tried_reason']) },
    rawBytes: Number(row['raw_bytes']),
    raw: row['raw'] as Uint8Array,
  };
}

function parseEventId(id: string): { log: string; position: number; row: number } | null {
  const match = /^(.{1,200})\/(\d{1,15})\/(\d{1,10})$/.exec(id);
  return match === null ? null : { log: match[1], position: Number(match[2]), row: Number(match[3]) };
}
