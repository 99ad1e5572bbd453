/**
 * Requests on their way into the node, each kept once however often it is sent: the one place where an `Idempotency-Key` counts,
 * whichever door it came by.
 */
import { createHash } from 'node:crypto';
import { limits, now } from '../../base/index.ts';
import { type Answer, IdempotencyKeys, idempotencyHash } from '../../ingest/index.ts';
import type { Audit } from './audit.ts';
import type { LiveNode } from './node.ts';
import type { Ack, NewDelivery } from './node-options.ts';

/** A request as a door hands it on; `idempotency` is the sender's key as it was sent, null for none. */
export type Incoming = Omit<NewDelivery, 'key'> & { readonly idempotency: string | null };

export class Deliveries {
  readonly #node: LiveNode;
  readonly #audit: Pick<Audit, 'notes'>;
  readonly #keys: IdempotencyKeys;
  /** Resolves when the keys in the journal's receipts are known again; requests with a key wait for it. */
  readonly known: Promise<void>;

  /** @param keepMs how long a key counts: by default a day */
  constructor(node: LiveNode, audit: Pick<Audit, 'keys' | 'notes'>, keepMs: number = limits.idempotencyMs) {
    this.#node = node;
    this.#audit = audit;
    this.#keys = new IdempotencyKeys({ keepMs });
    this.known = this.#restore(audit, now() - keepMs);
    // It may fail before anybody waits for it.
    this.known.catch(() => {});
  }

  async #restore(audit: Pick<Audit, 'keys'>, sinceMs: number): Promise<void> {
    for (const { key, body, accepted, dead, position, at } of await audit.keys(sinceMs)) {
      const answer = { accepted, deadLettered: dead, position };
      this.#keys.restore(Buffer.from(key, 'hex'), Buffer.from(body, 'hex'), answer, at);
    }
  }

  /**
   * Resolves once the events are on disk; the body is the node's from then on. Throws what `LiveNode.ingest` throws, and `Refused`
   * (`idempotency.conflict`, `idempotency.busy`). What is answered from a key has no `outcome`.
   */
  async ingest({ idempotency, ...incoming }: Incoming): Promise<Ack> {
    // Of what a policy leaves out nothing is kept, its key neither.
    if (idempotency === null || incoming.shed != null) return this.#node.ingest({ ...incoming, key: null });
    const { tenant, credential, format, encoding, source, body, receivedAt } = incoming;
    const key = idempotencyHash(tenant, credential, idempotency);
    const hash = createHash('sha256').update(`${format} ${encoding} ${source}\n`).update(body).digest();
    const written = { key: hex(key), body: hex(hash.subarray(0, 16)) };
    await this.known;
    return this.#once(key, hash, receivedAt, () => this.#node.ingest({ ...incoming, key: written }));
  }

  /** The first with a key does the work; the others get its answer. */
  async #once(key: Uint8Array, body: Uint8Array, at: number, work: () => Promise<Ack>): Promise<Ack> {
    const keys = this.#keys;
    for (;;) {
      const begun = keys.begin(key, body, at);
      if (begun.kind === 'refuse') throw begun.refusal;
      if (begun.kind === 'again') return this.#again(begun.answer);
      if (begun.kind === 'wait') {
        const answer = await begun.answer;
        if (answer !== null) return this.#again(answer);
        continue;
      }
      try {
        const ack = await work();
        // Nothing of an empty request is kept, its key neither.
        if (ack.position === null) keys.abandon(key);
        else keys.finish(key, { accepted: ack.accepted, deadLettered: ack.dead, position: ack.position }, at);
        return ack;
      } catch (error) {
        keys.abandon(key);
        throw error;
      }
    }
  }

  /** The first answer, its reasons from the journal: keys are many, and kept in few bytes. */
  async #again({ accepted, deadLettered: dead, position }: Answer): Promise<Ack> {
    const ack = { accepted, dead, filtered: 0, received: accepted + dead, bytes: 0, position };
    return dead === 0 ? ack : { ...ack, letters: await this.#audit.notes(position) };
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
