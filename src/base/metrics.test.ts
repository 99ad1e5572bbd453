import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits, Metrics, metricNameFault } from './index.ts';

const events = {
  name: 'weir_events_total',
  help: 'Events received',
  labels: { tenant: 'open', outcome: ['ok', 'bad'] },
} as const;
const ack = { name: 'weir_ack_seconds', help: 'From request to answer', bounds: [0.01, 0.1, 1] } as const;

test('the text is OpenMetrics: types without _total, cumulative buckets, escaped labels, an end', async () => {
  const metrics = new Metrics();
  metrics.counter(events).add(3, { tenant: 'a"b\\c\nd', outcome: 'ok' });
  const seconds = metrics.histogram(ack);
  seconds.observe(0.05, 10);
  seconds.observe(0.1, 1);
  seconds.observe(2, 1);
  const free = metrics.gauge({ name: 'weir_disk_free_bytes', help: 'Bytes free on disk' });
  metrics.onCollect(() => free.set(42));
  const text = await metrics.text({ process: false });
  assert.equal(
    text,
    `# TYPE weir_metric_overflow counter
# HELP weir_metric_overflow Updates counted under the label value other since a metric had too many series
# TYPE weir_events counter
# HELP weir_events Events received
weir_events_total{tenant="a\\"b\\\\c\\nd",outcome="ok"} 3
# TYPE weir_ack_seconds histogram
# UNIT weir_ack_seconds seconds
# HELP weir_ack_seconds From request to answer
weir_ack_seconds_bucket{le="0.01"} 0
weir_ack_seconds_bucket{le="0.1"} 11
weir_ack_seconds_bucket{le="1"} 11
weir_ack_seconds_bucket{le="+Inf"} 12
weir_ack_seconds_count 12
weir_ack_seconds_sum 2.6
# TYPE weir_disk_free_bytes gauge
# UNIT weir_disk_free_bytes bytes
# HELP weir_disk_free_bytes Bytes free on disk
weir_disk_free_bytes 42
# EOF
`,
  );
});

