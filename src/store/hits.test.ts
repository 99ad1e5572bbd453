/** What hit-writer keeps in the rows of hit-group and hit-reader finds there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../base/index.ts';
import { Detections } from './detections.ts';
import { type CorrelationHit, type Hit, hitJson, openDetectionsReader, parseHitId } from './index.ts';
import { commit, databaseFile, hit, LOG, openStore, PlainHits, plain, rule } from './kit.twin.ts';

const bodies = (items: readonly { readonly body: Uint8Array }[]): string[] =>
  items.map(({ body }) => Buffer.from(body).toString());

const anyHit = fc.record({
  tenant: fc.constantFrom('acme', 'beta'),
  rule: fc.constantFrom(rule('r1'), rule('r1', 'v2'), rule('r2', 'v1', 'low')),
  position: fc.nat(40),
  row: fc.nat(3),
  live: fc.boolean(),
  source: fc.constantFrom('dc1', 'dc2', ''),
  received: fc.nat(50).map((n) => 1_700_000_000_000 + n),
  time: fc.option(fc.nat(1000)),
  body: fc.uint8Array({ maxLength: 40 }),
});
const anyQuery = fc.record(
  {
    tenant: fc.constantFrom('acme', 'beta', 'nobody'),
    limit: fc.integer({ min: 1, max: 12 }),
    after: fc.nat(60),
    rule: fc.constantFrom('r1', 'r2', 'r3'),
    since: fc.nat(55).map((n) => 1_700_000_000_000 + n),
    order: fc.constantFrom('oldest' as const, 'newest' as const),
  },
  { requiredKeys: ['tenant', 'limit'] },
);

/** One event is one tenant's, and live or not: the twin's ids do not hold the tenant. */
const sane = (hits: readonly Hit[]): Hit[] =>
  hits.map((one) => ({ ...one, tenant: one.position % 2 === 0 ? 'acme' : 'beta', live: one.position % 3 > 0 }));

test('whatever is committed, in whatever pieces and how often, pages like a plain list', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyHit, { maxLength: 30 }), { maxLength: 6 }),
      fc.array(anyQuery, { minLength: 1, maxLength: 8 }),
      (commits, queries) => {
        const store = openStore();
        const twin = new PlainHits();
        let duplicates = 0;
        for (const hits of commits.map(sane)) {
          duplicates += commit(store, 40, hits).duplicateHits;
          twin.commit(hits);
        }
        assert.equal(duplicates, twin.duplicates);
        for (const query of queries) {
          const page = store.read.hits.list(query);
          assert.deepEqual(page.items.map(plain), twin.list(query));
          const more = twin.list({ ...query, limit: 1000 }).length > page.items.length;
          assert.equal(page.next, more ? (page.items.at(-1)?.sequence ?? null) : null);
        }
        for (const one of twin.stored) {
          assert.deepEqual(plain(store.read.hits.get(one.tenant, one.id)), one);
          assert.equal(store.read.hits.get(one.tenant === 'acme' ? 'beta' : 'acme', one.id), null);
        }
        const total = store.read.hits.totals('acme').reduce((sum, count) => sum + count.hits, 0);
        assert.equal(total, twin.list({ tenant: 'acme' }).length);
        store.close();
      },
    ),
    { numRuns: 60 },
  );
});

test('a rule that fires thousands of times takes few rows, and pages lead through all of them', () => {
  const store = openStore();
  const many = Array.from({ length: 3000 }, (_, i) => hit(Math.floor(i / 100), i % 100));
  assert.equal(commit(store, 30, many).hits, 3000);
  const groups = store.read.hits.groups(0, 100);
  assert.deepEqual(
    groups.map(({ first, last }) => [first, last]),
    [
      [1, 512],
      [513, 1024],
      [1025, 1536],
      [1537, 2048],
      [2049, 2560],
      [2561, 3000],
    ],
  );
  const seen: string[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const page = store.read.hits.list({ tenant: 'acme', after, limit: 700 });
    seen.push(...bodies(page.items));
    after = page.next;
  }
  assert.deepEqual(seen, bodies(many));
  const back: string[] = [];
  for (let before: number | null | undefined; before !== null; ) {
    const from = before === undefined ? {} : { after: before };
    const page = store.read.hits.list({ tenant: 'acme', limit: 700, order: 'newest', ...from });
    back.push(...bodies(page.items));
    before = page.next;
  }
  assert.deepEqual(back, bodies(many).reverse());
  assert.deepEqual(bodies(store.read.hits.groupHits(1024, 1000, 5).items), bodies(many.slice(1000, 1005)));
  store.close();
});

