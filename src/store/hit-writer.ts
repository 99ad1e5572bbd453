/**
 * Writing hits. Those of one rule version and tenant in one commit become rows of up to `hitGroupMax`, so that a rule that
 * fires a thousand times a commit costs two rows, and leaves the commit's time to the others.
 */
import { type Database, limits } from '../base/index.ts';
import { storeError } from './errors.ts';
import { packGroup, unpackKeys } from './hit-group.ts';
import { parseHitId } from './hit-id.ts';
import type { WriterNames } from './names.ts';
import type { CorrelationHit, Hit, RuleRef } from './types.ts';

type Statement = ReturnType<Database['prepare']>;

const NAME_CHARACTERS_MAX = 1024;
const MINUTE_MS = 60_000;

interface Group {
  readonly tenant: string;
  readonly rule: RuleRef;
  readonly live: boolean;
  readonly hits: Hit[];
}

export interface Written {
  stored: number;
  duplicates: number;
}

export class HitWriter {
  readonly #names: WriterNames;
  readonly #insert: Statement;
  readonly #groupsAt: Statement;
  readonly #streamEnd: Statement;
  readonly #correlation: Statement;
  readonly #removeCorrelation: Statement;
  readonly #minute: Statement;
  readonly #total: Statement;
  readonly #sequence: Statement;
  readonly #readSequence: Statement;
  #last = 0;
  #stamp = 0;

  constructor(database: Database, names: WriterNames) {
    this.#names = names;
    this.#insert = database.prepare('INSERT INTO hits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#groupsAt = database.prepare(
      `SELECT packed, keys FROM hits
       WHERE stream = ? AND position_max BETWEEN ? AND ? AND position_min <= ? ORDER BY position_max`,
    );
    this.#streamEnd = database.prepare('SELECT max(position_max) AS position FROM hits WHERE stream = ?');
    this.#correlation = database.prepare('SELECT last, revision FROM hits WHERE correlation = ?');
    this.#removeCorrelation = database.prepare('DELETE FROM hits WHERE correlation = ?');
    this.#minute = database.prepare(
      `INSERT INTO hit_minutes VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET hits = hits + excluded.hits`,
    );
    this.#total = database.prepare(
      `INSERT INTO hit_totals VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET hits = hits + excluded.hits,
       duplicates = duplicates + excluded.duplicates, last_received = max(last_received, excluded.last_received)`,
    );
    this.#sequence = database.prepare('UPDATE sequence SET last = ?, stamp = ?');
    this.#readSequence = database.prepare('SELECT last, stamp FROM sequence');
    this.load();
  }

  /** Reads the sequence again, at first and after a rollback. */
  load(): void {
    const row = this.#readSequence.get();
    this.#last = Number(row?.['last']);
    this.#stamp = Number(row?.['stamp']);
  }

  get sequence(): number {
    return this.#last;
  }

  /** Writes down the sequence once all of a commit's hits are in. */
  close(): void {
    this.#sequence.run(this.#last, this.#stamp);
  }

  /** `known`: entries up to this one were committed before, so their hits may be there already; those beyond cannot be. */
  hits(log: string, hits: readonly Hit[], known: number): Written {
    const written = { stored: 0, duplicates: 0 };
    for (const group of grouped(hits)) {
      const stream = this.#names.stream(group.rule, log);
      const fresh = this.#withoutDuplicates(stream, group.hits, known);
      for (let start = 0; start < fresh.length; ) {
        const end = groupEnd(fresh, start);
        this.#insertGroup(log, stream, group, start === 0 && end === fresh.length ? fresh : fresh.slice(start, end));
        start = end;
      }
      this.#count(group, fresh, group.hits.length - fresh.length);
      written.stored += fresh.length;
      written.duplicates += group.hits.length - fresh.length;
    }
    return written;
  }

  /** The latest revision of a firing takes the place of the one before, at a new sequence. */
  correlationHits(log: string, hits: readonly CorrelationHit[]): Written & { revised: number } {
    const written = { stored: 0, revised: 0, duplicates: 0 };
    for (const hit of hits) {
      if (parseHitId(hit.id) !== null || hit.id === '' || hit.id.length > 128) {
        throw storeError('store.input', `${hit.id.slice(0, 200)} cannot be the id of a correlation hit`);
      }
      const before = this.#correlation.get(hit.id);
      const group = { tenant: hit.tenant, rule: hit.rule, live: hit.live };
      if (before !== undefined && Number(before['revision']) >= hit.revision) {
        this.#count(group, [], 1);
        written.duplicates += 1;
        continue;
      }
      if (before !== undefined) this.#removeCorrelation.run(hit.id);
      this.#insertGroup(log, null, group, [{ ...hit, row: 0 }], hit);
      if (before === undefined) this.#count(group, [hit], 0);
      written[before === undefined ? 'stored' : 'revised'] += 1;
    }
    return written;
  }

  #withoutDuplicates(stream: number, hits: readonly Hit[], known: number): readonly Hit[] {
    const sorted = inOrder(hits) ? hits : hits.toSorted(byPlace);
    const repeats = sorted.some((hit, i) => i > 0 && byPlace(sorted[i - 1], hit) === 0);
    const unique = repeats ? sorted.filter((hit, i) => i === 0 || byPlace(sorted[i - 1], hit) !== 0) : sorted;
    if (unique.length === 0 || unique[0].position > known) return unique;
    // Only after a replay over what was committed before; new hits never come here.
    const end = Number(this.#streamEnd.get(stream)?.['position'] ?? -1);
    return unique.filter((hit) => hit.position > Math.min(known, end) || !this.#isStored(stream, hit));
  }

  #isStored(stream: number, { position, row }: Hit): boolean {
    const reach = position + limits.hitGroupPositionsMax - 1;
    for (const group of this.#groupsAt.iterate(stream, position, reach, position)) {
      const keys = unpackKeys(group['packed'] === 1, group['keys'] as Uint8Array);
      for (let i = 0; i < keys.count; i++) {
        if (keys.positions[i] === position && keys.rows[i] === row) return true;
      }
    }
    return false;
  }

  #insertGroup(
    log: string,
    stream: number | null,
    { tenant, rule, live }: Omit<Group, 'hits'>,
    hits: readonly Hit[],
    correlation?: CorrelationHit,
  ): void {
    const count = hits.length;
    const sourceNames = [...new Set(hits.map((hit) => hit.source))];
    const codes = new Map(sourceNames.map((name, code) => [name, code]));
    const packed = packGroup(
      {
        positions: Float64Array.from(hits, (hit) => hit.position),
        rows: Uint32Array.from(hits, (hit) => hit.row),
        times: Float64Array.from(hits, (hit) => hit.time ?? Number.NaN),
        received: Float64Array.from(hits, (hit) => hit.received),
        sources: Uint16Array.from(hits, (hit) => codes.get(hit.source) ?? 0),
        sourceNames,
      },
      hits.map((hit) => hit.body),
    );
    this.#last += count;
    for (const hit of hits) this.#stamp = Math.max(this.#stamp, hit.received);
    this.#insert.run(
      this.#last,
      count,
      this.#names.tenant(tenant),
      this.#names.rule(rule.id),
      this.#names.version(rule),
      stream,
      this.#names.log(log),
      hits[0].position,
      hits[count - 1].position,
      live ? 1 : 0,
      this.#stamp,
      packed.bytes,
      correlation?.id ?? null,
      correlation?.revision ?? null,
      packed.packed ? 1 : 0,
      packed.keys,
      packed.bodies,
    );
  }

  #count(group: Omit<Group, 'hits'>, hits: readonly { readonly received: number }[], duplicates: number): void {
    if (hits.length + duplicates === 0) return;
    const [tenant, rule] = [this.#names.tenant(group.tenant), this.#names.rule(group.rule.id)];
    const minutes = new Map<number, number>();
    let latest = 0;
    for (const { received } of hits) {
      const minute = Math.floor(received / MINUTE_MS);
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
      latest = Math.max(latest, received);
    }
    for (const [minute, count] of minutes) this.#minute.run(tenant, minute, rule, count);
    this.#total.run(tenant, rule, hits.length, duplicates, latest);
  }
}

