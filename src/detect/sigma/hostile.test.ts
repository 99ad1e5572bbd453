/** Documents with every kind of value in every place: each is loaded, or refused in words. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { WeirError } from '../../base/index.ts';
import { lintRules } from './lint.ts';
import { loadRules } from './load.ts';
import { parsePipeline } from './pipeline.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const RULE = {
  title: 'T',
  id: '11111111-1111-4111-8111-111111111111',
  name: 'base',
  status: 'test',
  level: 'high',
  date: '2024-01-01',
  modified: '2024-01-02',
  description: 'D',
  author: 'A',
  references: ['R'],
  tags: ['attack.t1059'],
  falsepositives: ['F'],
  fields: ['f'],
  taxonomy: 'sigma',
  logsource: { product: 'windows', category: 'process_creation', definition: 'L' },
  detection: {
    s: { 'f|contains': ['a', 'b'], n: 1 },
    k: ['kw', { g: null }],
    timeframe: '5m',
    condition: 's or 1 of k*',
  },
  related: [{ id: '22222222-2222-4222-8222-222222222222', type: 'derived' }],
};
const FILTER = {
  title: 'F',
  id: '33333333-3333-4333-8333-333333333333',
  logsource: { product: 'windows', category: 'process_creation' },
  filter: { rules: ['base'], selection: { 'f|startswith': 'adm_' }, condition: 'not selection' },
};
const CORRELATION = {
  title: 'C',
  id: '44444444-4444-4444-8444-444444444444',
  level: 'high',
  correlation: {
    type: 'value_count',
    rules: ['base'],
    'group-by': ['user', 'f'],
    timespan: '10m',
    generate: true,
    aliases: { user: { base: 'f' } },
    condition: { gte: 3, field: 'n' },
  },
};
const PIPELINE = {
  name: 'P',
  priority: 10,
  vars: { admins: ['root'] },
  transformations: [
    {
      id: 'map',
      type: 'field_name_mapping',
      mapping: { f: 'g', n: ['x', 'y'] },
      rule_conditions: [
        { type: 'logsource', product: 'windows' },
        { type: 'rule_attribute', attribute: 'level', value: 'low', op: 'gte' },
      ],
      rule_cond_op: 'or',
      detection_item_conditions: [{ type: 'match_string', cond: 'any', pattern: 'a' }],
      field_name_conditions: [{ type: 'include_fields', fields: ['f', 'n'] }],
    },
    { type: 'add_condition', conditions: { Channel: 'Security' }, template: false },
    { type: 'replace_string', regex: 'a', replacement: 'b' },
    { type: 'value_placeholders', include: ['admins'] },
    { type: 'set_custom_attribute', attribute: 'x', value: 'y' },
    { type: 'change_logsource', category: 'c', product: 'p', service: 's' },
  ],
};

const ODD: readonly Json[] = [
  ...[null, true, 0, -1.5, 1e300, '', '*', '\\', '|', 'not', '__proto__', [], {}, [null], [[]], [{}], ['x', 1]],
  ...[{ a: 'b' }, { a: { b: 'c' } }, { '': null }, { '|': 1 }, { 'a|re': '(' }, [{ a: ['b'] }], { constructor: {} }],
];

/** The document once for each of its places and each odd value, as JSON, which is YAML. */
function* variants(document: Json): Iterable<string> {
  const replaced = function* (value: Json): Iterable<Json> {
    yield* ODD;
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      for (const other of replaced(inner)) {
        yield Array.isArray(value)
          ? value.map((each: Json, i) => (String(i) === key ? other : each))
          : { ...value, [key]: other };
      }
    }
  };
  for (const variant of replaced(document)) yield JSON.stringify(variant);
}

function load(texts: readonly string[], pipeline?: string): void {
  const files = texts.map((text, i) => ({ path: `${i}.yml`, text }));
  const pipelines = pipeline === undefined ? [] : [parsePipeline({ path: 'p.yml', text: pipeline })];
  const rules = loadRules(files, { pipelines });
  for (const { reason } of rules.refused) assert.ok(reason.length > 5 && !reason.includes('undefined'), reason);
  lintRules(files, rules, null);
}

suite('every kind of value in every place', () => {
  const [rule, filter, correlation] = [RULE, FILTER, CORRELATION].map((document) => JSON.stringify(document));

  for (const [name, document, others] of [
    ['a rule', RULE, [filter, correlation]],
    ['a filter', FILTER, [rule]],
    ['a correlation', CORRELATION, [rule]],
  ] as const) {
    test(`of ${name} is taken, or refused in words`, () => {
      for (const text of variants(document)) assert.doesNotThrow(() => load([text, ...others]), text);
    });
  }

  test('of a pipeline is taken, or refused in words', () => {
    for (const text of variants(PIPELINE)) {
      try {
        load([rule, correlation], text);
      } catch (error) {
        assert.ok(error instanceof WeirError, `${text}: ${error}`);
      }
    }
  });

  test('of a rule is taken, or refused in words, behind a pipeline', () => {
    const pipeline = JSON.stringify(PIPELINE);
    for (const text of variants(RULE)) assert.doesNotThrow(() => load([text, correlation], pipeline), text);
  });
});
