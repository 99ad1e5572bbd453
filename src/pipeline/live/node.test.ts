/**
 * The threads together: node.ts with door-worker.ts, journal-worker.ts and detect-worker.ts, what they run (door-thread.ts,
 * journal-thread.ts, detect-thread.ts), and verify.ts with verify-replay.ts and verify-store.ts over what they leave.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openDetectionsReader } from '../../store/index.ts';
import { event, FIRST, hitsIn, newFolder, openNode, rule, rulesIn, SECOND, send } from './kit.twin.ts';
import { verifyFolder } from './verify.ts';

const verified = (folder: string) => verifyFolder({ folder: path.join(folder, 'data'), detection: true });

test('events sent before the rules are loaded are evaluated afterwards, each once', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  const early = await send(node, `${event({ User: 'mallory' })}\n${event({ User: 'alice' })}\n`);
  assert.deepEqual([early.accepted, early.dead], [2, 0]);
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  const late = await send(node, event({ User: 'Mallory' }));
  await node.evaluated(late.position ?? 0);
  await node.close();
  const hits = hitsIn(folder);
  assert.deepEqual(
    hits.map(({ eventId }) => eventId?.split('/').slice(1)),
    [
      ['0', String(early.position), '0'],
      ['0', String(late.position), '0'],
    ],
  );
  assert.deepEqual(verified(folder).findings, []);
  assert.equal(verified(folder).events, 3);
});

test('what a process that was killed left unevaluated, the next one finds, under the same ids and once', async () => {
  const folder = newFolder();
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'));
  const first = await openNode(folder);
  await first.loadRules({ paths: [rules], cache: null });
  for (let i = 0; i < 20; i++) await send(first, `${event({ User: 'mallory', i })}\n${event({ User: 'alice', i })}\n`);
  // No stop, no last checkpoint: threads end where they are.
  await first.abandon();
  const second = await openNode(folder);
  await second.loadRules({ paths: [rules], cache: null });
  const { position } = await send(second, event({ User: 'mallory' }));
  await second.evaluated(position ?? 0);
  await second.close();
  const ids = hitsIn(folder).map(({ id }) => id);
  assert.equal(ids.length, 21);
  assert.equal(new Set(ids).size, 21);
  assert.deepEqual(verified(folder).findings, []);
});

test('a clean stop keeps the correlations as they are then, whenever they were kept last: a start evaluates nothing again', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  for (let i = 0; i < 5; i++) {
    const { position } = await send(node, event({ User: 'mallory', i }));
    await node.evaluated(position ?? 0);
  }
  const log = `${node.log}/0`;
  await node.close();
  const store = openDetectionsReader(path.join(folder, 'data', 'detect.db'));
  const checkpoint = store.checkpoint(log);
  store.close();
  assert.equal((JSON.parse(checkpoint?.state ?? '{}') as { position?: number }).position, checkpoint?.position);
});

test('a node stops on a full disk too: what it acknowledged is kept, evaluated, and nothing is wrong', async () => {
  const folder = newFolder();
  const node = await openNode(folder, { journalBytesMax: 4000 });
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  let kept = 0;
  const fill = async (): Promise<void> => {
    for (; ; kept++) await send(node, event({ User: 'mallory' }));
  };
  await assert.rejects(fill(), { code: 'journal.full' });
  await node.close();
  assert.ok(kept > 1);
  assert.equal(hitsIn(folder).length, kept);
  assert.deepEqual(verified(folder).findings, []);
});

test('a rule set holds from its place in the journal on, and not before', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  const sent: (number | null)[] = [];
  for (let i = 0; i < 5; i++) sent.push((await send(node, event({ User: 'mallory', Host: 'h1' }))).position);
  await node.loadRules({
    paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'), rule(SECOND, 'Host', 'h1'))],
    cache: null,
  });
  const last = await send(node, event({ User: 'mallory', Host: 'h1' }));
  await node.evaluated(last.position ?? 0);
  await node.close();
  const found = hitsIn(folder).map(({ eventId, rule }) => `${eventId?.split('/')[2]} ${rule.id.at(-1)}`);
  assert.deepEqual(found, [...sent.map((position) => `${position} 1`), `${last.position} 1`, `${last.position} 2`]);
  assert.deepEqual(verified(folder).findings, []);
});

test('lines that are no events are dead letters with their bytes; the rest of the body is kept', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  const ack = await send(node, `${event({ a: 1 })}\r\n\nnot json\n{"b":1}  \n[1]\n`);
  assert.deepEqual([ack.accepted, ack.dead], [2, 2]);
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'x'))], cache: null });
  await node.evaluated(ack.position ?? 0);
  await node.close();
  const { findings, events, dead } = verified(folder);
  assert.deepEqual([findings, events, dead], [[], 2, 2]);
});

test('a JSON array is its elements; what is broken is refused whole and leaves nothing', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  const ack = await send(node, `[${event({ a: 1 })}, ${event({ a: 2 })} ]`, { format: 'json' });
  assert.deepEqual([ack.accepted, ack.dead], [2, 0]);
  await assert.rejects(send(node, `[${event({ a: 1 })}, {"b":`, { format: 'json' }), { code: 'body.damaged' });
  const { accepted, dead, position } = await send(node, '\n\n');
  assert.deepEqual([accepted, dead, position], [0, 0, null]);
  await node.close();
  const { findings, events } = verified(folder);
  assert.deepEqual([findings, events], [[], 2]);
});

test('a byte changed in the journal is found, with its file and position', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  const { position } = await send(node, event({ User: 'mallory' }));
  await node.close();
  const journal = path.join(folder, 'data', 'journal');
  const file = path.join(journal, fs.readdirSync(journal).find((name) => name.endsWith('.wj')) ?? '');
  const bytes = fs.readFileSync(file);
  bytes[bytes.indexOf('mallory')] ^= 1;
  fs.writeFileSync(file, bytes);
  const [finding] = verified(folder).findings;
  assert.equal(finding.where, file);
  assert.equal(finding.position, position);
});

const BURST = `title: Burst
id: 00000000-0000-4000-8000-000000000009
correlation:
  type: event_count
  rules: ['${FIRST}']
  group-by: [Host]
  timespan: 1m
  condition: {gte: 3}
level: critical
`;

test('a correlation fires over what came before and after a crash, once, and verify finds the same', async () => {
  const folder = newFolder();
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'), BURST);
  const at = (second: number, fields: Record<string, unknown>) =>
    event({ '@timestamp': `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`, ...fields });
  const first = await openNode(folder, { latenessMs: 0 });
  await first.loadRules({ paths: [rules], cache: null });
  const half = await send(
    first,
    `${at(1, { User: 'mallory', Host: 'a' })}\n${at(2, { User: 'mallory', Host: 'a' })}\n`,
  );
  await first.evaluated(half.position ?? 0);
  await first.abandon();
  const second = await openNode(folder, { latenessMs: 0 });
  await second.loadRules({ paths: [rules], cache: null });
  await send(second, `${at(3, { User: 'mallory', Host: 'b' })}\n${at(4, { User: 'mallory', Host: 'a' })}\n`);
  const last = await send(second, at(30, { User: 'alice', Host: 'a' }));
  await second.evaluated(last.position ?? 0);
  await second.close();
  const fired = hitsIn(folder).filter(({ rule }) => rule.id === '00000000-0000-4000-8000-000000000009');
  assert.deepEqual(
    fired.map(({ revision, body }) => [revision, JSON.parse(`{${Buffer.from(body)}}`).correlation]),
    [[1, { type: 'event_count', group: { Host: 'a' }, value: 3, events: 3 }]],
  );
  assert.deepEqual(verified(folder).findings, []);
});

test('hits made anew from the journal are the same, times of receipt included, however commits were cut', async () => {
  const folder = newFolder();
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'), BURST);
  const at = Date.now();
  const first = await openNode(folder, { latenessMs: 0 });
  await first.loadRules({ paths: [rules], cache: null });
  for (let i = 0; i < 5; i++) {
    const time = new Date(at + i * 1000).toISOString();
    const text = event({ '@timestamp': time, User: 'mallory', Host: i < 3 ? 'a' : 'b' });
    const { position } = await send(first, text, { receivedAt: at + i * 1000 });
    // A commit for each.
    await first.evaluated(position ?? 0);
  }
  await first.close();
  const found = hitsIn(folder);
  assert.equal(found.filter(({ revision }) => revision !== null).length, 1);
  for (const name of fs.readdirSync(path.join(folder, 'data'))) {
    if (name.startsWith('detect.db')) fs.rmSync(path.join(folder, 'data', name));
  }
  const second = await openNode(folder, { latenessMs: 0 });
  await second.loadRules({ paths: [rules], cache: null });
  await second.evaluated(second.progress.durable - 1);
  await second.close();
  const texts = (hits: typeof found) =>
    hits.map((hit) => JSON.stringify({ ...hit, sequence: 0, body: Buffer.from(hit.body).toString() })).sort();
  assert.deepEqual(texts(hitsIn(folder)), texts(found));
});

test('what a process took that ended before it had rules belongs to the next rules, for verify too', async () => {
  const folder = newFolder();
  const first = await openNode(folder);
  await send(first, event({ User: 'mallory' }));
  await first.abandon();
  const second = await openNode(folder);
  await second.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  await second.evaluated(second.progress.durable - 1);
  await second.close();
  assert.equal(hitsIn(folder).length, 1);
  assert.deepEqual(verified(folder).findings, []);
});

test('a full journal takes nothing more, and can still be stopped, started and read', async () => {
  const folder = newFolder();
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'));
  const full = { journalBytesMax: 100_000 };
  const first = await openNode(folder, full);
  await first.loadRules({ paths: [rules], cache: null });
  const line = event({ User: 'mallory', noise: randomBytes(10_000).toString('base64') });
  let taken = 0;
  await assert.rejects(
    async () => {
      for (; ; taken++) await send(first, line);
    },
    { code: 'journal.full', message: /the journal is full: \d+ of 100000 bytes/ },
  );
  assert.ok(taken > 2 && first.journalBytes > 80_000, `${taken} requests, ${first.journalBytes} bytes`);
  assert.equal(first.inFlightBytes, 0);
  assert.equal((await send(first, event({ a: 1 }))).accepted, 1, 'what is small fits');
  await first.close();
  const second = await openNode(folder, full);
  assert.equal(second.journalBytes > 80_000, true);
  await assert.rejects(send(second, line), { code: 'journal.full' });
  await second.loadRules({ paths: [rules], cache: null });
  await second.evaluated(second.progress.durable - 1);
  await second.close();
  assert.equal(hitsIn(folder).length, taken);
  assert.deepEqual(verified(folder).findings, []);
});

test('what a process took that ended before its rules were loaded belongs to the rules of the next', async () => {
  const folder = newFolder();
  const first = await openNode(folder);
  const { position } = await send(first, event({ User: 'mallory' }));
  await first.abandon();
  const second = await openNode(folder);
  await send(second, event({ User: 'mallory' }));
  await second.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  await second.evaluated(second.progress.durable - 1);
  await second.close();
  assert.deepEqual(
    hitsIn(folder).map(({ eventId }) => Number(eventId?.split('/')[2])),
    [position, (position ?? 0) + 2],
  );
  assert.deepEqual(verified(folder).findings, []);
});
