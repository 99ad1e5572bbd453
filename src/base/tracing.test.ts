import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import {
  formatTraceparent,
  limits,
  parseTraceparent,
  type SpanRecord,
  seededRandom,
  sleep,
  spanSource,
  Tracer,
} from './index.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

interface Call {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A collector that answers as told. */
async function collector(answer: (call: Call, n: number, response: http.ServerResponse) => void) {
  const calls: Call[] = [];
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const call = { headers: request.headers, body: Buffer.concat(parts).toString() };
    calls.push(call);
    answer(call, calls.length, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}/v1/traces`,
    calls,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const ok = (_call: Call, _n: number, response: http.ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
};

function record(name: string): SpanRecord {
  const context = { traceId: TRACE, spanId: SPAN, sampled: true };
  return { context, parentSpanId: null, name, kind: 'internal', startMs: 1, endMs: 2, attributes: {}, error: null };
}

test('traceparent is read as the W3C has it', () => {
  const valid = { traceId: TRACE, spanId: SPAN, sampled: true };
  assert.deepEqual(parseTraceparent(`00-${TRACE}-${SPAN}-01`), valid);
  assert.deepEqual(parseTraceparent(`00-${TRACE}-${SPAN}-00`), { ...valid, sampled: false });
  // A later version may have more behind the flags.
  assert.deepEqual(parseTraceparent(`cc-${TRACE}-${SPAN}-03-what`), valid);
  for (const wrong of [
    undefined,
    '',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01`.repeat(1000),
  ]) {
    assert.equal(parseTraceparent(wrong), null, wrong?.slice(0, 80));
  }
  assert.equal(formatTraceparent(valid), `00-${TRACE}-${SPAN}-01`);
});

test('a request from door to hit becomes OTLP that a collector takes: ids, parents, kinds, times in nanoseconds', async () => {
  using server = await collector(ok);
  const tracer = new Tracer({
    endpoint: server.endpoint,
    headers: { authorization: 'Bearer x' },
    resource: { 'service.name': 'weir' },
  });
  const random = seededRandom(1);
  const bytes = (length: number) => Uint8Array.from({ length }, () => random.integer(256));
  let now = 1_700_000_000_000.25;
  const start = spanSource({ sampleShare: 0, add: (span) => tracer.add(span), random: bytes, now: () => now });
  const door = start('POST /v1/events', { parent: parseTraceparent(`00-${TRACE}-${SPAN}-01`), kind: 'server' });
  const detect = start('detect', { parent: parseTraceparent(formatTraceparent(door.context)) });
  detect.set('weir.events', 1000);
  detect.set('weir.share', 0.5);
  detect.set('weir.late', false);
  now += 3;
  detect.end({ error: 'rule r1 failed' });
  detect.end();
  now += 1;
  door.end();
  await tracer.close();
  assert.equal(server.calls.length, 1);
  assert.equal(server.calls[0].headers['content-type'], 'application/json');
  assert.equal(server.calls[0].headers.authorization, 'Bearer x');
  assert.deepEqual(JSON.parse(server.calls[0].body), {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'weir' } }] },
        scopeSpans: [
          {
            scope: { name: 'weir' },
            spans: [
              {
                traceId: TRACE,
                spanId: detect.context.spanId,
                parentSpanId: door.context.spanId,
                name: 'detect',
                kind: 1,
                startTimeUnixNano: '1700000000000250000',
                endTimeUnixNano: '1700000000003250000',
                attributes: [
                  { key: 'weir.events', value: { intValue: '1000' } },
                  { key: 'weir.share', value: { doubleValue: 0.5 } },
                  { key: 'weir.late', value: { boolValue: false } },
                ],
                status: { code: 2, message: 'rule r1 failed' },
              },
              {
                traceId: TRACE,
                spanId: door.context.spanId,
                parentSpanId: SPAN,
                name: 'POST /v1/events',
                kind: 2,
                startTimeUnixNano: '1700000000000250000',
                endTimeUnixNano: '1700000000004250000',
                attributes: [],
                status: {},
              },
            ],
          },
        ],
      },
    ],
  });
  assert.match(door.context.spanId, /^[0-9a-f]{16}$/);
  assert.deepEqual(tracer.counts, { exported: 2, droppedFull: 0, droppedRefused: 0 });
});