test('positions far apart are found by id, and rows never span more than the search looks at', () => {
  const store = openStore();
  const far = [0, 4095, 4096, 9000, 9_000_000].map((position) => hit(position, 0));
  commit(store, 9_000_000, far);
  for (const { id, body } of store.read.hits.list({ tenant: 'acme' }).items) {
    assert.deepEqual(plain(store.read.hits.get('acme', id))?.body, Uint8Array.from(body));
    assert.equal(store.read.hits.get('acme', id.replace(/-\d+$/, '-1')), null);
  }
  assert.equal(commit(store, 9_000_000, far).duplicateHits, 5);
  store.close();
});

test('bodies of megabytes come back to the byte, and a page ends before it holds too many', () => {
  const store = openStore();
  const big = Array.from({ length: 3 }, (_, i) => hit(i, 0, { body: Buffer.alloc(7 * 1024 * 1024, 97 + i) }));
  commit(store, 3, big);
  const page = store.read.hits.list({ tenant: 'acme' });
  assert.deepEqual([page.items.length, page.next], [2, 2]);
  const rest = store.read.hits.list({ tenant: 'acme', after: 2 });
  assert.ok(Buffer.from(rest.items[0].body).equals(big[2].body));
  assert.equal(rest.next, null);
  const huge = hit(4, 0, { body: { length: limits.hitBodyBytesMax + 1 } as Uint8Array });
  assert.throws(() => commit(store, 4, [huge]), { code: 'store.input' });
  store.close();
});

test('hits are counted by rule and by minute of receipt, each once', () => {
  const store = openStore();
  const received = 1_700_000_040_000;
  const hits = [0, 1, 2].map((row) => hit(1, row, { received: received + row * 30_000 }));
  commit(store, 1, [...hits, hit(1, 0, { rule: rule('r2'), received })]);
  commit(store, 1, hits.slice(0, 1));
  commit(store, 1, [hit(1, 0, { tenant: 'beta', rule: rule('r3'), received })]);
  assert.deepEqual(store.read.hits.totals('acme'), [
    { rule: 'r1', hits: 3, duplicates: 1, lastReceived: received + 60_000 },
    { rule: 'r2', hits: 1, duplicates: 0, lastReceived: received },
  ]);
  const minute = received / 60_000;
  assert.deepEqual(store.read.hits.perMinute('acme', minute, minute + 1), [
    { minute, rule: 'r1', hits: 2 },
    { minute, rule: 'r2', hits: 1 },
    { minute: minute + 1, rule: 'r1', hits: 1 },
  ]);
  assert.deepEqual(store.read.hits.perMinute('acme', minute + 1, minute + 1, 'r2'), []);
  store.close();
});

test('a list since a time finds its start although times of receipt went back', () => {
  const store = openStore();
  const times = [5, 9, 3, 12, 7, 20, 1, 15];
  times.forEach((received, position) => {
    commit(store, position, [hit(position, 0, { received })]);
  });
  const since = (from: number): number[] =>
    store.read.hits.list({ tenant: 'acme', since: from }).items.map(({ received }) => received);
  for (let from = 0; from <= 21; from++) {
    assert.deepEqual(
      since(from),
      times.filter((time) => time >= from),
      String(from),
    );
  }
  store.close();
});

const firing = (revision: number, change: Partial<CorrelationHit> = {}): CorrelationHit => ({
  id: 'c0ffee',
  tenant: 'acme',
  rule: rule('many-logons'),
  source: '',
  revision,
  position: revision,
  time: 5,
  received: 1_700_000_000_000,
  live: true,
  body: Buffer.from(`"rule":{},"events":[${revision}]`),
  ...change,
});

