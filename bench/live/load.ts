/**
 * The load generator, a process of its own: `order` as its argument, a LoadOrder; messages.ts says the rest. Times are taken from
 * when a request was due, so that a server which holds up its senders is not measured by fewer of them.
 */
import { FramesClient, FramesRefused } from '../../src/ingest/index.ts';
import { Answers } from './answers.ts';
import { BodyReader } from './bodies.ts';
import { HttpConnection } from './client.ts';
import { ConnectionBody } from './connections.ts';
import { HitStream } from './hit-stream.ts';
import type { Bodies, Followed, FromLoad, LoadOrder, Sending, Sent, ToLoad } from './messages.ts';
import { quantiles } from './quantiles.ts';

/** No hit for so long: there are no more. */
const QUIET_MS = 400;
const RETRY_MS = 100;

/** How a body is sent; resolves with the position of its first entry, or the status of what was refused. */
export interface Sender {
  send(body: Buffer): Promise<{ readonly position: number } | { readonly refused: string }>;
  close(): void;
}

/** Bodies one after the other, for several connections. */
interface Supply {
  /** The next for a connection; null when there are no more. */
  next(connection: number): { readonly body: Buffer; readonly events: number } | null;
}

function supplyOf(bodies: Bodies, connections: number): Supply {
  let number = 0;
  if (bodies.kind === 'connections') {
    const made = Array.from({ length: connections }, (_, i) => new ConnectionBody(bodies.eventsPerBody, i));
    return {
      next(connection) {
        const own = made[connection];
        own.make(bodies.seed + number++, Date.now());
        return { body: own.bytes, events: own.events };
      },
    };
  }
  const reader = new BodyReader(bodies.file);
  const buffers = Array.from({ length: connections }, (): Buffer => Buffer.alloc(0));
  return {
    next(connection) {
      if (number >= reader.count) return null;
      const { body, buffer } = reader.read(number, buffers[connection]);
      buffers[connection] = buffer;
      return { body, events: reader.index.events[number++] };
    },
  };
}

async function framesSender({ socket, ingestKey }: LoadOrder): Promise<Sender> {
  const client = await FramesClient.connect({ path: socket, key: ingestKey, source: 'bench' });
  return {
    async send(body) {
      try {
        return { position: (await client.send([body])).position ?? 0 };
      } catch (error) {
        if (error instanceof FramesRefused && error.retryAfterMs !== null) return { refused: '503' };
        throw error;
      }
    },
    close: () => void client.close(),
  };
}

