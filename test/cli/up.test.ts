/** `weir up` as a user has it: the command, its signals, and what `weir books` and `weir verify` (src/cli/commands/books.ts) say after it. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { ended, scratch, startWeir, weir } from './run.ts';

const RULE = `title: Mallory
id: 00000000-0000-4000-8000-000000000001
logsource: {product: windows, service: security}
detection: {sel: {User: mallory}, condition: sel}
level: high
`;

interface Up {
  readonly child: ChildProcess;
  readonly url: string;
  readonly said: () => string;
  readonly data: string;
}

/** Resolves once the server says where it listens. */
async function up(t: TestContext, ...flags: string[]): Promise<Up> {
  return upIn(t, path.join(scratch(t).folder, 'data'), ...flags);
}

async function upIn(t: TestContext, data: string, ...flags: string[]): Promise<Up> {
  const rules = path.dirname(scratch(t).write('rules/a.yml', RULE));
  const child = startWeir(['up', '--data', data, '--listen', '127.0.0.1:0', '--rules', rules, ...flags]);
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const found = /weir listens on (\S+)/.exec(text);
      if (found !== null && text.includes('data ')) resolve(found[1]);
    });
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
  return { child, url, said: () => text, data };
}

test('the command that is printed sends an event; a stop is clean, and everything adds up', async (t) => {
  const { child, url, said, data } = await up(t);
  const key = /Authorization: Bearer (\S+)' \\/.exec(said())?.[1] ?? '';
  const body = /-d '(.*)'/.exec(said())?.[1] ?? '';
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body });
  assert.equal(answer.status, 200);
  const live = await weir(['books', '--data', data, '--format', 'ndjson']);
  assert.equal(live.status, 0, live.stderr);
  assert.deepEqual(
    live.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ received, stored, balanced }) => [received, stored, balanced]),
    [[1, 1, true]],
  );
  const second = await weir(['up', '--data', data, '--listen', '127.0.0.1:0']);
  assert.equal(second.status, 1);
  assert.match(second.stderr, new RegExp(`${url}`));
  child.kill('SIGTERM');
  assert.equal((await ended(child)).status, 0);
  const after = await weir(['books', '--data', data, '--format', 'table']);
  assert.equal(after.status, 0);
  assert.match(after.stdout, /default +http +1 +1 +0 +0 +0/);
  const verified = await weir(['verify', '--data', data]);
  assert.equal(verified.status, 0, verified.stdout);
  assert.match(verified.stderr, /nothing is missing, changed or out of order/);
  const journal = path.join(data, 'journal');
  const [file] = fs.readdirSync(journal).filter((name) => name.endsWith('.wj'));
  const bytes = fs.readFileSync(path.join(journal, file));
  bytes[bytes.indexOf('vssadmin')] ^= 1;
  fs.writeFileSync(path.join(journal, file), bytes);
  const changed = await weir(['verify', '--data', data]);
  assert.equal(changed.status, 1);
  assert.equal(JSON.parse(changed.stdout.split('\n')[0]).where, path.join(journal, file));
});

test('beyond loopback it does not start without TLS; wrong settings are told with their place', async (t) => {
  const { write, folder } = scratch(t);
  const data = path.join(folder, 'data');
  const open = await weir(['up', '--data', data, '--listen', '0.0.0.0:0']);
  assert.equal(open.status, 1);
  assert.match(open.stderr, /--tls auto/);
  const file = write('weir.yaml', 'listen:\n  prot: 7700\n');
  const wrong = await weir(['up', '--config', file]);
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /weir\.yaml:2:3.*port/s);
  write('home/notes.txt', 'mine');
  const home = path.join(folder, 'home');
  const strange = await weir(['up', '--data', home, '--listen', '127.0.0.1:0']);
  assert.equal(strange.status, 1);
  assert.match(strange.stderr, /home is no data folder of weir, and not empty: it has notes\.txt\n.*--data/);
  assert.deepEqual(fs.readdirSync(home), ['notes.txt']);
  for (const command of ['verify', 'books']) {
    const { status, stderr } = await weir([command, '--data', home]);
    assert.equal(status, 1);
    assert.match(stderr, /home is no data folder of weir: it has no journal of weir\n/);
  }
  const none = await weir(['verify', '--data', path.join(folder, 'nowhere')]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /--data/);
});

test('settings that are not in force yet are named at the start, each with its place', async (t) => {
  const { write } = scratch(t);
  const file = write('weir.yaml', 'journal: {group_ms: 5}\nlog: {format: json}\n');
  const { child, said } = await up(t, '--config', file);
  const lines = said()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const named = lines.filter(({ setting }) => setting !== undefined);
  assert.deepEqual(
    named.map(({ level, setting, from }) => [level, setting, from]),
    [['warn', 'journal.group_ms', `${file}:1:21`]],
  );
  child.kill('SIGTERM');
  await ended(child);
});

