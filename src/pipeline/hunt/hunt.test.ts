/**
 * Hunts over data folders (hunt.ts with pool.ts, worker.ts, state.ts, forecast.ts). What they find in a row group (hunter.ts with columns.ts, shapes.ts,
 * places.ts, decider.ts) is held to scans of the same events in test/engine/hunt.test.ts.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { JournalReader } from '../../journal/index.ts';
import { event, FIRST, hitsIn, newFolder, openNode, rule, rulesIn, SECOND, send } from '../live/kit.twin.ts';
import { prepareRules } from '../prepare.ts';
import { History } from '../store/history.ts';
import { forecast } from './forecast.ts';
import { type HuntOptions, type HuntSummary, hunt } from './hunt.ts';
import { keptSpan } from './state.ts';

const ALL = { from: -(2n ** 63n), to: 2n ** 63n - 1n };
const BURST = `title: Burst
id: 00000000-0000-4000-8000-000000000003
correlation: {type: event_count, rules: ['${SECOND}'], group-by: [User], timespan: 1m, condition: {gte: 3}}
level: high
`;

const at = (second: number, fields: object): string =>
  event({ '@timestamp': `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`, ...fields });

/** A data folder with events of two days in two segments, and the rules that saw them live. */
async function dataFolder(): Promise<{ folder: string; data: string; rules: string }> {
  const folder = newFolder();
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'), rule(SECOND, 'Kind', 'burst'), BURST);
  const node = await openNode(folder, { latenessMs: 0 });
  await node.loadRules({ paths: [rules], cache: null });
  const day = (i: number, fields: object) => event({ '@timestamp': `2025-12-0${i}T00:00:00Z`, ...fields });
  await send(node, `${day(1, { User: 'mallory' })}\n${day(1, { User: 'alice' })}\n`);
  await send(node, `${day(2, { User: 'Mallory', Computer: 'pc' })}\n`, { source: 'other' });
  for (let i = 0; i < 4; i++) await send(node, at(i * 10, { Kind: 'burst', User: 'bob', i }));
  const last = await send(node, `{"Channel":"Security","EventID":4624,"User":"mallory"}`);
  await node.evaluated(last.position ?? 0);
  await node.close();
  return { folder, data: path.join(folder, 'data'), rules };
}