async function senderOf(order: LoadOrder, bodies: Bodies): Promise<Sender> {
  const { url, ingestKey, door } = order;
  if (door === 'frames') return framesSender(order);
  const connection = await HttpConnection.open(url);
  const encoding = bodies.kind === 'file' && bodies.encoding === 'zstd' ? 'content-encoding: zstd\r\n' : '';
  const head = `POST /v1/events HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${ingestKey}\r\ncontent-type: application/x-ndjson\r\n${encoding}`;
  return {
    async send(body) {
      const answer = await connection.send(head, body);
      if (answer.status !== 200) return { refused: String(answer.status) };
      return { position: (JSON.parse(answer.body) as { position?: number }).position ?? 0 };
    },
    close: () => connection.close(),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends for a while and keeps when each request was due and where it came to stand. */
class Run {
  readonly positions: number[] = [];
  readonly due: number[] = [];
  readonly #sending: Sending;
  readonly #senders: readonly Sender[];
  readonly #supply: Supply;
  readonly #acks: number[] = [];
  readonly #coldAcks: number[] = [];
  readonly #warmMs: number;
  readonly #refused: Record<string, number> = {};
  #events = 0;
  #eventsInAll = 0;
  #bytes = 0;
  #exhausted = false;
  /** From then on requests that are due are measured. */
  #fromMs = 0;
  #lastMs = 0;

  constructor(sending: Sending, senders: readonly Sender[], warmSeconds: number) {
    this.#warmMs = warmSeconds * 1000;
    this.#sending = sending;
    this.#senders = senders;
    this.#supply = supplyOf(sending.bodies, senders.length);
  }

  static async open(order: LoadOrder, sending: Sending): Promise<Run> {
    const senders = Array.from({ length: sending.connections }, () => senderOf(order, sending.bodies));
    return new Run(sending, await Promise.all(senders), order.warmSeconds);
  }

  /** @param until when the last request may be due, asked each time */
  async go(until: () => number): Promise<void> {
    const firstMs = performance.now();
    this.#fromMs = firstMs + this.#warmMs;
    let number = 0;
    const { rate } = this.#sending;
    const nextDue = (): number => (rate === null ? performance.now() : firstMs + (number++ * 1000) / rate);
    await Promise.all(
      this.#senders.map(async (sender, connection) => {
        for (let due = nextDue(); due < until(); due = nextDue()) {
          const early = due - performance.now();
          if (early > 0) await pause(early);
          const next = this.#supply.next(connection);
          if (next === null) {
            this.#exhausted = true;
            return;
          }
          await this.#deliver(sender, next, due, until);
        }
      }),
    );
    for (const sender of this.#senders) sender.close();
  }

  async #deliver(
    sender: Sender,
    { body, events }: { body: Buffer; events: number },
    due: number,
    until: () => number,
  ): Promise<void> {
    for (;;) {
      const answer = await sender.send(body);
      if ('refused' in answer) {
        // Overload is part of what is measured; anything else is not.
        if (!/^(429|503)$/.test(answer.refused)) throw new Error(`the server answered ${answer.refused}`);
        this.#refused[answer.refused] = (this.#refused[answer.refused] ?? 0) + 1;
        await pause(RETRY_MS);
        if (performance.now() > until()) return;
        continue;
      }
      this.#lastMs = performance.now();
      this.positions.push(answer.position);
      this.due.push(due);
      this.#eventsInAll += events;
      const measured = this.isMeasured(due);
      (measured ? this.#acks : this.#coldAcks).push(this.#lastMs - due);
      if (!measured) return;
      this.#events += events;
      this.#bytes += body.length;
      return;
    }
  }

  isMeasured(due: number): boolean {
    return due >= this.#fromMs;
  }

  get sent(): Sent {
    return {
      seconds: (this.#lastMs - this.#fromMs) / 1000,
      requestsInAll: this.positions.length,
      eventsInAll: this.#eventsInAll,
      requests: this.#acks.length,
      events: this.#events,
      bytes: this.#bytes,
      refused: this.#refused,
      exhausted: this.#exhausted,
      ack: quantiles(this.#acks),
      coldAck: quantiles(this.#coldAcks),
    };
  }
}

/** Hits and the requests they are of, joined by their places in the journal. */
function followed(runs: readonly Run[], of: Run, stream: HitStream): Followed {
  const requests = runs.flatMap((run) =>
    run.positions.map((position, i) => {
      const due = run.due[i];
      return { position, due, wanted: run === of, measured: run.isMeasured(due), lastMs: Number.NaN };
    }),
  );
  requests.sort((a, b) => a.position - b.position);
  const starts = Float64Array.from(requests, ({ position }) => position);
  const hits: number[] = [];
  const coldHits: number[] = [];
  stream.positions.forEach((position, i) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= position) low = middle;
      else high = middle;
    }
    const request = requests[low];
    if (request === undefined || !request.wanted || starts[low] > position) return;
    (request.measured ? hits : coldHits).push(stream.times[i] - request.due);
    request.lastMs = stream.times[i] - request.due;
  });
  const last = requests.filter(({ measured, lastMs }) => measured && !Number.isNaN(lastMs)).map(({ lastMs }) => lastMs);
  return { hits: quantiles(hits), coldHits: quantiles(coldHits), last: quantiles(last) };
}

const tell = (message: FromLoad): void => void process.send?.(message);

function told(kind: ToLoad['kind']): Promise<void> {
  return new Promise((resolve) => {
    const listener = (message: ToLoad): void => {
      if (message.kind !== kind) return;
      process.off('message', listener);
      resolve();
    };
    process.on('message', listener);
  });
}

const order = JSON.parse(process.argv[2]) as LoadOrder;
const load = await Run.open(order, order.load);
const probe = order.probe === null ? null : await Run.open(order, order.probe);
const answers = order.answers === null ? null : new Answers(order, order.answers.rate);
const stream = order.stream === null ? null : new HitStream();
await stream?.open(order.url, order.adminKey, order.stream?.rule ?? null);
tell({ kind: 'ready' });
await told('go');
const measuredFrom = performance.now() + order.warmSeconds * 1000;
const end = measuredFrom + order.seconds * 1000;
let loaded = false;
let cpu = process.cpuUsage();
const warm = pause(order.warmSeconds * 1000).then(() => {
  cpu = process.cpuUsage();
  tell({ kind: 'warm' });
});
await Promise.all([
  load.go(() => end).then(() => (loaded = true)),
  // Beside the load, and no longer than that lasts.
  probe?.go(() => (loaded ? 0 : end)),
  answers?.go(measuredFrom, () => (loaded ? 0 : end)),
  warm,
]);
const { user, system } = process.cpuUsage(cpu);
const evaluated = told('evaluated');
const [sent, probed] = [load.sent, probe?.sent ?? null];
tell({
  kind: 'sent',
  events: sent.events + (probed?.events ?? 0),
  eventsInAll: sent.eventsInAll + (probed?.eventsInAll ?? 0) + (answers?.taken ?? 0),
  cpuSeconds: (user + system) / 1e6,
});
await evaluated;
if (stream !== null) while (performance.now() - stream.lastMs < QUIET_MS) await pause(QUIET_MS / 4);
stream?.close();
const runs = probe === null ? [load] : [load, probe];
tell({
  kind: 'report',
  report: {
    load: sent,
    probe: probed,
    followed: stream === null ? null : followed(runs, load, stream),
    probeFollowed: stream === null || probe === null ? null : followed(runs, probe, stream),
    answers: answers === null ? null : { ...answers.quantiles, refused: answers.refused },
  },
});
process.disconnect();
