import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedData } from '../../../test/shared.ts';
import { parseCorrelation } from './correlation.ts';
import { linkCorrelations } from './correlation-link.ts';
import type { CorrelationRule } from './model.ts';
import { RuleError } from './parse.ts';
import { isMap } from './parse-rule.ts';
import { readYaml } from './yaml.ts';

function parse(text: string, warnings: string[] = []): CorrelationRule {
  const [document] = readYaml(text);
  assert.ok(isMap(document));
  return parseCorrelation(document, { path: 'c.yml', document: 0 }, (message) => warnings.push(message));
}

/** A correlation of which one part is replaced. */
function yaml(parts: Record<string, string | null>): string {
  const all = {
    type: 'event_count',
    rules: '[a]',
    'group-by': '[User]',
    timespan: '10m',
    condition: '{gte: 10}',
    ...parts,
  };
  const lines = Object.entries(all).flatMap(([key, value]) => (value === null ? [] : [`  ${key}: ${value}`]));
  return ['title: T', 'id: c', 'correlation:', ...lines].join('\n');
}

function reason(parts: Record<string, string | null>): string {
  try {
    parse(yaml(parts));
  } catch (error) {
    assert.ok(error instanceof RuleError);
    return `${error.at.join('.')}: ${error.message}`;
  }
  return 'loads';
}

test('a correlation is read with what it states and defaults for the rest', () => {
  const rule = parse(
    `${yaml({
      type: 'value_count',
      rules: '[a, b]',
      condition: '{field: [User, Host], gt: 100, lte: 200}',
      aliases: '{ip: {a: src, b: dst}}',
    })}\nlevel: high\ngenerate: true`,
  );
  assert.deepEqual(
    { ...rule, aliases: JSON.parse(JSON.stringify(rule.aliases)) },
    {
      kind: 'correlation',
      id: 'c',
      title: 'T',
      level: 'high',
      references: [],
      tags: [],
      falsepositives: [],
      fields: [],
      path: 'c.yml',
      document: 0,
      type: 'value_count',
      rules: ['a', 'b'],
      groupBy: ['User'],
      timespanMs: 600_000,
      condition: [
        { op: 'gt', value: 100 },
        { op: 'lte', value: 200 },
      ],
      field: ['User', 'Host'],
      aliases: { ip: { a: 'src', b: 'dst' } },
      generate: true,
    },
  );
});

test('temporal needs every rule when it states no condition', () => {
  assert.deepEqual(parse(yaml({ type: 'temporal', rules: '[a, b, c]', condition: null })).condition, [
    { op: 'gte', value: 3 },
  ]);
  assert.deepEqual(parse(yaml({ type: 'temporal_ordered', rules: '[a, b]', condition: '{gte: 1}' })).condition, [
    { op: 'gte', value: 1 },
  ]);
});

test('timespans are in seconds, minutes, hours and days', () => {
  const spans = ['30s', '90m', '2h', '1d'].map((timespan) => parse(yaml({ timespan })).timespanMs);
  assert.deepEqual(spans, [30_000, 5_400_000, 7_200_000, 86_400_000]);
});

test('percentile stands in the condition, and is the median with a warning where it is missing', () => {
  const type = 'value_percentile';
  assert.equal(parse(yaml({ type, condition: '{field: n, gte: 5, percentile: 99.9}' })).percentile, 99.9);
  const warnings: string[] = [];
  assert.equal(parse(yaml({ type, condition: '{field: n, lte: 1}' }), warnings).percentile, 50);
  assert.deepEqual(warnings, ['c: value_percentile without percentile; 50, the median, is assumed']);
});