/** In order of first appearance. */
function grouped(hits: readonly Hit[]): Iterable<Group> {
  const groups = new Map<string, Group>();
  let group: Group | undefined;
  for (const hit of hits) {
    checkHit(hit);
    const { rule, tenant, live } = hit;
    // Hits mostly come in runs of one rule: a run is looked up once.
    if (
      group?.rule.version !== rule.version ||
      group.tenant !== tenant ||
      group.live !== live ||
      group.rule.id !== rule.id
    ) {
      const key = `${tenant}\0${rule.id}\0${rule.version}\0${live}`;
      group = groups.get(key) ?? { tenant, rule, live, hits: [] };
      groups.set(key, group);
    }
    group.hits.push(hit);
  }
  return groups.values();
}

function checkHit(hit: Hit): void {
  const wrong =
    !isCount(hit.position) || !isCount(hit.row) || hit.row > 0xffff_ffff
      ? `position ${hit.position}, row ${hit.row}`
      : hit.body.length > limits.hitBodyBytesMax
        ? `a body of ${hit.body.length} bytes`
        : hit.source.length > NAME_CHARACTERS_MAX
          ? `a source of ${hit.source.length} characters`
          : Number.isFinite(hit.received) && (hit.time === null || Number.isFinite(hit.time))
            ? null
            : `times ${hit.time}, ${hit.received}`;
  if (wrong !== null) throw storeError('store.input', `a hit of rule ${hit.rule.id} has ${wrong}`);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const byPlace = (a: Hit, b: Hit): number => a.position - b.position || a.row - b.row;

const inOrder = (hits: readonly Hit[]): boolean => hits.every((hit, i) => i === 0 || byPlace(hits[i - 1], hit) <= 0);

function groupEnd(hits: readonly Hit[], start: number): number {
  let bytes = 0;
  let end = start;
  for (; end < hits.length && end - start < limits.hitGroupMax; end++) {
    bytes += hits[end].body.length;
    if (end === start) continue;
    if (bytes > limits.hitGroupBytesMax) break;
    if (hits[end].position - hits[start].position >= limits.hitGroupPositionsMax) break;
  }
  return end;
}
