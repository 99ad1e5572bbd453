import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { missing, openService } from '../../../test/services/server.ts';
import { victoriametrics } from '../../../test/services/victoriametrics.ts';
import { limits, overrideLimits } from '../../base/index.ts';
import { MetricsHttp } from './http.ts';
import { PrometheusMetrics } from './prometheus.ts';
import { MetricsQueue } from './queue.ts';
import type { Point, Sample } from './types.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-queue-'));
after(() => fs.rmSync(folder, { recursive: true }));

const NOW = Date.now();
const sample = (n: number): Sample => ({
  series: { tenant: 't', name: 'a', labels: {} },
  at: NOW + n,
  value: n,
  increase: 1,
});

test('while the other store is away samples wait on disk, over a restart too, and arrive once each', {
  skip: missing(victoriametrics),
}, async () => {
  const service = await openService(victoriametrics);
  try {
    const http = new MetricsHttp({ url: service.url, headers: {}, timeoutMs: 5000 });
    const store = new PrometheusMetrics({ http, reachMs: 3_600_000 });
    const file = path.join(folder, 'queue.db');
    const first = new MetricsQueue(file, store);
    await service.stop();
    first.write([sample(1)], { rule: 'r', tenant: 't', position: 3, run: 1 });
    await first.send(NOW);
    assert.match(first.state.failed ?? '', /POST to http/);
    assert.ok(first.state.waitingBytes > 0);
    await first.close();
    const second = new MetricsQueue(file, store);
    assert.deepEqual(second.places(), [{ rule: 'r', tenant: 't', position: 3, run: 1 }]);
    second.write([sample(2)]);
    await service.start();
    await second.send(NOW + 60_000);
    assert.deepEqual(second.state, { waitingBytes: 0, dropped: 0, refused: {}, failed: null });
    await fetch(`${service.url}/internal/force_flush`);
    const points: Point[] = [];
    const query = { tenant: 't', name: 'a', fromMs: NOW - 1, toMs: NOW + 10, stepMs: null };
    for await (const page of store.read(query)) points.push(...page);
    assert.deepEqual(
      points.map(({ last, increase }) => [last, increase]),
      [
        [1, 1],
        [2, 1],
      ],
    );
    await second.close();
  } finally {
    await service.close();
  }
});

test('what waits is bounded: the oldest go, and are counted', async () => {
  const { metricQueueBytesMax } = limits;
  const queue = new MetricsQueue(path.join(folder, 'bounded.db'), { write: () => Promise.reject(new Error('away')) });
  queue.write([sample(1)]);
  overrideLimits({ metricQueueBytesMax: queue.state.waitingBytes * 2 });
  try {
    for (let n = 2; n < 6; n++) queue.write([sample(n)]);
    assert.equal(queue.state.dropped, 3);
  } finally {
    overrideLimits({ metricQueueBytesMax });
    await queue.close();
  }
});