test('what the specification does not have is refused by place and reason', () => {
  const cases: [Record<string, string | null>, string][] = [
    [
      { type: 'count' },
      'correlation.type: correlation: type "count" is none of event_count, value_count, value_sum, value_avg, value_percentile, temporal, temporal_ordered',
    ],
    [{ rules: null }, 'correlation.rules: correlation: rules is missing or empty'],
    [{ rules: '[a, a]' }, 'correlation.rules: correlation: rules names a twice'],
    [{ rules: '[a, 5]' }, 'correlation.rules.1: correlation: rules holds 5, no name'],
    [
      { rules: `[${Array.from({ length: 101 }, (_, i) => `r${i}`)}]` },
      'correlation.rules: correlation: 101 rules; at most 100 are taken',
    ],
    [{ timespan: null }, 'correlation.timespan: correlation: timespan is missing'],
    [
      { timespan: '1M' },
      'correlation.timespan: correlation: timespan 1M has the unit M, which Sigma 2.1 does not have',
    ],
    [
      { timespan: '2w' },
      'correlation.timespan: correlation: timespan 2w has the unit w, which Sigma 2.1 does not have',
    ],
    [{ timespan: '15' }, 'correlation.timespan: correlation: timespan 15 is none'],
    [{ timespan: '0s' }, 'correlation.timespan: correlation: timespan 0s is no time'],
    [{ condition: null }, 'correlation.condition: correlation: event_count needs a condition'],
    [{ condition: '{}' }, 'correlation.condition: correlation: condition has none of gt, gte, lt, lte, eq, neq'],
    [{ condition: '[1]' }, 'correlation.condition: correlation: condition is no map'],
    [{ condition: '{ge: 1}' }, 'correlation.condition.ge: correlation: condition has the unknown key "ge"'],
    [{ condition: '{gte: many}' }, 'correlation.condition.gte: correlation: gte "many" is no number'],
    [
      { condition: '{gte: 1, field: User}' },
      'correlation.condition.field: correlation: event_count has no use for a field',
    ],
    [
      { condition: '{gte: 1, percentile: 5}' },
      'correlation.condition.percentile: correlation: event_count has no use for a percentile',
    ],
    [
      { type: 'temporal', condition: 'a and not b' },
      'correlation.condition: correlation: condition "a and not b": expressions over rules are not part of Sigma 2.1',
    ],
    [{ type: 'value_sum' }, 'correlation.condition: correlation: value_sum needs a field in its condition'],
    [
      { type: 'value_sum', condition: '{gte: 1, field: [a, b]}' },
      'correlation.condition.field: correlation: value_sum takes one field, not 2',
    ],
    [
      { type: 'value_count', condition: '{gte: 1, field: [5]}' },
      'correlation.condition.field: correlation: 5 is no field',
    ],
    [
      { type: 'value_percentile', condition: '{gte: 1, field: a, percentile: 101}' },
      'correlation.condition.percentile: correlation: percentile 101 is not from 0 to 100',
    ],
    [{ aliases: '[a]' }, 'correlation.aliases: correlation: aliases is no map'],
    [{ aliases: '{ip: src}' }, 'correlation.aliases.ip: correlation: alias ip is no map from rules to fields'],
    [{ aliases: '{ip: {a: 5}}' }, 'correlation.aliases.ip.a: correlation: alias ip: 5 is no field'],
    [{ generate: 'sometimes' }, 'correlation.generate: generate "sometimes" is neither true nor false'],
    [{ window: 'tumbling' }, 'correlation.window: correlation: unknown key "window"'],
  ];
  for (const [parts, expected] of cases) assert.equal(reason(parts), expected);
  assert.throws(() => parse('title: T\ncorrelation: x'), /correlation is no map/);
});

test('every correlation among the specification’s examples loads', (t) => {
  const folder = sharedData('sigma-spec/tests/schema/correlation');
  if (folder === null) return t.skip('needs ../shared/data');
  for (const name of [
    'event_count',
    'event_count_ecs',
    'value_count',
    'value_sum',
    'value_avg',
    'value_percentile',
    'temporal',
    'temporal_ordered',
  ]) {
    assert.equal(parse(readFileSync(`${folder}/${name}.yml`, 'utf8')).type, name.replace('_ecs', ''));
  }
});

