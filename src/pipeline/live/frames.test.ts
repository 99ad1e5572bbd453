import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { seededRandom, WeirError } from '../../base/index.ts';
import { encodeBatch, frameColumns, loadKernelModule, openBatch } from '../../batch/index.ts';
import { bareKernel, bytesOf } from '../../batch/scan.twin.ts';
import { loadRules } from '../../detect/index.ts';
import { Journal } from '../../journal/index.ts';
import { packRules } from '../rules.ts';
import { Door } from './door.ts';
import { event, FIRST, hitsIn, newFolder, openNode, rule, rulesIn } from './kit.twin.ts';
import type { Delivery } from './types.ts';
import { verifyFolder } from './verify.ts';

const THEIRS = { tenant: 'another tenant', source: 'another source', mapping: 'x', timeOf: () => 1e15 };

function framesOf(lines: readonly string[]): Uint8Array[] {
  const kernel = bareKernel(1 << 20);
  const frames: ArrayBuffer[] = [];
  kernel.load(bytesOf(lines.join('\n')));
  while (kernel.scan()) frames.push(...encodeBatch(kernel, THEIRS));
  return frames.map((frame) => new Uint8Array(frame));
}

const SENDER = { tenant: 'default', source: 'sensor', door: 'frames', credential: 'key:test', request: 'request' };
const delivery = (frames: readonly Uint8Array[], part: Partial<Delivery> = {}): Delivery => ({
  ...SENDER,
  unit: 1,
  receivedAt: Date.now(),
  format: 'frames',
  encoding: 'identity',
  body: Uint8Array.from(Buffer.concat(frames)),
  key: null,
  evaluate: true,
  policy: null,
  ...part,
});

const module = loadKernelModule();
const rules = packRules(loadRules([{ path: 'a.yml', text: rule(FIRST, 'User', 'mallory') }]));

function newDoor(): Door {
  const door = new Door(module, rules);
  door.setRules(1, rules, true);
  return door;
}

const EVENTS = [event({ User: 'mallory', i: 1 }), event({ User: 'alice', i: 2 }), event({ User: 'MALLORY', i: 3 })];

test('frames are evaluated and kept as their credential has them, not as they say', () => {
  const frames = [...framesOf(EVENTS.slice(0, 2)), ...framesOf(EVENTS.slice(2))];
  const { draft, accepted, dead, evaluated } = newDoor().take(delivery(frames));
  assert.deepEqual([accepted, dead, draft.entries.length], [3, 0, 2]);
  const batches = draft.entries.map(({ payload }) => openBatch(payload));
  const time = Date.UTC(2026, 0, 2, 3, 4, 5);
  for (const { header } of batches) {
    assert.deepEqual(
      [header.tenant, header.source, header.mapping, header.earliest, header.latest],
      ['default', 'sensor', '', time, time],
    );
  }
  const texts = batches.flatMap((batch) =>
    Array.from({ length: batch.rows }, (_, row) => Buffer.from(batch.rowText(row)).toString()),
  );
  assert.deepEqual(texts, EVENTS);
  assert.deepEqual(
    evaluated.batches.map(({ rows, hitRows }) => [rows, ...hitRows]),
    [
      [2, 0],
      [1, 0],
    ],
  );
  const { receipt } = draft;
  assert.equal(receipt?.received, 3);
  assert.equal(receipt?.frames, true);
  assert.equal(receipt?.crc, crc32(Buffer.concat(frames.map((frame) => frameColumns(frame)))));
});

test('a request with one frame that is damaged, cut or lies about itself is refused whole', () => {
  const door = newDoor();
  const [good] = framesOf(EVENTS);
  const changed = (at: number, value: number): Uint8Array => {
    const frame = Uint8Array.from(good);
    new DataView(frame.buffer).setUint32(at, value, true);
    return frame;
  };
  const bad = {
    'a byte changed': changed(good.length - 8, 0),
    'rows that are not there': changed(20, 4),
    'no rows': changed(20, 0),
    'a length of nothing': changed(8, 0),
    'a length beyond the end': changed(8, good.length + 1),
    'a length of 4 GiB': changed(8, 0xffffffff),
    'another version': changed(4, 9),
    'half a frame': good.subarray(0, 60),
    'no frame': Buffer.from('{"a":1}\n'),
  };
  for (const [what, frame] of Object.entries(bad)) {
    assert.throws(
      () => door.take(delivery([good, frame])),
      (error) => {
        assert.ok(error instanceof WeirError, what);
        assert.match(error.code, /^batch\.(damaged|version)$/, what);
        return true;
      },
    );
    assert.equal(door.take(delivery([good])).accepted, 3, what);
  }
  assert.deepEqual(door.take(delivery([])).draft.entries, []);
});

