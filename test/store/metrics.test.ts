/** What every metrics store does: one suite over the embedded one, a real InfluxDB and a real VictoriaMetrics. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import {
  EmbeddedMetrics,
  InfluxMetrics,
  MetricsHttp,
  type MetricsQuery,
  type MetricsStore,
  type Point,
  PrometheusMetrics,
  type Sample,
} from '../../src/store/index.ts';
import { influxdb } from '../services/influxdb.ts';
import { missing, openService, type ServiceOptions } from '../services/server.ts';
import { victoriametrics } from '../services/victoriametrics.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const RETENTION = { samplesMs: 7 * DAY, minutesMs: 30 * DAY, hoursMs: 365 * DAY };

interface Opened {
  readonly store: MetricsStore;
  /** Resolves when what was written can be read. */
  settle(): Promise<void>;
}

interface Kind {
  readonly name: string;
  readonly skip: string | false;
  open(): Promise<Opened>;
}

const closes: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closes) await close();
});

async function served(options: ServiceOptions) {
  const service = await openService(options);
  closes.push(() => service.close());
  return { url: service.url, http: new MetricsHttp({ url: service.url, headers: {}, timeoutMs: 10_000 }) };
}

const kinds: readonly Kind[] = [
  {
    name: 'embedded',
    skip: false,
    async open() {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-metrics-'));
      const store = new EmbeddedMetrics(path.join(folder, 'metrics.db'), RETENTION);
      closes.push(async () => {
        store.close();
        fs.rmSync(folder, { recursive: true });
      });
      return { store, settle: async () => {} };
    },
  },
  {
    name: 'embedded, hours folded',
    skip: false,
    async open() {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-metrics-'));
      const store = new EmbeddedMetrics(path.join(folder, 'metrics.db'), RETENTION);
      closes.push(async () => {
        store.close();
        fs.rmSync(folder, { recursive: true });
      });
      return { store, settle: async () => store.tidy(Date.now()) };
    },
  },
  {
    name: 'InfluxDB',
    skip: missing(influxdb),
    async open() {
      const { http } = await served(influxdb);
      return { store: new InfluxMetrics({ http, database: 'weir', reachMs: 7 * DAY }), settle: async () => {} };
    },
  },
  {
    name: 'VictoriaMetrics',
    skip: missing(victoriametrics),
    async open() {
      const { http, url } = await served(victoriametrics);
      const settle = async () => {
        await fetch(`${url}/internal/force_flush`);
        await fetch(`${url}/internal/resetRollupResultCache`);
      };
      return { store: new PrometheusMetrics({ http, reachMs: 7 * DAY }), settle };
    },
  },
];

/** An hour, some hours ago, so that it is over. */
const BASE = Math.floor(Date.now() / HOUR) * HOUR - 5 * HOUR;

const sample = (
  over: Partial<Sample> & {
    readonly name?: string;
    readonly tenant?: string;
    readonly labels?: Record<string, string>;
  },
): Sample => {
  const { name = 'requests_total', tenant = 'acme', labels = { door: 'http' }, ...more } = over;
  return { series: { tenant, name, labels }, at: BASE, value: 1, increase: 0, ...more };
};

async function readAll(store: MetricsStore, query: Partial<MetricsQuery> = {}): Promise<Point[]> {
  const points: Point[] = [];
  const asked = { tenant: 'acme', name: null, fromMs: BASE - HOUR, toMs: BASE + 4 * HOUR, stepMs: null, ...query };
  for await (const page of store.read(asked)) points.push(...page);
  return points;
}

const numbers = ({ at, stepMs, count, sum, min, max, last, increase }: Point) => [
  (at - BASE) / 1000,
  stepMs / 1000,
  ...[count, sum, min, max, last, increase],
];

