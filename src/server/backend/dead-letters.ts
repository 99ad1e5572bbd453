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

export function deadLettersBackend({ node, reader }: BackendParts): Backend['deadLetters'] {
  const found = (tenant: string, id: string): StoredDeadLetter => {
    const letter = reader.deadLetters.get(tenant, id);
    if (letter === null) throw new Problem('item.not_found');
    return letter;
  };
  /** Sends an event through the door again; the letter is marked once that is on disk. */
  const resend = async (
    tenant: string,
    letters: readonly { letter: StoredDeadLetter; event: Uint8Array }[],
    by: string,
  ) => {
    let [accepted, dead] = [0, 0];
    for (const { letter, event } of letters) {
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
      const { accepted } = await resend(tenant, [{ letter, event: Buffer.from(event) }], by);
      if (accepted === 0)
        throw new Problem('item.conflict', 'the event given is no event either; it is a dead letter of its own now');
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
      return resend(
        tenant,
        open.map((letter) => ({ letter, event: letter.raw })),
        by,
      );
    },
  };
}
