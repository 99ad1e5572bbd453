import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineOf, ruleOf, shown, through } from '../../../test/sigma/pipeline-kit.ts';
import { applyPipelines, parsePipeline } from './pipeline.ts';

const MORE =
  'logsource: {product: windows, category: process_creation}\nlevel: high\nstatus: test\ndate: 2024-05-01\ntags: [attack.execution, attack.t1059]\nreferences: [u1, u2]\ncustom: 7\nnested: {a: 1}';

/** Whether a step with these conditions of the rule applies to it. */
function applies(conditions: string, before: string[] = []): boolean {
  const rule = ruleOf('{A: 1, B|contains: x}', 'sel', MORE);
  return shown(
    applyPipelines(rule, [pipelineOf(...before, `{type: field_name_prefix, prefix: p., ${conditions}}`)]),
  ).includes('p.');
}

const rule = (condition: string, before: string[] = []) => applies(`rule_conditions: [${condition}]`, before);

test('logsource: what it states must be the rule’s', () => {
  assert.equal(rule('{type: logsource, product: windows}'), true);
  assert.equal(rule('{type: logsource, product: Windows, category: process_creation}'), true);
  assert.equal(rule('{type: logsource, product: windows, service: security}'), false);
});

test('contains_field and contains_detection_item look into every selection', () => {
  assert.equal(rule('{type: contains_field, field: B}'), true);
  assert.equal(rule('{type: contains_field, field: C}'), false);
  assert.equal(rule('{type: contains_detection_item, field: A, value: 1}'), true);
  assert.equal(rule('{type: contains_detection_item, field: A, value: "1"}'), false);
  assert.equal(rule('{type: contains_detection_item, field: B, value: "*x*"}'), true);
  assert.equal(rule('{type: contains_detection_item, field: B, value: x}'), false);
});

test('processing_item_applied and processing_state know what went before', () => {
  const first = '{id: first, type: set_state, key: k, val: 5}';
  const skipped =
    '{id: skipped, type: set_state, key: s, val: 5, rule_conditions: [{type: logsource, product: linux}]}';
  assert.equal(rule('{type: processing_item_applied, processing_item_id: first}', [first]), true);
  assert.equal(rule('{type: processing_item_applied, processing_item_id: skipped}', [skipped]), false);
  assert.equal(rule('{type: processing_state, key: k, val: 5}', [first]), true);
  assert.equal(rule('{type: processing_state, key: k, val: 5, op: ne}', [first]), false);
  assert.equal(rule('{type: processing_state, key: k, val: 4, op: gt}', [first]), true);
  assert.equal(rule('{type: processing_state, key: k, val: 5, op: gte}', [first]), true);
  assert.equal(rule('{type: processing_state, key: k, val: 5, op: lt}', [first]), false);
  assert.equal(rule('{type: processing_state, key: k, val: 5, op: lte}', [first]), true);
  assert.equal(rule('{type: processing_state, key: s, val: 5}', [skipped]), false);
});

test('is_sigma_rule, is_sigma_correlation_rule and tag', () => {
  assert.equal(rule('{type: is_sigma_rule}'), true);
  assert.equal(rule('{type: is_sigma_correlation_rule}'), false);
  assert.equal(rule('{type: tag, tag: attack.t1059}'), true);
  assert.equal(rule('{type: tag, tag: attack.t1}'), false);
});

test('rule_attribute compares by the kind of the attribute', () => {
  const attribute = (parts: string) => rule(`{type: rule_attribute, ${parts}}`);
  assert.equal(attribute('attribute: title, value: T'), true);
  assert.equal(attribute('attribute: id, value: r, op: ne'), false);
  assert.equal(attribute('attribute: level, value: medium, op: gt'), true);
  assert.equal(attribute('attribute: status, value: stable, op: gte'), false);
  assert.equal(attribute('attribute: date, value: "2024-01-01", op: gte'), true);
  assert.equal(attribute('attribute: references, value: u2, op: in'), true);
  assert.equal(attribute('attribute: references, value: u2, op: not_in'), false);
  assert.equal(attribute('attribute: references, value: u2'), false);
  assert.equal(attribute('attribute: custom, value: 8, op: lt'), true);
  assert.equal(attribute('attribute: custom, value: "7"'), true);
  assert.equal(attribute('attribute: missing, value: 1, op: ne'), false);
  assert.equal(
    rule('{type: rule_attribute, attribute: mine, value: 1}', [
      '{type: set_custom_attribute, attribute: mine, value: 1}',
    ]),
    true,
  );
  assert.throws(() => attribute('attribute: title, value: T, op: in'), /title is no list/);
  assert.throws(() => attribute('attribute: nested, value: 1'), /nested is a map/);
  assert.throws(() => attribute('attribute: level, value: huge'), /value is none of informational, low/);
});

