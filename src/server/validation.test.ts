import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { verifyFolder } from '../pipeline/index.ts';
import { type Client, event, newFolder, openServer } from './kit.twin.ts';

interface Letter {
  readonly id: string;
  readonly source: string;
  readonly code: string;
  readonly reason: string;
  readonly event: string;
  readonly bytes: number;
  readonly last_try: { readonly at: string; readonly code: string; readonly reason: string } | null;
}

suite('validation of a running server', () => {
  let client: Client;
  const folder = newFolder();
  const yaml = `
sources:
  "*": { validation: warn, business_checks: { known_host: "Computer startswith 'srv-'" } }
  strict: { validation: enforce }
  free: { validation: "off" }
`;

  before(async () => {
    client = await openServer(folder, { yaml });
  });
  after(async () => {
    await client.close();
    const { findings } = verifyFolder({ folder: path.join(folder, 'data'), detection: true });
    assert.deepEqual(findings, []);
    fs.rmSync(folder, { recursive: true });
  });

  const send = async (lines: string, source: string) => {
    const { json } = await client.post(lines, {}, `?source=${source}`);
    await client.evaluated(json.position);
    return [json.accepted, json.dead_lettered];
  };

  const letters = async (): Promise<readonly Letter[]> => (await client.get('/v1/dead-letters')).json.items;
  const validation = async (query = '') => (await client.get(`/v1/validation${query}`)).json.items;

  test('each source is held to its own policy; what was not let in is a dead letter and no hit', async () => {
    const good = event({ User: 'mallory', IpAddress: '10.0.0.1', Computer: 'srv-1' });
    const bad = event({ User: 'mallory', IpAddress: '10.0.0.256', Computer: 'pc-1' });
    assert.deepEqual(await send(`${good}\n${bad}\n`, 'free'), [2, 0]);
    assert.deepEqual(await send(`${good}\n${bad}\n`, 'strict'), [1, 1]);
    assert.deepEqual(await send(`${good}\n${bad}\n`, 'any'), [2, 0]);
    const { items } = (await client.get('/v1/hits')).json;
    assert.deepEqual(
      items.map(({ source }: { source: string }) => source),
      ['free', 'free', 'strict', 'any', 'any'],
    );
    assert.deepEqual(
      (await letters()).map(({ source, code, reason }) => [source, code, reason]),
      [
        [
          'strict',
          'validation.integrity.ip',
          `source.ip is an IPv4 or IPv6 address, not "10.0.0.256" (IpAddress); expected Computer startswith 'srv-'`,
        ],
      ],
    );
  });

  test('GET /v1/validation says by source what did not pass', async () => {
    const rest = { received: 2, checked: 2, passed: 1 };
    const failed = (rejected: number) => [
      { check: 'business.known_host', failed: 1, rejected: 0 },
      // A dead letter goes by the first.
      { check: 'integrity.ip', failed: 1, rejected },
    ];
    assert.deepEqual(await validation(), [
      { ...rest, source: 'any', mode: 'warn', warned: 1, rejected: 0, checks: failed(0) },
      { source: 'free', mode: 'off', received: 2, checked: 0, passed: 0, warned: 0, rejected: 0, checks: [] },
      { ...rest, source: 'strict', mode: 'enforce', warned: 0, rejected: 1, checks: failed(1) },
    ]);
    assert.equal((await validation('?source=any')).length, 1);
    assert.deepEqual(await validation('?source=any&until=2020-01-01'), []);
    const { items, next } = (await client.get('/v1/validation?limit=2')).json;
    assert.deepEqual([items.length, next], [2, '2']);
    assert.equal((await validation('?after=2'))[0].source, 'strict');
  });

  test('a dead letter that is sent again is checked again: as it is it stays dead, mended it is taken', async () => {
    const [{ id, event: sent }] = await letters();
    const again = await client.send('POST', '/v1/dead-letters/replay', { ids: [id] });
    assert.deepEqual(again.json, { accepted: 0, dead_lettered: 1 });
    const books = async () => (await client.get('/v1/books')).json.totals;
    const before = await books();
    const mend = (event: string) => client.send('PUT', `/v1/dead-letters/${encodeURIComponent(id)}`, { event });
    const open = async () => (await letters()).map(({ id, last_try }) => [id, last_try?.code, last_try?.reason]);
    const reason = `source.ip is an IPv4 or IPv6 address, not "10.0.0.256" (IpAddress); expected Computer startswith 'srv-'`;
    assert.deepEqual(await open(), [[id, 'validation.integrity.ip', reason]]);
    const other = await mend(sent.replace('10.0.0.256', '10.0.0.999').replace('pc-1', 'srv-2'));
    const why = 'source.ip is an IPv4 or IPv6 address, not "10.0.0.999" (IpAddress)';
    assert.deepEqual([other.status, other.json.detail], [409, `the event given is not taken either: ${why}`]);
    assert.deepEqual(await open(), [[id, 'validation.integrity.ip', why]]);
    const [{ last_try: last, reason: first }] = await letters();
    assert.deepEqual([first, typeof Date.parse(last?.at ?? '')], [reason, 'number']);
    // Of several events in its place all are taken, or none.
    assert.equal((await mend(`${event({ Computer: 'srv-1' })}\nno event`)).status, 409);
    assert.equal((await mend('  \n')).status, 409);
    assert.deepEqual(await open(), [[id, 'event.none', 'there is no event in it']]);
    assert.deepEqual(await books(), before, 'what is not taken leaves nothing behind');
    assert.equal((await mend(sent.replace('10.0.0.256', '10.0.0.2').replace('pc-1', 'srv-2'))).status, 200);
    assert.deepEqual(await open(), []);
    assert.equal((await books()).stored, before.stored + 1);
    assert.equal((await client.get(`/v1/dead-letters/${encodeURIComponent(id)}`)).json.id, id);
  });

  test('a dead letter larger than what the store shows is sent again whole', async () => {
    const long = event({ IpAddress: '10.0.0.256', Computer: 'srv-1', Message: 'x'.repeat(700_000) });
    await send(long, 'strict');
    const [{ id, bytes, event: shown }] = await letters();
    assert.equal(bytes, long.length);
    assert.ok(shown.length < bytes);
    const again = await client.send('POST', '/v1/dead-letters/replay', { source: 'strict', limit: 1 });
    assert.deepEqual(again.json, { accepted: 0, dead_lettered: 1 });
    // Cut it would be no JSON.
    const [letter] = await letters();
    assert.deepEqual([letter.id, letter.bytes, letter.last_try?.code], [id, bytes, 'validation.integrity.ip']);
  });

  test('the counts go on over a restart with other policies, and the books add up', async () => {
    assert.equal((await client.get('/v1/books')).json.totals.balanced, true);
    const [counted] = await validation('?source=any');
    await client.close();
    client = await openServer(folder, { yaml: 'sources: { any: { validation: enforce } }' });
    assert.deepEqual((await validation('?source=any'))[0], { ...counted, mode: 'enforce' });
    assert.deepEqual(await send(event({ IpAddress: '10.0.0.256' }), 'any'), [0, 1]);
    assert.deepEqual(await send(event({ IpAddress: '10.0.0.256' }), 'strict'), [1, 0]);
  });
});
