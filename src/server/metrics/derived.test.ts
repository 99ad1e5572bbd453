import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limits, overrideLimits } from '../../base/index.ts';
import { event, FIRST, newFolder, openServer, rule, rulesIn, type TestServer, until } from '../server.twin.ts';

const SERIES = {
  logons: { where: "User startswith 'm' // and nobody else", labels: { user: 'User' } },
  bytes: { sum: 'n', labels: {} },
};

const sumOf = (name: string, by = ''): string => `metrics | where name == "${name}" | summarize n = sum(value)${by}`;

async function answer(url: string, key: string, query: string): Promise<string> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const reply = await fetch(`${url}/v1/query`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const rows = (await reply.text()).trim().split('\n').slice(0, -1);
  // `3.0` and `3` are one number.
  return rows.map((row) => JSON.stringify(JSON.parse(row))).join('\n');
}

const ask = ({ server, credentials }: TestServer, query: string, key = credentials.admin_key): Promise<string> =>
  answer(server.url, key, query);

test('events are counted by rule into series of their tenant, each once, those that came before the rule not', async () => {
  const before = await openServer();
  await before.send(`${event({ User: 'mallory', n: 1000 })}\n`);
  await before.close();
  const config = { metrics: { interval: '1h', derive_every: '1s', series: SERIES } };
  const served = await openServer({ folder: before.folder, config });
  await until(async () => (await served.ask('GET', '/v1/health')).text.includes('"series"'));
  for (let i = 0; i < 3; i++) {
    await served.send(
      `${event({ User: 'mallory', n: 1 })}\n${event({ User: 'max', n: 2.5 })}\n${event({ User: 'al', n: 4 })}\n`,
    );
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  const made = (await served.ask('POST', '/v1/tenants', { body: { id: 'acme', name: 'Acme' } })).json;
  const theirs = String(made['admin_key']);
  const key = await served.ask('POST', '/v1/keys', { key: theirs, body: { name: 'in', scopes: ['ingest'] } });
  const headers = { authorization: `Bearer ${String(key.json['key'])}` };
  const body = `${event({ User: 'mia', n: 7 })}\n`;
  assert.equal((await fetch(`${served.server.url}/v1/events`, { method: 'POST', headers, body })).status, 200);
  await until(async () => (await ask(served, sumOf('bytes'))) === '{"n":22.5}', 'the sum');
  await until(async () => (await ask(served, sumOf('bytes'), theirs)) === '{"n":7}', 'the sum of the other tenant');
  const logons = sumOf('logons', ' by user = tostring(labels.user) | sort by user asc');
  await until(async () => (await ask(served, logons)) === '{"user":"mallory","n":3}\n{"user":"max","n":3}', 'logons');
  await until(async () => (await ask(served, logons, theirs)) === '{"user":"mia","n":1}', 'logons of the other tenant');
  await served.close();
});

test('labels beyond what a series may have are counted under other, so that the sum stays what it is', async () => {
  const { metricRuleSeriesMax } = limits;
  const config = {
    metrics: { interval: '1h', derive_every: '1s', series: SERIES },
    limits: { metric_rule_series_max: 2 },
  };
  const served = await openServer({ config });
  try {
    await until(async () => (await served.ask('GET', '/v1/health')).text.includes('"series"'));
    const users = ['m1', 'm2', 'm3', 'm4', `m${'x'.repeat(200)}`];
    await served.send(users.map((User) => `${event({ User, n: 1 })}\n`).join(''));
    await until(async () => (await ask(served, sumOf('logons'))) === '{"n":5}', 'the sum');
    const series = await ask(served, sumOf('logons', ' by user = tostring(labels.user)'));
    assert.equal(series.split('\n').length, 3);
    assert.match(series, /\{"user":"other","n":[23]\}/);
  } finally {
    await served.close();
    overrideLimits({ metricRuleSeriesMax });
  }
});

test('after any number of kills each event has been counted once', { timeout: 180_000 }, async (t) => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const main = path.join(import.meta.dirname, '../../cli/main.ts');
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'));
  const file = path.join(folder, 'weir.yaml');
  const config = {
    data,
    listen: { port: 0 },
    rules: { paths: [rules] },
    metrics: { interval: '1s', derive_every: '1s', series: { all: {} } },
  };
  fs.writeFileSync(file, JSON.stringify(config));
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: path.join(folder, 'cache'),
    WEIR_CACHE: path.join(folder, 'rules'),
  };
  let child: ChildProcess | null = null;
  t.after(() => child?.kill('SIGKILL'));
  let output = '';
  const start = async () => {
    fs.rmSync(path.join(data, 'owner.json'), { force: true });
    child = spawn(process.execPath, ['--no-warnings', main, 'up', '--config', file], { env });
    child.stderr?.on('data', (text) => {
      output = `${output}${text}`.slice(-4000);
    });
    const owner = path.join(data, 'owner.json');
    const opened = () => fs.existsSync(owner) && JSON.parse(fs.readFileSync(owner, 'utf8')).url !== null;
    await until(opened, `a start: ${output}`);
    const { url } = JSON.parse(fs.readFileSync(owner, 'utf8'));
    const keys = JSON.parse(fs.readFileSync(path.join(data, 'credentials.json'), 'utf8'));
    return { url: String(url), key: String(keys.admin_key) };
  };
  let sent = 0;
  const send = async ({ url, key }: { url: string; key: string }): Promise<void> => {
    const lines = Array.from({ length: 7 }, () => event({ User: `u${sent++}` })).join('\n');
    const headers = { authorization: `Bearer ${key}` };
    await until(async () => {
      const { status } = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: `${lines}\n` });
      return status === 200;
    });
  };
  let server = await start();
  // The rule begins where the journal is at its first run.
  await until(async () => {
    const health = await fetch(`${server.url}/v1/health`, { headers: { authorization: `Bearer ${server.key}` } });
    return (await health.text()).includes('"series"');
  });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) {
      await send(server);
      await new Promise((resolve) => setTimeout(resolve, 130 + 110 * round));
    }
    const exit = once(child ?? assert.fail('no server'), 'exit');
    (child as ChildProcess | null)?.kill('SIGKILL');
    await exit;
    server = await start();
  }
  await send(server);
  const { url, key } = server;
  await until(async () => (await answer(url, key, sumOf('all'))) === `{"n":${sent}}`, `${sent} events`);
  // What is counted twice would come with the next run.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.equal(await answer(url, key, sumOf('all')), `{"n":${sent}}`);
});
