/** Hunts that wait, run, are cut short and go on (hunts.ts with job.ts, job-process.ts, folder.ts, rules.ts), over a real history. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { limits, openLog, overrideLimits } from '../../base/index.ts';
import { loadRules } from '../../detect/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { FIRST, rule, SECOND } from '../live/kit.twin.ts';
import { History } from '../store/history.ts';
import { folderWith, type Sent } from '../store/history.twin.ts';
import { HistoryViews } from '../store/history-views.ts';
import type { HuntDetail, HuntStatus } from './asked.ts';
import { readHits } from './hits-file.ts';
import { Hunts, type NewHunt } from './hunts.ts';
import { pickRules } from './rules.ts';

const DAY = Date.UTC(2026, 0, 1);
const FRAMES = 150;
const EVENTS = 20;
const SPAN = { from: -(2n ** 63n), to: 2n ** 63n - 1n };
const log = (await openLog({ format: 'json', level: 'info', write: () => {} })).room('pipeline');

const sent = (tenant: string, frame: number): Sent => ({
  tenant,
  source: 'pc',
  at: DAY + frame * 1000,
  events: Array.from({ length: EVENTS }, (_, i) => ({
    Channel: 'Security',
    EventID: 4624,
    User: i % 2 === 0 ? 'mallory' : 'alice',
    n: frame * EVENTS + i,
  })),
});

const open: (() => void)[] = [];
after(() => {
  for (const close of open) close();
});

/** A data folder whose history has as many segments as frames, and hunts in it. */
/** @param copies of segments in an object store that there is room for */
function serve(name: string, frames: readonly Sent[], copies = 0) {
  const folder = folderWith(name, frames);
  let history = new History(folder);
  const { next } = new JournalReader(path.join(folder, 'journal')).head();
  for (let to = 1; to <= next; to++) history.flush(to);
  if (copies > 0) {
    const most = Math.max(...history.store.catalogue.segments().map(({ bytes }) => bytes));
    const url = pathToFileURL(`${folder}-objects`).href;
    history.close();
    history = new History(folder, { place: { url, cache_bytes: copies * most } });
  }
  const views = new HistoryViews(history);
  const source = {
    huntView: async (query: Parameters<HistoryViews['huntView']>[0]) => views.huntView(query, next),
    copyOf: (file: string) => views.copyOf(file),
    release: ({ lease }: { readonly lease: number }) => views.release(lease),
  };
  const start = () => {
    const hunts = new Hunts({ folder, history: source, deployment: { paths: [], cache: null }, threads: 1, log });
    open.push(() => hunts.close());
    return hunts;
  };
  open.push(() => history.close());
  return { folder, history, next, start };
}

