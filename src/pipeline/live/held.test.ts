/** Requests held to a policy: whatever they hold, what is left out leaves no trace but its dead letter. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBatch, loadKernelModule, openBatch } from '../../batch/index.ts';
import { loadRules } from '../../detect/index.ts';
import { prepareRuleSet } from '../prepare.ts';
import { Scanner } from '../scanner.ts';
import { readDeadLetters } from './dead-letters.ts';
import { Door } from './door.ts';
import { event, FIRST, hitsIn, newFolder, openNode, rule, rulesIn, SECOND, send } from './kit.twin.ts';
import { policyId, type ValidationPolicy } from './policy.ts';
import { liveRules, noRules } from './rule-set.ts';
import type { Taken } from './taken.ts';
import type { BodyFormat } from './types.ts';
import { verifyFolder } from './verify.ts';

const BURST = `title: Burst
id: 00000000-0000-4000-8000-000000000009
correlation:
  type: event_count
  rules: ['${SECOND}']
  group-by: [Computer]
  timespan: 1m
  condition: {gte: 2}
  generate: true
level: critical
`;
const TEXTS = [rule(FIRST, 'User', 'mallory'), rule(SECOND, 'Computer', 'pc*'), BURST];
const RULES = liveRules(prepareRuleSet(loadRules(TEXTS.map((text, i) => ({ path: `${i}.yml`, text }))))).rules;
const MODULE = loadKernelModule();

const ENFORCE: ValidationPolicy = {
  mode: 'enforce',
  business: { no_eve: "User != 'eve'" },
  compliance: { known: "isempty(Computer) or Computer matches regex '^(pc|srv)'" },
};
const WARN: ValidationPolicy = { ...ENFORCE, mode: 'warn' };

interface Line {
  readonly text: string;
  /** `event`: no event at all when false. */
  readonly isEvent: boolean;
  readonly passes: boolean;
}

const fields = fc.record(
  {
    User: fc.constantFrom('mallory', 'alice', 'eve'),
    Computer: fc.constantFrom('pc-1', 'pc-2', 'srv-1', 'printer'),
    IpAddress: fc.constantFrom('10.0.0.1', '10.0.0.256', '-'),
    n: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: [] },
);
const anEvent = fc.tuple(fields, fc.constantFrom('', ' ', '\t '), fc.boolean()).map(([of, space, spaced]): Line => {
  const text = spaced ? event(of).replaceAll(',"', `,${space}"`) : event(of);
  const passes = of.User !== 'eve' && of.Computer !== 'printer' && of.IpAddress !== '10.0.0.256';
  return { text: `${space}${text}${space}`, isEvent: true, passes };
});
const noEvent = fc.constantFrom('no json', '{"a":', '[]', '7').map((text): Line => {
  return { text, isEvent: false, passes: false };
});
const lines = fc.array(fc.oneof({ weight: 5, arbitrary: anEvent }, { weight: 1, arbitrary: noEvent }), {
  maxLength: 12,
});
const ends = fc.constantFrom('\n', '\r\n', '\n\n');

const door = new Door(MODULE, noRules());
door.setRules(1, RULES, true);
for (const policy of [ENFORCE, WARN]) door.setPolicy(policyId(policy), policy);
const scanner = new Scanner(RULES, 1 << 16, MODULE);

function bodyOf(of: readonly Line[], end: string, format: BodyFormat): Uint8Array {
  if (format === 'json') return Buffer.from(`[${of.map(({ text }) => text).join(',')}]`);
  const text = of.map((line) => `${line.text}${end}`).join('');
  if (format === 'ndjson') return Buffer.from(text);
  const frames: Uint8Array[] = [];
  scanner.engine.kernel.load(Buffer.from(text));
  // Two frames, so that the second's rows are not the first's.
  while (scanner.engine.kernel.scan()) {
    const rows = scanner.engine.kernel.get('rowCount');
    const half = Array.from({ length: rows }, (_, row) => row).filter((row) => row >= rows / 2);
    const other = Array.from({ length: rows }, (_, row) => row).filter((row) => row < rows / 2);
    for (const leaveOut of [half, other]) {
      const made = encodeBatch(scanner.engine.kernel, { tenant: '', source: '', mapping: '', leaveOut });
      frames.push(...made.map((frame) => new Uint8Array(frame)));
    }
  }
  return Buffer.concat(frames);
}

function take(body: Uint8Array, format: BodyFormat, policy: ValidationPolicy | null): Taken {
  return door.take({
    unit: 1,
    tenant: 'default',
    source: 'test',
    door: 'http',
    credential: 'key:test',
    request: 'request',
    receivedAt: Date.UTC(2026, 0, 2, 4),
    format,
    encoding: 'identity',
    body: Uint8Array.from(body),
    key: null,
    evaluate: true,
    itemized: true,
    policy: policy === null ? null : policyId(policy),
  });
}

