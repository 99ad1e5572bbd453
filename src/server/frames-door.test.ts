/** Frames over the local socket, with real clients and rude ones: frames-door.ts, frames-connection.ts and the client in ingest/frames. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { limits, overrideLimits, seededRandom } from '../base/index.ts';
import { encodeBatch } from '../batch/index.ts';
import { bareKernel, bytesOf } from '../batch/scan.twin.ts';
import { encodeSmall, FramesClient, FramesRefused, MessageReader, type SmallMessage } from '../ingest/index.ts';
import { verifyFolder } from '../pipeline/index.ts';
import { type Client, event, newFolder, openServer } from './kit.twin.ts';
import { until } from './server.twin.ts';

const folder = newFolder();
const socketPath = path.join(folder, 'data', 'ingest.sock');
let server: Client;

before(async () => {
  server = await openServer(folder);
});
after(async () => {
  await server.close();
  assert.equal(fs.existsSync(socketPath), false);
  const { findings } = verifyFolder({ folder: path.join(folder, 'data'), detection: true });
  assert.deepEqual(findings, []);
  fs.rmSync(folder, { recursive: true });
});

const kernel = bareKernel(1 << 20);

function framesOf(...lines: string[]): Uint8Array[] {
  kernel.load(bytesOf(lines.join('\n')));
  const frames: Uint8Array[] = [];
  while (kernel.scan()) {
    const labels = { tenant: 'theirs', source: 'theirs', mapping: '' };
    frames.push(...encodeBatch(kernel, labels).map((frame) => new Uint8Array(frame)));
  }
  return frames;
}

const connect = (source = 'sensor', key = server.credentials.ingest_key): Promise<FramesClient> =>
  FramesClient.connect({ path: socketPath, key, source });

const received = async (): Promise<number> => (await server.get('/v1/books')).json.totals.received;

test('frames become events of the credential, are evaluated, and the books have them', async () => {
  assert.equal(fs.statSync(socketPath).mode & 0o777, 0o600);
  const before = await received();
  const client = await connect();
  assert.deepEqual([client.welcome.tenant, client.welcome.log], ['default', server.server.node.log]);
  const frames = [...framesOf(event({ User: 'mallory' })), ...framesOf(event({ User: 'bob' }), event({ a: 2 }))];
  const { accepted, position } = await client.send(frames);
  assert.equal(accepted, 3);
  assert.deepEqual(await client.send([]), { accepted: 0, position: null });
  await server.evaluated((position ?? 0) + 1);
  const { items } = (await server.get('/v1/hits')).json;
  assert.equal(items.at(-1).event_id, `${server.server.node.log}/0/${position}/0`);
  assert.equal(await received(), before + 3);
  const sources = (await server.get('/v1/books')).json.items.map((item: { source: string }) => item.source);
  assert.ok(sources.includes('sensor') && !sources.includes('theirs'));
  await client.close();
});

test('many requests are in flight at once, each answered once, in whatever order', async () => {
  const client = await connect();
  const frames = framesOf(...Array.from({ length: 50 }, (_, i) => event({ i, text: 'x'.repeat(2000) })));
  const answers = await Promise.all(Array.from({ length: 200 }, () => client.send(frames)));
  assert.equal(new Set(answers.map(({ position }) => position)).size, 200);
  assert.ok(answers.every(({ accepted }) => accepted === 50));
  await client.close();
});

test('a key keeps a request once, over connections; another body under it is refused for good', async () => {
  const before = await received();
  const frames = framesOf(event({ once: 1 }));
  const first = await connect();
  const answers = await Promise.all([first.send(frames, 'k1'), first.send(frames, 'k1')]);
  await first.close();
  const second = await connect();
  assert.deepEqual([answers[1], await second.send(frames, 'k1')], [answers[0], answers[0]]);
  await assert.rejects(second.send(framesOf(event({ once: 2 })), 'k1'), (error) => {
    assert.ok(error instanceof FramesRefused);
    assert.deepEqual([error.code, error.retryAfterMs], ['idempotency.conflict', null]);
    return true;
  });
  await second.close();
  assert.equal(await received(), before + 1);
});

test('a damaged frame is refused and nothing of its request kept; the connection goes on', async () => {
  const before = await received();
  const client = await connect();
  const [good] = framesOf(event({ a: 1 }));
  const bad = Uint8Array.from(good);
  bad[bad.length - 3] ^= 1;
  for (const frames of [[good, bad], [good, good.subarray(0, 50)], [Buffer.from('{"a":1}')]]) {
    await assert.rejects(client.send(frames), { code: 'body.damaged', retryAfterMs: null });
  }
  assert.equal((await client.send([good])).accepted, 1);
  await client.close();
  assert.equal(await received(), before + 1);
});

test('who may not send, or names no source, is told so', async () => {
  await assert.rejects(connect('sensor', 'weir_nonsense'), { code: 'auth.wrong' });
  await assert.rejects(connect('sensor', 'no token at all'), { code: 'auth.wrong' });
  await assert.rejects(connect('no source'), { code: 'http.invalid' });
  const made = await server.send('POST', '/v1/keys', { name: 'reader', scopes: ['read'] });
  await assert.rejects(connect('sensor', made.json.key), { code: 'auth.scope' });
});

test('a credential that ends takes its connection with it', async () => {
  const made = await server.send('POST', '/v1/keys', { name: 'agent', scopes: ['ingest'] });
  const client = await connect('sensor', made.json.key);
  assert.equal((await client.send(framesOf(event({ a: 1 })))).accepted, 1);
  const revoked = await fetch(`${server.server.url}/v1/keys/${made.json.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${server.credentials.admin_key}` },
  });
  assert.equal(revoked.status, 200);
  await assert.rejects(client.send(framesOf(event({ a: 2 }))), { code: 'auth.wrong' });
});

/** A client that says whatever it likes; resolves with what it was told before the connection ended. */
function rude(speak: (socket: net.Socket) => void): Promise<SmallMessage[]> {
  const heard: SmallMessage[] = [];
  const reader = new MessageReader({ small: (message) => heard.push(message), begin: () => null, end: () => {} }, 0);
  const socket = net.connect(socketPath);
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  socket.on('error', () => {});
  speak(socket);
  return new Promise((resolve) => socket.on('close', () => resolve(heard)));
}

