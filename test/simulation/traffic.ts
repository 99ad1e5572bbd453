/**
 * Bodies of a few events, spelt in all ways, some lines bad, some late, each event with a number of its own. Some have an idempotency
 * key: those may be sent again, and now and then a key is used for another body.
 */
import { crc32 } from 'node:zlib';
import type { SeededRandom } from '../../src/base/index.ts';
import { encodeBatch } from '../../src/batch/index.ts';
import { bareKernel } from '../../src/batch/scan.twin.ts';
import type { Incoming } from '../../src/pipeline/live/deliveries.ts';

export interface Body {
  readonly delivery: Incoming;
  /** Numbers of the events in it, and how many lines are none. */
  readonly events: readonly number[];
  readonly bad: number;
}

const USERS = ['mallory', 'carol', 'carol', 'alice'];
const BAD = ['{"a":}', 'no event', '[1]', '{"n":1} {}'];

export class Traffic {
  readonly #random: SeededRandom;
  /** Bodies with a key, as they were first sent. */
  readonly #keyed: Body[] = [];
  #events = 0;
  #requests = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** A new body, or one that was sent before. */
  next(now: number): Body {
    const random = this.#random;
    const before = this.#keyed.length > 0 && random.integer(4) === 0 ? random.pick(this.#keyed) : null;
    if (before !== null && random.integer(6) > 0) return this.#again(before, now);
    const body = this.#body(now, before?.delivery ?? null);
    // The node takes what it is given, so what is sent is a copy.
    if (body.delivery.idempotency !== null) this.#keyed.push(body);
    return this.#again(body, now);
  }

  #again({ delivery, ...body }: Body, now: number): Body {
    const request = `request-${this.#requests++}`;
    return { ...body, delivery: { ...delivery, request, receivedAt: now, body: delivery.body.slice() } };
  }

  /** @param before whose key is used */
  #body(now: number, before: Incoming | null): Body {
    const random = this.#random;
    const events: number[] = [];
    const format = random.pick(['ndjson', 'ndjson', 'json', 'frames'] as const);
    const lines = Array.from({ length: random.integer(6) }, () => {
      if (format === 'ndjson' && random.integer(8) === 0) return random.pick(BAD);
      events.push(this.#events);
      return this.#event(now);
    });
    const glue = random.pick(['\n', '\r\n', '\n \n']);
    const text = format === 'json' ? `[${lines.join(', ')}]` : lines.join(glue);
    const body = format === 'frames' ? framesOf(lines) : Uint8Array.from(Buffer.from(text));
    const key = random.integer(3) === 0 ? `key-${this.#requests}` : null;
    return {
      events,
      bad: lines.length - events.length,
      delivery: {
        tenant: before?.tenant ?? random.pick(['a', 'b']),
        source: random.pick(['s', 't']),
        door: 'http',
        credential: 'key:1',
        request: '',
        receivedAt: now,
        format,
        encoding: 'identity',
        // Of frames each has a checksum of its own.
        ...(format === 'frames' ? {} : { sent: { bytes: body.length, crc: crc32(body) } }),
        body,
        idempotency: before?.idempotency ?? key,
      },
    };
  }

  #event(now: number): string {
    const random = this.#random;
    // Mostly in order, some late, some ahead.
    const shift = random.pick([0, 0, 0, -500, -3000, -20_000, 2000]);
    const text = JSON.stringify({
      Channel: 'Security',
      EventID: 4624,
      ...(random.integer(10) === 0 ? {} : { '@timestamp': new Date(now + shift).toISOString() }),
      n: this.#events++,
      User: random.pick(USERS),
      Host: random.pick(['h1', 'h2']),
    });
    return random.integer(4) === 0 ? text.replaceAll(',', ' , ') : text;
  }
}

const kernel = bareKernel(1 << 16);

/** As a client makes them, one of each two lines. */
function framesOf(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < lines.length; at += 2) {
    kernel.load(Uint8Array.from(Buffer.from(lines.slice(at, at + 2).join('\n'))));
    const meta = { tenant: '', source: '', mapping: '', timeOf: () => null };
    while (kernel.scan()) for (const frame of encodeBatch(kernel, meta)) frames.push(new Uint8Array(frame));
  }
  return Uint8Array.from(Buffer.concat(frames));
}
