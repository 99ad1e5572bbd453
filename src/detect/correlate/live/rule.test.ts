import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Journal, rule } from './journal.twin.ts';

const KiB = 1024;

/** A flood of groups, each seen once, and one that is seen all the time. */
function flood(journal: Journal, from: number, seconds: number): string[] {
  const out: string[] = [];
  for (let i = from; i < from + seconds; i++) {
    const lines = Array.from({ length: 20 }, (_, n) => `${i} a u=passing-${i}-${n}`);
    out.push(...journal.send([...lines, `${i} a u=steady`]));
  }
  return out;
}

test('under a flood of groups memory stays bounded, the longest untouched group goes, and what is active still fires', () => {
  const correlation = rule({ groupBy: ['u'], timespanMs: 300_000, condition: [{ op: 'gte', value: 250 }] });
  const journal = new Journal([correlation], { correlationLiveBytesMax: 256 * KiB });
  const out: string[] = [];
  for (let i = 0; i < 300; i += 10) {
    out.push(...flood(journal, i, 10));
    assert.ok(journal.live.bytes <= 256 * KiB);
  }
  assert.deepEqual(
    out.map((line) => line.slice(0, 19)),
    ['c r1 249 steady 250'],
  );
  const { evicted, shortened } = journal.live.counts()[0].rules['c'];
  assert.ok(evicted > 3000 && evicted < 6000, `${evicted} evicted`);
  assert.equal(shortened, 0);
});

test('before groups go, events outside all windows do: then late events there are too late', () => {
  const correlation = rule({ groupBy: ['u'] });
  const journal = new Journal([correlation], { correlationLiveBytesMax: 256 * KiB });
  flood(journal, 0, 300);
  const { evicted, shortened } = journal.live.counts()[0].rules['c'];
  assert.ok(shortened > 3000 && evicted === 0, `${shortened} shortened, ${evicted} evicted`);
  journal.send(['100 a u=steady', '290 a u=steady']);
  const { late, tooLate } = journal.live.counts()[0].rules['c'];
  assert.deepEqual([late, tooLate], [1, 1]);
});

test('one group with all the events loses history before windows', () => {
  const correlation = rule({ timespanMs: 2000, condition: [{ op: 'gte', value: 42 }] });
  const journal = new Journal([correlation], { correlationLiveBytesMax: 64 * KiB });
  const out = flood(journal, 0, 100);
  assert.ok(out.length > 20);
  const { evicted, shortened } = journal.live.counts()[0].rules['c'];
  assert.ok(shortened > 1000 && evicted === 0);
});

test('the tenant that holds most gives up, another keeps what it has', () => {
  const correlation = rule({ groupBy: ['u'], timespanMs: 300_000 });
  const journal = new Journal([correlation], { correlationLiveBytesMax: 256 * KiB });
  journal.send(['0 a u=x', '1 a u=x'], { tenant: 'quiet' });
  flood(journal, 0, 200);
  assert.deepEqual(journal.send(['2 a u=x', '20 x'], { tenant: 'quiet' }), ['c r1 2 x 3 [0/0,0/1,201/0]']);
});

test('when too much waits the watermark is pushed on, and what comes before it is late, not lost', () => {
  const correlation = rule({ condition: [{ op: 'gte', value: 400 }] });
  const journal = new Journal([correlation], { correlationWaitingBytesMax: 100 * 200 });
  // 600 events inside the lateness of 5 s.
  const lines = (from: number): string[] => Array.from({ length: 300 }, (_, n) => `${(from + 2 * n) / 1000} a`);
  assert.deepEqual(journal.send(lines(0)), []);
  const out = journal.send(lines(1));
  const [{ pushed, rules }] = journal.live.counts();
  assert.deepEqual([pushed, rules['c'].late], [301, 99]);
  const all = [...out, ...journal.end()];
  const last = all.at(-1) ?? '';
  // The 400th event in order of time, as if none had been late.
  assert.equal(last.split(' ')[2], '0.399');
});

test('late events in a large group are judged together, when enough has come in to pay for it', () => {
  const journal = new Journal([rule({ timespanMs: 60_000, condition: [{ op: 'gte', value: 5000 }] })], {
    correlationAmendedMax: 500,
  });
  const lines = Array.from({ length: 4999 }, (_, n) => `${n / 1000} a`);
  assert.deepEqual(journal.send([...lines, '30 x']), []);
  const first = journal.send(['0.0005 a']);
  assert.deepEqual(
    first.map((line) => line.slice(0, 15)),
    ['c r1 4.998 5000'],
  );
  // That cost more than was left: the next one waits.
  assert.deepEqual(journal.send(['0.0006 a']), []);
  journal.cycle();
  const out = [...Array(30).keys()].flatMap((frame) => journal.send(['31 x']).map((line) => `${frame} ${line}`));
  assert.deepEqual(
    out.map((line) => line.slice(0, 18)),
    ['13 c r2 4.997 5000'],
  );
});

test('a window with many events gives the same wherever it was saved', () => {
  const rules = [
    rule({ id: 'count', timespanMs: 100_000, condition: [{ op: 'gte', value: 50 }] }),
    rule({ id: 'sum', type: 'value_sum', field: ['n'], timespanMs: 100_000, condition: [{ op: 'gte', value: 20 }] }),
    rule({ id: 'percentile', type: 'value_percentile', field: ['n'], condition: [{ op: 'gte', value: 0.9 }] }),
    rule({ id: 'order', type: 'temporal_ordered', rules: ['a', 'b'], condition: [{ op: 'gte', value: 2 }] }),
  ];
  const [whole, cut] = [new Journal(rules), new Journal(rules)];
  const outputs = [whole, cut].map((journal) => {
    const out: string[] = [];
    for (let i = 0; i < 400; i++) {
      out.push(...journal.send([`${i} ${i % 40 === 0 ? 'b' : 'a'} n=${(i % 11) / 10}`]));
      if (journal === cut && i % 20 === 7) journal.cycle();
      if (i % 90 === 80) out.push(...journal.send([`${i - 60} a n=0.1`]));
    }
    return [...out, ...journal.end()];
  });
  assert.deepEqual(outputs[1], outputs[0]);
  assert.deepEqual(cut.live.counts(), whole.live.counts());
  const revised = outputs[0].filter((line) => / r[2-9] /.test(line)).length;
  assert.deepEqual([outputs[0].length, revised], [20, 6]);
});
