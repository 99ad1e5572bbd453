/** Reading hits: pages in order of sequence, one by id, counts. Every question a user may ask names its tenant. */
import { type Database, limits } from '../base/index.ts';
import { type GroupKeys, unpackBodies, unpackKeys } from './hit-group.ts';
import { eventId, hitId, parseHitId } from './hit-id.ts';
import type { ReaderNames } from './names.ts';
import type { RuleRef, StoredHit } from './types.ts';

type Statement = ReturnType<Database['prepare']>;
type Row = Record<string, unknown>;

export interface HitQuery {
  readonly tenant: string;
  /** Up to `hitsPageMax`, the default. */
  readonly limit?: number;
  /** Sequence: hits behind it in the order asked for; from the start without one. */
  readonly after?: number;
  /** Rule id, all its versions. */
  readonly rule?: string;
  /** Hits received at or after this time. */
  readonly since?: number;
  /** Oldest first without one. */
  readonly order?: 'oldest' | 'newest';
}

export interface HitPage {
  readonly items: readonly StoredHit[];
  /** The `after` of the next page; null when this page reached the end. */
  readonly next: number | null;
}

/** A row of hits without its bodies, for those who follow all tenants (notifiers). */
export interface HitGroup {
  readonly first: number;
  readonly last: number;
  readonly tenant: string;
  readonly rule: RuleRef;
  readonly live: boolean;
  /** Bodies, before compression. */
  readonly bytes: number;
}

export interface RuleCount {
  readonly rule: string;
  readonly hits: number;
  /** Committed again under the same id, and kept once. */
  readonly duplicates: number;
  /** Receive time of the latest. */
  readonly lastReceived: number;
}

export interface MinuteCount {
  /** Minutes since 1970, of receipt. */
  readonly minute: number;
  readonly rule: string;
  readonly hits: number;
}

const COLUMNS = 'last, count, tenant, version, stream, log, live, bytes, correlation, revision, packed, keys, bodies';