/** Everything that is kept and found, rows numbered through. */
function cameTo({ draft, evaluated, accepted }: Taken): unknown {
  const rows: string[] = [];
  for (const { kind, payload } of draft.entries) {
    if (kind === 'events') openBatch(payload).eachRowText((text) => rows.push(Buffer.from(text).toString()));
  }
  let passed = 0;
  let evaluations = 0;
  const hits: unknown[] = [];
  const base: unknown[] = [];
  for (const batch of evaluated.batches) {
    const { hitRows, hitRules, hitEnds, hitTimes, lines } = batch;
    hitRows.forEach((row, i) => {
      const line = JSON.parse(Buffer.from(lines.subarray(i === 0 ? 0 : hitEnds[i - 1], hitEnds[i])).toString());
      hits.push([passed + row, hitRules[i], hitTimes[i], line]);
    });
    for (let i = 0; batch.base !== null && i < batch.base.count; i++) {
      const { rule: rules, ruleIds, record, time, start, values, texts } = batch.base;
      base.push([passed + record[i], ruleIds[rules[i]], time[i], texts[values[start[i]] - 1]]);
    }
    passed += batch.rows;
    evaluations += batch.evaluations;
  }
  return { rows, hits, base, evaluations, accepted, batched: passed };
}

const formats = fc.constantFrom<BodyFormat>('ndjson', 'json', 'frames');

test('what does not pass leaves nothing behind but its dead letter', () => {
  fc.assert(
    fc.property(lines, ends, formats, (all, end, format) => {
      // In an array everything is an event, and frames hold nothing else.
      const of = format === 'ndjson' ? all : all.filter(({ isEvent }) => isEvent);
      const good = of.filter(({ passes }) => passes);
      const held = take(bodyOf(of, end, format), format, ENFORCE);
      assert.deepEqual(cameTo(held), cameTo(take(bodyOf(good, end, format), format, null)));
      const letters = held.draft.entries.flatMap(({ kind, payload }) =>
        kind === 'dead' ? readDeadLetters(payload) : [],
      );
      const dead = of.flatMap((line, record) => (line.passes ? [] : [{ ...line, record }]));
      assert.deepEqual(
        letters.map(({ record, code }) => [record, code.startsWith('validation.')]),
        dead.map(({ record, isEvent }) => [record, isEvent]),
      );
      if (format === 'ndjson') {
        assert.deepEqual(
          letters.map(({ raw }) => Buffer.from(raw, 'base64').toString().trim()),
          dead.map(({ text }) => text.trim()),
        );
      }
      const { receipt } = held.draft;
      const events = of.filter(({ isEvent }) => isEvent).length;
      assert.deepEqual(
        [receipt?.received, receipt?.dead, receipt?.validation?.checked, receipt?.validation?.rejected],
        [of.length, dead.length, events, events - good.length],
      );
      assert.deepEqual(
        held.outcome?.dead.map(({ record }) => record),
        dead.map(({ record }) => record),
      );
    }),
    { numRuns: 300 },
  );
});

test('under warn everything is as if nothing were checked, and counted', () => {
  fc.assert(
    fc.property(lines, ends, formats, (all, end, format) => {
      const of = format === 'ndjson' ? all : all.filter(({ isEvent }) => isEvent);
      const body = bodyOf(of, end, format);
      const [warned, off] = [take(body, format, WARN), take(body, format, null)];
      assert.deepEqual(cameTo(warned), cameTo(off));
      const { validation, ...receipt } = warned.draft.receipt ?? {};
      assert.deepEqual(receipt, { ...off.draft.receipt });
      assert.equal(validation?.warned, of.filter(({ isEvent, passes }) => isEvent && !passes).length);
      assert.equal(validation?.rejected, 0);
    }),
    { numRuns: 100 },
  );
});

test('random requests under random policies verify: received is stored and dead, and hits are of what is stored', async () => {
  const folder = newFolder();
  const policies: Record<string, ValidationPolicy | null> = { enforce: ENFORCE, warn: WARN, off: null };
  const node = await openNode(folder, { policyOf: (_, source) => policies[source] ?? null, latenessMs: 0 });
  await node.loadRules({ paths: [rulesIn(folder, ...TEXTS)], cache: null });
  let [position, expected] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      lines,
      ends,
      formats,
      fc.constantFrom('enforce', 'warn', 'off'),
      async (all, end, format, source) => {
        const of = format === 'ndjson' ? all : all.filter(({ isEvent }) => isEvent);
        const ack = await send(node, bodyOf(of, end, format), { source, format });
        assert.equal(ack.accepted + ack.dead, of.length);
        position = Math.max(position, ack.position ?? 0);
        const kept = of.filter(({ isEvent, passes }) => isEvent && (passes || source !== 'enforce'));
        assert.equal(ack.accepted, kept.length);
        expected += kept.filter(({ text }) => text.includes('"mallory"')).length;
      },
    ),
    { numRuns: 100 },
  );
  await node.evaluated(position);
  await node.close();
  const found = hitsIn(folder).filter(({ rule }) => rule.id === FIRST);
  assert.equal(found.length, Math.min(expected, 1000));
  assert.deepEqual(verifyFolder({ folder: path.join(folder, 'data'), detection: true }).findings, []);
  fs.rmSync(folder, { recursive: true });
});
