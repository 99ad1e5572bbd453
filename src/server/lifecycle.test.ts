/** Rules that change, stages that are switched, and the way down (rule-keeper, up). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { verifyFolder } from '../pipeline/index.ts';
import { event, FIRST, newFolder, openServer, rule, rulesIn, SECOND, until } from './server.twin.ts';

const verified = (folder: string) => verifyFolder({ folder: path.join(folder, 'data'), detection: true }).findings;

test('changed rule files take over whole; files that cannot be loaded leave the set before in force, and health says so', async () => {
  const folder = newFolder();
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'));
  const config = { rules: { paths: [rules], reload: '1s' as const } };
  const { server, ask, send, settled, close } = await openServer({ folder, config });
  await server.rules;
  const named = async (): Promise<string[]> =>
    (await ask('GET', '/v1/rules')).json['items'].map(({ id, state }) => `${String(id).at(-1)} ${state}`);
  assert.deepEqual(await named(), ['1 active']);
  fs.writeFileSync(path.join(rules, 'more.yml'), rule(SECOND, 'User', 'trudy'));
  await until(async () => (await named()).length === 2, 'the new rule');
  await send(event({ User: 'trudy' }));
  await settled();
  assert.equal((await ask('GET', `/v1/hits?rule=${SECOND}`)).json['items'].length, 1);
  fs.renameSync(rules, `${rules}-gone`);
  await until(() => server.health.get('rules')?.state === 'degraded', 'the failure');
  assert.match(String(server.health.get('rules')?.reason), /^the rules before stay in force: no rules at /);
  const asked = await ask('POST', '/v1/rules/reload');
  assert.deepEqual([asked.status, asked.json['code']], [409, 'item.conflict']);
  assert.deepEqual(await named(), ['1 active', '2 active']);
  await send(event({ User: 'trudy' }));
  await settled();
  assert.equal((await ask('GET', `/v1/hits?rule=${SECOND}`)).json['items'].length, 2);
  fs.renameSync(`${rules}-gone`, rules);
  fs.rmSync(path.join(rules, 'more.yml'));
  const reloaded = await ask('POST', '/v1/rules/reload');
  assert.deepEqual([reloaded.status, reloaded.json['rules'], reloaded.json['refused']], [200, 1, 0]);
  assert.equal(server.health.get('rules')?.state, 'ready');
  await close();
  assert.deepEqual(verified(folder), []);
});

test('a stage that is switched off stays off over a restart; health, rules and ledger show it', async () => {
  const first = await openServer();
  const { folder } = first;
  await first.send(event({ User: 'mallory' }));
  const off = await first.ask('PUT', '/v1/stages/detect', { body: { on: false } });
  assert.deepEqual([off.status, off.json['on']], [200, false]);
  assert.equal((await first.ask('PUT', '/v1/stages/detect', { body: { on: false } })).json['since'], off.json['since']);
  assert.equal((await first.ask('PUT', '/v1/stages/nothing', { body: { on: false } })).status, 404);
  await first.send(event({ User: 'mallory' }));
  await first.settled();
  await first.close();
  const second = await openServer({ folder });
  await second.server.rules;
  const { items } = (await second.ask('GET', '/v1/stages')).json;
  assert.deepEqual(
    items.map(({ stage, on }) => [stage, on]),
    [
      ['validate', true],
      ['detect', false],
      ['correlate', true],
      ['notify', true],
    ],
  );
  assert.match(String(second.server.health.get('stages')?.reason), /^1 switched off/);
  const [listed] = (await second.ask('GET', '/v1/rules')).json['items'];
  assert.deepEqual(
    [listed['state'], listed['reason']],
    ['disabled', 'the stage detect is switched off for this tenant'],
  );
  await second.ask('PUT', '/v1/stages/detect', { body: { on: true } });
  await second.send(event({ User: 'mallory' }));
  await second.settled();
  assert.equal(second.server.health.get('stages'), null);
  assert.equal((await second.ask('GET', '/v1/hits')).json['items'].length, 2);
  const [ledger] = (await second.ask('GET', '/v1/books/ledger')).json['items'];
  assert.deepEqual(
    ledger['not_evaluated'].map(({ reason, events }) => [reason, events]),
    [['stage_off', 1]],
  );
  await second.close();
  assert.deepEqual(verified(folder), []);
});

test('a stop refuses with Retry-After, finishes what is under way, evaluates all of it, and ends in time', async () => {
  const { folder, server, send, ask, credentials, close } = await openServer();
  await server.rules;
  const stream = await fetch(`${server.url}/v1/hits/stream`, {
    headers: { authorization: `Bearer ${credentials.admin_key}` },
  });
  const told = stream.text();
  await until(() => server.gateway.counts().eventStreams === 1);
  const lines = Array.from({ length: 2000 }, (_, i) => event({ User: 'mallory', i })).join('\n');
  const underWay = Array.from({ length: 8 }, () => send(lines));
  await until(() => server.node.inFlightBytes > 0);
  const closing = close(30_000);
  const late = await send(event({ User: 'mallory' })).catch(() => null);
  if (late !== null) {
    assert.deepEqual([late.status, late.json['code']], [503, 'admission.closed']);
    assert.match(late.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal((await ask('GET', '/readyz', { key: null }).catch(() => null))?.status ?? 503, 503);
  }
  const answers = await Promise.all(underWay);
  const taken = answers.filter(({ status }) => status === 200).length;
  assert.ok(taken > 0);
  await closing;
  // A reader that is behind resumes where it was; this one is told why it ends.
  assert.match(await told, /event: hit\n[\s\S]*event: end\ndata: \{"reason":"server_closing"\}\n\n$/);
  assert.deepEqual(verified(folder), []);
  const again = await openServer({ folder });
  assert.equal(again.server.node.recovered.recovery.tail.entries, 0, 'the journal was closed exactly');
  assert.equal((await again.ask('GET', '/v1/books')).json['totals']['balanced'], true as never);
  await again.close();
});
