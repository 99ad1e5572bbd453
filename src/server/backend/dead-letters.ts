/** Dead letters for the API: why each event was not taken, and another try. */
import { now, WeirError } from '../../base/index.ts';
import { type Backend, Problem } from '../../gateway/index.ts';
import type { StoredDeadLetter } from '../../store/index.ts';
import type { BackendParts } from './index.ts';

/** Codes of dead letters: what a door says of an event that it does not take. */
const NOT_TAKEN = /^(?:event|validation|body)\./;
const NONE = { code: 'event.none', reason: 'there is no event in it' };

function shown(letter: StoredDeadLetter) {
  const { lastTry } = letter;
  return {
    id: letter.id,
    source: letter.source,
    time: new Date(letter.received).toISOString(),
    code: letter.code,
    reason: letter.reason,
    event: Buffer.from(letter.raw).toString(),
    bytes: letter.rawBytes,
    fixed: null,
    last_try: lastTry === null ? null : { ...lastTry, at: new Date(lastTry.at).toISOString() },
    replayed: letter.state === 'replayed' && letter.changed !== null ? new Date(letter.changed).toISOString() : null,
  };
}

export function deadLettersBackend({ node, reader, audit }: BackendParts): Backend['deadLetters'] {
  const found = (tenant: string, id: string): StoredDeadLetter => {
    const letter = reader.deadLetters.get(tenant, id);
    if (letter === null) throw new Problem('item.not_found');
    return letter;
  };
  /** What was sent, all of it (the store keeps but a beginning), or why it cannot be had. */
  const wholeOf = async (tenant: string, letter: StoredDeadLetter): Promise<Uint8Array | string> => {
    const here = letter.id.startsWith(`${node.log}/`);
    const kept = here ? await audit.letter(tenant, letter.position, letter.row) : null;
    if (kept === null) return 'what was sent is no longer in the journal; fix it instead';
    const raw = Buffer.from(kept.raw, 'base64');
    return raw.length === kept.length
      ? raw
      : `only ${raw.length} of its ${kept.length} bytes were kept; fix it instead`;
  };
  /** Sends an event in place of a dead letter through the door: whole, or not at all. Null: taken; else why not. */
  const resend = async (tenant: string, letter: StoredDeadLetter, event: Uint8Array, by: string) => {
    let [accepted, why] = [0, NONE];
    try {
      ({ accepted } = await node.ingest({
        tenant,
        source: letter.source,
        door: 'replay',
        credential: by,
        request: letter.id,
        receivedAt: now(),
        format: 'ndjson',
        encoding: 'identity',
        body: Uint8Array.from(event),
        key: null,
        whole: true,
      }));
    } catch (error) {
      if (!(error instanceof WeirError) || !NOT_TAKEN.test(error.code)) throw error;
      why = { code: error.code, reason: error.message };
    }
    await node.retried(tenant, letter.id, accepted > 0 ? 'taken' : why);
    return accepted > 0 ? { accepted, why: null } : { accepted, why };
  };
  return {
    list(tenant, { limit, after, source }) {
      if (after !== null && !/^\d{1,15}$/.test(after)) throw new Problem('cursor.unknown');
      const query = { tenant, limit, ...(after === null ? {} : { after: Number(after) }) };
      const { items, next } = reader.deadLetters.list(query);
      const wanted = source === null ? items : items.filter((letter) => letter.source === source);
      return Promise.resolve({ items: wanted.map(shown), next: next === null ? null : String(next) });
    },
    get: (tenant, id) => Promise.resolve(shown(found(tenant, id))),
    async fix(tenant, id, event, by) {
      const letter = found(tenant, id);
      if (letter.state !== 'open') throw new Problem('item.conflict', `the dead letter is ${letter.state}`);
      const { why } = await resend(tenant, letter, Buffer.from(event), by);
      if (why !== null) {
        const hint = 'The dead letter stays open; it has the reason as its last_try.';
        throw new Problem('item.conflict', `the event given is not taken either: ${why.reason}`, { hint });
      }
      return { ...shown(found(tenant, id)), fixed: event };
    },
    async replay(tenant, which, by) {
      const letters =
        'ids' in which
          ? which.ids.map((id) => found(tenant, id))
          : reader.deadLetters
              .list({ tenant, limit: which.limit })
              .items.filter(({ source }) => which.source === null || source === which.source);
      const sums = { accepted: 0, dead_lettered: 0 };
      for (const letter of letters) {
        if (letter.state !== 'open') continue;
        const event = await wholeOf(tenant, letter);
        // Of those that were named, each must be there; of the oldest, those that are.
        if (typeof event === 'string') {
          if ('ids' in which) throw new Problem('item.conflict', `${letter.id}: ${event}`);
          continue;
        }
        const { accepted, why } = await resend(tenant, letter, event, by);
        sums.accepted += accepted;
        if (why !== null) sums.dead_lettered++;
      }
      return sums;
    },
  };
}
