import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type SeededRandom, seededRandom } from '../../base/index.ts';
import type { Fact } from '../../schema/index.ts';
import { ANY, type DetectionRule, type Expr, ONE, type Test } from '../sigma/model.ts';
import { compileLane, costOf, factsOf, groupRules, KEYWORDS, TestKeys, VERIFY } from './lane.ts';
import { LaneBench, ruleOf, textTest } from './lane.twin.ts';

const FIELDS = ['a', 'b', 'c.d', 'c.e', null];
const WORDS = ['x', 'y', 'xy', 'cmd.exe', 'evil', '10.1.2.3', '4624', 'true'];

function randomTest(random: SeededRandom, keyword: boolean): Test {
  const word = random.pick(WORDS);
  const kind = random.integer(keyword ? 4 : 11);
  if (kind < 3) return textTest(random.pick([[word], [ANY, word, ANY], [word, ANY], [ANY, word], [word, ONE], [ANY]]));
  if (kind === 3) {
    const source = random.pick(['x', 'e.?i', '^y']);
    const regex = { written: source, ignoreCase: false, multiLine: false, dotAll: false, source, flags: 'l' };
    return { kind: 'regex', regexes: [{ ...regex, literals: [], order: [], least: 0 }] };
  }
  return random.pick<Test>([
    { kind: 'null' },
    { kind: 'exists', value: true },
    { kind: 'exists', value: false },
    { kind: 'compare', op: 'lt', value: '5000' },
    { kind: 'cidr', networks: ['10.0.0.0/8'] },
    { kind: 'text', patterns: [[word], [ANY, 'Evil']], cased: true },
    textTest([]),
  ]);
}

function randomExpr(random: SeededRandom, items: number, levels: number): Expr {
  const kind = random.integer(levels === 0 ? 1 : 5);
  if (kind === 3) return { op: 'not', arg: randomExpr(random, items, levels - 1) };
  if (kind === 4 && random.integer(8) === 0) return { op: 'const', value: random.integer(2) === 0 };
  if (kind === 0 || kind === 4) return { op: 'item', item: random.integer(items) };
  const args = Array.from({ length: 1 + random.integer(3) }, () => randomExpr(random, items, levels - 1));
  return { op: kind === 1 ? 'and' : 'or', args };
}

function randomRule(random: SeededRandom, i: number): DetectionRule {
  const items = Array.from({ length: 1 + random.integer(4) }, () => {
    const field = random.pick(FIELDS);
    return { field, test: randomTest(random, field === null) };
  });
  return ruleOf(`r${i}`, items, randomExpr(random, items.length, 3));
}

function randomValue(random: SeededRandom): string {
  const scalar = (): string =>
    random.pick([
      'null',
      'true',
      '4624',
      '5001',
      '""',
      ...WORDS.map((word) => `"${word}"`),
      '"XY.evil"',
      '"a Cmd.exe b"',
      '"z"',
    ]);
  const kind = random.integer(10);
  if (kind === 0) return `[${Array.from({ length: random.integer(4) }, scalar).join(',')}]`;
  if (kind === 1) return `{"d":${scalar()}}`;
  return kind === 2 ? `[{"d":${scalar()},"e":${scalar()}},${scalar()}]` : scalar();
}

function randomLine(random: SeededRandom): string {
  const members = Array.from(
    { length: random.integer(5) },
    () => `"${random.pick(['a', 'b', 'c', 'c', 'other', 'c.d'])}":${randomValue(random)}`,
  );
  return `{${members.join(',')}}`;
}

