/** Notifiers of a running server: setup, the thread (notify-worker), health, metrics and stages. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { signature } from '../../alerts/index.ts';
import { LOOPBACK, receiver } from '../../alerts/notify/kit.twin.ts';
import { event, newFolder, openServer, until } from '../server.twin.ts';

const idsOf = (body: Buffer): string[] =>
  (JSON.parse(body.toString()) as { hits: { id: string }[] }).hits.map(({ id }) => id);

test('hits reach a signed webhook and a file; a receiver that is down is waited for, named in health, and caught up', async (t) => {
  let down = true;
  const hook = await receiver((_request, response) => response.writeHead(down ? 503 : 200).end());
  t.after(() => hook.close());
  const folder = newFolder();
  const file = path.join(folder, 'hits.ndjson');
  const { server, send, ask, settled, close } = await openServer({
    folder,
    config: {
      notify: {
        webhooks: { chat: { url: hook.url, secret: { env: 'HOOK_SECRET' }, private_networks: LOOPBACK } },
        log_files: { siem: { path: file } },
      },
    },
    environment: { HOOK_SECRET: 'quite secret' },
  });
  await until(() => server.health.get('notifiers')?.state === 'ready');
  await send(`${event({ User: 'mallory' })}\n${event({ User: 'mallory' })}\n`);
  await settled();
  await until(() => server.health.get('notifiers')?.state === 'degraded', 'the failure in health');
  assert.equal(server.health.get('notifiers')?.reason, 'deliveries of chat fail; hits wait, and the log says why');
  await until(() => fs.existsSync(file));
  assert.equal(fs.readFileSync(file, 'utf8').trim().split('\n').length, 2);
  down = false;
  await until(() => server.health.get('notifiers')?.state === 'ready', 'the recovery');
  const { headers, body } = hook.requests[hook.requests.length - 1];
  const ids = idsOf(body);
  assert.deepEqual(
    ids,
    (await ask('GET', '/v1/hits')).json['items'].map(({ id }) => id),
  );
  assert.equal(headers['weir-signature'], `v1=${signature('quite secret', String(headers['weir-timestamp']), body)}`);
  const { text } = await ask('GET', '/metrics');
  assert.match(text, /weir_notifier_hits_total\{notifier="chat",outcome="delivered"\} 2\n/);
  assert.match(text, /weir_notifier_breaker\{notifier="chat",state="closed"\} 1\n/);
  // Switched off for the tenant, hits are stored and nobody is told, later neither.
  const told = hook.requests.length;
  await ask('PUT', '/v1/stages/notify', { body: { on: false } });
  await send(event({ User: 'mallory' }));
  await ask('PUT', '/v1/stages/notify', { body: { on: true } });
  await send(event({ User: 'mallory' }));
  await settled();
  await close(20_000);
  assert.equal(hook.requests.slice(told).flatMap(({ body }) => idsOf(body)).length, 1, 'the stop waits for deliveries');
});
