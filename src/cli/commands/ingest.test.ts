import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { lockFolder } from '../../base/index.ts';
import { screen } from '../samples.twin.ts';
import { destinationOf, ingestCommand, rendered } from './ingest.ts';

function newFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-ingest-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('events go where flags, then the environment, then the owner of the folder say', (t) => {
  const folder = newFolder(t);
  const url = 'http://127.0.0.1:9';
  assert.deepEqual(destinationOf({ data: folder }, {}), {
    kind: 'folder',
    folder,
    memory: path.join(folder, 'ingest'),
  });
  assert.deepEqual(destinationOf({}, { WEIR_DATA: folder }).kind, 'folder');
  const there = destinationOf({ url, key: 'k' }, { XDG_STATE_HOME: '/state', WEIR_KEY: 'other' });
  assert.deepEqual(there, { kind: 'server', url, key: 'k', ca: undefined, memory: '/state/weir/ingest' });
  assert.equal(destinationOf({}, { WEIR_URL: url, WEIR_KEY: 'k', HOME: '/home/me' }).kind, 'server');
  assert.equal(destinationOf({ data: folder }, { WEIR_URL: url, WEIR_KEY: 'k' }).kind, 'folder');
  assert.throws(() => destinationOf({ url }, {}), { code: 'cli.usage' });
  assert.throws(() => destinationOf({ url, data: folder }, { WEIR_KEY: 'k' }), { code: 'cli.usage' });
  const lock = lockFolder(folder);
  lock.announce('https://127.0.0.1:7');
  assert.throws(() => destinationOf({ data: folder }, {}), { code: 'cli.usage', message: /no key/ });
  const credentials = { url: 'x', admin_password: 'x', ingest_key: 'kept', admin_key: 'x' };
  fs.writeFileSync(path.join(folder, 'credentials.json'), JSON.stringify(credentials));
  fs.mkdirSync(path.join(folder, 'tls'));
  fs.writeFileSync(path.join(folder, 'tls', 'ca.pem'), 'PEM');
  assert.deepEqual(destinationOf({ data: folder }, {}), {
    kind: 'server',
    url: 'https://127.0.0.1:7',
    key: 'kept',
    ca: 'PEM',
    memory: path.join(folder, 'ingest'),
  });
  lock.release();
});

test('a report says what was kept, what was not, and why', () => {
  const report = {
    events: 1200,
    dead: 2,
    earlier: { accepted: 30, dead: 1 },
    bytes: 5e6,
    seconds: 2,
    unparsed: Array.from({ length: 22 }, (_, i) => ({
      path: `f${i}`,
      position: i === 0 ? 'byte 7' : '',
      reason: 'odd',
    })),
    leftOut: [{ path: '.x', reason: 'its name starts with a dot' }],
    notes: ['a note\x1b[2J'],
    complete: false,
  };
  const lines = rendered(report, screen()).split('\n');
  assert.match(lines[0], /^PARTIAL/);
  assert.deepEqual(lines.slice(1, 8), [
    '1,200 events kept',
    '5.00 MB in 2.0 s (600 events/s)',
    '2 lines set aside as dead letters: no events',
    '30 events and 1 dead letter of the same inputs had been taken before',
    'Not read:',
    '  f0, byte 7: odd',
    '  f1: odd',
  ]);
  assert.ok(lines.includes('  and 2 more; --summary lists them'));
  assert.ok(lines.includes('  .x: its name starts with a dot'));
  assert.ok(!lines.join('').includes('\x1b[2J'));
});

test('into a folder, in this process: kept, evaluated, and known the next time', async (t) => {
  const folder = newFolder(t);
  const rules = path.join(folder, 'rules');
  fs.mkdirSync(rules);
  fs.writeFileSync(
    path.join(rules, 'a.yml'),
    'title: A\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {product: windows}\ndetection: {s: {a: 1}, condition: s}\n',
  );
  const file = path.join(folder, 'in.ndjson');
  fs.writeFileSync(file, '{"a":1}\nno\n');
  const summary = path.join(folder, 's.json');
  const flags = { data: path.join(folder, 'data'), rules: [rules], summary };
  assert.equal(await ingestCommand([file], flags), 4);
  const { events, dead_lettered } = JSON.parse(fs.readFileSync(summary, 'utf8'));
  assert.deepEqual([events, dead_lettered], [1, 1]);
  assert.equal(await ingestCommand([file], flags), 4);
  assert.deepEqual(JSON.parse(fs.readFileSync(summary, 'utf8')).earlier, { events: 1, dead_lettered: 1 });
  assert.equal(await ingestCommand([path.join(folder, 'absent')], flags), 1);
  await assert.rejects(ingestCommand([], flags), { code: 'cli.usage' });
  await assert.rejects(ingestCommand([file], { ...flags, source: 'no name' }), { code: 'cli.usage' });
});
