import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineOf, ruleOf, shown, through } from '../../../test/sigma/pipeline-kit.ts';
import { RuleError } from './parse.ts';
import { applyPipelines, parsePipeline } from './pipeline.ts';

const only = (field: string) => `field_name_conditions: [{type: include_fields, fields: [${field}]}]`;

test('add_condition ANDs a selection to every condition, with the logsource filled in', () => {
  assert.equal(
    through('{A: x}', '{type: add_condition, conditions: {EventID: [1, 2]}}'),
    'A=x; _cond_0: EventID=<1>,<2>; if (_cond_0 and sel)',
  );
  assert.equal(
    through(
      '{A: x}',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the pipeline's own template language
      '{type: add_condition, name: added, negated: true, template: true, conditions: {index: "$product-${category}-$$x", n: 1}}',
    ),
    'A=x; added: (index=windows-process_creation-$x & n=<1>); if (not added and sel)',
  );
  assert.throws(
    () => through('{A: x}', '{type: add_condition, template: true, conditions: {i: $service}}'),
    /speaks of \$service, which the rule's logsource does not state/,
  );
});

test('change_logsource replaces the logsource, for later conditions too', () => {
  const changed = applyPipelines(ruleOf('{A: x}'), [
    pipelineOf(
      '{type: change_logsource, product: Windows, service: sysmon}',
      '{type: field_name_prefix, prefix: s., rule_conditions: [{type: logsource, service: sysmon}]}',
    ),
  ]);
  assert.deepEqual(changed.logsource, {
    product: 'windows',
    service: 'sysmon',
    raw: { product: 'Windows', service: 'sysmon' },
  });
  assert.equal(shown(changed), 's.A=x');
});

const placeholderRule = "{A|expand: ['%admins%', 'x-%hosts%']}";

test('value_placeholders fill in variables and leave what they do not know; wildcard_placeholders take the rest', () => {
  const pipeline = (...steps: string[]) =>
    parsePipeline({
      path: 'p',
      text: `vars: {admins: [root, 0], hosts: [h1]}\ntransformations:\n${steps.map((s) => `  - ${s}\n`).join('')}`,
    });
  const run = (...steps: string[]) => shown(applyPipelines(ruleOf(placeholderRule), [pipeline(...steps)]));
  assert.equal(run('{type: value_placeholders}'), 'A=root,0,x-h1');
  assert.equal(run('{type: value_placeholders, include: [admins]}'), 'A|expand=root,0,x-%hosts%');
  assert.equal(run('{type: value_placeholders, exclude: [admins]}', '{type: wildcard_placeholders}'), 'A=*,x-h1');
  assert.equal(through(placeholderRule, '{type: value_placeholders}'), 'A|expand=%admins%,x-%hosts%');
  assert.throws(
    () => pipeline('{type: value_placeholders, include: [a], exclude: [b]}'),
    /exclude cannot stand beside include/,
  );
  const wrong = parsePipeline({
    path: 'p',
    text: 'vars: {admins: [{}]}\ntransformations: [{type: value_placeholders}]',
  });
  assert.throws(
    () => applyPipelines(ruleOf(placeholderRule), [wrong]),
    /the variable admins holds what is neither text nor number/,
  );
});

test('rule_failure and detection_item_failure refuse the rule in the pipeline’s words', () => {
  assert.throws(
    () => through('{A: x}', '{type: rule_failure, message: not here}'),
    (e) => e instanceof RuleError && e.message === 'pipeline: not here',
  );
  const failure = `{type: detection_item_failure, message: no B, ${only('B')}}`;
  assert.equal(through('{A: x}', failure), 'A=x');
  assert.throws(() => through('{B: x}', failure), /pipeline: no B/);
});
