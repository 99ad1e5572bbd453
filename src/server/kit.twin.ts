/** For tests: a server of its own in this process, on any free port, with rules of a few lines. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openLog } from '../base/index.ts';
import type { Credentials } from '../meta/index.ts';
import { type Flags, loadConfig } from './config/index.ts';
import { type Server, startServer } from './up.ts';

export const RULE = `title: Mallory
id: 00000000-0000-4000-8000-000000000001
logsource: {product: windows, service: security}
detection:
  sel: {User: mallory}
  condition: sel
level: high
`;

export const event = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ Channel: 'Security', EventID: 4624, '@timestamp': '2026-01-02T03:04:05.000Z', ...fields });

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a server answers
  readonly json: any;
}

export interface Client {
  readonly server: Server;
  readonly credentials: Credentials;
  get(path: string, key?: string): Promise<Answer>;
  send(method: string, path: string, body: unknown, key?: string): Promise<Answer>;
  /** `POST /v1/events` with the ingest key. */
  post(body: string | Uint8Array, headers?: Record<string, string>, query?: string): Promise<Answer>;
  /** Until everything up to this position is evaluated and stored. */
  evaluated(position: number): Promise<void>;
  close(): Promise<void>;
}

export function newFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'weir-server-'));
}

export async function openServer(
  folder: string,
  options: { rules?: readonly string[]; flags?: Flags; yaml?: string; onFatal?: (error: Error) => void } = {},
): Promise<Client> {
  const rules = path.join(folder, 'rules');
  fs.mkdirSync(rules, { recursive: true });
  (options.rules ?? [RULE]).forEach((text, i) => {
    fs.writeFileSync(path.join(rules, `${i}.yml`), text);
  });
  const file = path.join(folder, 'weir.yaml');
  fs.writeFileSync(file, options.yaml ?? '');
  const flags = { data: path.join(folder, 'data'), listen: '127.0.0.1:0', rules: [rules], ...options.flags };
  const config = loadConfig({ file, flags, environment: {} });
  const log = await openLog({ level: 'off' });
  const server = await startServer({
    config,
    version: 'test',
    shippedRules: rules,
    cache: null,
    threads: 1,
    log,
    onFatal: (error) => options.onFatal?.(error),
  });
  await server.rules;
  const kept = path.join(folder, 'data', 'credentials.json');
  const credentials = JSON.parse(fs.readFileSync(kept, 'utf8')) as Credentials;
  const ask = async (method: string, where: string, key: string, init: RequestInit = {}): Promise<Answer> => {
    const answer = await fetch(`${server.url}${where}`, {
      ...init,
      method,
      headers: { ...(key === '' ? {} : { authorization: `Bearer ${key}` }), ...init.headers },
    });
    const text = await answer.text();
    const isJson = (answer.headers.get('content-type') ?? '').includes('json');
    return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return {
    server,
    credentials,
    get: (where, key = credentials.admin_key) => ask('GET', where, key),
    send: (method, where, body, key = credentials.admin_key) =>
      ask(method, where, key, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    post: (body, headers = {}, query = '') =>
      ask('POST', `/v1/events${query}`, credentials.ingest_key, {
        body: typeof body === 'string' ? body : Uint8Array.from(body),
        headers: { 'content-type': 'application/x-ndjson', ...headers },
      }),
    evaluated: (position) => server.node.evaluated(position),
    close: () => server.close(2000),
  };
}