const detections = [
  { id: '1', name: 'failed' },
  { id: '2', name: 'success' },
  { id: '3', name: 'twin' },
  { id: '4', name: 'twin' },
];

function correlation(id: string, rules: string, more: Record<string, string> = {}, name = id): CorrelationRule {
  return { ...parse(yaml({ rules, ...more })), id, name };
}

function link(...parsed: CorrelationRule[]) {
  const { correlations, refused, silencedBy } = linkCorrelations(parsed, detections, [{ id: 'lost', name: 'gone' }]);
  return {
    linked: correlations.map(({ id, rules }) => `${id}: ${rules}`),
    refused: refused.map(({ rule, error }) => `${rule.id}: ${error.message}`),
    silencedBy: { ...silencedBy },
  };
}

test('references by id and name become ids, in aliases too; referenced rules are silenced', () => {
  const many = correlation('many', '[failed]', { aliases: '{ip: {failed: src}}' });
  const outer = correlation('outer', '[many, success]');
  assert.deepEqual(link(outer, many), {
    linked: ['outer: many,2', 'many: 1'],
    refused: [],
    silencedBy: { many: ['outer'], '2': ['outer'], '1': ['many'] },
  });
  assert.deepEqual({ ...linkCorrelations([many], detections).correlations[0].aliases.ip }, { '1': 'src' });
});

test('an alias may call a rule by name that the list calls by id, but must be about one of the list', () => {
  const byId = correlation('c', '["1"]', { aliases: '{ip: {failed: src}}' });
  assert.deepEqual({ ...linkCorrelations([byId], detections).correlations[0].aliases.ip }, { '1': 'src' });
  assert.deepEqual(link(correlation('c', '[failed]', { aliases: '{ip: {success: src}}' })).refused, [
    'c: correlation: alias ip speaks of success, which is not among its rules',
  ]);
});

test('a rule is silenced unless a correlation that refers to it generates', () => {
  const plain = correlation('plain', '[failed, success]');
  const loud = correlation('loud', '[failed]', { generate: 'true' });
  assert.deepEqual(link(plain, loud).silencedBy, { '2': ['plain'] });
});

test('unknown, refused, ambiguous and repeated references are refused, and what rests on them', () => {
  const result = link(
    correlation('a', '[failed, nobody]'),
    correlation('b', '[gone]'),
    correlation('c', '[twin]'),
    correlation('d', '[failed, "1"]'),
    correlation('e', '[a]'),
    correlation('f', '[e]'),
  );
  assert.deepEqual(result, {
    linked: [],
    refused: [
      'a: correlation: refers to the rule nobody, which is unknown',
      'b: correlation: refers to the rule gone, which was refused',
      'c: twin is the name of several rules: 3, 4',
      'd: correlation: refers to 1 twice',
      'e: correlation: rests on the correlation a, which was refused',
      'f: correlation: rests on the correlation a, which was refused',
    ],
    silencedBy: {},
  });
});

test('correlations that rest on themselves are refused, as are chains without end', () => {
  assert.deepEqual(link(correlation('a', '[b]'), correlation('b', '[a, failed]')).refused, [
    'a: correlation: refers to itself: a → b → a',
    'b: correlation: refers to itself: b → a → b',
  ]);
  // Without ids of their own, what they are called and where they stand.
  const a = { ...correlation('sha256:01', '[b]', {}, 'a'), title: 'loop a', path: 'a.yml' };
  const b = { ...correlation('sha256:02', '[a]', {}, 'b'), title: 'loop b', path: 'b.yml' };
  assert.equal(
    link(a, b).refused[0],
    'sha256:01: correlation: refers to itself: "loop a" (a.yml) → "loop b" (b.yml) → "loop a" (a.yml)',
  );
  const chain = Array.from({ length: 70 }, (_, i) => correlation(`r${i}`, i === 69 ? '[failed]' : `[r${i + 1}]`));
  const result = link(...chain);
  assert.equal(result.refused[0], 'r0: correlation: chained deeper than 64');
  assert.ok(result.linked.includes('r69: 1'));
});
