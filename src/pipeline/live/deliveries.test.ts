import assert from 'node:assert/strict';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { limits } from '../../base/index.ts';
import { Audit } from './audit.ts';
import { Deliveries, type Incoming } from './deliveries.ts';
import { event, newFolder, openNode } from './kit.twin.ts';
import type { LiveNode } from './node.ts';
import type { Ack } from './node-options.ts';
import { verifyFolder } from './verify.ts';

const incoming = (text: string, idempotency: string | null, part: Partial<Incoming> = {}): Incoming => ({
  tenant: 'default',
  source: 'test',
  door: 'http',
  credential: 'key:test',
  request: 'request',
  receivedAt: Date.now(),
  format: 'ndjson',
  encoding: 'identity',
  body: Uint8Array.from(Buffer.from(text)),
  idempotency,
  ...part,
});

const audits: Audit[] = [];
afterEach(async () => {
  for (const audit of audits.splice(0)) await audit.close();
});

function deliveriesOf(node: LiveNode, data: string, keepMs?: number): Deliveries {
  const audit = new Audit(path.join(data, 'journal'), () => node.progress.durable);
  audits.push(audit);
  return new Deliveries(node, audit, keepMs);
}

const told = ({ accepted, dead, position, letters }: Ack) => ({ accepted, dead, position, letters });

const eventsIn = (folder: string): number => {
  const { findings, events } = verifyFolder({ folder: path.join(folder, 'data'), detection: false });
  assert.deepEqual(findings, []);
  return events;
};

test('a key keeps a request once, whoever waits for it or comes later, and after a crash too', async () => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const first = await openNode(folder);
  const doors = deliveriesOf(first, data);
  const body = `${event({ a: 1 })}\nnot json\n`;
  const acks = await Promise.all([1, 2, 3].map(() => doors.ingest(incoming(body, 'k'))));
  const again = await doors.ingest(incoming(body, 'k'));
  for (const ack of [...acks, again]) assert.deepEqual(told(ack), told(acks[0]));
  assert.deepEqual([acks[0].accepted, acks[0].dead, acks[0].letters?.[0].record], [1, 1, 1]);
  await assert.rejects(doors.ingest(incoming(event({ a: 2 }), 'k')), { code: 'idempotency.conflict' });
  // Another credential's key of the same name is another key.
  const other = await doors.ingest(incoming(body, 'k', { credential: 'key:other' }));
  assert.notEqual(other.position, acks[0].position);
  await first.abandon();
  const second = await openNode(folder);
  const later = deliveriesOf(second, data);
  assert.deepEqual(told(await later.ingest(incoming(body, 'k'))), told(acks[0]));
  await second.close();
  assert.equal(eventsIn(folder), 2);
});

test('what is refused or empty leaves its key free', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  const doors = deliveriesOf(node, path.join(folder, 'data'));
  await assert.rejects(doors.ingest(incoming('{"a":', 'k', { format: 'json' })), { code: 'body.damaged' });
  assert.equal((await doors.ingest(incoming('\n', 'k'))).position, null);
  assert.equal((await doors.ingest(incoming(event({}), 'k'))).accepted, 1);
  await node.close();
  assert.equal(eventsIn(folder), 1);
});

test('keys are forgotten after a day, unless they are kept for longer', async () => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const node = await openNode(folder);
  const old = { receivedAt: Date.now() - limits.idempotencyMs - 60_000 };
  const { position } = await deliveriesOf(node, data).ingest(incoming(event({}), 'k', old));
  const forgetful = await deliveriesOf(node, data).ingest(incoming(event({}), 'k'));
  assert.notEqual(forgetful.position, position);
  const forever = await deliveriesOf(node, data, Number.POSITIVE_INFINITY).ingest(incoming(event({}), 'k'));
  assert.equal(forever.position, position);
  await node.close();
});

test('a request that asks is told what became of each event', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  const doors = deliveriesOf(node, path.join(folder, 'data'));
  const body = `${event({ a: 1 })}\nnot json\n\n${event({ a: 2 })}\n[]\n`;
  const { outcome } = await doors.ingest(incoming(body, null, { itemized: true }));
  assert.deepEqual(outcome?.entryRows, [2]);
  assert.deepEqual(
    outcome?.dead.map(({ record, code }) => [record, code]),
    [
      [1, 'event.not_json'],
      [3, 'event.not_json'],
    ],
  );
  assert.equal((await doors.ingest(incoming(body, null))).outcome, undefined);
  await node.close();
});