suite('a lane', () => {
  test('finds on each event the rules that are true of it, and no others', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed);
      const rules = Array.from({ length: 1 + random.integer(30) }, (_, i) => randomRule(random, i));
      const bench = new LaneBench(rules);
      const lines = Array.from({ length: 60 }, () => randomLine(random));
      const [plain, found] = [bench.plainHits(lines), bench.hits(lines)];
      lines.forEach((line, i) => {
        assert.deepEqual(found[i], plain[i], `seed ${seed}: ${line}`);
      });
      assert.deepEqual(bench.hits(lines), plain);
    }
  });

  test('reports more hits than its list of them holds', () => {
    const rules = Array.from({ length: 40_000 }, (_, i) =>
      ruleOf(`r${i}`, [{ field: 'a', test: textTest(['x']) }], { op: 'item', item: 0 }),
    );
    const found = new LaneBench(rules).hits(
      Array.from({ length: 9 }, (_, i) => (i % 2 === 0 ? '{"a":"x"}' : '{"a":"y"}')),
    );
    assert.deepEqual(
      found.map((hits) => hits.length),
      [40_000, 0, 40_000, 0, 40_000, 0, 40_000, 0, 40_000],
    );
  });

  test('refuses more rules than the kernel has room for', () => {
    const one = ruleOf('r', [{ field: 'a', test: textTest(['x']) }], { op: 'item', item: 0 });
    const rules = Array<DetectionRule>(0x20001).fill(one);
    const compile = () => compileLane([{ category: 'test' }], groupRules(rules), new TestKeys(), { idOf: () => 0 });
    assert.throws(compile, { code: 'rules.too_many', message: /^131073 rules with 1 different tests/ });
  });

  test('leaves to the host what compares fields, as candidates', () => {
    const reference: Test = { kind: 'fieldref', fields: ['b'], mode: 'equals', cased: false };
    const items = [
      { field: 'a', test: reference },
      { field: 'c', test: textTest(['x']) },
    ];
    const both: Expr = {
      op: 'and',
      args: [
        { op: 'item', item: 0 },
        { op: 'item', item: 1 },
      ],
    };
    const bench = new LaneBench([
      ruleOf('r', items, both),
      ruleOf('n', items, { op: 'and', args: [{ op: 'not', arg: both.args[0] }, both.args[1]] }),
    ]);
    assert.deepEqual(bench.hits(['{"c":"x"}', '{"a":"1","b":"1","c":"y"}']), [[0, 1], []]);
    const words = new Uint32Array(bench.lane.image.buffer);
    assert.deepEqual([words[words[8] / 4], words[words[8] / 4 + 1]], [VERIFY, (VERIFY | 1) >>> 0]);
  });

  test('knows which rules no value wakes, and shares equal tests', () => {
    const keyword = { field: null, test: textTest([ANY, 'evil', ANY]) };
    const { lane } = new LaneBench([
      ruleOf('pure negation', [{ field: 'a', test: textTest(['x']) }], { op: 'not', arg: { op: 'item', item: 0 } }),
      ruleOf('same test', [{ field: 'a', test: textTest(['x']) }], { op: 'item', item: 0 }),
      ruleOf('never', [], { op: 'const', value: false }),
      ruleOf('keyword', [keyword], { op: 'item', item: 0 }),
    ]);
    assert.deepEqual(lane.always, [0]);
    assert.deepEqual(lane.rules, [0, 1, 2, 3]);
    assert.deepEqual([...lane.matchers.keys()], ['a', KEYWORDS]);
    assert.equal(new Uint32Array(lane.image.buffer)[0], 2);
  });
});

test('a rule applies through the facts of its logsource, rewritten or on a condition', () => {
  const plain: Fact = { product: 'windows', category: 'test' };
  const rewritten: Fact = { category: 'test', rewrite: { Image: 'a' }, where: { b: ['x', 'y'] } };
  const logsource = { category: 'test' };
  assert.deepEqual(factsOf(logsource, [rewritten, plain]), [plain]);
  assert.deepEqual(factsOf(logsource, [rewritten]), [rewritten]);
  assert.deepEqual(factsOf({ category: 'other' }, [rewritten, plain]), []);
  const rules = [ruleOf('r', [{ field: 'Image', test: textTest(['z']) }], { op: 'item', item: 0 })];
  const lane = compileLane([rewritten], groupRules(rules), new TestKeys(), { idOf: () => 0 });
  assert.deepEqual([...lane.matchers.keys()].sort(), ['a', 'b']);
});

test('what is rare costs less to wait for', () => {
  const costs = [
    textTest(['C:\\Windows\\evil.exe']),
    textTest([ANY, 'mimikatz', ANY]),
    textTest(['4624']),
    textTest([ANY, 'a', ANY]),
    textTest([ANY]),
  ];
  const values = costs.map(costOf);
  assert.deepEqual(
    [...values].sort((a, b) => a - b),
    values,
  );
});
