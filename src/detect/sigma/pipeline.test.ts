import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineOf, ruleOf, shown, through } from '../../../test/sigma/pipeline-kit.ts';
import { applyPipelines, PipelineError, parsePipeline } from './pipeline.ts';

test('nest runs its items under the conditions of the whole', () => {
  const nest = (product: string) =>
    `{type: nest, rule_conditions: [{type: logsource, product: ${product}}], items: [{type: field_name_prefix, prefix: a.}, {type: field_name_suffix, suffix: .b}]}`;
  assert.equal(through('{A: x}', nest('windows')), 'a.A.b=x');
  assert.equal(through('{A: x}', nest('linux')), 'A=x');
});

test('pipelines run in order of priority and share variables and state', () => {
  const of = (priority: number, suffix: string) =>
    parsePipeline({
      path: 'p',
      text: `priority: ${priority}\nvars: {v: ${suffix}}\ntransformations: [{type: field_name_suffix, suffix: ${suffix}}, {type: value_placeholders}]`,
    });
  assert.equal(shown(applyPipelines(ruleOf('{A|expand: "%v%"}'), [of(20, '-b'), of(10, '-a')])), 'A-a-b=-b');
  const rule = ruleOf('{A: x}');
  assert.equal(applyPipelines(rule, []), rule);
});

test('postprocessing and finalizers are ignored with a warning', () => {
  const pipeline = parsePipeline({
    path: 'p.yml',
    text: 'name: n\nallowed_backends: [x]\npostprocessing: []\nfinalizers: []',
  });
  assert.deepEqual([pipeline.name, pipeline.priority, pipeline.steps], ['n', 0, []]);
  assert.deepEqual(pipeline.warnings, [
    'p.yml: postprocessing is about the text of queries and is ignored',
    'p.yml: finalizers is about the text of queries and is ignored',
  ]);
});

test('what is unknown or wrong refuses the pipeline by file, line and name', () => {
  const cases: [string, string][] = [
    ['{type: frobnicate}', 'p.yml:3: type is the unknown transformation "frobnicate"'],
    ['{id: x}', 'p.yml:3: type is missing'],
    ['5', 'p.yml:3: this is no map'],
    ['{type: field_name_mapping}', 'p.yml:3: mapping is missing'],
    ['{type: field_name_mapping, mapping: [a]}', 'p.yml:3: mapping is no map'],
    ['{type: field_name_mapping, mapping: {a: 5}}', 'p.yml:3: a is no list of texts'],
    ['{type: field_name_prefix, prefix: 5}', 'p.yml:3: prefix is no text'],
    ['{type: field_name_prefix, prefix: a, sufix: b}', 'p.yml:3: field_name_prefix: unknown key "sufix"'],
    [
      '{type: drop_detection_item, detection_item_conditions: [{type: nope}]}',
      'p.yml:3: type is the unknown condition "nope"',
    ],
    [
      '{type: query_expression_placeholders, expression: x}',
      'p.yml:3: type query_expression_placeholders: it writes text of a query language',
    ],
    ['{type: extract_fields, regex: x}', 'p.yml:3: type extract_fields: it is not supported'],
    [
      '{type: hashes_fields, valid_hash_algos: [MD5], drop_algo_prefix: maybe}',
      'p.yml:3: drop_algo_prefix is neither true nor false',
    ],
    ['{type: set_value, value: [1]}', 'p.yml:3: value is no text, number or boolean'],
    ['{type: set_value, value: true, force_type: num}', 'p.yml:3: force_type needs a text or number'],
    ['{type: set_value, value: x, force_type: num}', 'p.yml:3: value is no number'],
    ['{type: change_logsource}', 'p.yml:2: a logsource needs a category, product or service'],
    ['{type: case, method: title}', 'p.yml:3: method is none of lower, upper, snake_case'],
  ];
  for (const [step, expected] of cases) {
    assert.throws(
      () => pipelineOf(step),
      (error) => error instanceof PipelineError && error.message === expected,
      step,
    );
  }
  const file = (text: string) => () => parsePipeline({ path: 'p.yml', text });
  assert.throws(file('a: 1\ntransfomations: []'), /^WeirError: p\.yml:1: pipeline: unknown key "a"$/);
  assert.throws(file('transformations: {}'), /p\.yml:1: this is no list of transformations/);
  assert.throws(file('priority: high'), /priority is no number/);
  assert.throws(file('a: [1'), /^WeirError: p\.yml:/);
  assert.throws(file('a: 1\n---\nb: 2'), /2 documents; a pipeline is one/);
  const nested = (depth: number): string =>
    depth === 0 ? '{type: regex}' : `{type: nest, items: [${nested(depth - 1)}]}`;
  assert.throws(() => pipelineOf(nested(10)), /nested deeper than 8/);
});