test("the process's own metrics come behind them, and only one end", async () => {
  const text = await new Metrics().text();
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  assert.deepEqual(text.match(/# EOF/g), ['# EOF']);
  assert.ok(text.endsWith('# EOF\n'));
});

test('a million label values make no more series than the bound; the rest is counted under other, and that is counted', () => {
  const metrics = new Metrics();
  const counter = metrics.counter({ ...events, seriesMax: 100 });
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1_000_000; i++) counter.add(1, { tenant: `t${i}`, outcome: i % 2 === 0 ? 'ok' : 'bad' });
  assert.equal(metrics.seriesCount, 100 + 2 + 1);
  assert.equal(metrics.read('weir_events_total', { tenant: 'other', outcome: 'ok' }), 499_950);
  assert.equal(metrics.read('weir_events_total', { tenant: 'other', outcome: 'bad' }), 499_950);
  assert.equal(metrics.read('weir_metric_overflow_total', { metric: 'weir_events_total' }), 999_900);
  assert.ok(process.memoryUsage().heapUsed - before < 64e6);
});

test('a value that is on no list, and one that is too long, are other too', () => {
  const metrics = new Metrics();
  const counter = metrics.counter(events);
  counter.add(1, { tenant: 'a', outcome: 'invented' });
  counter.add(1, { tenant: 'x'.repeat(limits.metricLabelCharactersMax + 1), outcome: 'ok' });
  assert.equal(metrics.read('weir_events_total', { tenant: 'other', outcome: 'other' }), 1);
  assert.equal(metrics.read('weir_events_total', { tenant: 'other', outcome: 'ok' }), 1);
});

test('what threads hand in adds up, each change once, through structured clones', () => {
  const declare = () => {
    const metrics = new Metrics();
    const depth = metrics.gauge({ name: 'weir_queue_bytes', help: 'Bytes that wait', labels: { thread: 'open' } });
    return { metrics, counter: metrics.counter(events), seconds: metrics.histogram(ack), depth };
  };
  const main = declare();
  const workers = [declare(), declare()];
  for (const round of [1, 2]) {
    for (const [i, worker] of workers.entries()) {
      worker.counter.add(round, { tenant: 'a', outcome: 'ok' });
      worker.seconds.observe(0.5, 2);
      worker.depth.set(round * 10 + i, { thread: `door ${i}` });
      main.metrics.merge(structuredClone(worker.metrics.takeDelta()));
    }
  }
  assert.equal(main.metrics.read('weir_events_total', { tenant: 'a', outcome: 'ok' }), 6);
  assert.equal(main.metrics.read('weir_ack_seconds'), 8);
  assert.equal(main.metrics.read('weir_queue_bytes', { thread: 'door 1' }), 21);
  assert.deepEqual(workers[0].metrics.takeDelta(), { families: [] });
  const stranger = new Metrics();
  assert.throws(() => stranger.merge({ families: [{ name: 'weir_events_total', series: [] }] }), /not declared/);
});

test('names and help keep the conventions, or the metric cannot be declared', () => {
  const help = 'Some thing counted';
  const faults: [Parameters<typeof metricNameFault>[0], string, RegExp][] = [
    ['counter', 'events_total', /not weir_/],
    ['counter', 'weir_Events_total', /small letters/],
    ['counter', 'weir_events', /end in _total/],
    ['gauge', 'weir_events_total', /end in _total/],
    ['gauge', 'weir_events_count', /reserved/],
    ['gauge', 'weir_lag_ms', /no multiples/],
    ['counter', 'weir_read_kb_total', /no multiples/],
    ['histogram', 'weir_lag', /ends in its unit/],
  ];
  for (const [kind, name, fault] of faults) assert.match(metricNameFault(kind, { name, help }) ?? '', fault);
  assert.match(metricNameFault('counter', { name: 'weir_a_total', help: 'x' }) ?? '', /no sentence/);
  assert.match(metricNameFault('counter', { name: 'weir_a_total', help, labels: { le: 'open' } }) ?? '', /label le/);
  assert.equal(metricNameFault('histogram', { name: 'weir_ack_seconds', help }), null);
  assert.throws(() => new Metrics().counter({ name: 'weir_x', help }), /_total/);
});

test('declared again the same way it is the same metric; another way is a mistake in the program', () => {
  const metrics = new Metrics();
  metrics.counter(events).add(1, { tenant: 'a', outcome: 'ok' });
  metrics.counter(events).add(1, { tenant: 'a', outcome: 'ok' });
  assert.equal(metrics.read('weir_events_total', { tenant: 'a', outcome: 'ok' }), 2);
  assert.throws(() => metrics.counter({ ...events, help: 'Something else entirely' }), /declared twice/);
});

test('hostile values of a label keep neither series nor ways to them', () => {
  const metrics = new Metrics();
  const counter = metrics.counter(events);
  for (let i = 0; i < 5000; i++) counter.add(1, { tenant: `t${i}`, outcome: `${i}` as 'ok' });
  for (let again = 0; again < 2; again++) counter.add(1, { tenant: 'same', outcome: 'bad' });
  assert.ok(metrics.seriesCount <= limits.metricSeriesMax + 2, `${metrics.seriesCount}`);
  const all = metrics.takeDelta().families.find(({ name }) => name === events.name);
  assert.equal(
    all?.series.reduce((sum, { numbers }) => sum + numbers[0], 0),
    5002,
  );
});

test('facts that are replaced leave nothing behind', () => {
  const metrics = new Metrics();
  const info = metrics.info({ name: 'weir_build', help: 'What was built', labels: { version: 'open' } });
  info.set({ version: 'a' });
  info.set({ version: 'b' });
  info.set({ version: 'a' });
  assert.equal(metrics.read('weir_build', { version: 'a' }), 1);
  assert.equal(metrics.read('weir_build', { version: 'b' }), 0);
});
