/** Dead letters for the API: why each event was not taken, and another try. */
import { now } from '../../base/index.ts';
import { type Backend, Problem } from '../../gateway/index.ts';
import type { StoredDeadLetter } from '../../store/index.ts';
import type { BackendParts } from './index.ts';

function shown(letter: StoredDeadLetter) {
  return {
    id: letter.id,
    source: letter.source,
    time: new Date(letter.received).toISOString(),
    code: letter.code,
    reason: letter.reason,
    event: Buffer.from(letter.raw).toString(),
    bytes: letter.rawBytes,
    fixed: null,
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
  /** Sends an event through the door again; the letter is marked once that is on disk. */
  const resend = async (
    tenant: string,
    letters: readonly StoredDeadLetter[],
    eventOf: (letter: StoredDeadLetter) => Promise<Uint8Array | null>,
    by: string,
  ) => {
    let [accepted, dead] = [0, 0];
    for (const letter of letters) {
      const event = await eventOf(letter);
      if (event === null) continue;
      const ack = await node.ingest({
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
      });
      accepted += ack.accepted;
      dead += ack.dead;
      await node.markDeadLetters(tenant, [letter.id], 'replayed');
    }
    return { accepted, dead_lettered: dead };
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
      const { accepted } = await resend(tenant, [letter], async () => Buffer.from(event), by);
      if (accepted === 0)
        throw new Problem('item.conflict', 'the event given is not taken either; it is a dead letter of its own now');
      return { ...shown(found(tenant, id)), fixed: event };
    },
    async replay(tenant, which, by) {
      const letters =
        'ids' in which
          ? which.ids.map((id) => found(tenant, id))
          : reader.deadLetters
              .list({ tenant, limit: which.limit })
              .items.filter(({ source }) => which.source === null || source === which.source);
      const open = letters.filter(({ state }) => state === 'open');
      // Of those that were named, each must be there; of the oldest, those that are.
      const whole = async (letter: StoredDeadLetter): Promise<Uint8Array | null> => {
        const event = await wholeOf(tenant, letter);
        if (typeof event !== 'string') return event;
        if ('ids' in which) throw new Problem('item.conflict', `${letter.id}: ${event}`);
        return null;
      };
      return resend(tenant, open, whole, by);
    },
  };
}
