/** For tests: a whole server in a folder of its own, over real HTTP, with rules of a few lines. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'node:test';
import { type Load, type LoadSampler, openLog } from '../base/index.ts';
import type { Credentials } from '../meta/index.ts';
import { event, FIRST, rule, rulesIn, SECOND } from '../pipeline/live/kit.twin.ts';
import { type ConfigFile, configSchema } from './config/schema.ts';
import { type Server, startServer, type UpOptions } from './up.ts';

export { event, FIRST, rule, rulesIn, SECOND };

export const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'weir-server-'));

/** JSON of whatever shape; what is not as a test expects fails in its assertion. */
export type Loose = { readonly [name: string]: Loose } & readonly Loose[];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; empty where it is none. */
  readonly json: Loose;
}

export interface TestServer {
  readonly folder: string;
  readonly server: Server;
  readonly credentials: Credentials;
  readonly logged: string[];
  /** What `onFatal` was told. */
  readonly fatal: Error[];
  ask(
    method: string,
    path: string,
    options?: { key?: string | null; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** Events as lines, to `POST /v1/events`. */
  send(lines: string | Uint8Array, query?: string, headers?: Record<string, string>): Promise<Answer>;
  /** Resolves when everything taken so far is evaluated and stored. */
  settled(): Promise<void>;
  close(withinMs?: number): Promise<void>;
}

/** Servers that a failed test left open would keep its process from ending. */
const open = new Set<Server>();
afterEach(async () => {
  for (const server of open) await server.close(0).catch(() => {});
  open.clear();
});

/** Where a folder is given that a server had before, its credentials are those of then. */
export async function openServer(
  options: {
    readonly folder?: string;
    readonly config?: ConfigFile;
    /** Texts of rules; one that matches `User: mallory` unless said. */
    readonly rules?: readonly string[];
  } & Partial<Omit<UpOptions, 'config'>> = {},
): Promise<TestServer> {
  const { folder = newFolder(), config = {}, rules = [rule(FIRST, 'User', 'mallory')], ...more } = options;
  const paths = config.rules?.paths ?? [rulesIn(folder, ...rules)];
  const parsed = configSchema.parse({
    data: path.join(folder, 'data'),
    ...config,
    listen: { port: 0, ...config.listen },
    rules: { ...config.rules, paths },
  });
  const served = await serve(folder, { ...more, config: parsed });
  open.add(served.server);
  return served;
}

/** As {@link openServer}, under a whole configuration; a test that fails leaves it open. */
export async function serve(
  folder: string,
  options: Partial<UpOptions> & Pick<UpOptions, 'config'>,
): Promise<TestServer> {
  const logged: string[] = [];
  const fatal: Error[] = [];
  const log = options.log ?? (await openLog({ format: 'json', level: 'debug', write: (line) => logged.push(line) }));
  const server = await startServer({
    version: 'test',
    shippedRules: '',
    cache: null,
    threads: 1,
    onFatal: (error) => fatal.push(error),
    ...options,
    log,
  });
  const file = path.join(folder, 'data', 'credentials.json');
  const credentials = server.credentials ?? (JSON.parse(fs.readFileSync(file, 'utf8')) as Credentials);
  const ask: TestServer['ask'] = async (method, where, { key = credentials.admin_key, body, headers = {} } = {}) => {
    const response = await fetch(server.url + where, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: sent(body) }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : {};
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    folder,
    server,
    credentials,
    logged,
    fatal,
    ask,
    send: (lines, query = '', headers = {}) =>
      ask('POST', `/v1/events${query}`, {
        key: credentials.ingest_key,
        body: lines,
        headers: { 'content-type': 'application/x-ndjson', ...headers },
      }),
    settled: async () => {
      await server.rules;
      await server.node.evaluated(server.node.progress.durable - 1);
    },
    close: async (withinMs = 2000) => {
      open.delete(server);
      await server.close(withinMs);
    },
  };
}

function sent(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return Uint8Array.from(body);
  return typeof body === 'string' ? body : JSON.stringify(body);
}

export const GIB = 1024 ** 3;
export const CALM: Load = {
  cpuShare: 0,
  memoryBytes: 0,
  eventLoopDelayMs: 0,
  diskFreeBytes: 90 * GIB,
  diskBytes: 100 * GIB,
};

/** A machine as loaded as the test says. */
export function toldMachine(): { load: Load; sampler: () => LoadSampler } {
  const machine = { load: CALM, sampler: () => ({ sample: () => machine.load, [Symbol.dispose]: () => {} }) };
  return machine;
}

/** Waits until something holds; fails where it does not within a minute. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'what was waited for'): Promise<void> {
  for (let i = 0; i < 2400; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not come`);
}
