/** kill -9 of `weir up` in the middle of a hunt: at the next start it goes on by itself, and has the hits of one that was left alone. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { event, FIRST, newFolder, rule, rulesIn, until } from './server.twin.ts';

const SOURCES = 120;
const EVENTS = 30;

// biome-ignore lint/suspicious/noExplicitAny: whatever a server answers
type Json = any;

test('after a kill of the server a hunt goes on where it was, and its process does not outlive the server', {
  timeout: 180_000,
}, async (t) => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const main = path.join(import.meta.dirname, '../cli/main.ts');
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'));
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: path.join(folder, 'cache'),
    WEIR_CACHE: path.join(folder, 'rules-cache'),
  };
  let output = '';
  let child: ChildProcess | null = null;
  let url = '';
  let key = '';
  const ask = async (method: string, where: string, body?: string): Promise<Json> => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await fetch(url + where, { method, headers, ...(body === undefined ? {} : { body }) });
    return answer.json();
  };
  const start = async (): Promise<void> => {
    fs.rmSync(path.join(data, 'owner.json'), { force: true });
    child = spawn(
      process.execPath,
      ['--no-warnings', main, 'up', '--data', data, '--listen', '127.0.0.1:0', '--rules', rules],
      { env },
    );
    child.stderr?.on('data', (text) => {
      output = `${output}${text}`.slice(-4000);
    });
    const owner = path.join(data, 'owner.json');
    await until(
      () => fs.existsSync(owner) && JSON.parse(fs.readFileSync(owner, 'utf8')).url !== null,
      `a start: ${output}`,
    );
    url = JSON.parse(fs.readFileSync(owner, 'utf8')).url;
    key = JSON.parse(fs.readFileSync(path.join(data, 'credentials.json'), 'utf8')).admin_key;
    await until(async () => (await ask('GET', '/v1/health')).rules === 'ready', 'the rules');
  };
  const kill = async (): Promise<void> => {
    const exit = once(child ?? assert.fail('no server'), 'exit');
    child?.kill('SIGKILL');
    await exit;
  };
  const done = async (id: string): Promise<Json> => {
    await until(async () => (await ask('GET', `/v1/hunts/${id}`)).ended !== null, `the end of ${id}: ${output}`);
    return ask('GET', `/v1/hunts/${id}`);
  };
  const hits = async (id: string): Promise<string[]> => {
    const found: string[] = [];
    for (let after = '0'; ; ) {
      const { items, next } = await ask('GET', `/v1/hunts/${id}/hits?limit=1000&after=${after}`);
      found.push(...items.map((hit: Json) => hit.id));
      if (next === null) return found;
      after = next;
    }
  };
  t.after(() => child?.kill('SIGKILL'));
  await start();
  for (let i = 0; i < SOURCES; i++) {
    const lines = Array.from({ length: EVENTS }, (_, n) => event({ User: n % 2 === 0 ? 'mallory' : 'alice', n }));
    const answer = await fetch(`${url}/v1/events?source=s${i}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    assert.equal(answer.status, 200, await answer.text());
  }
  const asked = JSON.stringify({ rules: [FIRST] });
  const whole = await ask('POST', '/v1/hunts', asked);
  assert.equal((await done(whole.id)).state, 'finished');
  const wanted = await hits(whole.id);
  assert.equal(new Set(wanted).size, (SOURCES * EVENTS) / 2);
  const { id } = await ask('POST', '/v1/hunts', asked);
  const state = path.join(data, 'hunts', id, 'state.ndjson');
  const lines = (): number => (fs.existsSync(state) ? fs.readFileSync(state, 'utf8').split('\n').length - 1 : 0);
  for (; lines() < 4; ) await new Promise((resolve) => setTimeout(resolve, 2));
  await kill();
  // Its process ends with the server's.
  let before = -1;
  await until(async () => {
    const now = lines();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const isStill = now === before;
    before = now;
    return isStill;
  }, 'the end of its process');
  assert.ok(before < SOURCES + 1, 'it was done before the kill');
  assert.equal(JSON.parse(fs.readFileSync(path.join(data, 'hunts', id, 'hunt.json'), 'utf8')).status.state, 'running');
  await start();
  const again = await done(id);
  assert.deepEqual([again.state, again.hits], ['finished', { [FIRST]: wanted.length }]);
  assert.deepEqual(await hits(id), wanted);
  assert.deepEqual(await hits(whole.id), wanted);
  await kill();
  fs.rmSync(folder, { recursive: true, force: true });
});
