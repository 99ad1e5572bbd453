/** kill -9 of `weir up` while it takes events and tells a receiver of hits: each hit is stored once and told, by its id, once. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { receiver } from '../../alerts/notify/kit.twin.ts';
import { seededRandom } from '../../base/index.ts';
import type { Credentials } from '../../meta/index.ts';
import { verifyFolder } from '../../pipeline/index.ts';
import { event, FIRST, newFolder, rule, rulesIn, until } from '../server.twin.ts';

/** A start takes a second of CPU: 50 of them on demand, `KILLS=50 npm test -- notify/kill`. */
const KILLS = Number(process.env['KILLS'] ?? 4);
const EVENTS = KILLS * 30;

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test(`after ${KILLS} kills of the server a receiver that fails now and then has each hit, once by its id`, {
  timeout: 60_000 + KILLS * 20_000,
}, async (t) => {
  const random = seededRandom(11);
  const seen = new Map<string, number>();
  const hook = await receiver(({ body }, response) => {
    const chance = random.integer(100);
    // To fail after the hits were taken brings them twice.
    if (chance >= 10) {
      for (const { id } of (JSON.parse(body.toString()) as { hits: { id: string }[] }).hits) {
        seen.set(id, (seen.get(id) ?? 0) + 1);
      }
    }
    if (chance < 20) response.writeHead(503).end();
    else response.end();
  });
  t.after(() => hook.close());
  const folder = newFolder();
  const url = `http://127.0.0.1:${await freePort()}`;
  const config = path.join(folder, 'weir.yaml');
  fs.writeFileSync(
    config,
    `data: ./data
threads: 1
listen: {port: ${new URL(url).port}}
rules: {paths: [${rulesIn(folder, rule(FIRST, 'User', 'mallory'))}]}
notify: {webhooks: {hook: {url: '${hook.url}', private_networks: [127.0.0.0/8]}}}
`,
  );
  const main = path.join(import.meta.dirname, '../../cli/main.ts');
  // What Node has compiled it keeps for the next process.
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: path.join(folder, 'cache'),
    WEIR_CACHE: path.join(folder, 'rules-cache'),
  };
  let output = '';
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, ['--no-warnings', main, 'up', '--config', config], { env });
    child.stderr?.on('data', (text) => {
      output = `${output}${text}`.slice(-4000);
    });
    return child;
  };
  const isUp = async (): Promise<boolean> => (await fetch(`${url}/readyz`).catch(() => null))?.status === 200;
  let child = start();
  t.after(() => child.kill('SIGKILL'));
  await until(isUp, `the first start: ${output}`);
  const { ingest_key, admin_key } = JSON.parse(
    fs.readFileSync(path.join(folder, 'data', 'credentials.json'), 'utf8'),
  ) as Credentials;

  let sent = 0;
  let over = false;
  t.after(() => {
    over = true;
  });
  const sending = (async () => {
    for (; sent < EVENTS && !over; sent++) {
      const key = `event-${sent}`;
      const headers = {
        authorization: `Bearer ${ingest_key}`,
        'idempotency-key': key,
        'content-type': 'application/x-ndjson',
      };
      const body = event({ User: 'mallory', sent });
      while (
        !over &&
        (await fetch(`${url}/v1/events`, { method: 'POST', headers, body }).catch(() => null))?.status !== 200
      ) {
        await sleep(20);
      }
    }
  })();
  for (let round = 1; round <= KILLS; round++) {
    await until(() => sent >= Math.min(EVENTS - 1, round * 25), `the events of round ${round}: ${output}`);
    await sleep(random.integer(60));
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    child = start();
    await until(isUp, `start ${round}: ${output}`);
  }
  await sending;
  await until(() => seen.size >= EVENTS, `the last hit, after ${seen.size}: ${output}`);
  const answer = await fetch(`${url}/v1/hits?limit=1000`, { headers: { authorization: `Bearer ${admin_key}` } });
  const { items } = (await answer.json()) as { items: { id: string }[] };
  assert.deepEqual([...seen.keys()].sort(), items.map(({ id }) => id).sort());
  assert.equal(seen.size, Math.min(1000, EVENTS));
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null], output);
  assert.deepEqual(verifyFolder({ folder: path.join(folder, 'data'), detection: true }).findings, []);
});