async function hunted(
  data: string,
  rules: string,
  options: Partial<HuntOptions> = {},
): Promise<{ summary: HuntSummary; lines: Record<string, unknown>[] }> {
  const history = new History(data);
  const { next } = new JournalReader(path.join(data, 'journal')).head();
  const span = options.span ?? ALL;
  const view = history.view({ tenant: 'default', ...span }, next);
  const pieces: Uint8Array[] = [];
  try {
    const prepared = await prepareRules({ paths: [rules], cache: null });
    const onHits = (lines: Uint8Array): void => void pieces.push(Uint8Array.from(lines));
    const summary = await hunt({ view, tenant: 'default', span, rules: prepared, threads: 2, onHits, ...options });
    const lines = Buffer.concat(pieces).toString().split('\n').slice(0, -1);
    return { summary, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  } finally {
    view.lease.release();
    history.close();
  }
}

const idsOf = (lines: readonly Record<string, unknown>[]): unknown[] => lines.map(({ id }) => id).sort();

test('a hunt finds what was found live, under the same ids, and marks it as of the past', async () => {
  const { folder, data, rules } = await dataFolder();
  const live = hitsIn(folder).filter(({ rule }) => rule.id === FIRST);
  const { summary, lines } = await hunted(data, rules);
  const own = lines.filter(({ rule }) => (rule as { id: string }).id === FIRST);
  assert.equal(live.length, 3);
  assert.deepEqual(idsOf(own), live.map(({ id }) => id).sort());
  assert.deepEqual(own.map(({ event_id }) => event_id).sort(), live.map(({ eventId }) => eventId).sort());
  assert.ok(lines.every(({ retrospective }) => retrospective === true));
  assert.deepEqual([summary.events, summary.hits[FIRST], summary.hunt.missing, summary.complete], [8, 3, 0, true]);
  assert.equal(summary.lanes['windows/security'], 8);
});

test('a correlation fires over what is kept, with the ids of its events and its own as live', async () => {
  const { folder, data, rules } = await dataFolder();
  const { lines, summary } = await hunted(data, rules);
  const live = hitsIn(folder).filter(({ rule }) => rule.id === '00000000-0000-4000-8000-000000000003');
  const [fired, ...more] = lines.filter(({ correlation }) => correlation !== undefined);
  assert.deepEqual(more, []);
  assert.deepEqual(
    live.map(({ id }) => id),
    [fired['id']],
  );
  assert.deepEqual((fired['event_ids'] as string[]).length, 3);
  assert.deepEqual(
    (fired['events'] as { i: number }[]).map(({ i }) => i),
    [0, 1, 2],
  );
  assert.equal(fired['event_id'], (fired['event_ids'] as string[])[2]);
  assert.equal(summary.hits[SECOND], undefined);
});

test('only events of the time asked for count, by receipt where they have none', async () => {
  const { data, rules } = await dataFolder();
  const span = { from: BigInt(Date.parse('2025-12-02')) * 1000n, to: BigInt(Date.parse('2026-01-01')) * 1000n };
  const early = await hunted(data, rules, { span });
  assert.deepEqual(
    early.lines.map(({ time }) => time),
    ['2025-12-02T00:00:00.000Z'],
  );
  assert.equal(early.summary.events, 1);
  assert.equal(early.summary.hunt.earliest, '2025-12-01T00:00:00.000Z');
  const late = await hunted(data, rules, { span: { from: BigInt(Date.now() - 600_000) * 1000n, to: ALL.to } });
  assert.deepEqual(
    late.lines.map(({ time }) => time),
    [null],
  );
});

test('one that goes on puts out the same, and does not read again what is done', async () => {
  const { folder, data, rules } = await dataFolder();
  const resume = { file: path.join(folder, 'state'), asked: '90d ' };
  const first = await hunted(data, rules, { resume });
  // A line that a crash cut short.
  fs.appendFileSync(resume.file, '{"name":"x');
  const second = await hunted(data, rules, { resume });
  assert.deepEqual(second.lines, first.lines);
  assert.deepEqual(second.summary.hits, first.summary.hits);
  // With its last row group forgotten that is hunted in again.
  const kept = fs.readFileSync(resume.file, 'utf8').split('\n');
  assert.equal(kept.length, 4);
  fs.writeFileSync(resume.file, `${kept.slice(0, 2).join('\n')}\n`);
  const third = await hunted(data, rules, { resume });
  assert.deepEqual(idsOf(third.lines), idsOf(first.lines));
  assert.deepEqual(keptSpan(resume.file, '90d '), ALL);
  await assert.rejects(hunted(data, rulesIn(folder, rule(FIRST, 'User', 'x')), { resume }), { code: 'hunt.state' });
});

test('a segment that is gone is named with its hours, and its events are missing', async () => {
  const { data, rules } = await dataFolder();
  await hunted(data, rules);
  const folder = path.join(data, 'store', 'tenant=default', 'source=other');
  for (const name of fs.readdirSync(folder)) fs.truncateSync(path.join(folder, name), 100);
  const { summary, lines } = await hunted(data, rules);
  assert.equal(lines.length, 3);
  assert.deepEqual([summary.hunt.missing, summary.hunt.segments.failed, summary.events], [1, 1, 7]);
  assert.match(summary.unparsed[0].position, /^events of 2025-12-02T00:00:00.000Z to /);
});

test('what could not be read is missing, too, where a hunt goes on over it', async () => {
  const { folder, data, rules } = await dataFolder();
  await hunted(data, rules);
  const [file] = fs.readdirSync(path.join(data, 'store', 'tenant=default', 'source=other'));
  const segment = path.join(data, 'store', 'tenant=default', 'source=other', file);
  const kept = fs.readFileSync(segment);
  fs.truncateSync(segment, 100);
  const resume = { file: path.join(folder, 'state'), asked: '' };
  const first = await hunted(data, rules, { resume });
  for (const bytes of [kept.subarray(0, 100), kept]) {
    fs.writeFileSync(segment, bytes);
    const { summary, lines } = await hunted(data, rules, { resume });
    assert.deepEqual([summary.hunt, summary.unparsed], [first.summary.hunt, first.summary.unparsed]);
    assert.deepEqual([summary.hunt.missing, summary.events, lines.length], [1, 7, 3]);
  }
});

test('a forecast counts hits by day and host, and says whether that is all', async () => {
  const { data, rules } = await dataFolder();
  const history = new History(data);
  const view = history.view({ tenant: 'default' }, new JournalReader(path.join(data, 'journal')).head().next);
  const prepared = await prepareRules({ paths: [rules], cache: null });
  const told = await forecast({ view, tenant: 'default', span: ALL, rules: prepared, threads: 1 });
  history.close();
  assert.deepEqual([told.hits, told.exact, told.events], [4, true, 8]);
  assert.deepEqual(told.by_day.slice(0, 3), [
    { day: '2025-12-01', hits: 1 },
    { day: '2025-12-02', hits: 1 },
    { day: '2026-01-02', hits: 1 },
  ]);
  assert.equal(told.by_day[3].day, new Date().toISOString().slice(0, 10));
  assert.deepEqual(told.hosts, [{ host: 'pc', hits: 1 }]);
});