test('a damaged journal: the server says what to do, repair says what is lost, and verify goes on naming that alone', async (t) => {
  const { child, url, data } = await up(t);
  const { ingest_key } = JSON.parse(fs.readFileSync(path.join(data, 'credentials.json'), 'utf8'));
  const headers = { authorization: `Bearer ${ingest_key}` };
  const line = (user: string): string => `{"Channel":"Security","EventID":1,"User":"${user}"}\n`;
  for (const user of ['alice', 'mallory', 'trudy']) {
    const body = line(user) + line('somebody');
    assert.equal((await fetch(`${url}/v1/events`, { method: 'POST', headers, body })).status, 200);
  }
  const busy = await weir(['repair', '--data', data]);
  assert.deepEqual([busy.status, busy.stdout], [1, '']);
  assert.match(busy.stderr, new RegExp(`in use by process \\d+, which answers at ${url}`));
  assert.equal((await weir(['repair', '--data', data, '--dry-run'])).status, 1);
  child.kill('SIGTERM');
  await ended(child);
  const whole = await weir(['repair', '--data', data]);
  assert.deepEqual([whole.status, whole.stdout], [0, '']);
  assert.match(whole.stderr, /is whole, all \d+ entries of it/);
  const journal = path.join(data, 'journal');
  const name = fs.readdirSync(journal).find((file) => file.endsWith('.wj')) ?? '';
  const bytes = fs.readFileSync(path.join(journal, name));
  bytes[bytes.indexOf('mallory')] ^= 1;
  fs.writeFileSync(path.join(journal, name), bytes);

  const refused = await weir(['up', '--data', data, '--listen', '127.0.0.1:0']);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /the journal is damaged: .*`weir repair --data DIR --dry-run`/s);
  const dry = await weir(['repair', '--data', data, '--dry-run']);
  assert.equal(dry.status, 0);
  assert.match(dry.stderr, /^weir: 1 of \d+ entries would be lost; .*\nNothing was changed\./s);
  assert.deepEqual(fs.readFileSync(path.join(journal, name)), bytes);
  const repaired = await weir(['repair', '--data', data]);
  assert.equal(repaired.status, 0);
  assert.equal(repaired.stdout, dry.stdout);
  const lost = JSON.parse(repaired.stdout);
  assert.equal(lost.to, lost.from);
  assert.match(lost.what, /^1 entry is lost: events of a request of 2 from default\/http, received at \d{4}-/);
  const kept = /kept as (\S+)/.exec(repaired.stderr)?.[1] ?? '';
  assert.deepEqual(fs.readFileSync(kept), bytes);

  const again = await upIn(t, data);
  const body = line('mallory');
  assert.equal((await fetch(`${again.url}/v1/events`, { method: 'POST', headers, body })).status, 200);
  again.child.kill('SIGTERM');
  assert.equal((await ended(again.child)).status, 0);
  const verified = await weir(['verify', '--data', data]);
  assert.equal(verified.status, 1);
  const findings = verified.stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  assert.deepEqual(
    findings.map(({ position, what }) => [position, what.replace(/;[^;]*$/, '')]),
    [[lost.from, lost.what]],
  );
});

test('the chain is signed by a key kept elsewhere; its head, kept elsewhere too, tells whether the end was cut off', async (t) => {
  const { folder, write } = scratch(t);
  const key = path.join(folder, 'keys', 'chain.pem');
  const file = write('weir.yaml', `journal: {chain_key: ${JSON.stringify(key)}}\n`);
  const { child, data } = await up(t, '--config', file);
  child.kill('SIGTERM');
  await ended(child);
  assert.equal(fs.statSync(key).mode & 0o777, 0o600);
  assert.equal(fs.existsSync(path.join(data, 'chain', 'key.pem')), false);
  const { status, stderr } = await weir(['verify', '--data', data]);
  assert.equal(status, 0);
  const head = /give it to --head later: (\S+)\n/.exec(stderr)?.[1] ?? '';
  assert.match(head, /^[0-9a-f]{64}$/);
  assert.equal((await weir(['verify', '--data', data, '--head', head])).status, 0);
  const other = await weir([
    'verify',
    '--data',
    data,
    '--head',
    head.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
  ]);
  assert.equal(other.status, 1);
  assert.match(other.stdout, /ledger\.ndjson: no line of it has the hash .* lines are gone/);
});