export class HitReader {
  readonly #database: Database;
  readonly #names: ReaderNames;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database, names: ReaderNames) {
    this.#database = database;
    this.#names = names;
  }

  /** Sequence of the last hit ever stored. */
  sequence(): number {
    return Number(this.#prepare('SELECT last FROM sequence').get()?.['last']);
  }

  list(query: HitQuery): HitPage {
    const tenant = this.#names.tenantNumber(query.tenant);
    const rule = query.rule === undefined ? undefined : this.#names.ruleNumber(query.rule);
    if (tenant === null || rule === null) return { items: [], next: null };
    const newest = query.order === 'newest';
    const start = query.since === undefined ? 0 : this.#firstSince(query.since);
    const after = newest ? (query.after ?? Number.MAX_SAFE_INTEGER) : Math.max(query.after ?? 0, start);
    // A row is known by the last of its hits; going back, the row that holds `after` may end behind it.
    const where = newest ? 'last > ? AND last - count + 1 < ? AND last < ?' : 'last > ?';
    const reach = Math.min(after + limits.hitGroupMax, Number.MAX_SAFE_INTEGER);
    const bounds = newest ? [start, after, reach] : [after];
    const sql = `SELECT ${COLUMNS} FROM hits WHERE tenant = ?${rule === undefined ? '' : ' AND rule = ?'} AND ${where}
      ORDER BY last ${newest ? 'DESC' : 'ASC'}`;
    const rows = this.#prepare(sql).iterate(tenant, ...(rule === undefined ? [] : [rule]), ...bounds);
    const wanted = { after, newest, since: query.since ?? Number.NEGATIVE_INFINITY };
    return this.#page(rows, Math.min(query.limit ?? limits.hitsPageMax, limits.hitsPageMax), wanted);
  }

  /** Null where there is none, or it is another tenant's. */
  get(tenant: string, id: string): StoredHit | null {
    const number = this.#names.tenantNumber(tenant);
    if (number === null) return null;
    const place = parseHitId(id);
    if (place === null) {
      const row = this.#prepare(`SELECT ${COLUMNS} FROM hits WHERE correlation = ? AND tenant = ?`).get(id, number);
      return row === undefined ? null : this.#hit(row, keysOf(row), 0);
    }
    const { stream, position, row } = place;
    const reach = position + limits.hitGroupPositionsMax - 1;
    const groups = this.#prepare(
      `SELECT ${COLUMNS} FROM hits WHERE stream = (SELECT n FROM streams WHERE hash = ?)
       AND position_max BETWEEN ? AND ? AND position_min <= ? AND tenant = ? ORDER BY position_max`,
    ).iterate(stream, position, reach, position, number);
    for (const group of groups) {
      const keys = keysOf(group);
      for (let i = 0; i < keys.count; i++) {
        if (keys.positions[i] === position && keys.rows[i] === row) return this.#hit(group, keys, i);
      }
    }
    return null;
  }

  /** All hits on one event, by sequence. */
  ofEvent(tenant: string, log: string, position: number, row: number): StoredHit[] {
    const [owner, number] = [this.#names.tenantNumber(tenant), this.#names.logNumber(log)];
    if (owner === null || number === null) return [];
    const columns = COLUMNS.split(', ')
      .map((column) => `h.${column}`)
      .join(', ');
    // A seek for each rule that ever hit in this log: the index is by stream.
    const groups = this.#prepare(
      `SELECT ${columns} FROM streams s JOIN hits h ON h.stream = s.n AND h.position_max BETWEEN ? AND ? AND h.position_min <= ?
       WHERE s.log = ? AND h.tenant = ? ORDER BY h.last`,
    ).iterate(position, position + limits.hitGroupPositionsMax - 1, position, number, owner);
    const found: StoredHit[] = [];
    for (const group of groups) {
      const keys = keysOf(group);
      for (let i = 0; i < keys.count; i++) {
        if (keys.positions[i] === position && keys.rows[i] === row) found.push(this.#hit(group, keys, i));
      }
    }
    return found;
  }

  /** All tenants' rows behind a sequence, whole or in part, without bodies. For notifiers only: what leaves names its tenant. */
  groups(after: number, limit: number): HitGroup[] {
    const rows = this.#prepare(
      'SELECT last, count, tenant, version, live, bytes FROM hits WHERE last > ? ORDER BY last LIMIT ?',
    ).all(after, limit);
    return rows.map((row) => ({
      first: Number(row['last']) - Number(row['count']) + 1,
      last: Number(row['last']),
      tenant: this.#names.tenant(Number(row['tenant'])),
      rule: this.#names.rule(Number(row['version'])),
      live: row['live'] === 1,
      bytes: Number(row['bytes']),
    }));
  }

  /** Hits of one row (`last` names it) behind `after`; empty where the row is gone since. */
  groupHits(last: number, after: number, limit: number): HitPage {
    const rows = this.#prepare(`SELECT ${COLUMNS} FROM hits WHERE last = ?`).iterate(last);
    return this.#page(rows, limit, { after, newest: false, since: Number.NEGATIVE_INFINITY });
  }

  /** Per rule, most hits first. */
  totals(tenant: string): RuleCount[] {
    const rows = this.#prepare(
      `SELECT r.id, t.hits, t.duplicates, t.last_received FROM hit_totals t JOIN rules r ON r.n = t.rule
       WHERE t.tenant = ? ORDER BY t.hits DESC, r.id`,
    ).all(this.#names.tenantNumber(tenant) ?? -1);
    return rows.map((row) => ({
      rule: String(row['id']),
      hits: Number(row['hits']),
      duplicates: Number(row['duplicates']),
      lastReceived: Number(row['last_received']),
    }));
  }

  /** Hits by minute of receipt and rule, `from` and `to` (minutes since 1970) included. */
  perMinute(tenant: string, from: number, to: number, rule?: string): MinuteCount[] {
    const rows = this.#prepare(
      `SELECT m.minute, r.id, m.hits FROM hit_minutes m JOIN rules r ON r.n = m.rule
       WHERE m.tenant = ? AND m.minute BETWEEN ? AND ? ${rule === undefined ? '' : 'AND r.id = ?'} ORDER BY m.minute, r.id`,
    ).all(this.#names.tenantNumber(tenant) ?? -1, from, to, ...(rule === undefined ? [] : [rule]));
    return rows.map((row) => ({ minute: Number(row['minute']), rule: String(row['id']), hits: Number(row['hits']) }));
  }

  #page(
    rows: Iterable<Row>,
    limit: number,
    { after, newest, since }: { after: number; newest: boolean; since: number },
  ): HitPage {
    const items: StoredHit[] = [];
    let bytes = 0;
    for (const row of rows) {
      const keys = keysOf(row);
      const first = Number(row['last']) - keys.count + 1;
      let bodies: Uint8Array | undefined;
      for (let i = 0; i < keys.count; i++) {
        const at = newest ? keys.count - 1 - i : i;
        const passed = newest ? first + at >= after : first + at <= after;
        if (passed || keys.received[at] < since) continue;
        const size = keys.ends[at] - (at === 0 ? 0 : keys.ends[at - 1]);
        if (items.length >= limit || (items.length > 0 && bytes + size > limits.hitsPageBytesMax)) {
          return { items, next: items.at(-1)?.sequence ?? after };
        }
        bodies ??= unpackBodies(row['packed'] === 1, row['bodies'] as Uint8Array, keys);
        items.push(this.#hit(row, keys, at, bodies));
        bytes += size;
      }
    }
    return { items, next: null };
  }

  #hit(row: Row, keys: GroupKeys, at: number, unpacked?: Uint8Array): StoredHit {
    const bodies = unpacked ?? unpackBodies(row['packed'] === 1, row['bodies'] as Uint8Array, keys);
    const stream = row['stream'];
    const place = [keys.positions[at], keys.rows[at]] as const;
    return {
      sequence: Number(row['last']) - keys.count + 1 + at,
      id: stream === null ? String(row['correlation']) : hitId(this.#names.streamHash(Number(stream)), ...place),
      tenant: this.#names.tenant(Number(row['tenant'])),
      rule: this.#names.rule(Number(row['version'])),
      source: keys.sourceNames[keys.sources[at]],
      eventId: stream === null ? null : eventId(this.#names.log(Number(row['log'])), ...place),
      time: Number.isNaN(keys.times[at]) ? null : keys.times[at],
      received: keys.received[at],
      live: row['live'] === 1,
      revision: row['revision'] === null ? null : Number(row['revision']),
      body: bodies.subarray(at === 0 ? 0 : keys.ends[at - 1], keys.ends[at]),
    };
  }

  /**
   * A sequence before which every hit was received before `since`: stamps never fall as the sequence grows, so halving finds the
   * place, and receive times need no index.
   */
  #firstSince(since: number): number {
    const at = this.#prepare('SELECT last, stamp FROM hits WHERE last >= ? ORDER BY last LIMIT 1');
    let low = 0;
    let high = this.sequence() + 1;
    // Rows up to `low` are older, the one at or behind `high` is not.
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const row = at.get(middle);
      if (row === undefined || Number(row['stamp']) >= since) high = middle;
      else low = Math.max(middle, Math.min(Number(row['last']), high - 1));
    }
    return low;
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function keysOf(row: Row): GroupKeys {
  return unpackKeys(row['packed'] === 1, row['keys'] as Uint8Array);
}

/** One line of JSON as the API and notifiers give it: what identifies the hit, then its body. */
export function hitJson(hit: StoredHit): Buffer {
  const head = {
    id: hit.id,
    seq: hit.sequence,
    tenant: hit.tenant,
    ...(hit.eventId === null ? {} : { event_id: hit.eventId }),
    ...(hit.revision === null ? {} : { revision: hit.revision }),
    rule_version: hit.rule.version,
    level: hit.rule.level,
    source: hit.source,
    received: hit.received,
    live: hit.live,
  };
  const text = JSON.stringify(head).slice(0, -1);
  return Buffer.concat([Buffer.from(hit.body.length === 0 ? text : `${text},`), hit.body, Buffer.from('}')]);
}