const asked = (text: string): NewHunt => ({
  rules: { kind: 'texts', files: [{ path: 'r.yml', text }], pipelines: [], deployed: false },
  span: SPAN,
  minLevel: null,
  cause: { kind: 'request', by: 'key:1', rules: null, set: null },
  key: null,
});
const MALLORY = asked(rule(FIRST, 'User', 'mallory'));

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 12_000; i++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${what} did not come`);
}

async function ended(hunts: Hunts, { id }: HuntStatus, tenant = 'default'): Promise<HuntDetail> {
  await until(() => hunts.get(tenant, id)?.ended !== null, `the end of ${id}`);
  return hunts.get(tenant, id) ?? assert.fail('it is gone');
}

function linesOf(hunts: Hunts, { id }: HuntStatus): string[] {
  const page = hunts.hits('default', id, { from: 0, limit: 1_000_000, rule: null });
  return page === null || page === 'cursor' ? assert.fail('no hits') : [...page.items];
}

const linesIn = (file: string): number =>
  fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').length - 1 : 0;

test('one that is killed goes on over segments that were merged meanwhile, with the same hits in the same order', async () => {
  const { folder, history, next, start } = serve(
    'kill',
    Array.from({ length: FRAMES }, (_, i) => sent('default', i)),
  );
  const first = start();
  const whole = await ended(first, first.create('default', MALLORY));
  const wanted = linesOf(first, whole);
  assert.equal(wanted.length, (FRAMES * EVENTS) / 2);
  assert.deepEqual(
    [whole.state, whole.progress.events, whole.hits],
    ['finished', FRAMES * EVENTS, { [FIRST]: wanted.length }],
  );
  assert.equal(whole.coverage?.segments.read, FRAMES);
  const cut = first.create('default', MALLORY);
  const state = path.join(folder, 'hunts', cut.id, 'state.ndjson');
  await until(() => linesIn(state) > 5, 'its first row groups');
  first.close();
  const done = linesIn(state) - 1;
  assert.ok(done < FRAMES, `it was done before it could be killed`);
  assert.ok(history.compact(next) > 0);
  // What a crash left of a line.
  fs.appendFileSync(state, '{"name":"x');
  const second = start();
  assert.equal(second.get('default', cut.id)?.state, 'running');
  const again = await ended(second, cut);
  assert.deepEqual([again.state, again.hits], ['finished', whole.hits]);
  assert.deepEqual(linesOf(second, cut), wanted);
  assert.ok((again.coverage?.segments.all ?? FRAMES) < FRAMES);
  assert.equal(fs.existsSync(state), false);
});

test('what is in the object store is hunted in as if it were here, also while it goes there, and is told of where it is gone', async () => {
  const { folder, history, start } = serve(
    'cold',
    Array.from({ length: 40 }, (_, i) => sent('default', i)),
    2,
  );
  const hunts = start();
  const hunted = async () => ended(hunts, hunts.create('default', MALLORY));
  const wanted = linesOf(hunts, await hunted());
  const going = hunted();
  const segments = history.store.catalogue.segments();
  for (const { file } of segments.slice(0, 20)) await history.cold.move(file);
  assert.deepEqual(linesOf(hunts, await going), wanted);
  for (const { file } of segments.slice(20)) await history.cold.move(file);
  history.cold.trim();
  assert.deepEqual(history.store.files.list().segments, []);
  const cold = await hunted();
  assert.deepEqual([cold.state, cold.coverage?.missing, linesOf(hunts, cold)], ['finished', 0, wanted]);
  assert.equal(history.store.files.list().segments.length, 2);
  await until(() => history.store.leased === 0, 'the end of all leases');
  fs.rmSync(`${folder}-objects`, { recursive: true });
  const gone = await hunted();
  // Of two copies one had to make room for the first that could not be fetched.
  assert.equal(gone.coverage?.missing, 39 * EVENTS);
  assert.equal(gone.coverage?.segments.failed, 39);
});

test('what is merged away while a hunt reads it stays until the hunt has ended, and is gone then', async () => {
  const { history, next, start } = serve(
    'merge',
    Array.from({ length: FRAMES }, (_, i) => sent('default', i)),
  );
  const hunts = start();
  const files = (): number => history.store.files.list().segments.length;
  const hunt = hunts.create('default', MALLORY);
  await until(() => (hunts.get('default', hunt.id)?.rules ?? null) !== null, 'its rules');
  assert.ok(history.compact(next) > 0);
  assert.ok(files() > FRAMES);
  const { state, coverage, hits } = await ended(hunts, hunt);
  assert.deepEqual([state, coverage?.segments.read, hits], ['finished', FRAMES, { [FIRST]: (FRAMES * EVENTS) / 2 }]);
  history.store.collect();
  assert.ok(files() < FRAMES);
});

test('a tenant has one at work; the others wait, as many as may, and may be cancelled before they begin', async () => {
  const { start } = serve('wait', [sent('default', 0), sent('other', 1)]);
  const most = limits.tenantHuntsWaitingMax;
  overrideLimits({ tenantHuntsWaitingMax: 2 });
  const hunts = start();
  const [one, two, three] = [1, 2, 3].map(() => hunts.create('default', MALLORY));
  assert.throws(() => hunts.create('default', MALLORY), { code: 'hunt.busy' });
  const other = hunts.create('other', MALLORY);
  assert.deepEqual(
    [one, two, three, other].map(({ id }) => (hunts.get('default', id) ?? hunts.get('other', id))?.state),
    ['running', 'waiting', 'waiting', 'running'],
  );
  assert.equal(hunts.get('default', other.id), null);
  assert.equal(hunts.cancel('default', other.id), false);
  hunts.cancel('default', three.id);
  assert.equal(hunts.get('default', three.id)?.state, 'cancelled');
  assert.deepEqual(
    [(await ended(hunts, two)).state, (await ended(hunts, other, 'other')).progress.events],
    ['finished', EVENTS],
  );
  overrideLimits({ tenantHuntsWaitingMax: most });
});

test('one that is cancelled at work keeps what it found, and says that it is not all', async () => {
  const { folder, start } = serve(
    'cancel',
    Array.from({ length: FRAMES }, (_, i) => sent('default', i)),
  );
  const hunts = start();
  const hunt = hunts.create('default', MALLORY);
  await until(() => linesIn(path.join(folder, 'hunts', hunt.id, 'state.ndjson')) > 2, 'its first row groups');
  hunts.cancel('default', hunt.id);
  const { state, summary, coverage, hits } = await ended(hunts, hunt);
  assert.deepEqual([state, summary?.complete], ['cancelled', false]);
  const found = linesOf(hunts, hunt).length;
  assert.deepEqual([hits[FIRST], found > 0 && found < (FRAMES * EVENTS) / 2], [found, true]);
  assert.ok((coverage?.segments.read ?? FRAMES) < FRAMES);
});

test('more hits or time than it may have end it, and what came before stays readable', async () => {
  const { start } = serve(
    'full',
    Array.from({ length: 30 }, (_, i) => sent('default', i)),
  );
  const most = limits.huntHitsBytesMax;
  overrideLimits({ huntHitsBytesMax: 20_000 });
  const hunts = start();
  const hunt = hunts.create('default', MALLORY);
  const { state, reason } = await ended(hunts, hunt);
  overrideLimits({ huntHitsBytesMax: most });
  assert.equal(state, 'failed');
  assert.match(reason ?? '', /^it found more than .* of hits; what came before that is kept$/);
  const found = linesOf(hunts, hunt);
  assert.ok(found.length > 0 && found.join('\n').length <= 20_000);
  const longest = limits.huntMsMax;
  overrideLimits({ huntMsMax: 6 });
  const slow = await ended(hunts, hunts.create('default', MALLORY));
  overrideLimits({ huntMsMax: longest });
  assert.deepEqual(
    [slow.state, slow.reason],
    ['failed', 'it took more than 0.0001 min; what it found before that is kept'],
  );
});

test('ended ones go when there are too many or they are too old; one that never ends is given up', async () => {
  const { folder, start } = serve('keep', [sent('default', 0)]);
  const hunts = start();
  const hunt = hunts.create('default', MALLORY);
  await ended(hunts, hunt);
  const next = hunts.create('default', MALLORY);
  await ended(hunts, next);
  hunts.close();
  const [most, starts] = [limits.huntsKeptMax, limits.huntStartsMax];
  overrideLimits({ huntsKeptMax: 1, huntStartsMax: 1 });
  const again = start();
  assert.deepEqual(
    again.list('default').map(({ id }) => id),
    [next.id],
  );
  assert.deepEqual([again.retention('default').removed, again.retention('default').hunts_max], [1, 1]);
  const poison = again.create('default', MALLORY);
  again.close();
  const third = start();
  const { state, reason } = await ended(third, poison);
  assert.equal(state, 'failed');
  assert.match(reason ?? '', /^it was begun 1 times, and the server stopped each time$/);
  overrideLimits({ huntsKeptMax: most, huntStartsMax: starts });
  fs.writeFileSync(path.join(folder, 'hunts', poison.id, 'hunt.json'), '{');
  fs.mkdirSync(path.join(folder, 'hunts', 'half-made'));
  assert.ok(
    !start()
      .list('default')
      .some(({ id }) => id === next.id),
  );
  assert.equal(fs.existsSync(path.join(folder, 'hunts', 'half-made')), false);
});

test('a page of hits begins where a line does, ends where it may, and leaves out a line that is being written', () => {
  const file = path.join(fs.mkdtempSync(path.join(process.env['TMPDIR'] ?? '/tmp', 'weir-hits-')), 'hits');
  const line = (rule: string, text: string): string =>
    JSON.stringify({
      id: text,
      rule: { id: rule, logsource: { definition: 'x,"matches":y' } },
      matches: [],
      event: { text },
    });
  const lines = [line('a', 'é'), line('b', '\n'), line('a', 'x'.repeat(600_000))];
  fs.writeFileSync(file, `${lines.join('\n')}\n{"id":`);
  const first = Buffer.byteLength(lines[0]) + 1;
  assert.deepEqual(readHits(file, 0, 1, null), { items: lines.slice(0, 1), next: first, isEnd: false });
  const rest = readHits(file, first, 10, null);
  assert.deepEqual([rest?.items, rest?.isEnd], [lines.slice(1), true]);
  assert.deepEqual(readHits(file, 0, 10, 'a')?.items, [lines[0], lines[2]]);
  assert.equal(readHits(file, first + 1, 1, null), null);
  assert.equal(readHits(file, 10_000_000, 1, null), null);
  assert.deepEqual(readHits(`${file}.none`, 0, 1, null), { items: [], next: 0, isEnd: true });
  fs.rmSync(path.dirname(file), { recursive: true });
});

test('picked rules bring those they need, and are silenced only by what is picked', () => {
  const correlation = `title: C\nid: c\ncorrelation: {type: event_count, rules: ['${FIRST}'], group-by: [User], timespan: 1m, condition: {gte: 2}}\n`;
  const set = loadRules([
    { path: 'a.yml', text: rule(FIRST, 'User', 'x') },
    { path: 'b.yml', text: rule(SECOND, 'User', 'y') },
    { path: 'c.yml', text: correlation },
    { path: 'd.yml', text: 'title: [' },
  ]);
  const picked = (ids: string[]) => {
    const { detections, correlations, silencedBy, refused } = pickRules(set, ({ id }) => ids.includes(id));
    return [[...detections, ...correlations].map(({ id }) => id), silencedBy, refused.length];
  };
  assert.deepEqual(picked(['c']), [[FIRST, 'c'], { [FIRST]: ['c'] }, 0]);
  assert.deepEqual(picked([FIRST]), [[FIRST], {}, 0]);
  assert.equal(pickRules(set, ({ path }) => path === 'd.yml').refused.length, 1);
});