const hello = (): Buffer => encodeSmall({ kind: 'hello', key: server.credentials.ingest_key, source: 'rude' });

function deliver(sequence: number, frames: Uint8Array, said = frames.length): Buffer {
  const head = Buffer.alloc(15);
  head.writeUInt32LE(said + 11, 0);
  head[4] = 2;
  head.writeBigUInt64LE(BigInt(sequence), 5);
  return Buffer.concat([head, frames]);
}

const codesOf = (heard: readonly SmallMessage[]): string[] =>
  heard.map((message) => (message.kind === 'refusal' ? message.code : message.kind));

test('whoever breaks the protocol is told what, and let go', async () => {
  const [frame] = framesOf(event({ a: 1 }));
  const afterHello =
    (...parts: Uint8Array[]) =>
    (socket: net.Socket): void => {
      socket.write(hello());
      socket.once('data', () => socket.write(Buffer.concat(parts)));
    };
  const cases: Record<string, [(socket: net.Socket) => void, ...string[]]> = {
    'HTTP on the wrong socket': [(socket) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'frames.protocol'],
    'a message without a type': [(socket) => socket.write(Buffer.alloc(8)), 'frames.protocol'],
    'a hello of another version': [
      (socket) => {
        const other = hello();
        other[9] = 7;
        socket.write(other);
      },
      'frames.protocol',
    ],
    'a request before hello': [(socket) => socket.write(deliver(1, frame)), 'frames.protocol'],
    'a request before the welcome': [
      (socket) => socket.write(Buffer.concat([hello(), deliver(1, frame)])),
      'frames.protocol',
    ],
    'two hellos': [afterHello(hello()), 'welcome', 'frames.protocol'],
    'a sequence that stands still': [afterHello(deliver(1, frame), deliver(1, frame)), 'welcome', 'frames.protocol'],
    'a request of 4 GiB': [afterHello(deliver(1, frame, 0xffffff00)), 'welcome', 'frames.protocol'],
    'more than there is credit for': [
      afterHello(deliver(1, frame), deliver(2, frame, limits.framesWindowBytes)),
      'welcome',
      'frames.credit',
    ],
  };
  for (const [what, [speak, ...codes]] of Object.entries(cases)) {
    const heard = codesOf(await rude(speak)).filter((code) => code !== 'ack');
    assert.deepEqual(heard, codes, what);
  }
  const client = await connect();
  assert.equal((await client.send([frame])).accepted, 1);
  await client.close();
});

test('bytes at random, and requests with bytes changed, end connections and nothing else', async () => {
  const random = seededRandom(3);
  await until(async () => (await server.get('/v1/health')).json.status === 'ready');
  const whole = Buffer.concat([hello(), deliver(1, framesOf(event({ r: 1 }))[0])]);
  for (let i = 0; i < 150; i++) {
    const bytes = Buffer.from(whole);
    for (let n = 1 + random.integer(4); n > 0; n--) bytes[random.integer(bytes.length)] = random.integer(256);
    await rude((socket) => socket.end(bytes.subarray(0, 1 + random.integer(bytes.length))));
  }
  assert.equal((await server.get('/v1/health')).json.status, 'ready');
  const client = await connect();
  assert.equal((await client.send(framesOf(event({ a: 1 })))).accepted, 1);
  await client.close();
});

test('a sender that stops in the middle is let go, and its memory with it', async () => {
  const { headMs, bodyStallMsMax } = limits;
  overrideLimits({ headMs: 100, bodyStallMsMax: 100 });
  try {
    assert.deepEqual(codesOf(await rude(() => {})), ['frames.slow']);
    const [frame] = framesOf(event({ a: 1 }));
    const stalled = await rude((socket) => {
      socket.write(hello());
      socket.once('data', () => socket.write(deliver(1, frame).subarray(0, 40)));
    });
    assert.deepEqual(codesOf(stalled), ['welcome', 'frames.slow']);
  } finally {
    overrideLimits({ headMs, bodyStallMsMax });
  }
});

test('requests that are refused for the moment say when to come back', async () => {
  const other = newFolder();
  const second = await openServer(other);
  const client = await FramesClient.connect({
    path: path.join(other, 'data', 'ingest.sock'),
    key: second.credentials.ingest_key,
    source: 'sensor',
  });
  const frames = framesOf(...Array.from({ length: 200 }, (_, i) => event({ i })));
  const sent = Array.from({ length: 100 }, () => client.send(frames).catch((error: unknown) => error));
  await sent[0];
  const closing = second.close();
  const answers = await Promise.all(sent);
  await closing;
  let kept = 0;
  for (const answer of answers) {
    if (answer instanceof FramesRefused) {
      assert.equal(answer.code, 'admission.closed');
      assert.ok((answer.retryAfterMs ?? 0) >= 1000);
    } else if (answer instanceof Error) assert.match(String(answer), /frames\.lost|ended/);
    else kept += (answer as { accepted: number }).accepted;
  }
  const { events } = verifyFolder({ folder: path.join(other, 'data'), detection: false });
  assert.ok(events >= kept && kept > 0);
  await assert.rejects(client.send(frames), /ended|stopping/);
  fs.rmSync(other, { recursive: true });
});
