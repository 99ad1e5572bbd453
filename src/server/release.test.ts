/** A server releases its journal while it runs (src/pipeline/store/release-loop.ts): nothing that can be asked of it changes, and the proofs hold. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { folderSource, makeBackup, restoreBackup, verifyFolder } from '../pipeline/index.ts';
import { configSchema } from './config/schema.ts';
import { event, FIRST, newFolder, rule, rulesIn, serve, type TestServer, until } from './server.twin.ts';

const correlation = `title: many of one user
id: 22222222-0000-4000-8000-000000000002
correlation: {type: event_count, generate: true, rules: [${FIRST}], group-by: [User], timespan: 1h, condition: {gte: 3}}
level: high
`;

/** What a failed test left open. */
const running = new Set<TestServer>();
afterEach(async () => {
  for (const { server } of running) await server.close(0).catch(() => {});
  running.clear();
});

/** A server whose journal has files of 4 KiB, which it releases as soon as it may. */
async function start(folder: string, keep = 0): Promise<TestServer> {
  const paths = [rulesIn(folder, rule(FIRST, 'User', 'mallory'), correlation)];
  const config = configSchema.parse({ data: path.join(folder, 'data'), listen: { port: 0 }, rules: { paths } });
  const server = await serve(folder, {
    config: { ...config, journal: { ...config.journal, segment_bytes: 4096, keep } },
  });
  const close = async (withinMs?: number): Promise<void> => {
    running.delete(own);
    await server.close(withinMs);
  };
  const own = { ...server, close };
  running.add(own);
  return own;
}

const journalOf = (folder: string): string[] =>
  fs.readdirSync(path.join(folder, 'data', 'journal')).filter((name) => /\.wjr?$/.test(name));
const whole = (folder: string): number => journalOf(folder).filter((name) => name.endsWith('.wj')).length;

async function send(server: TestServer, from: number): Promise<void> {
  for (let n = from; n < from + 16; n++) {
    const lines = Array.from({ length: 5 }, (_, i) =>
      event({ User: n % 4 === 0 && i === 2 ? 'mallory' : 'alice', n: n * 5 + i }),
    );
    if (n % 8 === 0) lines.push(`no event ${n}`);
    const answer = await server.send(lines.join('\n'), `?source=s${n % 3}`);
    assert.equal(answer.status, 200, answer.text);
  }
}

/** All that is asked about events, by whichever way. */
async function told(server: TestServer): Promise<unknown> {
  const hits = (await server.ask('GET', '/v1/hits?limit=1000')).json.items;
  const rows = async (query: string): Promise<string> => {
    const answer = await fetch(`${server.server.url}/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.credentials.admin_key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await answer.text()).trim().split('\n').slice(0, -1).join('\n');
  };
  const ids = [...new Set(hits.flatMap(({ event_id }) => (typeof event_id === 'string' ? [event_id as string] : [])))];
  const events = [];
  for (const id of ids) {
    const { status, json } = await server.ask('GET', `/v1/events/${encodeURIComponent(id)}?why_not=${FIRST}`);
    assert.equal(status, 200, id);
    const {
      'weir.integrity.frame_hash': _,
      'weir.integrity.algorithm': __,
      ...fields
    } = json['fields'] as object as Record<string, unknown>;
    events.push([fields, json['event'], json['hits'], json['receipt'], json['why_not']]);
  }
  return {
    hits: hits.map(({ id }) => String(id)).sort(),
    events,
    letters: (await server.ask('GET', '/v1/dead-letters?limit=1000')).json.items.map(({ event }) => String(event)),
    rows: await rows('events | sort by n asc | project n, User, weir.id'),
    books: await rows(
      'books | summarize received=sum(received), stored=sum(stored), dead=sum(dead_lettered) by source | sort by source asc',
    ),
  };
}

const findings = (folder: string): unknown[] => [
  ...verifyFolder({ folder: path.join(folder, 'data'), detection: true }).findings,
];

test('what is released is asked for as before, by query, id, hit, dead letter and books, also after a kill and with a backup', {
  timeout: 300_000,
}, async () => {
  const folder = newFolder();
  const first = await start(folder, 365 * 86_400_000);
  await first.server.rules;
  await send(first, 0);
  await first.settled();
  const before = await told(first);
  assert.equal((before as { events: unknown[] }).events.length, 4);
  assert.ok(whole(folder) === journalOf(folder).length && whole(folder) >= 3, `${whole(folder)} files`);
  await first.close();

  const second = await start(folder);
  await second.server.rules;
  assert.deepEqual(await told(second), before);
  // What a start writes is evaluated with the next events: until then its file waits.
  await send(second, 16);
  await second.settled();
  const more = await told(second);
  await until(() => whole(folder) === 1, 'the release of all files but one');
  assert.deepEqual(await told(second), more);
  assert.match((await second.ask('GET', '/metrics')).text, /weir_journal_released_position [1-9]/);
  await second.close(0);
  assert.deepEqual(findings(folder), []);

  const target = path.join(folder, 'backup');
  const data = path.join(folder, 'data');
  await makeBackup({
    folder: data,
    target,
    source: folderSource(data, null),
    version: 'test',
    keyPath: null,
    keys: true,
  });
  const copy = newFolder();
  await restoreBackup({ target, folder: path.join(copy, 'data') });
  assert.deepEqual(findings(copy), []);
  const third = await start(copy);
  await third.server.rules;
  await third.settled();
  assert.deepEqual(await told(third), more);
  await third.close();
});

test('no file goes while somebody makes a backup', { timeout: 120_000 }, async () => {
  const folder = newFolder();
  const server = await start(folder);
  await server.server.rules;
  const { id } = (await server.ask('POST', '/v1/backups')).json;
  assert.ok(id !== undefined);
  await send(server, 0);
  await server.settled();
  await until(() => journalOf(folder).some((name) => name.endsWith('.wjr')), 'a released file to be written');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.equal(whole(folder), new Set(journalOf(folder).map((name) => name.slice(0, 16))).size);
  assert.equal((await server.ask('DELETE', `/v1/backups/${String(id)}`)).status, 204);
  await server.close();
  assert.deepEqual(findings(folder), []);
});