test('mutated frames are refused or kept so that everything adds up, and the door goes on', () => {
  const door = newDoor();
  const random = seededRandom(77);
  const [frame] = framesOf([...EVENTS, '{"a":[1,{"b":"c"}],"d":null}', '{"e":"\\u0041"}']);
  const seen = { refused: 0, kept: 0 };
  for (let i = 0; i < Number(process.env['FUZZ_N'] ?? 3000) / 3; i++) {
    const bytes = Uint8Array.from(frame);
    for (let n = 1 + random.integer(3); n > 0; n--) bytes[16 + random.integer(bytes.length - 16)] = random.integer(256);
    // With a checksum that fits, so that what lies behind it is tried.
    new DataView(bytes.buffer).setUint32(12, crc32(bytes.subarray(16)), true);
    try {
      const { draft, accepted } = door.take(delivery([bytes]));
      const [batch] = draft.entries.map(({ payload }) => openBatch(payload));
      assert.deepEqual([batch.rows, batch.header.tenant, draft.receipt?.received], [accepted, 'default', accepted]);
      seen.kept++;
    } catch (error) {
      assert.ok(error instanceof WeirError, String(error));
      seen.refused++;
    }
  }
  assert.equal(door.take(delivery([frame])).accepted, 5);
  assert.ok(seen.refused > 10 && seen.kept > 10, JSON.stringify(seen));
});

test('frames in the journal verify, with hits and books', async () => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const node = await openNode(folder);
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  const { unit: _, evaluate: __, policy: ___, ...incoming } = delivery([...framesOf(EVENTS), ...framesOf(EVENTS)]);
  const { position, accepted } = await node.ingest(incoming);
  assert.equal(accepted, 6);
  await node.evaluated((position ?? 0) + 1);
  await node.close();
  assert.equal(hitsIn(folder).length, 4);
  const report = verifyFolder({ folder: data, detection: true });
  assert.deepEqual([report.findings, report.events], [[], 6]);
  fs.rmSync(folder, { recursive: true });
});

/** What verify finds where the journal got this instead of what the door had made. */
function verdictOn(entries: readonly ArrayBuffer[], receipt: { readonly at?: number }): string[] {
  const folder = newFolder();
  fs.mkdirSync(path.join(folder, 'journal'));
  const journal = Journal.open(path.join(folder, 'journal'));
  const receivedAt = receipt.at ?? 0;
  journal.appendGroup([
    entries.map((payload, i) => ({
      kind: 'events' as const,
      receivedAt,
      payload: new Uint8Array(payload),
      receipt: i === entries.length - 1 ? JSON.stringify(receipt) : null,
    })),
  ]);
  journal.close();
  const { findings } = verifyFolder({ folder, detection: false });
  fs.rmSync(folder, { recursive: true });
  // What a journal alone has no part of: tallies, and the ledger that signs it.
  return findings.filter(({ where }) => where !== 'books' && !where.endsWith('ledger.ndjson')).map(({ what }) => what);
}

test('a frame of a request that is missing, doubled, moved, changed or given away is found', () => {
  const { draft } = newDoor().take(delivery([...framesOf(EVENTS.slice(0, 1)), ...framesOf(EVENTS.slice(1))]));
  const [a, b] = draft.entries.map(({ payload }) => payload);
  const receipt = draft.receipt ?? {};
  assert.deepEqual(verdictOn([a, b], receipt), []);
  const not = 'the events on disk are not those that were received, or not in their order';
  const counts = (n: number): string => `the request has ${n} events on disk, admission received 3`;
  assert.deepEqual(verdictOn([a], receipt), [counts(1), not]);
  assert.deepEqual(verdictOn([a, b, b], receipt), [counts(5), not]);
  assert.deepEqual(verdictOn([b, a], receipt), [not]);
  const other = event({ User: 'mallory', i: 7 });
  const [changed] = newDoor().take(delivery(framesOf([other]))).draft.entries;
  assert.deepEqual(verdictOn([changed.payload, b], receipt), [not]);
  const [given] = newDoor().take(delivery(framesOf(EVENTS.slice(0, 1)), { tenant: 'acme' })).draft.entries;
  assert.deepEqual(verdictOn([given.payload, b], receipt), [
    "the events are acme's, of sensor; the receipt says default and sensor",
  ]);
});
