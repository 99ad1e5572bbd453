/** Senders as they should be: each request has an Idempotency-Key, and is sent again, the same, until it is acknowledged. */
import http from 'node:http';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Issued, Oracle } from './oracle.ts';
import { pause } from './server.ts';

export interface Target {
  /** Where the server answers now; empty while there is none. */
  readonly url: string;
  readonly key: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface SenderOptions {
  readonly senders: number;
  readonly eventsMax?: number;
  readonly eventBytes?: number;
  /** Milliseconds between two requests of one sender. */
  readonly pauseMs?: number;
  /** What a sender waits at most when it is told to come back; it should be what the server says, which takes seconds. */
  readonly waitMsMax?: number;
  /** Event time; the clock without one. */
  readonly now?: () => number;
  /** Each event has a field that no other has. */
  readonly madeUpFields?: boolean;
  readonly sourceOf?: (sender: number, request: number) => string;
}

const ANSWER_MS = 30_000;

interface Request {
  readonly source: string;
  readonly key: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly events: readonly Issued[];
  readonly letters: readonly Issued[];
}

export class Senders {
  /** Answers by status; 0: the connection ended without one. */
  readonly statuses = new Map<number, number>();
  /** Refusals that do not say when to come back. */
  untold = 0;
  /** What must not be: an answer that is neither an acknowledgement nor a request to come again. */
  readonly faults: string[] = [];
  acknowledged = 0;
  inFlight = 0;
  /** Milliseconds between two requests of one sender. */
  pauseMs: number;
  readonly #oracle: Oracle;
  readonly #options: SenderOptions;
  readonly #agent: http.Agent;
  readonly #target: () => Target | null;
  readonly #loops: Promise<void>[] = [];
  #requests = 0;
  #paused = false;
  #ended = false;

  constructor(oracle: Oracle, target: () => Target | null, options: SenderOptions) {
    this.#oracle = oracle;
    this.#target = target;
    this.pauseMs = options.pauseMs ?? 0;
    this.#options = options;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: options.senders * 2 });
    for (let i = 0; i < options.senders; i++) this.#loops.push(this.#loop(i));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Begins no new request; resolves when all that were begun are acknowledged. */
  async settled(withinMs = 60_000): Promise<void> {
    this.pause();
    const end = performance.now() + withinMs;
    while (this.inFlight > 0) {
      if (performance.now() > end) throw new Error(`${this.inFlight} requests were not acknowledged in ${withinMs} ms`);
      await pause(5);
    }
  }

  /** Gives up what is in work: there will be no server any more. */
  async abandon(): Promise<void> {
    await this.end();
    this.inFlight = 0;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  /** One event for each source, ahead of all others by event time: what correlations wait for has then passed. */
  async close(aheadMs: number): Promise<number> {
    const { senders, now = Date.now } = this.#options;
    const positions: number[] = [];
    for (let sender = 0; sender < senders; sender++) {
      const request = this.#request(sender, [this.#oracle.plain(now() + aheadMs)], []);
      positions.push(await this.#send(request));
    }
    return Math.max(...positions);
  }

  async #loop(sender: number): Promise<void> {
    const { eventsMax = 60, eventBytes = 200, madeUpFields = false, now = Date.now } = this.#options;
    const { random } = this.#oracle;
    while (!this.#ended) {
      if (this.#paused) {
        await pause(5);
        continue;
      }
      this.inFlight++;
      const events = Array.from({ length: 1 + random.integer(eventsMax) }, () =>
        this.#oracle.event(now(), eventBytes, madeUpFields),
      );
      const letters = random.integer(20) === 0 ? [this.#oracle.letter()] : [];
      await this.#send(this.#request(sender, events, letters));
      this.inFlight--;
      if (this.pauseMs > 0) await pause(this.pauseMs);
    }
  }

  #request(sender: number, events: readonly Issued[], letters: readonly Issued[]): Request {
    const { random } = this.#oracle;
    const number = this.#requests++;
    const source = this.#options.sourceOf?.(sender, number) ?? `s${sender}`;
    // Bad lines can only be told from events where each line is one.
    const array = letters.length === 0 && random.integer(5) === 0;
    const texts = [...events, ...letters].map(({ text }) => text);
    const plain = Buffer.from(array ? `[${texts.join(',')}]` : `${texts.join('\n')}\n`);
    const encoding = random.pick(['identity', 'identity', 'gzip', 'zstd'] as const);
    const body = encoding === 'gzip' ? gzipSync(plain) : encoding === 'zstd' ? zstdCompressSync(plain) : plain;
    const headers = {
      'content-type': array ? 'application/json' : 'application/x-ndjson',
      'content-length': String(body.length),
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
    };
    return { source, key: `${events[0]?.id}`, body, headers, events, letters };
  }

  /** Until it is acknowledged, or the senders end. The position of its first entry. */
  async #send(request: Request): Promise<number> {
    while (!this.#ended) {
      const answer = await this.#try(request);
      this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
      if (answer.status === 200) return this.#acknowledge(request, answer);
      await this.#comeAgain(answer);
    }
    return -1;
  }

  #acknowledge({ events, letters }: Request, { text }: Answer): number {
    const { accepted, dead_lettered, position } = JSON.parse(text) as Record<string, number>;
    if (accepted !== events.length || dead_lettered !== letters.length) {
      this.faults.push(`${events.length} events and ${letters.length} bad lines were answered with ${text}`);
    }
    for (const { id } of events) this.#oracle.obligations.set(id, position ?? -1);
    for (const { id } of letters) this.#oracle.letters.add(id);
    this.acknowledged += events.length;
    return position ?? -1;
  }

  async #comeAgain({ status, headers, text }: Answer): Promise<void> {
    const { waitMsMax = 50 } = this.#options;
    if (status === 0) {
      await pause(10);
      return;
    }
    if (status !== 429 && status !== 503) {
      this.faults.push(`${status}: ${text}`);
      await pause(100);
      return;
    }
    const seconds = Number(headers['retry-after']);
    if (!(seconds > 0)) this.untold++;
    await pause(Math.min(seconds > 0 ? seconds * 1000 : waitMsMax, waitMsMax));
  }

  #try({ source, key, body, headers }: Request): Promise<Answer> {
    const target = this.#target();
    if (target === null) return Promise.resolve({ status: 0, headers: {}, text: '' });
    return send(this.#agent, target, `/v1/events?source=${source}`, { ...headers, 'idempotency-key': key }, body);
  }
}

/** One request; status 0 where no answer came. */
export function send(
  agent: http.Agent,
  { url, key }: Target,
  where: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 0, headers: {}, text: '' });
    const request = http.request(
      `${url}${where}`,
      { method: 'POST', agent, timeout: ANSWER_MS, headers: { ...headers, authorization: `Bearer ${key}` } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (more: string) => {
          text += more;
        });
        response.on('end', () => {
          const { statusCode = 0 } = response;
          resolve({ status: response.complete ? statusCode : 0, headers: response.headers, text });
        });
        response.on('error', failed);
        response.on('close', failed);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', failed);
    request.end(body);
  });
}
