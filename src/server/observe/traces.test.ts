/** Traces from door to hit, as a collector gets them, and levels of the log at run time. */
import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { SpanRecord } from '../../base/index.ts';
import { event, openServer, until } from '../server.twin.ts';
import { traceObserver } from './traces.ts';

interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: string } }[];
}

async function collector(t: TestContext): Promise<{ url: string; spans: Sent[]; keys: Set<string> }> {
  const spans: Sent[] = [];
  const keys = new Set<string>();
  const server = http.createServer((request, response) => {
    keys.add(String(request.headers['x-key']));
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: Sent[] }[] }[] };
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, spans, keys };
}

const PARENT = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };

test('a sampled request is one trace from its door to its hit, part of the sender’s, with the id of its answer', async (t) => {
  const { url, spans, keys } = await collector(t);
  const { send, settled, ask, close } = await openServer({
    config: { tracing: { otlp_url: url, headers: { 'x-key': { env: 'COLLECTOR_KEY' } }, sample: '0%' } },
    environment: { COLLECTOR_KEY: 'secret-of-the-collector' },
  });
  const traceparent = `00-${PARENT.trace}-${PARENT.span}-01`;
  await settled();
  const { headers } = await send(event({ User: 'mallory' }), '?source=hr', { traceparent });
  await send(event({ User: 'mallory' }), '', {});
  await send(event({ User: 'alice' }), '', { traceparent: `00-${PARENT.trace}-${PARENT.span}-00` });
  await settled();
  await until(() => spans.some(({ name }) => name === 'publish'), 'the spans');
  const metrics = (await ask('GET', '/metrics')).text;
  await close();
  const names = spans.map(({ name }) => name).sort();
  assert.deepEqual(names, ['decode', 'detect', 'evaluate', 'ingest http', 'journal', 'publish']);
  assert.deepEqual([...new Set(spans.map(({ traceId }) => traceId))], [PARENT.trace]);
  const root = spans.find(({ name }) => name === 'ingest http');
  assert.ok(root);
  assert.equal(root.parentSpanId, PARENT.span);
  for (const { name, parentSpanId, startTimeUnixNano, endTimeUnixNano } of spans) {
    if (name !== root.name) assert.equal(parentSpanId, root.spanId, name);
    assert.ok(BigInt(startTimeUnixNano) >= BigInt(root.startTimeUnixNano), name);
    assert.ok(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano), name);
  }
  const said = Object.fromEntries(root.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
  assert.equal(said['weir.request_id'], headers.get('x-request-id'));
  assert.deepEqual([said['weir.source'], said['weir.events']], ['hr', '1']);
  assert.deepEqual([...keys], ['secret-of-the-collector']);
  assert.match(metrics, /weir_trace_spans_total\{outcome="exported"\} 6/);
});

test('requests without a decision of their sender are sampled by share; results that never come are not waited for', () => {
  const spans: SpanRecord[] = [];
  const observer = traceObserver(1, (span) => spans.push(span));
  const delivery = { door: 'http', tenant: 't', source: 's', request: 'r' } as Parameters<
    NonNullable<typeof observer.acked>
  >[0];
  const stamps = { entries: 1, receivedMs: 1, decodedMs: 2, journaledMs: 3, ackedMs: 4, evaluatedMs: null };
  const ack = { accepted: 1, dead: 0, filtered: 0, received: 1, bytes: 1 };
  for (let position = 0; position < 10_000; position++) observer.acked?.(delivery, { ...ack, position }, stamps);
  assert.equal(spans.filter(({ name }) => name === 'ingest http').length, 10_000);
  observer.stored?.({ position: 20_000, levels: [], tookMs: 1, committedMs: 9, found: [9_999, 2, 7] });
  const detected = spans.filter(({ name }) => name === 'detect');
  assert.equal(detected.length, 4096);
  assert.deepEqual(detected.at(-1)?.attributes, { 'weir.hits': 7 });
  assert.equal(spans.filter(({ name }) => name === 'publish').length, 1);
});

test('without a collector there is no tracing; one that is gone is said by health, and nothing else fails', async () => {
  const { send, server, settled, close } = await openServer({
    config: { tracing: { otlp_url: 'http://127.0.0.1:9/v1/traces', sample: '100%' } },
  });
  await settled();
  assert.equal((await send(event({ User: 'mallory' }))).status, 200);
  await until(() => server.health.get('tracing')?.state === 'degraded', 'health to say it');
  assert.match(server.health.get('tracing')?.reason ?? '', /127\.0\.0\.1:9/);
  await close();
});

test('levels of the log change while weir runs', async () => {
  const { ask, logged, settled, close } = await openServer();
  await settled();
  const { items } = (await ask('GET', '/v1/log')).json;
  assert.deepEqual(
    items.find(({ room }) => String(room) === 'server'),
    { room: 'server', level: 'debug' },
  );
  assert.equal((await ask('PUT', '/v1/log/server', { body: { level: 'error' } })).status, 200);
  const before = logged.length;
  await ask('GET', '/v1/hits');
  assert.equal(logged.length, before);
  assert.equal((await ask('PUT', '/v1/log/kitchen', { body: { level: 'error' } })).status, 400);
  assert.equal((await ask('PUT', '/v1/log/server', { body: { level: 'loud' } })).status, 400);
  await ask('PUT', '/v1/log/server', { body: { level: 'debug' } });
  await ask('GET', '/v1/hits');
  assert.ok(logged.length > before);
  await close();
});