for (const { name, skip, open } of kinds) {
  suite(`metrics store: ${name}`, { skip }, async () => {
    const opened = skip === false ? await open() : null;
    const { store, settle } = opened ?? { store: null as never, settle: async () => {} };

    test('samples come back as they were written, to the millisecond and twelve digits', async () => {
      const written = [0, 10_001, 59_999, 60_000].map((ms, i) =>
        sample({ name: 'plain', at: BASE + ms, value: 0.1 + i, increase: i === 0 ? 0 : 0.333333333333 }),
      );
      assert.deepEqual(await store.write(written), {});
      await settle();
      const points = await readAll(store, { name: 'plain' });
      assert.deepEqual(
        points.map(({ series, at, stepMs, last, increase }) => ({ series, at, stepMs, last, increase })),
        written.map(({ series, at, value, increase }) => ({ series, at, stepMs: 0, last: value, increase })),
      );
    });

    test('roll-ups are of whole stretches: count, sum, least, greatest, last and increase', async () => {
      const values = [5, 7, 2, 9, 4];
      const written = values.map((value, i) =>
        sample({ name: 'rolled', at: BASE + [0, 30_000, 59_999, 60_000, HOUR][i], value, increase: value / 2 }),
      );
      await store.write(written);
      await settle();
      const minutes = await readAll(store, { name: 'rolled', stepMs: MINUTE });
      assert.deepEqual(minutes.map(numbers), [
        [0, 60, 3, 14, 2, 7, 2, 7],
        [60, 60, 1, 9, 9, 9, 9, 4.5],
        [3600, 60, 1, 4, 4, 4, 4, 2],
      ]);
      const hours = await readAll(store, { name: 'rolled', stepMs: HOUR, fromMs: BASE + 1, toMs: BASE + HOUR });
      assert.deepEqual(hours.map(numbers), [[0, 3600, 4, 23, 2, 9, 9, 11.5]]);
    });

    test('a sample of the same time takes the place of the one before, and is counted once', async () => {
      await store.write([sample({ name: 'again', value: 3, increase: 3 })]);
      await store.write([sample({ name: 'again', value: 3, increase: 3 })]);
      await settle();
      assert.deepEqual((await readAll(store, { name: 'again', stepMs: MINUTE })).map(numbers), [
        [0, 60, 1, 3, 3, 3, 3, 3],
      ]);
    });

    test('series differ by labels, whatever letters these have; an empty label is none', async () => {
      const values = ['C:\\Windows\\', 'a, b=c "d" \'e\'', '50%5C', 'äöü 日本', 'x'];
      const written = values.map((user, i) => sample({ name: 'labelled', labels: { user, none: '' }, value: i }));
      await store.write(written);
      await settle();
      const points = await readAll(store, { name: 'labelled' });
      assert.deepEqual(
        new Map(points.map(({ series, last }) => [series.labels['user'], last])),
        new Map(values.map((user, i) => [user, i])),
      );
      assert.ok(points.every(({ series }) => Object.keys(series.labels).length === 1));
      assert.equal((await store.series('acme', 'labelled')).length, values.length);
    });

    test('what no store can keep is refused and counted by reason, and the rest is kept', async () => {
      const at = Date.now();
      const refused = await store.write([
        sample({ name: 'kept' }),
        sample({ name: 'kept', at, value: Number.NaN }),
        sample({ name: 'kept', at: at - 8 * DAY }),
        sample({ name: 'kept', at: at + 2 * HOUR }),
        sample({ name: 'a:b' }),
        sample({ name: 'kept', labels: { weir_tenant: 'other' } }),
        sample({ name: 'kept', labels: { long: 'x'.repeat(200) } }),
        sample({ name: 'kept', labels: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`l${n}`, 'x'])) }),
      ]);
      const all = { not_finite: 1, too_old: 1, too_far_ahead: 1, not_named: 2, label_too_long: 1, too_many_labels: 1 };
      assert.deepEqual(refused, all);
      await settle();
      assert.equal((await readAll(store, { name: 'kept' })).length, 1);
    });

    test('a tenant has its own and nothing of another, and goes without a trace', async () => {
      for (const tenant of ['own', 'other'])
        await store.write([sample({ tenant, name: 'shared', labels: { tenant } })]);
      await settle();
      assert.deepEqual(
        (await readAll(store, { tenant: 'own' })).map(({ series }) => series),
        [{ tenant: 'own', name: 'shared', labels: { tenant: 'own' } }],
      );
      await store.drop('own');
      await settle();
      assert.deepEqual(await readAll(store, { tenant: 'own' }), []);
      assert.equal((await readAll(store, { tenant: 'other' })).length, 1);
    });

    test('what was never written has no points and no series', async () => {
      assert.deepEqual(await readAll(store, { tenant: 'nobody' }), []);
      assert.deepEqual(await store.series('nobody', null), []);
    });
  });
}
