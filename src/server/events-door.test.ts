/** The door alone: what it tells of its answers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Principal } from '../gateway/index.ts';
import { Admission, Refused } from '../ingest/index.ts';
import { eventsDoor } from './events-door.ts';
import { type Client, event, newFolder, openServer } from './kit.twin.ts';

let client: Client;
let port: number;
const admission = new Admission({ pressure: () => ({ pressure: 0, share: 1, worst: 'queue' }) });
const told: { ms: number; status: number }[] = [];
const principal: Principal = {
  tenant: 'default',
  credential: 'key:test',
  name: 'test',
  scopes: new Set(['ingest']),
  expiresMs: null,
};
const server = http.createServer((request, response) => {
  const door = eventsDoor({
    // The door gets no keys here, so nothing of an audit is asked.
    deliveries: () => ({
      ingest: ({ idempotency: _, ...incoming }) => client.server.node.ingest({ ...incoming, key: null }),
    }),
    admission,
    onAnswer: (took) => told.push(took),
  });
  Promise.resolve(door.handle(request, response, principal, 'request')).catch((error: unknown) => {
    response.writeHead(error instanceof Refused ? error.status : 500).end();
  });
});

before(async () => {
  client = await openServer(newFolder());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
after(async () => {
  server.close();
  await client.close();
});

/** Sends a body in two parts, `pauseMs` apart; gives the status. */
async function post(body: string, headers: http.OutgoingHttpHeaders = {}, pauseMs = 0): Promise<number | undefined> {
  const request = http.request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/events', headers });
  const answered = once(request, 'response');
  request.write(body.slice(0, 1));
  setTimeout(() => request.end(body.slice(1)), pauseMs);
  const [response] = (await answered) as [http.IncomingMessage];
  response.resume();
  request.destroy();
  return response.statusCode;
}

test('the time an answer took begins when the body is there: a slow sender says nothing of the server', async () => {
  assert.equal(await post(event({ n: 1 }), {}, 3000), 200);
  assert.equal(told.length, 1);
  assert.equal(told[0].status, 200);
  assert.ok(told[0].ms < 2500, `${told[0].ms} ms`);
});

test('what is refused is not told: else refusing would be taken for failing, and would go on for ever', async () => {
  told.length = 0;
  admission.close('test', 'for a test');
  assert.equal(await post(event({ n: 2 })), 503);
  admission.open('test');
  assert.equal(await post('{}', { 'content-encoding': 'br' }), 415);
  assert.deepEqual(told, []);
});

test('a length that no body may have is refused for good, not for a while', async () => {
  assert.equal(await post('{}', { 'content-length': 99_999_999_999 }), 413);
  assert.equal(admission.budget.heldBytes, 0);
});
