import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/index.ts';
import type { Commit, CommitResult } from '../../store/index.ts';
import { Correlations } from './correlations.ts';
import { Detector, type DetectorHost, type RuleNames } from './detector.ts';
import type { DurableUnit, Evaluated, EvaluatedBatch } from './types.ts';

const LOG = 'log/0';
const rulesOf = (set: string): RuleNames => ({
  set,
  detections: [{ id: `rule of ${set}`, title: '', level: 'high', version: `version of ${set}`, path: '' }],
  correlations: [],
  leftOut: [],
});

/** A batch of `rows` in which each of `hits` is a hit. */
function batch(rows: number, hits: readonly number[], evaluations = rows): EvaluatedBatch {
  const lines = Buffer.concat(hits.map((row) => Buffer.from(`{"row":${row}}\n`)));
  const ends = hits.map((_, i) => hits.slice(0, i + 1).reduce((sum, row) => sum + `{"row":${row}}\n`.length, 0));
  return {
    rows,
    evaluations,
    hitRows: Uint32Array.from(hits),
    hitRules: new Uint32Array(hits.length),
    hitEnds: Uint32Array.from(ends),
    hitTimes: new Float64Array(hits.length).fill(Number.NaN),
    lines: Uint8Array.from(lines),
    base: null,
    lanes: [],
  };
}

function unitOf(unit: number, first: number, rows: readonly number[], part: Partial<DurableUnit> = {}): DurableUnit {
  return {
    unit,
    first,
    entries: rows.map((count) => ({ kind: 'events' as const, rows: count, latest: null })),
    receivedAt: 1000 + first,
    tenant: 'default',
    source: 'test',
    door: 'http',
    control: null,
    evaluating: true,
    ...part,
  };
}

const controlAt = (unit: number, first: number, control: DurableUnit['control']): DurableUnit =>
  unitOf(unit, first, [], { control, evaluating: false, entries: [{ kind: 'control', rows: 0, latest: null }] });

function hosted(
  start: { checkpoint?: number; position?: number; set?: string | null; refuse?: (commit: Commit) => boolean } = {},
) {
  const commits: Commit[] = [];
  const asked: { unit: number; epoch: number }[] = [];
  const loads: string[] = [];
  const host: DetectorHost = {
    evaluate: ({ unit }, epoch) => asked.push({ unit, epoch }),
    load: (set) => loads.push(set),
    payload: () => new TextEncoder().encode('').buffer,
    commit: (commit): CommitResult => {
      if (start.refuse?.(commit) === true) throw new Error('full');
      commits.push(commit);
      const none = { duplicateHits: 0, correlationHits: 0, revisedCorrelationHits: 0, duplicateCorrelationHits: 0 };
      return { hits: commit.hits?.length ?? 0, ...none, deadLetters: 0, duplicateDeadLetters: 0, sequence: 0 };
    },
    committed: () => {},
  };
  const detector = new Detector(host, {
    log: LOG,
    checkpoint: start.checkpoint ?? -1,
    position: start.position ?? -1,
    set: start.set ?? null,
    correlations: new Correlations(LOG, 0, null),
    latenessMs: 0,
    stages: [],
  });
  const places = () => commits.flatMap(({ hits }) => (hits ?? []).map((hit) => `${hit.position}/${hit.row}`));
  return { detector, commits, asked, loads, places };
}

test('rows of batches are rows of frames, however the one lies across the other', () => {
  const { detector, places, commits } = hosted({ set: 'a' });
  detector.rules(1, rulesOf('a'));
  detector.durable(unitOf(1, 5, [2, 3, 1]));
  detector.evaluated({ unit: 1, epoch: 1, batches: [batch(4, [0, 2, 3]), batch(2, [0, 1])] });
  detector.advance();
  assert.deepEqual(places(), ['5/0', '6/0', '6/1', '6/2', '7/0']);
  assert.deepEqual(
    commits[0].ledger?.ranges?.map(({ from, to, events, evaluations }) => [from, to, events, evaluations]),
    [[5, 7, 6, 6]],
  );
  assert.equal(Buffer.from(commits[0].hits?.[1].body ?? []).toString(), '"row":2');
});

test('a result whose rows are not those of the journal is a broken invariant', () => {
  for (const batches of [[batch(2, [])], [batch(4, [])], [batch(3, []), batch(1, [])]]) {
    const { detector } = hosted({ set: 'a' });
    detector.rules(1, rulesOf('a'));
    detector.durable(unitOf(1, 0, [3]));
    detector.evaluated({ unit: 1, epoch: 1, batches });
    assert.throws(() => detector.advance(), /other rows than the journal has/);
  }
});

