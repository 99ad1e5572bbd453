/** A rule that fails on an event does not match it, in a door as in replay; the others go on, and the server with them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limits } from '../../base/index.ts';
import { loadKernelModule } from '../../batch/index.ts';
import { type DetectionRule, loadRules, type RuleCosts } from '../../detect/index.ts';
import { prepareRuleSet } from '../prepare.ts';
import { Scanner } from '../scanner.ts';
import { Door } from './door.ts';
import { event, hitsIn, newFolder, openNode, send } from './kit.twin.ts';
import { liveRules, noRules } from './rule-set.ts';
import { verifyFolder } from './verify.ts';

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const rule = (n: number, condition: string) => `title: Rule ${n}
id: ${id(n)}
logsource: {product: windows, service: security}
detection:
  user: {User: mallory}
  blob: {Blob|re: '[0-9]{3}$'}
  condition: ${condition}
level: high
`;

/** No rule that loads has an expression that cannot be run; this one has. */
function broken(model: DetectionRule): DetectionRule {
  const items = model.items.map((item) =>
    item.test.kind === 'regex'
      ? { ...item, test: { ...item.test, regexes: item.test.regexes.map((regex) => ({ ...regex, source: '(' })) } }
      : item,
  );
  return { ...model, items };
}

const CONDITIONS = ['user', 'user and blob', 'user and not blob', 'user or blob'];
const sound = loadRules(CONDITIONS.map((condition, n) => ({ path: `${n}.yml`, text: rule(n, condition) })));
const prepared = prepareRuleSet({ ...sound, detections: sound.detections.map(broken) });
const rules = liveRules(prepared);
const module = loadKernelModule();

const EVENTS = [
  event({ User: 'mallory' }),
  event({ User: 'mallory', Blob: 'a123' }),
  event({ User: 'alice', Blob: 'b123' }),
].join('\n');
/** Row and rule. Where there is no value to fail on, nothing fails; where there is one, no alternative is enough. */
const FOUND = ['0 0', '0 2', '0 3', '1 0'];

function newDoor(): Door {
  const door = new Door(module, noRules());
  door.setRules(1, rules.rules, true);
  return door;
}

const take = (door: Door, lines: string) =>
  door.take({
    unit: 1,
    tenant: 'default',
    source: 'test',
    door: 'http',
    credential: 'key:test',
    request: 'request',
    receivedAt: 0,
    format: 'ndjson',
    encoding: 'identity',
    body: Uint8Array.from(Buffer.from(lines)),
    key: null,
    evaluate: true,
    policy: null,
  });

test('an event that a rule fails on is no match of it, of a negation neither; the same over frames', () => {
  const door = newDoor();
  const { draft, evaluated } = take(door, EVENTS);
  const [batch] = evaluated.batches;
  const found = Array.from(batch.hitRows, (row, i) => `${row} ${batch.hitRules[i]}`);
  assert.deepEqual(found.sort(), FOUND);
  const costs = door.takeCosts();
  assert.equal(costs?.epoch, 1);
  assert.ok(costs.failures.length > 0 && costs.failures.every(({ error }) => error.includes('regular expression')));
  const other = newDoor();
  const [again] = other.evaluate(1, draft.entries[0].payload) ?? [];
  assert.deepEqual(Array.from(again.hitRows, (row, i) => `${row} ${again.hitRules[i]}`).sort(), FOUND);
  assert.deepEqual(Buffer.from(again.lines), Buffer.from(batch.lines));
});

test('a correlation is not given an event that its rule fails on', () => {
  const often = `title: Often
id: ${id(9)}
correlation: {type: event_count, rules: ['${id(2)}'], group-by: [User], timespan: 1m, condition: {gte: 1}}
`;
  const related = loadRules([
    { path: 'a.yml', text: rule(2, 'user and not blob') },
    { path: 'b.yml', text: often },
  ]);
  const door = new Door(module, noRules());
  door.setRules(1, prepareRuleSet({ ...related, detections: related.detections.map(broken) }).rules, true);
  const [{ base }] = take(door, EVENTS).evaluated.batches;
  assert.deepEqual([...(base?.record ?? [])], [0]);
});

test('where rules are not metered, what one throws ends the scan', () => {
  const scanner = new Scanner(rules.rules, limits.readChunkBytes, module);
  scanner.engine.kernel.load(Buffer.from(EVENTS));
  assert.throws(
    () => scanner.scan({ path: 'x', firstRecord: 1, records: null, position: null, carved: false }),
    /regular expression/,
  );
});

test('a node goes on, tells which rules failed, and what it stored is what follows from its journal', async () => {
  const folder = newFolder();
  const told: RuleCosts[] = [];
  const node = await openNode(folder, { onCosts: (_, costs) => told.push(costs) });
  try {
    await node.changeRules(
      rules,
      [...rules.detections].map(({ path: _, ...version }) => ({ ...version, text: '' })),
    );
    const { position } = await send(node, EVENTS);
    await node.evaluated(position ?? -1);
    assert.equal(hitsIn(folder).length, FOUND.length);
    for (let i = 0; i < 400 && !told.some(({ failures }) => failures.length > 0); i++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const failed = told.flatMap(({ failures }) => failures.map(({ rule: number }) => rules.detections[number].id));
    assert.ok(failed.includes(id(1)), failed.join());
  } finally {
    await node.close();
  }
  assert.deepEqual(verifyFolder({ folder: path.join(folder, 'data'), detection: true }).findings, []);
  fs.rmSync(folder, { recursive: true });
});
