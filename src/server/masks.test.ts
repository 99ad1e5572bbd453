import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Masks } from '../ingest/index.ts';
import { verifyFolder } from '../pipeline/index.ts';
import { sourcePolicies } from './config/index.ts';
import { maskKey, maskKeyFile, maskPolicies } from './masks.ts';
import { event, FIRST, newFolder, openServer, rule, SECOND } from './server.twin.ts';

function folderFor(t: { after(work: () => void): void }): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-masks-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('each tenant has a key of its own, for its user alone, and keeps it', (t) => {
  const folder = folderFor(t);
  const key = maskKey(folder, 'acme');
  assert.equal(key.length, 32);
  assert.deepEqual(maskKey(folder, 'acme'), key);
  assert.notDeepEqual(maskKey(folder, 'globex'), key);
  assert.equal(fs.statSync(maskKeyFile(folder, 'acme')).mode & 0o777, 0o600);
  fs.writeFileSync(maskKeyFile(folder, 'acme'), 'x');
  assert.throws(() => maskKey(folder, 'acme'), { code: 'mask.key', message: /acme\.key is no key of pseudonyms/ });
});

test('a source without a mask has no policy, and none makes a key', (t) => {
  const folder = folderFor(t);
  const config = {
    sources: { hr: { mask: { 'user.name': 'pseudonym' } } },
    tenants: {},
    detect: { lateness: 0 },
  } as unknown as Parameters<typeof sourcePolicies>[0];
  const maskOf = maskPolicies(sourcePolicies(config), folder);
  assert.equal(maskOf('default', 'web'), null);
  assert.equal(fs.existsSync(path.join(folder, 'pseudonyms')), false);
  const policy = maskOf('default', 'hr');
  assert.deepEqual(policy?.fields, { 'user.name': 'pseudonym' });
  assert.equal(maskOf('default', 'hr'), policy);
  assert.notEqual(maskOf('acme', 'hr')?.id, policy?.id);
});

test('of a running server no file has a masked value, and everything else goes on: hits, queries, proof', async (t) => {
  const folder = newFolder();
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const data = path.join(folder, 'data');
  const config = {
    sources: { hr: { mask: { 'user.name': 'pseudonym', User: 'pseudonym', 'source.ip': 'network' } } },
  } as const;
  const server = await openServer({
    folder,
    config,
    rules: [rule(FIRST, 'User|startswith', 'psn-'), rule(SECOND, 'User', 'quentin.tarantella')],
  });
  const of = (fields: Readonly<Record<string, unknown>>): string => `${event(fields)}\n`;
  const sent = await server.send(
    of({ User: 'Quentin.Tarantella', Message: 'quentin.tarantella from 203.0.113.77', IpAddress: '203.0.113.77' }) +
      'quentin.tarantella is no JSON\n',
    '?source=hr',
  );
  assert.deepEqual([sent.json.accepted, sent.json.dead_lettered], [1, 1]);
  const psn = new Masks(maskKey(data, 'default')).pseudonym('quentin.tarantella');
  await server.settled();
  const hits = await server.ask('GET', '/v1/hits');
  assert.deepEqual(
    hits.json.items.map(({ rule: found }) => found.id),
    [FIRST],
  );
  const asked = await fetch(`${server.server.url}/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.credentials.admin_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'events | project User, Message, IpAddress' }),
  });
  const [row] = (await asked.text()).split('\n', 1);
  assert.deepEqual(JSON.parse(row), {
    User: psn,
    Message: `${psn} from 203.0.113.0`,
    IpAddress: '203.0.113.0',
  });
  const metrics = await server.ask('GET', '/metrics');
  assert.match(metrics.text, /weir_values_masked_total\{tenant="default",source="hr"\} 3/);
  assert.match(metrics.text, /weir_lines_withheld_total\{tenant="default",source="hr"\} 1/);
  await server.close();
  assert.deepEqual(verifyFolder({ folder: data, detection: true }).findings, []);
  for (const name of fs.readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(data, name);
    if (!fs.statSync(file).isFile()) continue;
    const bytes = fs.readFileSync(file).toString('latin1');
    // Rules are kept as they were written, the one that looks for the name among them.
    if (!name.startsWith('rules') && !name.startsWith('detect.db'))
      assert.doesNotMatch(bytes, /quentin|203\.0\.113\.77/i, name);
  }
});
