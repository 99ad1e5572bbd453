/** kill -9 at random while hits grow and the receiver fails, stalls and hangs up: it ends with each id once, in order. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../base/index.ts';
import { folder, type Request, receiver } from './kit.twin.ts';
import { signature } from './webhook.ts';

const KILLS = Number(process.env['KILLS'] ?? 50);
const POSITIONS = KILLS * 12;

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

test(`after ${KILLS} kills a receiver that fails now and then has each hit, once by its id, in order`, async () => {
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
  const home = folder();
  const start = (): ChildProcess =>
    spawn(process.execPath, [path.join(import.meta.dirname, 'feeder.twin.ts'), home, hook.url, String(POSITIONS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  for (let round = 0; round < KILLS; round++) {
    const child = start();
    if (child.stdout !== null) await once(child.stdout, 'data');
    await sleep(random.integer(60));
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  const [code] = (await once(start(), 'exit')) as [number];
  await hook.close();
  assert.equal(code, 0);
  assert.equal(seen.ids.size, POSITIONS * 3);
  assert.deepEqual(
    seen.sequences,
    Array.from({ length: POSITIONS * 3 }, (_, i) => i + 1),
  );
  assert.ok(seen.repeats > 0, 'nothing came twice: the receiver’s part was not put to the test');
});
