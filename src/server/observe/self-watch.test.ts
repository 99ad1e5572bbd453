/** Alerts of weir on itself, provoked on a running server and seen to end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOPBACK, receiver } from '../../alerts/notify/kit.twin.ts';
import { SELF_ALERTS } from '../../pipeline/index.ts';
import { CALM, event, GIB, openServer, type TestServer, toldMachine, until } from '../server.twin.ts';

/** A hundred times as fast; what they say and when they do is as ever. */
const FAST = SELF_ALERTS.map((alert) => ({ ...alert, holdMs: alert.holdMs / 100, clearMs: alert.clearMs / 100 }));

async function active({ ask }: TestServer, key?: string): Promise<string[]> {
  const { items } = (await ask('GET', '/v1/alerts/self', key === undefined ? {} : { key })).json;
  return items
    .filter(({ state }) => String(state) === 'firing')
    .map(({ alert, subject }) => `${alert} ${subject}`.trim());
}

const fires = (server: TestServer, name: string): Promise<void> =>
  until(async () => (await active(server)).includes(name), `${name} to fire`);
const ends = (server: TestServer, name: string): Promise<void> =>
  until(async () => !(await active(server)).includes(name), `the end of ${name}`);
const logged = (server: TestServer, message: string, alert: string): boolean =>
  server.logged.some((line) => line.includes(`"message":"${message}"`) && line.includes(`"alert":"${alert}"`));

test('a source that falls silent is named to its own tenant, until it is heard again', async () => {
  const server = await openServer({ config: { sources: { dc: { silent_after: '1s' } } }, self: { everyMs: 50 } });
  const acme = (await server.ask('POST', '/v1/tenants', { body: { id: 'acme', name: 'Acme' } })).json;
  await server.send(event({ a: 1 }), '?source=dc');
  await server.send(event({ a: 1 }), '?source=other');
  await fires(server, 'source-silent default/dc');
  assert.deepEqual(await active(server, String(acme['admin_key'])), []);
  assert.deepEqual(await active(server), ['source-silent default/dc']);
  assert.ok(logged(server, 'alert', 'source-silent'));
  assert.match(
    (await server.ask('GET', '/metrics')).text,
    /weir_self_alerts\{alert="source-silent",state="firing"\} 1\n/,
  );
  await server.send(event({ a: 1 }), '?source=dc');
  await ends(server, 'source-silent default/dc');
  assert.ok(logged(server, 'alert is over', 'source-silent'));
  await server.close();
});

test('dead letters, a disk that fills up, a receiver that fails and pressure fire, each by its name, and end', async (t) => {
  let down = true;
  const hook = await receiver((_request, response) => response.writeHead(down ? 503 : 200).end());
  t.after(() => hook.close());
  const machine = toldMachine();
  const server = await openServer({
    config: {
      notify: { webhooks: { chat: { url: hook.url, private_networks: LOOPBACK } } },
      shedding: { bulk: { from_pressure: '50%', sources: ['bulk'] } },
    },
    self: { alerts: FAST, everyMs: 20 },
    sampler: machine.sampler,
  });
  await server.server.rules;
  const stop = new AbortController();
  const bad = (async () => {
    while (!stop.signal.aborted) await server.send(`not json\n${event({ a: 1 })}\n`);
  })();
  await fires(server, 'dead-letters');
  stop.abort();
  await bad;
  await ends(server, 'dead-letters');
  await server.send(event({ User: 'mallory' }));
  await fires(server, 'notifier-failing chat');
  down = false;
  await ends(server, 'notifier-failing chat');
  machine.load = { ...CALM, diskFreeBytes: 5 * GIB };
  await fires(server, 'disk');
  machine.load = CALM;
  await ends(server, 'disk');
  machine.load = { ...CALM, eventLoopDelayMs: 5000 };
  await fires(server, 'pressure');
  await until(async () => (await server.send(event({ a: 1 }), '?source=bulk')).status === 200);
  await fires(server, 'shedding');
  machine.load = CALM;
  await ends(server, 'pressure');
  await ends(server, 'shedding');
  await server.close();
});

test('detection that falls behind fires, and ends when it has caught up', async () => {
  const slow = FAST.map((alert) =>
    alert.id === 'detect-lag'
      ? { ...alert, fires: (ms: number) => ms > 100, clears: (ms: number) => ms <= 50, holdMs: 0 }
      : alert,
  );
  const server = await openServer({ self: { alerts: slow, everyMs: 10 } });
  await server.server.rules;
  const lines = Array.from({ length: 20_000 }, (_, i) => event({ User: 'mallory', i })).join('\n');
  const sending = Array.from({ length: 4 }, () => server.send(lines));
  await until(() => logged(server, 'alert', 'detect-lag'), 'detect-lag to fire');
  await Promise.all(sending);
  await server.settled();
  await until(() => logged(server, 'alert is over', 'detect-lag'), 'the end of detect-lag');
  await server.close(20_000);
});
