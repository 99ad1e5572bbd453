/** What the tests of this room share: made-up hits and a plain twin of the store. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  type Commit,
  Detections,
  eventId,
  type Hit,
  type HitQuery,
  hitId,
  type StoredHit,
  streamHash,
} from './index.ts';

export const LOG = 'abc/0';

/** A file name in a folder of its own. */
export function databaseFile(): string {
  return path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'weir-detect-')), 'detect.db');
}

export const rule = (id: string, version = 'v1', level = 'high') => ({ id, version, level });

export function hit(position: number, row: number, change: Partial<Hit> = {}): Hit {
  const body = Buffer.from(`"rule":{"id":"${change.rule?.id ?? 'r1'}"},"time":null,"event":{"n":${position}.${row}}`);
  return {
    tenant: 'acme',
    rule: rule('r1'),
    source: 'dc1',
    position,
    row,
    time: 1_600_000_000_000 + position,
    received: 1_700_000_000_000 + position * 1000,
    live: true,
    body,
    ...change,
  };
}

export function commit(store: Detections, position: number, hits: readonly Hit[], rest: Partial<Commit> = {}) {
  return store.commit({
    log: LOG,
    checkpoint: { position, received: 1_700_000_000_000 + position * 1000, ruleSet: 's1' },
    hits,
    ...rest,
  });
}

export function openStore(): Detections {
  return new Detections(databaseFile());
}

/** The obvious store: a list. */
export class PlainHits {
  readonly stored: StoredHit[] = [];
  duplicates = 0;
  readonly #ids = new Set<string>();
  #sequence = 0;

  /** Groups in order of first appearance, hits in order of place, as `Detections` numbers them. */
  commit(hits: readonly Hit[]): void {
    const groups = Map.groupBy(hits, ({ tenant, rule: { id, version }, live }) =>
      JSON.stringify([tenant, id, version, live]),
    );
    for (const group of groups.values()) {
      const sorted = group.toSorted((a, b) => a.position - b.position || a.row - b.row);
      for (const one of sorted) {
        const id = hitId(streamHash(one.rule.id, one.rule.version, LOG), one.position, one.row);
        if (this.#ids.has(id)) {
          this.duplicates += 1;
          continue;
        }
        this.#ids.add(id);
        this.#sequence += 1;
        const { position, row, ...rest } = one;
        const body = Uint8Array.from(one.body);
        this.stored.push({
          ...rest,
          body,
          sequence: this.#sequence,
          id,
          eventId: eventId(LOG, position, row),
          revision: null,
        });
      }
    }
  }

  list({ tenant, limit = 1000, after, rule: id, since = 0, order = 'oldest' }: HitQuery): StoredHit[] {
    const wanted = this.stored.filter(
      (one) => one.tenant === tenant && one.received >= since && (id ?? one.rule.id) === one.rule.id,
    );
    const ordered = order === 'oldest' ? wanted : wanted.toReversed();
    const behind = ordered.filter(({ sequence }) =>
      after === undefined ? true : order === 'oldest' ? sequence > after : sequence < after,
    );
    return behind.slice(0, limit);
  }
}

/** Bytes as one class, so that Buffer and Uint8Array compare. */
export const plain = (found: StoredHit | null) => found && { ...found, body: Uint8Array.from(found.body) };
