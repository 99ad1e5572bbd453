/** Retention as it is configured, and in a running server: policies, holds, books, queries and proof. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyFolder } from '../pipeline/index.ts';
import { worthOf } from '../store/index.ts';
import { loadConfig } from './config/index.ts';
import { refusals, scratchFile } from './config/samples.twin.ts';
import { retentionSettings } from './retention-policies.ts';
import { newFolder, openServer } from './server.twin.ts';

const DAY = 86_400_000;

test('policies and what is said of sources come from the configuration; contradictions are refused at their policy', (t) => {
  const { write } = scratchFile(t);
  const file = write(
    `retention:
  policies:
    cards: {reason: pci_dss, classes: [cards], delete_after: 400d}
    noise: {severities: [low, info], sources: ["fw*"], by: event_time, delete_after: 30d, max_bytes: 1GiB}
sources:
  fw: {severity: low}
  "*": {retention_class: main}
tenants: {acme: {sources: {fw: {class: cards}}}}
`.replace(', info', ''),
  );
  const { policies, worth } = retentionSettings(loadConfig({ file }));
  assert.deepEqual(policies, [
    { name: 'cards', reason: 'pci_dss', by: 'receive', classes: ['cards'], mostMs: 400 * DAY },
    {
      ...{ name: 'noise', reason: 'operations', by: 'event_time', sources: ['fw*'], severities: ['low'] },
      ...{ mostMs: 30 * DAY, bytesMax: 2 ** 30 },
    },
  ]);
  assert.deepEqual(worthOf(worth, 'acme', 'fw'), { severity: 'low', class: 'cards', retentionClass: 'main' });
  assert.deepEqual(worthOf(worth, 'other', 'dns'), { severity: 'medium', retentionClass: 'main' });
  assert.deepEqual(refusals(write('retention: {policies: {cards: {reason: pci_dss, delete_after: 30d}}}\n')), [
    '1:31: retention.policies.cards: cards: deletes after 30 days what it keeps for at least 366',
  ]);
  assert.match(
    refusals(write('retention: {policies: {persons: {reason: gdpr}}}\n')).join(),
    /persons: GDPR, storage limitation asks for a longest time, and none is set/,
  );
});

test('a server lets go of what is due, not of what a hold names, and says so in queries, books and proof', async () => {
  const folder = newFolder();
  const server = await openServer({
    folder,
    config: {
      retention: {
        check_every: '1s',
        policies: { old: { by: 'event_time', delete_after: '1h', sources: ['old'] } },
      },
    },
  });
  const count = async (): Promise<{ readonly n: number; readonly notes: readonly string[] }> => {
    const answer = await fetch(`${server.server.url}/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.credentials.admin_key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'events | summarize n=count()' }),
    });
    const text = await answer.text();
    const [row, last] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return { n: row.n, notes: last['weir.coverage'].notes };
  };
  const event = (n: number): string => `{"@timestamp":"2020-01-01T00:00:0${n}Z","n":${n}}\n`;
  const hold = { name: 'case 17', reason: 'litigation', sources: ['old'], to: '2021-01-01T00:00:00Z' };
  const added = await server.ask('POST', '/v1/holds', { body: hold });
  assert.equal(added.status, 201, added.text);
  assert.equal((await server.ask('POST', '/v1/holds', { body: hold })).status, 409);
  await server.send([1, 2, 3].map(event).join(''), '?source=old');
  await server.send([4, 5].map(event).join(''), '?source=new');
  await sleep(2500);
  assert.deepEqual(await count(), { n: 5, notes: [] });
  const { json } = await server.ask('GET', '/v1/holds');
  assert.deepEqual(
    (json['items'] as unknown as { name: string; sources: string[]; from: null }[]).map((one) => [
      one.name,
      one.sources,
      one.from,
    ]),
    [['case 17', ['old'], null]],
  );
  assert.equal((await server.ask('DELETE', '/v1/holds/case%2017')).status, 204);
  assert.equal((await server.ask('DELETE', '/v1/holds/case%2017')).status, 409);
  let left = await count();
  for (let tries = 0; left.n === 5 && tries < 40; tries++) {
    await sleep(250);
    left = await count();
  }
  assert.equal(left.n, 2);
  assert.match(left.notes.join(), /^3 events received from .* to .* are outside retention \(old\)$/);
  const books = (await server.ask('GET', '/v1/books')).json['totals'];
  assert.deepEqual([books['received'], books['stored'], books['expired'], books['balanced']], [5, 2, 3, true]);
  await server.close();
  const { findings, segments } = verifyFolder({ folder: path.join(folder, 'data'), detection: true });
  assert.deepEqual(findings, []);
  assert.deepEqual([segments.events, segments.compared], [2, 2]);
  fs.rmSync(folder, { recursive: true });
});
