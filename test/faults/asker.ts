/**
 * Asks a server again and again how many events it has. Each question has what came since cut into segments, small ones, which are merged sixteen at
 * a time: so faults meet cutting and merging, which else happen every ten seconds.
 */
import { pause, type Server } from './server.ts';

const EVERY_MS = 250;

export class Asker {
  readonly #server: () => Server | null;
  readonly #asking: Promise<void>;
  #going = true;
  /** Answers so far; those that a fault met are none. */
  answers = 0;

  constructor(server: () => Server | null) {
    this.#server = server;
    this.#asking = this.#ask();
  }

  async end(): Promise<void> {
    this.#going = false;
    await this.#asking;
  }

  async #ask(): Promise<void> {
    while (this.#going) {
      await pause(EVERY_MS);
      const server = this.#server();
      if (server === null || server.url === '' || server.exit !== null) continue;
      try {
        await linesOf(server, 'events | count', 10_000);
        this.answers++;
      } catch {
        // It was killed, or its disk is full: others find out whether it may be.
      }
    }
  }
}

/** The rows of an answer; throws where it did not come to its end. */
export async function linesOf(server: Server, query: string, withinMs = 60_000): Promise<string[]> {
  const answer = await fetch(`${server.url}/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.credentials.admin_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(withinMs),
  });
  const lines = (await answer.text()).trim().split('\n');
  const last = lines.pop() ?? '';
  if (!answer.ok || !last.startsWith('{"weir.coverage"')) throw new Error(`${query}: ${answer.status} ${last}`);
  return lines;
}
