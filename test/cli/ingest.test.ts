/** `weir ingest` as a command: into servers and folders, stopped, killed and run again. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { seededRandom } from '../../src/base/index.ts';
import { openBatch } from '../../src/batch/index.ts';
import { JournalReader } from '../../src/journal/index.ts';
import { verifyFolder } from '../../src/pipeline/index.ts';
import { type Client, openServer } from '../../src/server/kit.twin.ts';
import { skipWithout } from '../shared.ts';
import { ended, processEvent, type Result, RULE, scratch, startWeir, weir } from './run.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** The program without its launcher: one process to kill. */
function start(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [MAIN, 'ingest', ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** A server that ends with the test, if it has not before. */
async function serverIn(t: TestContext, folder: string): Promise<Client> {
  const server = await openServer(folder);
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= server.close();
    return closing;
  };
  t.after(close);
  return { ...server, close };
}

/** How often each number `n` of an event stands in the journal, and under which sources. */
function numbersIn(data: string): { readonly counts: Map<number, number>; readonly sources: Set<string> } {
  const counts = new Map<number, number>();
  const sources = new Set<string>();
  const reader = new JournalReader(path.join(data, 'journal'));
  const { first, next } = reader.head();
  for (const { kind, payload } of reader.read(first, next)) {
    if (kind !== 'events') continue;
    const batch = openBatch(payload);
    sources.add(batch.header.source);
    for (let row = 0; row < batch.rows; row++) {
      const [, n] = /^\{"n":(\d+)/.exec(Buffer.from(batch.rowText(row)).toString()) ?? [];
      counts.set(Number(n), (counts.get(Number(n)) ?? 0) + 1);
    }
  }
  return { counts, sources };
}

/** Between sender and server: counts what passes, and holds, breaks or refuses some of it. */
async function proxy(
  t: TestContext,
  server: Client,
  pass: (event: 'request' | 'answer') => Promise<'pass' | 'busy' | 'cut'>,
) {
  const inner = new URL(server.server.url);
  const outer = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => {});
    request.on('end', async () => {
      const what = await pass('request');
      if (what === 'cut') return void request.socket.destroy();
      if (what === 'busy') return void response.writeHead(503, { 'retry-after': '1' }).end();
      const { method, url, headers } = request;
      const onward = http.request({ host: inner.hostname, port: inner.port, method, path: url, headers }, (answer) => {
        const answered: Buffer[] = [];
        answer.on('data', (part: Buffer) => answered.push(part));
        answer.on('end', async () => {
          if ((await pass('answer')) === 'cut') request.socket.destroy();
          else
            response
              .writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' })
              .end(Buffer.concat(answered));
        });
      });
      onward.end(Buffer.concat(parts));
    });
  });
  await new Promise<void>((resolve) => outer.listen(0, '127.0.0.1', resolve));
  t.after(() => void outer.close().closeAllConnections());
  return `http://127.0.0.1:${(outer.address() as AddressInfo).port}`;
}

test('killed twenty times over real files, every event is in the journal once', async (t) => {
  const recorded = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
  if (recorded === null) return;
  const { folder } = scratch(t);
  const server = await serverIn(t, folder);
  const events = gunzipSync(fs.readFileSync(recorded))
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  const numbered = (from: number): string => events.map((line, i) => `{"n":${from + i},${line.slice(1)}\n`).join('');
  const inputs = path.join(folder, 'inputs');
  fs.mkdirSync(inputs);
  fs.writeFileSync(path.join(inputs, 'plain.ndjson'), numbered(0));
  fs.writeFileSync(path.join(inputs, 'packed.gz'), gzipSync(numbered(events.length), { level: 1 }));
  const random = seededRandom(Number(process.env['SEED'] ?? 20));
  let left = Number.POSITIVE_INFINITY;
  let child: ChildProcess | null = null;
  const url = await proxy(t, server, async (event) => {
    if (left-- <= 0) child?.kill('SIGKILL');
    const draw = random.integer(20);
    if (draw === 0 && event === 'request') return 'busy';
    return draw === 1 ? 'cut' : 'pass';
  });
  const env = { WEIR_URL: url, WEIR_KEY: server.credentials.ingest_key, XDG_STATE_HOME: path.join(folder, 'home') };
  let kills = 0;
  let last: Result | null = null;
  while (kills < 20) {
    // The first exchange asks who is there.
    left = 1 + random.integer(7);
    child = start([inputs], env);
    last = await ended(child);
    if (last.status === 0) break;
    kills++;
  }
  left = Number.POSITIVE_INFINITY;
  child = null;
  last = await ended(start([inputs], env));
  assert.equal(last.status, 0, last.stderr);
  t.diagnostic(`${kills} kills`);
  assert.ok(kills >= 15, `${kills} kills`);
  await server.close();
  const data = path.join(folder, 'data');
  const { counts, sources } = numbersIn(data);
  assert.equal(counts.size, 2 * events.length);
  assert.deepEqual(
    [...counts].filter(([, count]) => count !== 1),
    [],
  );
  assert.deepEqual([...sources], ['inputs']);
  assert.deepEqual(verifyFolder({ folder: data, detection: false }).findings, []);
});

