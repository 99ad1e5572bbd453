import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Filled, LOOPBACK, NotedClock, type Request, receiver } from './kit.twin.ts';
import type { Batch, Outcome, WebhookConfig } from './types.ts';
import { signature, webhook } from './webhook.ts';

const filled = new Filled();
filled.add(1);
const batch: Batch = { id: 'b1', notifier: 'n1', hits: filled.feed.groupHits(2, 0, 10).items, attempt: 3 };
const config = (url: string, change: Partial<WebhookConfig> = {}): WebhookConfig => ({
  kind: 'webhook',
  name: 'n1',
  url,
  privateNetworks: LOOPBACK,
  ...change,
});

async function deliver(
  answer: Parameters<typeof receiver>[0],
  change: Partial<WebhookConfig> = {},
): Promise<{ outcome: Outcome; requests: Request[] }> {
  const { url, requests, close } = await receiver(answer);
  try {
    const sender = webhook(config(url, change), new NotedClock());
    return { outcome: await sender.deliver(batch, new AbortController().signal), requests };
  } finally {
    await close();
  }
}

const status = (code: number, headers: Record<string, string> = {}, body = '') =>
  deliver((_, response) => response.writeHead(code, headers).end(body));

test('a delivery is one signed JSON body under the id of its batch', async () => {
  const { outcome, requests } = await deliver((_, response) => response.end(), {
    secret: 's3cret',
    headers: { authorization: 'Bearer x', 'idempotency-key': 'not theirs to say' },
  });
  assert.deepEqual(outcome, { kind: 'delivered' });
  const [{ headers, body }] = requests;
  assert.equal(headers['weir-timestamp'], '1700000000');
  assert.equal(headers['weir-signature'], `v1=${signature('s3cret', '1700000000', body)}`);
  assert.deepEqual(
    [headers['idempotency-key'], headers['weir-attempt'], headers['authorization'], headers['content-type']],
    ['b1', '3', 'Bearer x', 'application/json'],
  );
  const sent = JSON.parse(body.toString()) as {
    batch: string;
    notifier: string;
    hits: { id: string; tenant: string }[];
  };
  assert.deepEqual([sent.batch, sent.notifier], ['b1', 'n1']);
  assert.deepEqual(
    sent.hits.map(({ id, tenant }) => [id, tenant]),
    batch.hits.map(({ id, tenant }) => [id, tenant]),
  );
});

test('the signature is HMAC-SHA256 over timestamp, dot and body', () => {
  // As Python's hmac module computes it.
  const known = 'e33f91577b90d4b3bbd73cb61803074f1965d27701b5527942dd9ea9443af37c';
  assert.equal(signature('Jefe', 'what do ya want', Buffer.from('for nothing?')), known);
});

test('what a receiver answers decides whether it is tried again', async () => {
  assert.equal((await status(204)).outcome.kind, 'delivered');
  for (const code of [408, 425, 429, 500, 503, 599])
    assert.equal((await status(code)).outcome.kind, 'failed', String(code));
  for (const code of [301, 400, 401, 404, 410, 422])
    assert.equal((await status(code)).outcome.kind, 'refused', String(code));
  const said = await status(422, {}, `no\u001b[31m such\n\n field ${'x'.repeat(5000)}`);
  assert.deepEqual(said.outcome, { kind: 'refused', reason: `status 422: no [31m such field ${'x'.repeat(181)}` });
});

test('retry-after counts in seconds or names a time', async () => {
  const wait = async (text: string): Promise<number | undefined> => {
    const { outcome } = await status(503, { 'retry-after': text });
    return outcome.kind === 'failed' ? outcome.retryAfterMs : undefined;
  };
  assert.equal(await wait('120'), 120_000);
  assert.equal(await wait(new Date(1_700_000_060_000).toUTCString()), 60_000);
  assert.equal(await wait(new Date(0).toUTCString()), 0);
  assert.equal(await wait('soon'), undefined);
});

test('no answer, a cut connection and a private address are failures with a reason', async () => {
  const slow = await deliver(() => {}, { timeoutMs: 50 });
  assert.match(slow.outcome.kind === 'failed' ? slow.outcome.reason : '', /no answer within 50 ms/);
  const cut = await deliver((_, response) => response.destroy());
  assert.match(cut.outcome.kind === 'failed' ? cut.outcome.reason : '', /socket hang up|ECONNRESET/);
  const guarded = await deliver((_, response) => response.end(), { privateNetworks: [] });
  assert.match(guarded.outcome.kind === 'failed' ? guarded.outcome.reason : '', /must not be connected to/);
  assert.equal(guarded.requests.length, 0);
});

test('an address, header or secret that cannot work is refused at once', () => {
  const make = (change: Partial<WebhookConfig>) => () =>
    webhook({ ...config('https://h.example/'), ...change }, new NotedClock());
  for (const url of ['ftp://h/', 'no url', 'https://user@h/', 'https://:pass@h/']) {
    assert.throws(make({ url }), { code: 'notify.url' });
  }
  for (const headers of [{ 'a b': 'x' }, { a: 'x\r\ny: z' }, { a: '\u2713' }]) {
    assert.throws(make({ headers }), { code: 'notify.header' });
  }
  assert.throws(make({ secret: '' }), { code: 'notify.secret' });
  assert.throws(make({ privateNetworks: ['all'] }), { code: 'notify.network' });
});
