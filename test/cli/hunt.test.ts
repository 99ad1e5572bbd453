/** `weir hunt`, `weir rules test` and `weir rules near` beside a running server: what they say without one, and what they leave behind. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Client, event, openServer, RULE } from '../../src/server/kit.twin.ts';
import { ended, type Result, scratch, startWeir, weir } from './run.ts';

const MALLORY = '00000000-0000-4000-8000-000000000001';
const TRUDY = '00000000-0000-4000-8000-000000000002';
const PACK = `${RULE}---
${RULE.replaceAll('mallory', 'trudy').replace(MALLORY, TRUDY)}---
title: Burst
id: 00000000-0000-4000-8000-000000000003
correlation: {type: event_count, rules: ['${TRUDY}'], group-by: [User], timespan: 1m, condition: {gte: 3}}
level: critical
`;

const at = (day: number, second: number, fields: string): string =>
  event({ '@timestamp': new Date(Date.UTC(2026, 0, day, 3, 4, second)).toISOString() }).replace(/\}$/, `,${fields}}`);

const EVENTS = [
  at(1, 0, '"User":"mallory","Computer":"pc1","big":12345678901234567890,"text":"\\u00e9\\"]},{"'),
  ...[0, 10, 20].map((second) => at(2, second, '"User":"trudy","Computer":"pc2"')),
  at(3, 0, '"User":"alice"'),
];

async function filled(folder: string): Promise<Client> {
  const client = await openServer(folder, { rules: [PACK], yaml: 'detect:\n  lateness: 0s\n' });
  await client.post(EVENTS.slice(0, 2).join('\n'), {}, '?source=a');
  const { json } = await client.post(EVENTS.slice(2).join('\n'), {}, '?source=b');
  await client.evaluated(json.position);
  return client;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the command writes
const parsed = (text: string): any => JSON.parse(text);

test('the same hits, byte for byte, the same summary and status with a server as without', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  const pack = write('pack.yml', PACK);
  const broken = write(
    'broken/one.yml',
    `${RULE}---\ntitle: Broken\nlogsource: {product: windows}\ndetection: {condition: x}\n`,
  );
  const client = await filled(folder);
  const commands: readonly (readonly string[])[] = [
    ['hunt', pack],
    ['hunt', pack, '--since', '2026-01-02', '--until', '2026-01-02T03:04:15Z'],
    ['hunt', pack, '--fail-on', 'critical'],
    ['hunt', pack, '--min-level', 'critical', '--format', 'json'],
    ['hunt', path.dirname(broken), '--format', 'table'],
    ['hunt', path.join(folder, 'nothing')],
    ['hunt', write('empty/none.yml', 'a: 1\n')],
    ['rules', 'test', pack, '--since', '2026-01-01'],
  ];
  const run = async (): Promise<(Result & { summary: Record<string, unknown> | null })[]> => {
    const results = [];
    for (const command of commands) {
      const file = path.join(folder, 'summary.json');
      fs.rmSync(file, { force: true });
      const flags = command[0] === 'hunt' ? ['--summary', file] : [];
      const result = await weir([...command, '--data', data, ...flags]);
      results.push({ ...result, summary: fs.existsSync(file) ? parsed(fs.readFileSync(file, 'utf8')) : null });
    }
    return results;
  };
  const beside = await run();
  assert.equal(client.server.health.get('journal')?.state, 'ready');
  const shown = (await client.get('/v1/hunts')).json.items;
  assert.deepEqual(
    shown.map(({ state }: { state: string }) => state),
    Array(5).fill('finished'),
  );
  await client.close();
  const alone = await run();
  for (const [i, command] of commands.entries()) {
    const [one, other] = [beside[i], alone[i]];
    const what = command.join(' ');
    assert.equal(one.status, other.status, `${what}: ${one.stderr} ${other.stderr}`);
    if (command[0] === 'rules') {
      const [{ cpu_ms_per_million: a, ...told }, { cpu_ms_per_million: b, ...alike }] = [
        parsed(one.stdout),
        parsed(other.stdout),
      ];
      assert.deepEqual([told, a > 0, b > 0], [alike, true, true]);
      assert.deepEqual([told.hits, told.exact, told.by_rule.length, told.examples.length], [2, true, 2, 2]);
      continue;
    }
    assert.equal(one.stdout, other.stdout, what);
    // A server writes to its journal by itself.
    const kept = ({ seconds: _, start_seconds, cpu_ms, hunt, ...rest }: Record<string, unknown>) => {
      return { ...rest, hunt: { ...(hunt as object), position: null } };
    };
    // Without rules a server is not asked, and there is nothing to sum up.
    if (one.summary === null) assert.deepEqual(other.summary?.['hits'] ?? {}, {}, what);
    else assert.deepEqual(kept(one.summary), kept(other.summary ?? {}), what);
  }
  assert.deepEqual(
    beside.map(({ status }) => status),
    [0, 0, 3, 0, 0, 1, 1, 0],
  );
  assert.match(beside[0].stdout, /"big":12345678901234567890,"text":"\\u00e9\\"\]\},\{"\}/);
  assert.equal(beside[0].stdout.split('\n').length, 3);
  assert.match(beside[4].stderr, /Refused:/);
});

test('Ctrl-C ends the work of the server; what only a folder or another tenant can have is wrong usage', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  const client = await filled(folder);
  t.after(() => client.close());
  const pack = write('pack.yml', PACK);
  // One after the other: the second waits for the first.
  const first = startWeir(['hunt', pack, '--data', data]);
  const second = startWeir(['hunt', pack, '--data', data]);
  const results = [ended(first), ended(second)];
  const states = async (): Promise<string[]> =>
    (await client.get('/v1/hunts')).json.items.map(({ state }: { state: string }) => state);
  while ((await states()).length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  first.kill('SIGINT');
  second.kill('SIGINT');
  for (const { status, stderr } of await Promise.all(results)) {
    assert.equal(status, 130, stderr);
  }
  assert.ok((await states()).includes('cancelled'), String(await states()));
  const resume = await weir(['hunt', pack, '--data', data, '--resume', path.join(folder, 'state')]);
  assert.deepEqual([resume.status, resume.stdout], [2, '']);
  assert.match(resume.stderr, /a server keeps by itself how far its hunts are/);
  const tenant = await weir(['hunt', pack, '--data', data, '--tenant', 'acme']);
  assert.equal(tenant.status, 2);
  assert.match(tenant.stderr, /whose key is of the tenant default/);
});

test('rules near an event are told the same by the server and from its folder', async (t) => {
  const { folder } = scratch(t);
  const data = path.join(folder, 'data');
  const client = await filled(folder);
  const [hit] = (await client.get('/v1/hits')).json.items;
  const id = String(hit.event_id);
  const near = (...flags: string[]) => weir(['rules', 'near', id, '--data', data, ...flags]);
  const [json, text] = [await near(), await near('--format', 'text', '--limit', '1')];
  await client.close();
  assert.deepEqual(
    [(await near()).stdout, (await near('--format', 'text', '--limit', '1')).stdout],
    [json.stdout, text.stdout],
  );
  assert.deepEqual([parsed(json.stdout).hit, parsed(json.stdout).items[0].rule], [1, TRUDY]);
  assert.equal(
    text.stdout,
    `windows/security: 2 rules in force for it, 1 hit it
Mallory (${TRUDY}): 1 predicate failed, 0 held
  [sel] User equals "trudy": "mallory"; this alone would make it hit
`,
  );
  const none = await weir(['rules', 'near', `${id}9`, '--data', data]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /there is no event/);
  assert.equal((await near('--limit', '0')).status, 2);
});
