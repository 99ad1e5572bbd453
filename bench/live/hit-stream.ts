/** Follows `/v1/hits/stream`: which journal position each hit is of, and when it came. */
import http from 'node:http';

const EVENT_ID = /"event_id":"[^"/]+\/\d+\/(\d+)\/\d+"/;
/** What identifies a hit stands at its beginning. */
const HEAD_CHARACTERS = 600;

export class HitStream {
  readonly positions: number[] = [];
  /** Milliseconds of `performance.now`. */
  readonly times: number[] = [];
  lastMs = performance.now();
  #request: http.ClientRequest | null = null;
  #rest = '';

  async open(url: string, key: string, rule: string | null): Promise<void> {
    const query = rule === null ? '' : `?rule=${encodeURIComponent(rule)}`;
    const headers = { authorization: `Bearer ${key}` };
    await new Promise<void>((resolve, reject) => {
      this.#request = http.get(`${url}/v1/hits/stream${query}`, { headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`the stream of hits answered ${response.statusCode}`));
        response.setEncoding('latin1');
        response.on('data', (text: string) => this.#take(text));
        response.on('error', () => {});
        resolve();
      });
      this.#request.on('error', reject);
    });
  }

  close(): void {
    this.#request?.destroy();
  }

  #take(text: string): void {
    const now = performance.now();
    this.#rest += text;
    let from = 0;
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n', from)) {
      const id = EVENT_ID.exec(this.#rest.slice(from, Math.min(end, from + HEAD_CHARACTERS)))?.[1];
      from = end + 2;
      if (id === undefined) continue;
      this.positions.push(Number(id));
      this.times.push(now);
      this.lastMs = now;
    }
    this.#rest = this.#rest.slice(from);
  }
}