test('straight into a folder: killed at any time, run again, and finished by a server', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  const rules = write('rules/a.yml', RULE);
  const text = Array.from(
    { length: 30_000 },
    (_, n) => `{"n":${n},${processEvent('C:\\cmd.exe', n % 60, { pad: 'x'.repeat(600) }).slice(1)}`,
  );
  const file = write('in.ndjson', text.join(''));
  const args = [file, '--data', data, '--rules', path.dirname(rules)];
  const random = seededRandom(8);
  const memory = path.join(data, 'ingest');
  for (let kills = 0; kills < 4; kills++) {
    const child = start(args, {});
    const done = ended(child);
    // From when it has begun to send.
    const watch = setInterval(() => {
      if (!fs.existsSync(memory) || random.integer(3) > 0) return;
      child.kill('SIGKILL');
      clearInterval(watch);
    }, 20);
    await done;
    clearInterval(watch);
  }
  const last = await ended(start(args, {}));
  assert.equal(last.status, 0, last.stderr);
  const { findings, events, hits } = verifyFolder({ folder: data, detection: true });
  assert.deepEqual([findings, events, hits], [[], 30_000, 30_000]);
  assert.deepEqual(
    [...numbersIn(data).counts.values()].filter((count) => count !== 1),
    [],
  );
});

test('the server of a folder is used while there is one, and what it took is known without it', async (t) => {
  const { folder, write } = scratch(t);
  const server = await serverIn(t, folder);
  const data = path.join(folder, 'data');
  const file = write('in.ndjson', processEvent('a') + processEvent('b'));
  const first = await weir(['ingest', file, '--data', data, '--summary', path.join(folder, 's.json')]);
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /2 events kept/);
  const { events, dead_lettered, unparsed, complete } = JSON.parse(
    fs.readFileSync(path.join(folder, 's.json'), 'utf8'),
  );
  assert.deepEqual([events, dead_lettered, unparsed, complete], [2, 0, [], true]);
  await server.close();
  const second = await weir(['ingest', file, '--data', data]);
  assert.match(second.stderr, /0 events kept\n.*\n2 events of the same inputs had been taken before/);
  assert.equal(verifyFolder({ folder: data, detection: true }).events, 2);
});

test('what is no event, or cannot be read, is named, and the exit status says so', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  const rules = path.dirname(write('rules/a.yml', RULE));
  const bad = write('bad.ndjson', `${processEvent('a')}nothing\n`);
  const result = await weir(['ingest', bad, path.join(folder, 'absent'), '--data', data, '--rules', rules]);
  assert.equal(result.status, 4);
  assert.match(result.stderr, /1 event kept[\s\S]*1 line set aside as dead letters[\s\S]*absent: no such file/);
  assert.equal(result.stdout, '');
  assert.equal((await weir(['ingest', path.join(folder, 'absent'), '--data', data, '--rules', rules])).status, 1);
  const piped = await weir(['ingest', '-', '--source', 'pipe', '--data', data], { input: processEvent('a') });
  assert.equal(piped.status, 0, piped.stderr);
  assert.deepEqual([...numbersIn(data).sources].sort(), ['bad.ndjson', 'pipe']);
});

test('mistakes in the command line are told before anything is opened', async (t) => {
  const { folder, write } = scratch(t);
  const file = write('a.ndjson', processEvent('a'));
  const cases: readonly (readonly [RegExp, ...string[]])[] = [
    [/nothing to ingest/],
    [/no key for/, file, '--url', 'http://127.0.0.1:1'],
    [/name two places/, file, '--url', 'http://127.0.0.1:1', '--data', folder],
    [/is no name/, file, '--source', 'a b'],
    [/there is no 'csv'/, file, '--input-format', 'csv'],
    [/there is no 'ask'/, file, '--in-doubt', 'ask'],
  ];
  for (const [message, ...args] of cases) {
    const result = await weir(['ingest', ...args]);
    assert.equal(result.status, 2, args.join(' '));
    assert.match(result.stderr, message);
  }
});

test('a server that refuses the key, or is none, is said to; one that is stopped for is labelled partial', async (t) => {
  const { folder, write } = scratch(t);
  const server = await serverIn(t, folder);
  const file = write('a.ndjson', processEvent('a'));
  const refused = await weir(['ingest', file, '--url', server.server.url, '--key', 'weir_nonsense']);
  assert.deepEqual([refused.status, /answered 401/.test(refused.stderr)], [1, true], refused.stderr);
  const url = await proxy(t, server, async () => 'busy');
  const child = startWeir(['ingest', file, '--url', url, '--key', server.credentials.ingest_key]);
  child.stderr?.on('data', (text: Buffer) => {
    if (text.includes('waiting')) child.kill('SIGINT');
  });
  const stopped = await ended(child);
  assert.equal(stopped.status, 130, stopped.stderr);
  assert.match(stopped.stderr, /PARTIAL/);
  await server.close();
});
