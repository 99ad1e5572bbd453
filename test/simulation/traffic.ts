/** Bodies of a few events, spelt in all ways, some lines bad, some late, each event with a number of its own. */
import { crc32 } from 'node:zlib';
import type { SeededRandom } from '../../src/base/index.ts';
import type { NewDelivery } from '../../src/pipeline/index.ts';

export interface Body {
  readonly delivery: NewDelivery;
  readonly events: readonly number[];
}

const USERS = ['mallory', 'carol', 'carol', 'alice'];
const BAD = ['{"a":}', 'no event', '[1]', '{"n":1} {}'];

export class Traffic {
  readonly #random: SeededRandom;
  #events = 0;
  #requests = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  body(now: number): Body {
    const random = this.#random;
    const events: number[] = [];
    const json = random.integer(4) === 0;
    const lines = Array.from({ length: random.integer(6) }, () => {
      if (!json && random.integer(8) === 0) return random.pick(BAD);
      events.push(this.#events);
      return this.#event(now);
    });
    const glue = random.pick(['\n', '\r\n', '\n \n']);
    const text = json ? `[${lines.join(', ')}]` : lines.join(glue);
    const body = Uint8Array.from(Buffer.from(text));
    return {
      events,
      delivery: {
        tenant: random.pick(['a', 'b']),
        source: random.pick(['s', 't']),
        door: 'http',
        credential: 'key:1',
        request: `request-${this.#requests++}`,
        receivedAt: now,
        format: json ? 'json' : 'ndjson',
        encoding: 'identity',
        sent: { bytes: body.length, crc: crc32(body) },
        body,
        key: null,
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