test('conditions are joined by and, or, not, or an expression over their names', () => {
  const yes = '{type: is_sigma_rule}';
  const no = '{type: is_sigma_correlation_rule}';
  assert.equal(applies(`rule_conditions: [${yes}, ${no}]`), false);
  assert.equal(applies(`rule_conditions: [${yes}, ${no}], rule_cond_op: or`), true);
  assert.equal(applies(`rule_conditions: [${yes}, ${no}], rule_cond_not: true`), true);
  assert.equal(applies(`rule_conditions: {a: ${yes}, b: ${no}}`), false);
  assert.equal(applies(`rule_cond_not: true`), true);
  const expression = (text: string, more = '') =>
    applies(`rule_conditions: {a: ${yes}, b: ${no}}, rule_cond_expr: ${text}${more}`);
  assert.equal(expression('a and not b'), true);
  assert.equal(expression('b or (a and b)'), false);
  assert.equal(expression('b or a and b or not (b and a)'), true);
  assert.equal(expression('a and not b', ', rule_cond_not: true'), false);
  for (const [text, reason] of [
    ['a', /condition b is not used/],
    ['a and c or b', /there is no condition c/],
    ['(a or b', /a \) is missing/],
    ['a b', /b is not expected/],
    ['a and', /missing at the end/],
    [`${'('.repeat(70)}a`, /nested deeper/],
  ] as const) {
    assert.throws(() => expression(text), reason);
  }
  assert.throws(() => expression('a or b', ', rule_cond_op: or'), /cannot stand beside rule_cond_expr/);
  assert.throws(() => applies('rule_conditions: 5'), /rule_conditions is neither list nor map/);
});

/** Fields of items that a step with these conditions of items changes. */
function touched(selection: string, conditions: string, before: string[] = []): string {
  return through(selection, ...before, `{type: set_value, value: HIT, ${conditions}}`);
}

const item = (selection: string, condition: string) => touched(selection, `detection_item_conditions: [${condition}]`);

test('match_string is a regular expression from the start of the text with its wildcards', () => {
  assert.equal(
    item('{A|endswith: x, B: x, C: 1}', "{type: match_string, cond: any, pattern: '\\*x'}"),
    '(A=HIT & B=x & C=<1>)',
  );
  assert.equal(
    item('{A: [ab, cd], B: [ab, ac]}', '{type: match_string, cond: all, pattern: "a"}'),
    '(A=ab,cd & B=HIT)',
  );
  assert.equal(item('{A: ab, B: 1}', '{type: match_string, cond: any, pattern: "b", negate: true}'), '(A=HIT & B=HIT)');
  assert.equal(item('{A: XaB}', '{type: match_string, cond: any, pattern: "(?i)xAb$"}'), 'A=HIT');
});

test('match_value, contains_wildcard and is_null', () => {
  assert.equal(item('{A: 1, B: "1", C: [2, 1]}', '{type: match_value, cond: any, value: 1}'), '(A=HIT & B=1 & C=HIT)');
  assert.equal(
    item('{A: x*, B|contains: y, C: "z\\\\*"}', '{type: contains_wildcard, cond: any}'),
    '(A=HIT & B=HIT & C=z\\*)',
  );
  assert.equal(item('{A: null, B: x}', '{type: is_null, cond: all}'), '(A=HIT & B=x)');
  assert.throws(() => item('{A: x}', '{type: is_null}'), /cond is missing/);
});

