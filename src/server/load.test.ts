/** A server as users meet it: admission, journal-space, load-watch and events-door as they are wired. */
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { limits, limitTable, overrideLimits } from '../base/index.ts';
import { verifyFolder } from '../pipeline/index.ts';
import { CALM, event, GIB, openServer, toldMachine, until } from './server.twin.ts';

const verified = (folder: string) => verifyFolder({ folder: path.join(folder, 'data'), detection: true });

test('what admission refuses is answered with its own status, code, hint and Retry-After', async () => {
  const config = { tenants: { default: { requests_per_s: 1 } } };
  const { send, close } = await openServer({ config, sampler: toldMachine().sampler });
  const answers = [];
  for (let i = 0; i < 8; i++) answers.push(await send(event({ i })));
  await close();
  const refused = answers.filter(({ status }) => status !== 200);
  assert.ok(refused.length > 0);
  for (const { status, headers, json } of refused) {
    assert.deepEqual([status, json['code']], [429, 'admission.rate']);
    assert.match(headers.get('retry-after') ?? '', /^\d+$/);
  }
  assert.equal(answers[0].status, 200);
});

test('under pressure a policy leaves events out: they are in no journal frame, and in receipts, books and answers by its name', async () => {
  const machine = toldMachine();
  const { folder, server, send, ask, settled, close } = await openServer({
    config: {
      sources: { flows: { severity: 'low', class: 'network' } },
      shedding: {
        flows_out: { from_pressure: '50%', classes: ['network'] },
        later: { from_pressure: '50%', sources: ['slow'], action: 'refuse' },
      },
    },
    sampler: machine.sampler,
  });
  const calm = await send(`${event({ User: 'mallory' })}\n`, '?source=flows');
  assert.deepEqual([calm.json['accepted'], calm.json['filtered']], [1, undefined]);
  machine.load = { ...CALM, eventLoopDelayMs: 800 };
  await until(async () => (await ask('GET', '/v1/pressure')).json['worst'] === ('eventLoopMs' as never));
  const shed = await send(`${event({ User: 'mallory' })}\n\n${event({ a: 1 })}\n`, '?source=flows');
  assert.deepEqual(
    [shed.status, shed.json['accepted'], shed.json['dead_lettered'], shed.json['filtered']],
    [200, 0, 0, { flows_out: 2 }],
  );
  const array = await send(`[${event({ a: 1 })}]`, '?source=flows', { 'content-type': 'application/json' });
  assert.deepEqual(array.json['filtered'], { flows_out: 1 });
  const broken = await send('[{"a":1', '?source=flows', { 'content-type': 'application/json' });
  assert.deepEqual([broken.status, broken.json['code']], [400, 'body.damaged']);
  const later = await send(event({}), '?source=slow');
  assert.deepEqual([later.status, later.json['code']], [429, 'admission.policy']);
  await settled();
  const books = (await ask('GET', '/v1/books?source=flows')).json;
  assert.deepEqual(
    [books['totals']['received'], books['totals']['stored'], books['totals']['filtered'], books['totals']['balanced']],
    [4, 1, 3, true],
  );
  assert.equal(
    books['items'].reduce((sum, { filtered_by }) => sum + Number(filtered_by['flows_out'] ?? 0), 0),
    3,
  );
  const { parts, history } = (await ask('GET', '/v1/pressure')).json;
  assert.ok(parts.some(({ signal, pressure }) => String(signal) === 'eventLoopMs' && Number(pressure) > 0.5));
  assert.ok(history.length > 0);
  assert.equal((await ask('GET', '/v1/hits')).json['items'].length, 1);
  assert.ok(server.node.progress.durable > 3);
  await close();
  const { findings, events } = verified(folder);
  assert.deepEqual([findings, events], [[], 1]);
});

test('a full disk closes the doors with 503 and a reason; they open by themselves when there is room', async () => {
  const machine = toldMachine();
  const { folder, send, ask, close } = await openServer({ sampler: machine.sampler });
  machine.load = { ...CALM, diskFreeBytes: 1024 };
  const ready = async () => (await ask('GET', '/readyz', { key: null })).status;
  await until(async () => (await ready()) === 503);
  const refused = await send(event({ a: 1 }));
  assert.deepEqual([refused.status, refused.json['code']], [503, 'admission.closed']);
  assert.match(refused.text, /the disk is full: 1024 of/);
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
  const { components } = (await ask('GET', '/v1/health')).json;
  assert.match(String(components.find(({ name }) => String(name) === 'journal')?.['reason']), /the disk is full/);
  assert.equal((await ask('GET', '/livez', { key: null })).status, 200);
  machine.load = CALM;
  await until(async () => (await ready()) === 200);
  // Pressure fades within seconds; the least share lets some in at once.
  await until(async () => (await send(event({ a: 1 }))).status === 200);
  await close();
  assert.deepEqual([verified(folder).findings, verified(folder).events], [[], 1]);
});