test('what was evaluated under other rules than the journal says, or none, is asked for again', () => {
  const { detector, asked, places } = hosted({ set: 'a' });
  detector.rules(1, rulesOf('a'));
  detector.rules(2, rulesOf('b'));
  detector.durable(unitOf(1, 0, [1]));
  detector.durable(controlAt(2, 1, { kind: 'rules', set: 'b', count: 1 }));
  detector.durable(unitOf(3, 2, [1]));
  detector.evaluated({ unit: 1, epoch: 0, batches: [] });
  // The door had not heard of the change yet.
  detector.evaluated({ unit: 3, epoch: 1, batches: [batch(1, [0])] });
  detector.advance();
  assert.deepEqual(asked, [
    { unit: 1, epoch: 1 },
    { unit: 3, epoch: 2 },
  ]);
  detector.evaluated({ unit: 3, epoch: 2, batches: [batch(1, [0])], replayed: true });
  detector.advance();
  assert.deepEqual(places(), []);
  detector.evaluated({ unit: 1, epoch: 1, batches: [batch(1, [0])], replayed: true });
  detector.advance();
  assert.deepEqual(places(), ['0/0', '2/0']);
});

test('rules that the doors have let go of are loaded anew', () => {
  const { detector, asked, loads } = hosted({ set: 'a' });
  detector.durable(unitOf(1, 0, [1], { evaluating: false }));
  detector.advance();
  assert.deepEqual(loads, ['a']);
  detector.rules(1, rulesOf('a'));
  detector.advance();
  detector.evaluated({ unit: 1, epoch: 0, batches: [], replayed: true });
  detector.advance();
  assert.deepEqual(loads, ['a', 'a']);
  detector.rules(1, rulesOf('a'));
  detector.advance();
  assert.deepEqual(asked, [
    { unit: 1, epoch: 1 },
    { unit: 1, epoch: 1 },
  ]);
});

test('what a door could not evaluate yet is asked for again, though it was evaluated when it was taken', () => {
  const { detector, asked, places } = hosted({ set: 'a' });
  detector.rules(1, rulesOf('a'));
  detector.durable(unitOf(1, 0, [1]));
  detector.evaluated({ unit: 1, epoch: 0, batches: [] });
  detector.advance();
  // The request came to the door before the rules did.
  detector.evaluated({ unit: 1, epoch: 0, batches: [], replayed: true });
  detector.advance();
  detector.rules(1, rulesOf('a'));
  detector.advance();
  assert.equal(asked.length, 2);
  detector.evaluated({ unit: 1, epoch: 1, batches: [batch(1, [0])], replayed: true });
  detector.advance();
  assert.deepEqual(places(), ['0/0']);
});

test('what an earlier process stored is evaluated for the correlations and not stored again', () => {
  const { detector, commits } = hosted({ checkpoint: 1, position: -1, set: 'a' });
  detector.rules(1, rulesOf('a'));
  for (const first of [0, 1, 2]) {
    detector.durable(unitOf(first + 1, first, [1]));
    detector.evaluated({ unit: first + 1, epoch: 1, batches: [batch(1, [0])] });
    detector.advance();
    detector.commit();
  }
  assert.deepEqual(
    commits.map(({ checkpoint, hits, ledger }) => [checkpoint?.position, hits?.length, ledger?.ranges?.length]),
    [[2, 1, 1]],
  );
});

/** A journal of units, rule changes and starts, and what must be found in it. */
function story(seed: number) {
  const random = seededRandom(seed);
  const units: DurableUnit[] = [];
  const results: Evaluated[] = [];
  const expected: string[] = [];
  let first = 0;
  let set = 'a';
  let waiting: { unit: number; hits: (set: string) => void }[] | null = null;
  for (let unit = 1; unit <= 25; unit++) {
    const what = random.integer(8);
    if (what === 0 && waiting === null) {
      units.push(controlAt(unit, first++, { kind: 'start', version: '', at: 0 }));
      waiting = [];
      continue;
    }
    if (what === 1 || (unit === 25 && waiting !== null)) {
      set = random.pick(['a', 'b']);
      units.push(controlAt(unit, first++, { kind: 'rules', set, count: 1 }));
      for (const { hits } of waiting ?? []) hits(set);
      waiting = null;
      continue;
    }
    const rows = Array.from({ length: 1 + random.integer(3) }, () => 1 + random.integer(3));
    const total = rows.reduce((sum, count) => sum + count, 0);
    const at = first;
    const places = rows.flatMap((count, frame) => Array.from({ length: count }, (_, row) => `${at + frame}/${row}`));
    const hits = Array.from({ length: total }, (_, row) => row).filter(() => random.integer(2) === 0);
    units.push(unitOf(unit, first, rows));
    const split = random.integer(total + 1);
    const parts = [
      batch(
        split,
        hits.filter((row) => row < split),
      ),
      batch(
        total - split,
        hits.filter((row) => row >= split).map((row) => row - split),
      ),
    ];
    // The door may have run old rules, or none.
    results.push({ unit, epoch: random.integer(3), batches: parts });
    const note = (name: string): void => void expected.push(...hits.map((row) => `${name} ${places[row]}`));
    if (waiting === null) note(set);
    else waiting.push({ unit, hits: note });
    first += rows.length;
  }
  return { units, results, expected };
}