test('items remember the steps that made them', () => {
  const before = ['{id: m, type: field_name_mapping, mapping: {A: [a, b]}}'];
  assert.equal(
    touched(
      '{A: x, B: y}',
      'detection_item_conditions: [{type: processing_item_applied, processing_item_id: m}]',
      before,
    ),
    '((a=HIT | b=HIT) & B=y)',
  );
  assert.equal(
    touched('{A: x, B: y}', 'field_name_conditions: [{type: processing_item_applied, processing_item_id: m}]', before),
    '((a=HIT | b=HIT) & B=y)',
  );
  assert.equal(
    touched('{A: x}', 'detection_item_conditions: [{type: processing_state, key: k, val: 1}]', [
      '{type: set_state, key: k, val: 1}',
    ]),
    'A=HIT',
  );
  assert.equal(touched('{A: x}', 'field_name_conditions: [{type: processing_state, key: k, val: 1}]'), 'A=x');
});

test('fields outside of items remember the steps that named them', () => {
  const parsed = ruleOf('{B: x}', 'sel', `${MORE}\nfields: [A, B]`);
  const pipeline = pipelineOf(
    '{id: m, type: field_name_mapping, mapping: {A: a}}',
    '{type: field_name_suffix, suffix: "!", field_name_conditions: [{type: processing_item_applied, processing_item_id: m}]}',
  );
  assert.deepEqual(applyPipelines(parsed, [pipeline]).head.fields, ['a!', 'B']);
});

test('include_fields and exclude_fields take names or expressions, and look at field references', () => {
  const field = (condition: string) => touched('{Abc: x, Bcd: y}', `field_name_conditions: [${condition}]`);
  assert.equal(field('{type: include_fields, fields: [Abc]}'), '(Abc=HIT & Bcd=y)');
  assert.equal(field('{type: exclude_fields, fields: [Abc]}'), '(Abc=x & Bcd=HIT)');
  assert.equal(field('{type: include_fields, fields: ["B.*"], mode: re}'), '(Abc=x & Bcd=HIT)');
  assert.equal(field('{type: include_fields, fields: [bc], mode: re}'), '(Abc=x & Bcd=y)');
  assert.equal(touched('[evil]', 'field_name_conditions: [{type: include_fields, fields: [A]}]'), '=evil');
  const mapping =
    '{type: field_name_mapping, mapping: {A: a, B: b}, field_name_conditions: [{type: include_fields, fields: [B]}]}';
  assert.equal(through('{A|fieldref: B}', mapping), 'A|fieldref=b');
});

test('a pipeline like those for ECS and Sysmon: event ids by category, names by product', () => {
  const sysmon = parsePipeline({
    path: 'sysmon.yml',
    text: `
name: logsources to sysmon
priority: 10
transformations:
  - id: process_creation
    type: add_condition
    conditions: {EventID: 1}
    rule_conditions: [{type: logsource, category: process_creation, product: windows}]
  - type: change_logsource
    product: windows
    service: sysmon
    rule_conditions: [{type: processing_item_applied, processing_item_id: process_creation}]
`,
  });
  const ecs = parsePipeline({
    path: 'ecs.yml',
    text: `
name: ecs
priority: 20
transformations:
  - id: names
    type: field_name_mapping
    mapping: {EventID: event.code, Image: process.executable, ParentImage: process.parent.executable}
    rule_conditions: [{type: logsource, product: windows}]
  - type: field_name_prefix
    prefix: winlog.event_data.
    field_name_conditions: [{type: exclude_fields, fields: ['\\w+\\.'], mode: re}]
    field_name_cond_op: and
    detection_item_conditions: [{type: processing_item_applied, processing_item_id: names}]
    detection_item_cond_not: true
    rule_conditions: [{type: logsource, service: sysmon}]
`,
  });
  const done = applyPipelines(ruleOf('{Image|endswith: \\cmd.exe, OriginalFileName: Cmd.Exe}'), [ecs, sysmon]);
  assert.equal(
    shown(done),
    '(process.executable|endswith=\\cmd.exe & winlog.event_data.OriginalFileName=Cmd.Exe); _cond_0: event.code=<1>; if (_cond_0 and sel)',
  );
  assert.equal(done.logsource.service, 'sysmon');
});
