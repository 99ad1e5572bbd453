/** kill -9 at random while hits grow and the receiver fails, stalls and hangs up: it ends with each id once, in order. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../base/index.ts';
import { folder, type Request, receiver, until } from './kit.twin.ts';
import { signature } from './webhook.ts';

const KILLS = Number(process.env['KILLS'] ?? 50);
const POSITIONS = KILLS * 8;

class Seen {
  readonly ids = new Set<string>();
  readonly sequences: number[] = [];
  readonly bodies = new Map<string, string>();
  repeats = 0;

  take({ headers, body }: Request): void {
    const expected = signature('secret', String(headers['weir-timestamp']), body);
    assert.equal(headers['weir-signature'], `v1=${expected}`);
    const key = String(headers['idempotency-key']);
    const text = body.toString();
    assert.equal(this.bodies.get(key) ?? text, text, 'one key, one body');
    this.bodies.set(key, text);
    for (const { id, seq } of (JSON.parse(text) as { hits: { id: string; seq: number }[] }).hits) {
      if (this.ids.has(id)) this.repeats += 1;
      else this.sequences.push(seq);
      this.ids.add(id);
    }
  }
}

test(`after ${KILLS} kills a receiver that fails now and then has each hit, once by its id, in order`, {
  timeout: 300_000,
}, async (t) => {
  const random = seededRandom(7);
  const seen = new Seen();
  const hook = await receiver((request, response) => {
    const chance = random.integer(100);
    // Refusing before and failing after the hits were taken are different: the latter brings them twice.
    if (chance >= 10) seen.take(request);
    if (chance < 10 || (chance >= 90 && chance < 95)) response.writeHead(503).end();
    else if (chance >= 97) response.destroy();
    else if (chance === 96) setTimeout(() => response.end(), 200);
    else response.end();
  });
  // A receiver left open, or a process left behind, would keep a failed test from ending.
  t.after(() => hook.close());
  const home = folder();
  // What Node has compiled it keeps for the next process, but only when a process ends by itself: four times less to a start.
  const env = { ...process.env, NODE_COMPILE_CACHE: path.join(home, 'cache') };
  const start = (positions = POSITIONS): ChildProcess =>
    spawn(process.execPath, [path.join(import.meta.dirname, 'feeder.twin.ts'), home, hook.url, String(positions)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  let child = start(0);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'exit');
  for (let round = 0; round < KILLS; round++) {
    child = start();
    if (child.stdout !== null) await once(child.stdout, 'data');
    // Anywhere between the first deliveries of its life: how fast the machine is does not matter.
    const target = hook.requests.length + random.integer(5);
    await Promise.race([until(() => hook.requests.length >= target), sleep(2000)]);
    await sleep(random.integer(8));
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  const before = seen.ids.size;
  child = start();
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0);
  assert.equal(seen.ids.size, POSITIONS * 3);
  assert.deepEqual(
    seen.sequences,
    Array.from({ length: POSITIONS * 3 }, (_, i) => i + 1),
  );
  assert.ok(before > KILLS, `only ${before} hits arrived from processes that were killed`);
  assert.ok(seen.repeats > 0, 'nothing came twice: the receiver’s part was not put to the test');
});
