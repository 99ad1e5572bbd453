/** Backups of a server that goes on taking events and merging segments, by the command itself. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { limits, overrideLimits } from '../base/index.ts';
import { verifyFolder } from '../pipeline/index.ts';
import { event, newFolder, openServer, type TestServer, until } from './server.twin.ts';

const MAIN = path.join(import.meta.dirname, '../cli/main.ts');

function start(folder: string, args: readonly string[]): ChildProcess {
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: path.join(folder, 'cache'),
    WEIR_CACHE: path.join(folder, 'rules-cache'),
  };
  return spawn(process.execPath, ['--no-warnings', MAIN, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** One command to its end: status, and what it said. */
async function run(folder: string, ...args: string[]): Promise<{ status: number | null; said: string }> {
  const child = start(folder, args);
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, said };
}

const positionIn = (target: string): number =>
  Number(
    (
      JSON.parse(fs.readFileSync(path.join(target, 'manifest.ndjson'), 'utf8').split('\n', 1)[0]) as {
        position: number;
      }
    ).position,
  );

/** All there is, as numbers and ids: each event by its number, and hits. */
async function toldBy(server: TestServer): Promise<{ events: number[]; hits: string[] }> {
  const answer = await fetch(`${server.server.url}/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.credentials.admin_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'events | project n' }),
  });
  const lines = (await answer.text()).trim().split('\n').slice(0, -1);
  const events = lines.map((line) => Number((JSON.parse(line) as { n: number }).n)).sort((a, b) => a - b);
  const hits: string[] = [];
  for (let after = '0'; ; ) {
    const page = (await server.ask('GET', `/v1/hits?limit=1000&after=${after}`)).json as unknown as {
      items: { id: string }[];
      next: string | null;
    };
    hits.push(...page.items.map(({ id }) => id));
    if (page.next === null) return { events, hits: hits.sort() };
    after = page.next;
  }
}

/** A busy machine puts senders off; of what is refused nothing was kept. */
async function sent(server: TestServer, lines: string, query = ''): Promise<void> {
  let answer = await server.send(lines, query);
  for (; answer.status === 503; answer = await server.send(lines, query)) await setTimeout(100);
  assert.equal(answer.status, 200, answer.text);
}

/** Sends until it is stopped; gives how many were acknowledged. */
function sender(server: TestServer): { readonly acknowledged: () => number; stop(): Promise<void> } {
  let [next, acknowledged, going] = [0, 0, true];
  const sending = (async () => {
    while (going) {
      const lines = Array.from({ length: 5 }, () => {
        const n = next++;
        return event({ User: n % 5 === 0 ? 'mallory' : 'alice', n });
      });
      const source = `?source=s${next % 3}`;
      await sent(server, lines.join('\n'), source);
      await setTimeout(10);
      acknowledged = next;
    }
  })();
  return {
    acknowledged: () => acknowledged,
    async stop() {
      going = false;
      await sending;
    },
  };
}

test('while events come in, a backup has all that was acknowledged before it, each once, and the hits of these', {
  timeout: 400_000,
}, async () => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const target = path.join(folder, 'backup');
  const server = await openServer({ folder });
  await server.server.rules;
  const sending = sender(server);
  for (let round = 0; round < 3; round++) {
    // Asking cuts segments, so that there are some to be copied, and to be merged meanwhile.
    await toldBy(server);
    const before = sending.acknowledged();
    const made = await run(folder, 'backup', '--data', data, '--to', target);
    assert.equal(made.status, 0, made.said);
    const restored = path.join(folder, `restored-${round}`);
    const back = await run(folder, 'restore', target, '--data', path.join(restored, 'data'));
    assert.equal(back.status, 0, back.said);
    assert.deepEqual(verifyFolder({ folder: path.join(restored, 'data'), detection: true }).findings, []);
    const other = await openServer({ folder: restored });
    await other.server.rules;
    await other.settled();
    const { events, hits } = await toldBy(other);
    assert.ok(events.length >= before, `${events.length} events of ${before} that were acknowledged`);
    assert.deepEqual(
      events,
      Array.from(events, (_, i) => i),
    );
    assert.equal(hits.length, Math.ceil(events.length / 5));
    const here = new Set((await toldBy(server)).hits);
    assert.ok(
      hits.every((id) => here.has(id)),
      'hits keep their ids',
    );
    await sent(other, event({ n: events.length }));
    await other.close();
    assert.deepEqual(verifyFolder({ folder: path.join(restored, 'data'), detection: true }).findings, []);
  }
  await sending.stop();
  await server.close();
  assert.ok(!fs.existsSync(path.join(data, 'backup')), 'nothing is left of what was held');
});

test('killed at any moment a backup leaves the one before, and a restore nothing that passes for a data folder', {
  timeout: 400_000,
}, async () => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const target = path.join(folder, 'backup');
  const server = await openServer({ folder });
  await server.server.rules;
  const sending = sender(server);
  const began = Date.now();
  assert.equal((await run(folder, 'backup', '--data', data, '--to', target)).status, 0);
  const tookMs = Date.now() - began;
  let position = positionIn(target);
  for (let i = 1; i <= 6; i++) {
    const child = start(folder, ['backup', '--data', data, '--to', target]);
    const ended = once(child, 'exit');
    await setTimeout((tookMs * i) / 6);
    child.kill('SIGKILL');
    await ended;
    const checked = await run(folder, 'backup', 'verify', target);
    assert.equal(checked.status, 0, checked.said);
    assert.ok(positionIn(target) >= position);
    position = positionIn(target);
  }
  await sending.stop();
  await server.close();
  const restored = path.join(folder, 'restored', 'data');
  for (let i = 1; i <= 4; i++) {
    const child = start(folder, ['restore', target, '--data', restored]);
    const ended = once(child, 'exit');
    await setTimeout((tookMs * i) / 5);
    child.kill('SIGKILL');
    await ended;
    if (!fs.existsSync(path.join(restored, 'restoring.json'))) continue;
    assert.match((await run(folder, 'verify', '--data', restored)).said, /has not come to its end/);
  }
  const again = await run(folder, 'restore', target, '--data', restored);
  assert.match(again.said, /is as it was at|is not empty: it has/);
  assert.deepEqual(verifyFolder({ folder: restored, detection: true }).findings, []);
});

test('backups are bounded in number; one that is silent is let go of, and what is asked for it then is refused', {
  timeout: 60_000,
}, async () => {
  const server = await openServer();
  await server.send(event({ n: 1 }));
  const { backupHoldMs, backupsMax } = limits;
  overrideLimits({ backupHoldMs: 1, backupsMax: 1 });
  try {
    const begun = await server.ask('POST', '/v1/backups');
    assert.equal(begun.status, 201, begun.text);
    const id = String(begun.json['id']);
    assert.equal((await server.ask('POST', '/v1/backups')).json['code'], 'backup.busy');
    const held = await server.ask('POST', `/v1/backups/${id}/hold`);
    assert.equal(held.status, 200, held.text);
    assert.ok(fs.existsSync(String(held.json['catalogue'])));
    await until(() => !fs.existsSync(String(held.json['catalogue'])), 'the end of the hold');
    assert.equal((await server.ask('PUT', `/v1/backups/${id}`)).json['code'], 'backup.lost');
    assert.equal((await server.ask('POST', '/v1/backups')).status, 201);
  } finally {
    overrideLimits({ backupHoldMs, backupsMax });
  }
  await server.close();
});