test('in whatever order messages come, hits are the same, in order, each once', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { units, results, expected } = story(seed);
    const random = seededRandom(seed);
    const { detector, asked, commits } = hosted({ set: 'a' });
    const epochs: Record<string, number> = { a: 1, b: 2 };
    for (const set of ['a', 'b']) detector.rules(epochs[set], rulesOf(set));
    const waiting = [...results];
    let next = 0;
    for (let step = 0; step < 2000; step++) {
      const what = random.integer(4);
      if (what === 0 && next < units.length) detector.durable(units[next++]);
      if (what === 1 && waiting.length > 0) {
        const [result] = waiting.splice(random.integer(Math.min(3, waiting.length)), 1);
        detector.evaluated(result.epoch === 0 ? { ...result, batches: [] } : result);
      }
      if (what === 2) detector.advance();
      if (what === 3 && asked.length > 0) {
        const [{ unit, epoch }] = asked.splice(random.integer(asked.length), 1);
        const batches = results.find((result) => result.unit === unit)?.batches ?? [];
        detector.evaluated({ unit, epoch, batches, replayed: true });
      }
    }
    detector.advance();
    const found = commits.flatMap(({ hits }) =>
      (hits ?? []).map((hit) => `${hit.rule.version.at(-1)} ${hit.position}/${hit.row}`),
    );
    assert.deepEqual(
      found,
      expected.toSorted((a, b) => order(a) - order(b)),
      `seed ${seed}`,
    );
  }
});

function order(hit: string): number {
  const [position, row] = hit.slice(2).split('/').map(Number);
  return position * 1000 + row;
}

test('what could not be stored goes with the next commit, whole, the snapshot made anew', () => {
  let full = true;
  const refused: Commit[] = [];
  const { detector, places, commits } = hosted({
    set: 'a',
    refuse: (commit) => {
      if (full) refused.push(commit);
      return full;
    },
  });
  detector.rules(1, rulesOf('a'));
  detector.durable(unitOf(1, 0, [2]));
  detector.evaluated({ unit: 1, epoch: 1, batches: [batch(2, [0, 1])] });
  assert.throws(() => detector.advance(), /full/);
  assert.throws(() => detector.commit(), /full/);
  full = false;
  detector.durable(unitOf(2, 1, [1]));
  detector.evaluated({ unit: 2, epoch: 1, batches: [batch(1, [0])] });
  detector.advance();
  assert.deepEqual(places(), ['0/0', '0/1', '1/0']);
  assert.equal(
    refused.every(({ snapshot }) => snapshot !== undefined),
    true,
  );
  assert.equal(commits.length, 1);
  assert.deepEqual([commits[0].checkpoint?.position, commits[0].snapshot !== undefined], [1, true]);
  assert.deepEqual(JSON.parse(commits[0].checkpoint?.state ?? ''), {
    position: 1,
    set: 'a',
    latenessMs: 0,
    stages: [],
  });
});

test('a range spans the receipt of all its units, in whatever order they came to the journal', () => {
  const { detector, commits } = hosted({ set: 'a' });
  detector.rules(1, rulesOf('a'));
  [2000, 3000, 1000].forEach((receivedAt, i) => {
    detector.durable(unitOf(i, i, [1], { receivedAt }));
    detector.evaluated({ unit: i, epoch: 1, batches: [batch(1, [0])] });
  });
  detector.advance();
  assert.deepEqual(
    commits[0].ledger?.ranges?.map(({ receivedFrom, receivedTo }) => [receivedFrom, receivedTo]),
    [[1000, 3000]],
  );
});
