/** Golden data folders: each as one file, what weir says of it, and of which versions what is in it is. */
import fs from 'node:fs';
import path from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { openDatabase } from '../../src/base/index.ts';
import { releaseFolder, verifyFolder } from '../../src/pipeline/index.ts';
import { configSchema } from '../../src/server/config/schema.ts';
import { FIRST, rule, rulesIn, serve, type TestServer } from '../../src/server/server.twin.ts';

export const GOLDEN = import.meta.dirname;

/** A folder as a text: paths, and what is in the files in base64. */
export function pack(folder: string): Uint8Array {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => fs.statSync(path.join(folder, name)).isFile()).sort();
  const content = files.map((name) => [name, fs.readFileSync(path.join(folder, name), 'base64')]);
  return zstdCompressSync(JSON.stringify(Object.fromEntries(content)));
}

export function unpack(archive: string, folder: string): void {
  const content = JSON.parse(zstdDecompressSync(fs.readFileSync(archive)).toString()) as Readonly<
    Record<string, string>
  >;
  for (const [name, text] of Object.entries(content)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), Buffer.from(text, 'base64'));
  }
}

export interface Formats {
  readonly [part: string]: number;
}

/** Of the footer's `weir.format`, which has the length of its value before it, and the type of what follows before that. */
function segmentFormat(file: Buffer): number {
  const name = 'weir.format';
  return Number(file.toString('latin1', file.indexOf(name) + name.length + 2).charAt(0));
}

/** Versions as they stand in the files. */
export function formatsOf(data: string): Formats {
  const [journal] = fs.globSync('journal/*.wj', { cwd: data });
  const [released] = fs.globSync('journal/*.wjr', { cwd: data });
  const [segment] = fs.globSync('store/*/*/*.parquet', { cwd: data });
  const bytes = (name: string): Buffer => fs.readFileSync(path.join(data, name));
  const tables = (name: string, sql: string): number => {
    const database = openDatabase(path.join(data, name), { readOnly: true });
    try {
      return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
    } finally {
      database.close();
    }
  };
  const steps = 'SELECT max(version) FROM migrations';
  return {
    entry: bytes(journal)[12],
    head: Math.max(bytes('journal/HEAD')[8], bytes('journal/HEAD')[4096 + 8]),
    ...(released === undefined ? {} : { released: zstdDecompressSync(bytes(released))[4] }),
    identity: Number(/^weir journal (\d+)\n/.exec(bytes('journal/ID').toString())?.[1]),
    segment: segmentFormat(bytes(segment)),
    catalogue: tables('store/catalogue.db', steps),
    detect: tables('detect.db', steps),
    meta: tables('meta.db', 'PRAGMA user_version'),
  };
}

/** A server whose journal has files so small that some of them are closed, and can be released. */
export function openSmall(folder: string): Promise<TestServer> {
  const paths = [rulesIn(folder, rule(FIRST, 'User', 'mallory'))];
  const config = configSchema.parse({ data: path.join(folder, 'data'), listen: { port: 0 }, rules: { paths } });
  return serve(folder, { config: { ...config, journal: { ...config.journal, segment_bytes: 4096 } } });
}

/** Releases all it can of a folder, which must be something. */
export function releaseAll(data: string): void {
  const { files } = releaseFolder(data, { keyPath: null, keepMs: 0, environment: {} });
  if (files === 0) throw new Error('nothing of the journal was released');
}

export interface Told {
  readonly events: readonly unknown[];
  readonly bySource: readonly unknown[];
  readonly hits: readonly string[];
  readonly books: unknown;
  readonly deadLetters: number;
  readonly holds: readonly string[];
  readonly saved: readonly string[];
}

/** What a running server says. */
export async function toldBy(server: TestServer): Promise<Told> {
  const rows = async (query: string): Promise<unknown[]> => {
    const answer = await fetch(`${server.server.url}/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.credentials.admin_key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await answer.text())
      .trim()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  };
  const json = async (where: string) => (await server.ask('GET', where)).json;
  const list = async (where: string, name: string): Promise<string[]> => {
    const found = await json(where);
    const items = (Array.isArray(found) ? found : found['items']) as unknown as Readonly<Record<string, unknown>>[];
    return items.map((item) => String(item[name])).sort();
  };
  return {
    events: await rows('events | sort by n asc | project n, User, list, weir.source.id, @timestamp'),
    bySource: await rows('events | summarize n=count(), sum=sum(n) by weir.source.id | sort by weir.source.id asc'),
    hits: await list('/v1/hits?limit=1000', 'id'),
    books: (await rows('books | summarize received=sum(received), stored=sum(stored), dead=sum(dead_lettered)'))[0],
    deadLetters: (await list('/v1/dead-letters?limit=1000', 'id')).length,
    holds: await list('/v1/holds', 'name'),
    saved: await list('/v1/queries', 'name'),
  };
}

/** What is wrong with a folder; nothing may be. */
export const faultsOf = (data: string): readonly unknown[] => verifyFolder({ folder: data, detection: true }).findings;
