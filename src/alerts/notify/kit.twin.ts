/** What the tests of notifiers share: a store to fill, a receiver on loopback, a clock that does not wait. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Detections, type Hit } from '../../store/index.ts';
import type { Batch, NotifyClock, Outcome, Sender } from './types.ts';

export const folder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'weir-notify-'));

export const LOOPBACK = ['127.0.0.0/8'];

/** The hits of one position, always the same. */
export function hitsOf(position: number, change: Partial<Hit> = {}): Hit[] {
  return [0, 1, 2].map((row) => ({
    tenant: 'acme',
    rule: { id: row === 2 ? 'r2' : 'r1', version: 'v1', level: row === 2 ? 'low' : 'high' },
    source: 'dc1',
    position,
    row,
    time: null,
    received: 1_700_000_000_000 + position,
    live: true,
    body: Buffer.from(`"event":{"position":${position},"row":${row}}`),
    ...change,
  }));
}

export class Filled {
  readonly folder = folder();
  readonly store = new Detections(path.join(this.folder, 'detect.db'));
  readonly cursors = path.join(this.folder, 'notify.db');
  #position = -1;

  get feed() {
    return this.store.read.hits;
  }

  /** Three hits a position. */
  add(positions: number, change: Partial<Hit> = {}): void {
    for (let i = 0; i < positions; i++) {
      this.#position += 1;
      const position = this.#position;
      const hits = hitsOf(position, change);
      this.store.commit({ log: 'abc/0', checkpoint: { position, received: 1, ruleSet: 's' }, hits });
    }
  }
}

/** Does as it is told, one outcome a delivery, then delivers. */
export class ToldSender implements Sender {
  readonly batches: Batch[] = [];
  readonly #outcomes: Outcome[];

  constructor(...outcomes: Outcome[]) {
    this.#outcomes = outcomes;
  }

  async deliver(batch: Batch): Promise<Outcome> {
    this.batches.push(batch);
    return this.#outcomes.shift() ?? { kind: 'delivered' };
  }

  get sequences(): number[][] {
    return this.batches.map(({ hits }) => hits.map(({ sequence }) => sequence));
  }
}

/** Time passes only in sleeps, which it notes down; chance is always the least. */
export class NotedClock implements NotifyClock {
  readonly sleeps: number[] = [];
  #now = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    this.#now += ms;
    if (!signal.aborted) await turn();
  }
}

export interface Request {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A receiver whose answers a test decides; `close` ends its connections. */
export async function receiver(
  answer: (request: Request, response: http.ServerResponse) => void,
): Promise<{ readonly url: string; readonly requests: Request[]; close(): Promise<void> }> {
  const requests: Request[] = [];
  const server = http.createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('error', () => {});
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = { headers: incoming.headers, body: Buffer.concat(chunks) };
      requests.push(request);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}/hook`, requests, close };
}

/** Waits until something holds, or longer than any test should. */
export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds() && i < 10_000; i++) await new Promise((resolve) => setTimeout(resolve, 5));
}