test('memory that was needed once and is not given back keeps nobody out who comes alone', async () => {
  const machine = toldMachine();
  const { send, ask, close } = await openServer({ sampler: machine.sampler });
  machine.load = { ...CALM, memoryBytes: 1.02 * limits.serverMemoryBytes };
  await until(async () => (await ask('GET', '/v1/pressure')).json['history'].length > 12);
  for (let i = 0; i < 20; i++) assert.equal((await send(event({ i }))).status, 200);
  await close();
});

test('where pressure refuses everybody the server is not ready and says why; it is again when they get in', async () => {
  const machine = toldMachine();
  const { send, ask, close } = await openServer({ sampler: machine.sampler });
  const probe = () => ask('GET', '/readyz', { key: null });
  assert.deepEqual([(await probe()).status, (await probe()).text], [200, 'ok\n']);
  machine.load = { ...CALM, memoryBytes: 2 * GIB };
  await until(async () => (await probe()).status === 503);
  const { text, headers } = await probe();
  assert.match(text, /^not ok\nadmission: pressure is 1\.00 \(memory\): hardly anything is let in/);
  assert.match(headers.get('retry-after') ?? '', /^\d+$/);
  const refused = await send(event({ a: 1 }));
  assert.deepEqual([refused.status, refused.json['code']], [503, 'admission.pressure']);
  assert.equal((await ask('GET', '/livez', { key: null })).status, 200);
  machine.load = CALM;
  await until(async () => (await probe()).status === 200);
  // Half of what comes without a severity: each second request at the latest.
  const answers = [await send(event({ a: 1 })), await send(event({ a: 2 }))];
  assert.ok(answers.some(({ status }) => status === 200));
  await close();
});

test('a body that comes in one piece with its head is taken, counted and verified as any other', async () => {
  const { folder, server, credentials, ask, close } = await openServer({ sampler: toldMachine().sampler });
  const { port } = new URL(server.url);
  const body = `${event({ User: 'mallory' })}\n`.repeat(3);
  const head = `POST /v1/events HTTP/1.1\r\nhost: w\r\nauthorization: Bearer ${credentials.ingest_key}\r\n`;
  const socket = net.connect(Number(port), '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
  await until(() => said.includes('"accepted":3'));
  // With a length for each piece, and nothing said of the whole.
  said = '';
  socket.write(`${head}transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  await until(() => said.includes('"accepted":3'));
  socket.destroy();
  assert.equal((await ask('GET', '/v1/books')).status, 200);
  await close();
  assert.deepEqual([verified(folder).findings, verified(folder).events], [[], 6]);
});

test('a journal at its share of the disk closes the doors too', async () => {
  const machine = toldMachine();
  const { send, ask, close } = await openServer({ sampler: machine.sampler });
  assert.equal((await send(event({ a: 1 }))).status, 200);
  machine.load = { ...CALM, diskBytes: 1000, diskFreeBytes: 900 };
  await until(async () => (await send(event({}))).status === 503);
  const health = (await ask('GET', '/v1/health')).json;
  const journal = health['components'].find(({ name }) => String(name) === 'journal');
  assert.match(String(journal?.['reason']), /^the journal is full: \d+ of 800 bytes; nothing is taken/);
  assert.equal(health['ready'], false as never);
  await close();
});

test('configured limits hold in every thread', async () => {
  const limits = { body_bytes_max: '8KiB', body_expansion_ratio_max: 2, body_expansion_free_bytes: '1KiB' };
  const { server, credentials, send, close } = await openServer({ config: { limits } });
  const large = await send(event({ text: 'x'.repeat(9000) }));
  assert.deepEqual([large.status, large.json['code']], [413, 'body.too_large']);
  // What the main thread lets by, a door decompresses.
  const bomb = await fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credentials.ingest_key}`, 'content-encoding': 'gzip' },
    body: Uint8Array.from(gzipSync(event({ text: 'x'.repeat(5000) }))),
  });
  assert.equal(bomb.status, 413);
  assert.match(await bomb.text(), /"code":"body.bomb"/);
  await close();
  const { bodyBytesMax, bodyExpansionRatioMax, bodyExpansionFreeBytes } = limitTable;
  overrideLimits({
    bodyBytesMax: bodyBytesMax.value,
    bodyExpansionRatioMax: bodyExpansionRatioMax.value,
    bodyExpansionFreeBytes: bodyExpansionFreeBytes.value,
  });
});
