/** For tests: a server for a whole suite, in the folder of its rules, configured as by a user: a file and flags. */
import fs from 'node:fs';
import path from 'node:path';
import type { Credentials } from '../meta/index.ts';
import { type Flags, loadConfig } from './config/index.ts';
import { type Answer as Asked, serve } from './server.twin.ts';
import type { Server } from './up.ts';

export { event, newFolder } from './server.twin.ts';

export const RULE = `title: Mallory
id: 00000000-0000-4000-8000-000000000001
logsource: {product: windows, service: security}
detection:
  sel: {User: mallory}
  condition: sel
level: high
`;

export interface Answer extends Omit<Asked, 'json'> {
  // biome-ignore lint/suspicious/noExplicitAny: whatever a server answers
  readonly json: any;
}

export interface Client {
  readonly server: Server;
  readonly credentials: Credentials;
  /** A key of no characters: without a credential. */
  get(path: string, key?: string): Promise<Answer>;
  send(method: string, path: string, body: unknown, key?: string): Promise<Answer>;
  /** `POST /v1/events` with the ingest key. */
  post(body: string | Uint8Array, headers?: Record<string, string>, query?: string): Promise<Answer>;
  /** Until everything up to this position is evaluated and stored. */
  evaluated(position: number): Promise<void>;
  close(): Promise<void>;
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
  const onFatal = (error: Error): void => options.onFatal?.(error);
  const { server, credentials, ask, send, close } = await serve(folder, { config, shippedRules: rules, onFatal });
  await server.rules;
  const keyOf = (key: string) => (key === '' ? null : key);
  return {
    server,
    credentials,
    get: (where, key = credentials.admin_key) => ask('GET', where, { key: keyOf(key) }),
    send: (method, where, body, key = credentials.admin_key) => ask(method, where, { key: keyOf(key), body }),
    post: (body, headers = {}, query = '') => send(body, query, headers),
    evaluated: (position) => server.node.evaluated(position),
    close: () => close(),
  };
}
