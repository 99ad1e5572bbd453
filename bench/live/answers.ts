/**
 * From ack to a query's answer: single events that nothing else is like, each asked for from the moment it was acknowledged until an
 * answer has it. Runs in the load generator, beside its load.
 */
import { HttpConnection } from './client.ts';
import type { LoadOrder } from './messages.ts';
import { type Quantiles, quantiles } from './quantiles.ts';

/** So many events are on their way at once: one that takes long does not keep the next from being due. */
const LANES = 4;
/** An answer that takes so long will not come. */
const GIVE_UP_MS = 30_000;

/** Events with one value in a field of their own. The one place that knows how queries are asked over HTTP. */
export async function countOf(url: string, key: string, marker: string): Promise<number> {
  const answer = await fetch(`${url}/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'application/x-ndjson' },
    body: JSON.stringify({ query: `events | where probe == ${JSON.stringify(marker)} | count` }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`a query was answered ${answer.status}: ${text}`);
  return (JSON.parse(text.split('\n', 1)[0]) as { Count: number }).Count;
}

export class Answers {
  readonly #order: LoadOrder;
  readonly #rate: number;
  readonly #afterAck: number[] = [];
  #sent = 0;
  #refused = 0;

  constructor(order: LoadOrder, rate: number) {
    this.#order = order;
    this.#rate = rate;
  }

  get taken(): number {
    return this.#sent - this.#refused;
  }

  /** Events that the server would not take. */
  get refused(): number {
    return this.#refused;
  }

  get quantiles(): Quantiles {
    return quantiles(this.#afterAck);
  }

  /** @param measuredFrom events due before then are not counted · @param until asked each time */
  async go(measuredFrom: number, until: () => number): Promise<void> {
    const firstMs = performance.now();
    let number = 0;
    const lane = async (): Promise<void> => {
      const connection = await HttpConnection.open(this.#order.url);
      const nextDue = (): number => firstMs + (number++ * 1000) / this.#rate;
      for (let due = nextDue(); due < until(); due = nextDue()) {
        const early = due - performance.now();
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
        const took = await this.#one(connection, `${process.pid}-${this.#sent++}`);
        if (took !== null && due >= measuredFrom) this.#afterAck.push(took);
      }
      connection.close();
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  /** Milliseconds from its ack to the first answer that has it; null: it was refused. */
  async #one(connection: HttpConnection, marker: string): Promise<number | null> {
    const { url, ingestKey, adminKey } = this.#order;
    const head = `POST /v1/events HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${ingestKey}\r\ncontent-type: application/x-ndjson\r\n`;
    const event = `${JSON.stringify({ '@timestamp': new Date().toISOString(), probe: marker })}\n`;
    const { status } = await connection.send(head, Buffer.from(event));
    if (status === 429 || status === 503) {
      this.#refused++;
      return null;
    }
    if (status !== 200) throw new Error(`the server answered ${status}`);
    const ackMs = performance.now();
    for (;;) {
      const count = await countOf(url, adminKey, marker);
      const afterMs = performance.now() - ackMs;
      if (count === 1) return afterMs;
      if (count > 1) throw new Error(`one event came ${count} times in an answer`);
      if (afterMs > GIVE_UP_MS) throw new Error(`an event is in no answer ${GIVE_UP_MS} ms after its ack`);
    }
  }
}
