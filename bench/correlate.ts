/**
 * Live correlations: `node bin/node24.js bench/correlate.ts [matches]`. One rule, events spread over 1, 100,000 and a million groups;
 * matches a second of CPU time, bytes of state as weir counts them and as the process has them, and what a snapshot costs.
 */
import { type CorrelationRule, LiveCorrelator } from '../src/detect/index.ts';

const matches = Number(process.argv[2] ?? 2_000_000);
const FRAME = 1000;

function rule(parts: Partial<CorrelationRule>): CorrelationRule {
  return {
    kind: 'correlation',
    id: 'c',
    title: 'c',
    level: 'high',
    references: [],
    tags: [],
    falsepositives: [],
    fields: [],
    path: 'c.yml',
    document: 0,
    type: 'event_count',
    rules: ['a'],
    groupBy: ['user'],
    timespanMs: 300_000,
    condition: [{ op: 'gte', value: 1_000_000 }],
    field: [],
    aliases: {},
    generate: false,
    ...parts,
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function run(name: string, groups: number, parts: Partial<CorrelationRule>, late = 0): void {
  const live = new LiveCorrelator([{ rule: rule(parts), version: 'v' }], { log: 'log/0' });
  const start = cpuSeconds();
  let slowest = 0;
  for (let position = 0; position * FRAME < matches; position++) {
    const before = cpuSeconds();
    const receiveTime = 1_700_000_000_000 + position * 10;
    for (let row = 0; row < FRAME; row++) {
      const n = position * FRAME + row;
      const user = `user-${(n * 7919) % groups}`;
      const time = receiveTime - (n % 100 < late ? 20_000 : 0);
      const field = (name: string): string[] => (name === 'user' ? [user] : [`10.0.${n % 256}.${(n >> 8) % 256}`]);
      live.match('a', { tenant: 't', source: 's', position, row, time, receiveTime }, field);
    }
    live.frame({ tenant: 't', source: 's', position, receiveTime, maxEventTime: receiveTime });
    live.take();
    slowest = Math.max(slowest, 1000 * (cpuSeconds() - before));
  }
  const seconds = cpuSeconds() - start;
  const { bytes } = live;
  const { rss } = process.memoryUsage();
  const [counts] = live.counts();
  const { evicted, shortened, late: lateCount } = counts.rules['c'];
  const saving = cpuSeconds();
  const snapshot = live.snapshot();
  const restoring = cpuSeconds();
  LiveCorrelator.restore(snapshot, { log: 'log/0' });
  const done = cpuSeconds();
  console.log(
    `| ${name} | ${groups} | ${Math.round(matches / seconds / 1000)} k | ${slowest.toFixed(0)} | ${megabytes(bytes)} | ${megabytes(rss)} | ${evicted}, ${shortened}, ${lateCount} | ${megabytes(snapshot.length)} | ${((restoring - saving) * 1000).toFixed(0)} | ${((done - restoring) * 1000).toFixed(0)} |`,
  );
}

const rows: Record<string, () => void> = {};
for (const groups of [1, 100_000, 1_000_000]) {
  rows[`event_count/${groups}`] = () => run('event_count', groups, {});
  rows[`value_count/${groups}`] = () => run('value_count', groups, { type: 'value_count', field: ['ip'] });
  rows[`lt/${groups}`] = () =>
    run('event_count lt', groups, { condition: [{ op: 'lt', value: 2 }], timespanMs: 10_000 });
  rows[`late/${groups}`] = () => run('event_count, 1 % late', groups, {}, 1);
}
rows['flood'] = () => run('event_count, every group new', matches, {});
const wanted = process.argv[3];
for (const [name, row] of Object.entries(rows)) if (wanted === undefined || name.startsWith(wanted)) row();
