import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { limits, overrideLimits } from '../../../base/index.ts';
import { expressionTools } from '../../../detect/index.ts';
import { Context, type Environment, RUN_LIMITS, RunError, rowJson } from '../../../lang/index.ts';
import { Detections, type Hit } from '../../../store/index.ts';
import { openTable, type TableRead } from './index.ts';
import type { TableSources } from './table.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-tables-'));
const store = new Detections(path.join(folder, 'detect.db'));
after(() => {
  store.close();
  fs.rmSync(folder, { recursive: true });
});

const hit = (tenant: string, position: number): Hit => ({
  tenant,
  rule: { id: 'r1', version: 'v1', level: 'high' },
  source: `pc of ${tenant}`,
  position,
  row: 0,
  time: 1_790_000_000_000 + position,
  received: 1_790_000_000_000 + position,
  live: true,
  body: Buffer.from(`"rule":{"title":"One","tags":["a","b"]},"host":"h","matches":[],"event":{"n":${position}}`),
});

function commit(from: number, to: number): void {
  for (let position = from; position < to; position++) {
    const hits = [hit('acme', position), hit('other', position)];
    store.commit({ log: 'l/0', checkpoint: { position, received: 1, ruleSet: 's' }, hits });
  }
}

const never = (): never => {
  throw new Error('nobody asks for it');
};
const sources: TableSources = {
  detections: () => store.read,
  evaluated: () => (store.read.checkpoint('l/0')?.position ?? -1) + 1,
  accounts: never,
  ledger: never,
  metrics: () => null,
  logs: () => null,
};
const environment: Environment = {
  open: never,
  detector: never,
  now: 0,
  tools: expressionTools,
  limits: RUN_LIMITS,
  signal: null,
  note: never,
};

async function opened(more: Partial<Parameters<typeof openTable>[0]> = {}) {
  const reads: TableRead[] = [];
  const place = { table: 'hits', tenant: 'acme', since: null, asof: null, upTo: null } as const;
  const asked = { ...place, operators: [], installation: true, ...more } as const;
  const table = await openTable(asked, sources, new Context(environment), (one) => reads.push(one));
  return { table, reads };
}

test('rows come page by page as they are asked for, as they were when the query began, of the tenant alone', async () => {
  commit(0, 300);
  const { table, reads } = await opened();
  const batches = table.batches[Symbol.asyncIterator]();
  const first = await batches.next();
  assert.equal(reads[0].rows, 200, 'no more than a page was read');
  commit(300, 400);
  let rows = first.done === true ? [] : [...first.value];
  for (let next = await batches.next(); next.done !== true; next = await batches.next())
    rows = [...rows, ...next.value];
  const positions = rows.map((row) => row.get('event_id')?.[0]);
  assert.deepEqual(
    positions,
    Array.from({ length: 300 }, (_, n) => `l/0/${n}/0`),
  );
  assert.ok(rows.every((row) => row.get('weir.source.id')?.[0] === 'pc of acme'));
  assert.deepEqual(reads, [{ table: 'hits', rows: 300, until: 300 }]);
  assert.deepEqual([...rows[0].keys()].includes('rule.name'), false);
  assert.deepEqual(
    ['rule.name', 'rule.tags', 'constructor', 'rule.nothing'].map((name) => rows[0].get(name)),
    [['One'], ['a', 'b'], undefined, undefined],
  );
});

test('so many tables are read at a time and no more, and one that is left in the middle makes room', async () => {
  const { queryTablesMax } = limits;
  overrideLimits({ queryTablesMax: 2 });
  try {
    const begun = async () => (await opened()).table.batches[Symbol.asyncIterator]();
    const [first, second, third] = [await begun(), await begun(), await begun()];
    await first.next();
    await second.next();
    await assert.rejects(third.next(), { code: 'query.busy' });
    await first.return?.();
    assert.equal((await (await begun()).next()).done, false);
    await second.return?.();
  } finally {
    overrideLimits({ queryTablesMax });
  }
});

test('a time bound and asof leave out what is before the one and received after the other', async () => {
  const { table } = await opened({ since: 1_790_000_000_100 });
  let rows = 0;
  for await (const batch of table.batches) rows += batch.length;
  assert.equal(rows, 300);
  await assert.rejects(
    opened({ table: 'alerts' }),
    (error: unknown) => error instanceof RunError && /no alerts on events yet/.test(error.message),
  );
});

test('lines of the log are rows for whoever may see the installation, and what is none is shown as it stands', async () => {
  const logs = path.join(folder, 'logs');
  fs.mkdirSync(logs);
  const lines = [
    '{"level":"warn","time":"2026-11-01T10:00:00.000Z","room":"journal","sync_ms":112,"request_id":"r1","message":"slow"}',
    '{"level":"info","time":"2026-11-01T11:00:00.000Z","room":"server","message":"stopping"}',
    '{"level":"info","ti',
  ];
  fs.writeFileSync(path.join(logs, '001793527200000.ndjson'), lines.join('\n'));
  const kept = { ...sources, logs: () => logs };
  const read = async (installation: boolean): Promise<string[]> => {
    const place = { table: 'logs', tenant: 'acme', since: null, asof: null, upTo: null } as const;
    const asked = { ...place, operators: [], installation };
    const table = await openTable(asked, kept, new Context(environment), () => {});
    const rows: string[] = [];
    for await (const batch of table.batches) rows.push(...batch.map((row) => rowJson(row, table)));
    return rows;
  };
  assert.deepEqual(await read(true), [
    '{"@timestamp":"2026-11-01T10:00:00Z","level":"warn","room":"journal","message":"slow","fields":{"sync_ms":112,"request_id":"r1"}}',
    '{"@timestamp":"2026-11-01T11:00:00Z","level":"info","room":"server","message":"stopping","fields":null}',
    '{"@timestamp":null,"level":null,"room":null,"message":"{\\"level\\":\\"info\\",\\"ti","fields":null}',
  ]);
  await assert.rejects(read(false), /logs are those of the whole installation/);
  const none = await opened({ table: 'logs' });
  await assert.rejects(none.table.batches[Symbol.asyncIterator]().next(), /no log is kept here/);
});