test('a later revision of a firing takes the place of the earlier one at the end of the stream; an earlier one is dropped', () => {
  const store = openStore();
  const first = commit(store, 1, [hit(1, 0)], { correlationHits: [firing(0)] });
  assert.deepEqual([first.correlationHits, first.sequence], [1, 2]);
  commit(store, 2, [hit(2, 0)]);
  const second = commit(store, 2, [], { correlationHits: [firing(1), firing(1), firing(0)] });
  assert.deepEqual([second.correlationHits, second.revisedCorrelationHits, second.duplicateCorrelationHits], [0, 1, 2]);
  const { items } = store.read.hits.list({ tenant: 'acme' });
  assert.deepEqual(
    items.map(({ sequence, id, revision }) => [sequence, parseHitId(id) === null ? id : 'hit', revision]),
    [
      [1, 'hit', null],
      [3, 'hit', null],
      [4, 'c0ffee', 1],
    ],
  );
  assert.equal(store.read.hits.get('acme', 'c0ffee')?.revision, 1);
  assert.equal(store.read.hits.get('beta', 'c0ffee'), null);
  assert.deepEqual(
    store.read.hits.list({ tenant: 'acme', after: 3 }).items.map(({ id }) => id),
    ['c0ffee'],
  );
  assert.deepEqual(
    store.read.hits.totals('acme').map(({ rule: id, hits, duplicates }) => [id, hits, duplicates]),
    [
      ['r1', 2, 0],
      ['many-logons', 1, 2],
    ],
  );
  const disguised = firing(0, { id: items[0].id });
  assert.throws(() => commit(store, 2, [], { correlationHits: [disguised] }), { code: 'store.input' });
  store.close();
});

test('a hit as JSON names itself, then tells its body', () => {
  const store = openStore();
  commit(store, 7, [hit(7, 3, { body: Buffer.from('"rule":{"id":"r1"},"time":"2020","matches":[],"event":{"a":1}') })]);
  commit(store, 8, [], { correlationHits: [firing(0, { body: Buffer.alloc(0) })] });
  const [base, correlated] = store.read.hits.list({ tenant: 'acme' }).items;
  assert.deepEqual(JSON.parse(hitJson(base).toString()), {
    id: base.id,
    seq: 1,
    tenant: 'acme',
    event_id: 'abc/0/7/3',
    rule_version: 'v1',
    level: 'high',
    source: 'dc1',
    received: 1_700_000_007_000,
    live: true,
    rule: { id: 'r1' },
    time: '2020',
    matches: [],
    event: { a: 1 },
  });
  assert.equal(JSON.parse(hitJson(correlated).toString()).revision, 0);
  store.close();
});

test('ids are the same in another database, and others in another log or for another version', () => {
  const ids = [LOG, LOG, 'other/0'].map((log) => {
    const store = openStore();
    const checkpoint = { position: 1, received: 1, ruleSet: 's' };
    store.commit({ log, checkpoint, hits: [hit(1, 1), hit(1, 1, { rule: rule('r1', 'v2') })] });
    const found = store.read.hits.list({ tenant: 'acme' }).items.map(({ id }) => id);
    store.close();
    return found;
  });
  assert.deepEqual(ids[0], ids[1]);
  assert.equal(new Set(ids.flat()).size, 4);
});

test('a reader of its own sees each commit, and nothing of one under way', () => {
  const file = databaseFile();
  const store = new Detections(file);
  const reader = openDetectionsReader(file);
  commit(store, 1, [hit(1, 0)]);
  assert.equal(reader.hits.list({ tenant: 'acme' }).items.length, 1);
  assert.throws(() => commit(store, 2, [hit(2, 0), hit(3, 0)]), { code: 'store.order' });
  assert.equal(reader.hits.sequence(), 1);
  commit(store, 3, [hit(2, 0), hit(3, 0)]);
  assert.deepEqual(
    reader.hits.list({ tenant: 'acme' }).items.map(({ sequence }) => sequence),
    [1, 2, 3],
  );
  reader.close();
  store.close();
});
