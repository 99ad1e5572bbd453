/**
 * What every mutant has to live through: a node behind a socket is sent lines with and without carriage returns, an array, compressed
 * and uncompressed bodies, one that makes several batches and frames, bad lines, requests of two tenants, several at once, before
 * and after rules change; one rule is heard only by a correlation.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeBatch } from '../../src/batch/index.ts';
import { bareKernel } from '../../src/batch/scan.twin.ts';
import type { EventsDoor, Opened, Rules } from './stage.ts';
import type { Mutant } from './types.ts';

export const QUICK = '00000000-0000-4000-8000-000000000001';
export const HOST = '00000000-0000-4000-8000-000000000002';
export const HEARD = '00000000-0000-4000-8000-000000000003';
export const BURST = '00000000-0000-4000-8000-000000000004';

const rule = (id: string, field: string, value: string): string => `title: Rule ${id}
id: ${id}
logsource: {product: windows, service: security}
detection:
  sel: {${field}: '${value}'}
  condition: sel
level: high
`;

const burst = `title: Burst
id: ${BURST}
correlation:
  type: event_count
  rules: ['${HEARD}']
  group-by: [Host]
  timespan: 1m
  condition: {gte: 3}
level: critical
`;

/** The rules at first and after a change, by file. */
export const RULE_SETS: readonly Readonly<Record<string, string>>[] = [
  { 'quick.yml': rule(QUICK, 'User', 'mallory'), 'heard.yml': rule(HEARD, 'User', 'carol'), 'burst.yml': burst },
  {
    'quick.yml': rule(QUICK, 'User', 'mallory'),
    'host.yml': rule(HOST, 'Host', 'h1'),
    'heard.yml': rule(HEARD, 'User', 'carol'),
    'burst.yml': burst,
  },
];

let second = 0;
const event = (fields: Readonly<Record<string, unknown>>): string => {
  const at = new Date(Date.UTC(2026, 0, 2, 3, 4, second++ % 50)).toISOString();
  return JSON.stringify({ Channel: 'Security', EventID: 4624, '@timestamp': at, ...fields });
};

interface Body {
  /** Names the request in receipts, and so in mutants. */
  readonly source: string;
  readonly tenant?: 'a' | 'b' | 'c';
  /** Frames do not come by HTTP. */
  readonly type?: 'application/json' | 'frames';
  readonly encoding?: 'gzip' | 'zstd';
  readonly body: Uint8Array | string;
}

const lines = (count: number, fields: (i: number) => Record<string, unknown>): string[] =>
  Array.from({ length: count }, (_, i) => event({ i, ...fields(i) }));

/** As a client makes them: one for each list of lines. */
function framesOf(...batches: readonly (readonly string[])[]): Uint8Array {
  const kernel = bareKernel(1 << 16);
  const frames: Uint8Array[] = [];
  for (const batch of batches) {
    kernel.load(Uint8Array.from(Buffer.from(batch.join('\n'))));
    const meta = { tenant: '', source: '', mapping: '', timeOf: () => null };
    while (kernel.scan()) for (const frame of encodeBatch(kernel, meta)) frames.push(new Uint8Array(frame));
  }
  return Buffer.concat(frames);
}

const users = (i: number): Record<string, unknown> => ({ User: i % 2 === 0 ? 'mallory' : 'alice', Host: `h${i % 3}` });

