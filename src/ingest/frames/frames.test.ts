/** The protocol (protocol.ts) and its client (client.ts), against a server of a few lines. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { FramesClient } from './client.ts';
import { type DeliverHead, encodeDeliver, encodeSmall, MessageReader, type SmallMessage } from './protocol.ts';

const text = fc.string({ maxLength: 60, unit: 'grapheme' });
const sequence = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const record = <Shape>(kind: string, shape: { [Name in keyof Shape]: fc.Arbitrary<Shape[Name]> }) =>
  fc.record(shape).map((fields) => ({ kind, ...fields }));
const small = fc.oneof(
  record('hello', { key: text, source: text }),
  record('welcome', { window: fc.nat(), requestBytesMax: fc.nat(), tenant: text, log: text }),
  record('ack', { sequence, position: fc.option(sequence), accepted: fc.nat() }),
  record('refusal', { sequence, code: text, reason: text, retryAfterMs: fc.option(fc.nat()) }),
) as fc.Arbitrary<SmallMessage>;
const request = fc
  .record({
    sequence,
    idempotency: fc.option(fc.string({ minLength: 1, maxLength: 30 })),
    frames: fc.uint8Array({ maxLength: 200 }),
  })
  .map((fields) => ({ kind: 'deliver' as const, ...fields }));

test('messages come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(small, request), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 })),
      (sent, cuts) => {
        const bytes = Buffer.concat(
          sent.map((message) =>
            message.kind === 'deliver'
              ? Buffer.concat([
                  encodeDeliver(message.sequence, message.idempotency, message.frames.length),
                  message.frames,
                ])
              : encodeSmall(message),
          ),
        );
        const got: unknown[] = [];
        let open: { head: DeliverHead; frames: Uint8Array } | null = null;
        const reader = new MessageReader(
          {
            small: (message) => got.push(message),
            begin: (head) => {
              open = { head, frames: new Uint8Array(head.bytes) };
              return open.frames;
            },
            end: () => {
              if (open === null) throw new Error('an end without a beginning');
              const { head, frames } = open;
              assert.equal(head.messageBytes, encodeDeliver(head.sequence, head.idempotency, 0).length + frames.length);
              got.push({ kind: 'deliver', sequence: head.sequence, idempotency: head.idempotency, frames });
              open = null;
            },
          },
          200,
        );
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = cuts.length === 0 ? bytes.length : cuts[i % cuts.length];
          reader.push(bytes.subarray(at, at + length));
          at += length;
        }
        assert.equal(reader.pending, false);
        assert.deepEqual(got, sent);
      },
    ),
    { numRuns: 500 },
  );
});

test('bytes at random are messages or a breach of the protocol, and never take memory beyond what is allowed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      let asked = 0;
      const begin = ({ bytes: size }: DeliverHead): null => {
        asked = Math.max(asked, size);
        return null;
      };
      const reader = new MessageReader({ small: () => {}, begin, end: () => {} }, 1000);
      try {
        reader.push(bytes);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'frames.protocol');
      }
      assert.ok(asked <= 1000);
    }),
    { numRuns: 2000 },
  );
});

interface Heard {
  readonly head: DeliverHead;
  answer(message: SmallMessage): void;
}

/** A server that says welcome and hands requests to `onRequest`. */
async function serve(t: TestContext, window: number, onRequest: (heard: Heard) => void): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-frames-'));
  const at = path.join(folder, 's');
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let head: DeliverHead | null = null;
    const reader = new MessageReader(
      {
        small: () =>
          socket.write(encodeSmall({ kind: 'welcome', window, requestBytesMax: 10_000, tenant: 'default', log: 'x' })),
        begin: (begun) => {
          head = begun;
          return null;
        },
        end: () => {
          if (head !== null) onRequest({ head, answer: (message) => socket.write(encodeSmall(message)) });
        },
      },
      10_000,
    );
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(at, resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return at;
}

const ack = (sequence: number): SmallMessage => ({ kind: 'ack', sequence, position: sequence, accepted: 1 });

test('a client never has more unanswered than its credit, but one large request alone', async (t) => {
  const open: Heard[] = [];
  let most = 0;
  const at = await serve(t, 2500, (heard) => {
    open.push(heard);
    most = Math.max(most, open.length === 1 ? 0 : open.reduce((sum, { head }) => sum + head.messageBytes, 0));
    // In any order but theirs.
    setTimeout(() => {
      const done = open.pop();
      if (done !== undefined) done.answer(ack(done.head.sequence));
    }, 2);
  });
  const client = await FramesClient.connect({ path: at, key: 'k', source: 's' });
  const sizes = [1000, 1000, 1000, 9000, 400, 400, 400, 2000, 5000, 10, 10];
  const answers = await Promise.all(sizes.map((size) => client.send([new Uint8Array(size)])));
  assert.deepEqual(
    answers.map(({ position }) => position),
    sizes.map((_, i) => i + 1),
  );
  assert.ok(most > 1000 && most <= 2500, `${most}`);
  await assert.rejects(client.send([new Uint8Array(10_001)]), { code: 'frames.protocol' });
  await client.close();
});

test('a refusal is of its request alone; a connection that ends fails all that wait', async (t) => {
  const at = await serve(t, 100, ({ head, answer }) => {
    const { sequence } = head;
    if (sequence === 1) answer({ kind: 'refusal', sequence, code: 'disk.full', reason: 'full', retryAfterMs: 5000 });
    if (sequence === 2) answer(ack(2));
    if (sequence === 3)
      answer({ kind: 'refusal', sequence: 0, code: 'auth.wrong', reason: 'ended', retryAfterMs: null });
  });
  const client = await FramesClient.connect({ path: at, key: 'k', source: 's' });
  await assert.rejects(client.send([new Uint8Array(90)]), { code: 'disk.full', message: 'full', retryAfterMs: 5000 });
  assert.equal((await client.send([new Uint8Array(90)])).position, 2);
  const waiting = [client.send([new Uint8Array(90)]), client.send([new Uint8Array(90)])];
  for (const sent of waiting) await assert.rejects(sent, { code: 'auth.wrong' });
  await assert.rejects(client.send([]), { code: 'auth.wrong' });
});

test('an answer to nothing, or a message out of turn, ends the connection', async (t) => {
  for (const answer of [ack(99), { kind: 'hello', key: '', source: '' } as const]) {
    const at = await serve(t, 100, (heard) => heard.answer(answer));
    const client = await FramesClient.connect({ path: at, key: 'k', source: 's' });
    await assert.rejects(client.send([new Uint8Array(9)]), { code: 'frames.protocol' });
  }
  await assert.rejects(FramesClient.connect({ path: '/nowhere/at/all', key: 'k', source: 's' }), {
    code: 'frames.lost',
  });
});