test('the share of traces that are sampled is the one asked for; a parent decides for its children', () => {
  const spans: SpanRecord[] = [];
  const random = seededRandom(7);
  const bytes = (length: number) => Uint8Array.from({ length }, () => random.integer(256));
  const start = spanSource({ sampleShare: 0.1, add: (span) => spans.push(span), random: bytes });
  for (let i = 0; i < 5000; i++) {
    const root = start('door');
    start('detect', { parent: root.context }).end();
    root.end();
  }
  const roots = spans.filter((span) => span.name === 'door');
  assert.ok(roots.length > 420 && roots.length < 580, `${roots.length}`);
  assert.equal(spans.length, 2 * roots.length);
  start('door', { parent: { traceId: TRACE, spanId: SPAN, sampled: false } }).end();
  assert.equal(spans.length, 2 * roots.length);
});

test('the queue is bounded: a collector that does not answer costs spans, counted, and nothing else', async () => {
  using server = await collector(() => {});
  const tracer = new Tracer({ endpoint: server.endpoint, resource: {}, spansMax: 700, exportMs: 100, triesMax: 1 });
  for (let i = 0; i < 2000; i++) tracer.add(record(`${i}`));
  assert.ok(tracer.queued <= 700);
  const { droppedFull } = tracer.counts;
  await tracer.close();
  assert.equal(tracer.counts.droppedRefused + droppedFull, 2000);
  assert.match(tracer.lastError ?? '', /timeout|aborted/i);
});

test('a busy collector is asked again after its Retry-After, one that refuses is not', async () => {
  using busy = await collector((call, n, response) => {
    if (n === 1) response.writeHead(503, { 'retry-after': '7' }).end();
    else ok(call, n, response);
  });
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  const tracer = new Tracer({ endpoint: busy.endpoint, resource: {}, wait });
  tracer.add(record('a'));
  await tracer.close();
  assert.deepEqual(waits, [7000]);
  assert.equal(busy.calls.length, 2);
  assert.deepEqual(tracer.counts, { exported: 1, droppedFull: 0, droppedRefused: 0 });
  assert.equal(tracer.lastError, null);

  using refusing = await collector((_call, _n, response) => response.writeHead(400).end());
  const refused = new Tracer({ endpoint: refusing.endpoint, resource: {}, wait });
  refused.add(record('a'));
  await refused.close();
  assert.equal(refusing.calls.length, 1);
  assert.deepEqual(refused.counts, { exported: 0, droppedFull: 0, droppedRefused: 1 });
  assert.match(refused.lastError ?? '', /answered 400/);
});

test('a dead collector is tried with growing pauses, then its spans are dropped; partial success is counted', async () => {
  const server = await collector(ok);
  server[Symbol.dispose]();
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  const tracer = new Tracer({ endpoint: server.endpoint, resource: {}, wait });
  tracer.add(record('a'));
  await tracer.close();
  assert.deepEqual(waits, [500, 1000]);
  assert.equal(tracer.counts.droppedRefused, 1);
  assert.match(tracer.lastError ?? '', /ECONNREFUSED/);

  using partial = await collector((_call, _n, response) =>
    response.writeHead(200).end('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}'),
  );
  const some = new Tracer({ endpoint: partial.endpoint, resource: {} });
  for (let i = 0; i < 5; i++) some.add(record('a'));
  await some.close();
  assert.deepEqual(some.counts, { exported: 3, droppedFull: 0, droppedRefused: 2 });
});

test('spans go out by themselves after a while, and attributes are bounded', async () => {
  using server = await collector(ok);
  const tracer = new Tracer({ endpoint: server.endpoint, resource: {}, flushEveryMs: 20 });
  const span = spanSource({ sampleShare: 1, add: (one) => tracer.add(one) })('a');
  for (let i = 0; i < 100; i++) span.set(`k${i}`, 'x'.repeat(5000));
  span.end();
  for (let i = 0; i < 100 && server.calls.length === 0; i++) await sleep(10);
  await tracer.close();
  const sent = JSON.parse(server.calls[0].body) as {
    resourceSpans: { scopeSpans: { spans: { attributes: { value: { stringValue: string } }[] }[] }[] }[];
  };
  const { attributes } = sent.resourceSpans[0].scopeSpans[0].spans[0];
  assert.equal(attributes.length, limits.traceAttributesMax);
  assert.equal(attributes[0].value.stringValue.length, limits.traceAttributeCharactersMax);
});