/** Requests one after the other; those in a list at once. */
function requests(): {
  readonly before: readonly Body[];
  readonly first: readonly (Body | readonly Body[])[];
  readonly last: readonly Body[];
} {
  second = 0;
  const spaced = lines(3, users).map((line) => line.replaceAll(',"', ' , "'));
  const bad = ['{"a":}', ...lines(2, users), 'no event', event({ User: 'mallory' }), '["neither"]'];
  const filler = 'x'.repeat(900);
  return {
    before: [{ source: 'early', body: lines(3, users).join('\n') }],
    first: [
      { source: 'lines', body: `${lines(6, users).join('\n')}\n` },
      { source: 'crlf', tenant: 'b', body: `\ufeff${spaced.join('\r\n\r\n')}\r\n` },
      { source: 'bad', body: `${bad.join('\n')}\n` },
      { source: 'json', tenant: 'b', type: 'application/json', body: `[${lines(4, users).join(', ')}]` },
      { source: 'gzip', encoding: 'gzip', body: gzipSync(lines(4, users).join('\n')) },
      { source: 'frames', type: 'frames', body: framesOf(lines(3, users), lines(2, users)) },
      { source: 'zstd', encoding: 'zstd', body: zstdCompressSync(lines(4, users).join('\n')) },
      // Every text of its own, so that frames are large too, and there are two.
      {
        source: 'large',
        body: lines(1400, (i) => ({ User: i % 200 === 0 ? 'mallory' : 'bob', text: `${i} ${filler}` })).join('\n'),
      },
      [0, 1, 2, 3, 4, 5].map((n): Body => {
        return { source: `at-once-${n}`, tenant: n % 2 === 0 ? 'a' : 'b', body: lines(3, users).join('\n') };
      }),
      { source: 'heard', tenant: 'c', body: lines(4, () => ({ User: 'carol', Host: 'h9' })).join('\n') },
      { source: 'heard', tenant: 'c', body: lines(3, () => ({ User: 'carol', Host: 'h8' })).join('\n') },
    ],
    last: [
      { source: 'after', body: lines(4, users).join('\n') },
      // Time goes by for the correlation, which has a tenant with one source to itself.
      { source: 'heard', tenant: 'c', body: event({ '@timestamp': '2026-01-02T03:09:00.000Z', User: 'alice' }) },
      { source: 'end', body: lines(2, users).join('\n') },
      { source: 'bad-end', body: 'nothing\n' },
    ],
  };
}

/** How long a step may take, and where a mutant is known to cut one off. */
const PATIENCE_MS = 60_000;
const HANGS_MS = 500;

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const patience = new Promise((resolve) => setTimeout(resolve, ms).unref());
  await Promise.race([work.catch(() => {}), patience]);
}

export interface Surroundings {
  readonly stage: typeof import('./stage.ts');
  /** Data folder. */
  readonly folder: string;
  readonly sets: readonly Rules[];
  readonly mutant: Pick<Mutant, 'restart' | 'hangs'> | null;
}

/** Says what stopped the node, if anything did. */
export async function live({ stage, folder, sets, mutant }: Surroundings): Promise<string | null> {
  let broken: string | null = null;
  const open = (): Promise<Opened> =>
    stage.openStaged(folder, (error) => {
      broken = error.message;
    });
  const { before, first, last } = requests();
  let opened = await open();
  let socket = await listen(opened.door);
  const patience = mutant?.hangs === true ? HANGS_MS : PATIENCE_MS;
  const send = (body: Body): Promise<void> => {
    return within(patience, body.type === 'frames' ? deliver(opened, body) : post(socket.port, body));
  };
  for (const body of before) await send(body);
  if (mutant?.restart === true) {
    socket.close();
    await opened.node.abandon();
    opened.stop();
    opened = await open();
    socket = await listen(opened.door);
  }
  const { node } = opened;
  await within(patience, node.changeRules(sets[0], []));
  for (const body of first) await Promise.all(Array.isArray(body) ? body.map(send) : [send(body as Body)]);
  await within(patience, node.changeRules(sets[1], []));
  for (const body of last) await send(body);
  socket.close();
  await within(patience, node.evaluated(node.progress.durable - 1));
  await node.close(patience).catch(() => {});
  opened.stop();
  return broken;
}

async function listen(door: EventsDoor): Promise<{ port: number; close(): void }> {
  const server = http.createServer((request, response) => {
    const tenant = String(request.headers['x-tenant']);
    const principal = { tenant, credential: 'key:1', name: 'test', scopes: new Set<never>(), expiresMs: null };
    Promise.resolve(door.handle(request, response, principal, 'request')).catch(() => {
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function deliver({ deliveries }: Opened, { source, body }: Body): Promise<unknown> {
  return deliveries.ingest({
    tenant: 'a',
    source,
    door: 'frames',
    credential: 'key:1',
    request: 'request',
    receivedAt: Date.now(),
    format: 'frames',
    encoding: 'identity',
    body: Uint8Array.from(Buffer.from(body)),
    idempotency: null,
  });
}

function post(port: number, { source, tenant = 'a', type, encoding, body }: Body): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      'x-tenant': tenant,
      'content-type': type ?? 'application/x-ndjson',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    };
    const options = { port, host: '127.0.0.1', method: 'POST', path: `/v1/events?source=${source}`, headers };
    const request = http.request(options, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
    request.end(body);
  });
}
