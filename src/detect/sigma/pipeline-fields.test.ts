import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineOf, ruleOf, shown, through } from '../../../test/sigma/pipeline-kit.ts';
import { parseCorrelation } from './correlation.ts';
import { isMap } from './parse-rule.ts';
import { applyPipelines, applyPipelinesToCorrelation } from './pipeline.ts';
import { readYaml } from './yaml.ts';

test('field_name_mapping renames fields, and one name to several becomes OR', () => {
  const mapping = '{type: field_name_mapping, mapping: {Image: process.executable, User: [user.name, user.id]}}';
  assert.equal(
    through('{Image|endswith: \\a.exe, User: bob, Other: 1}', mapping),
    '(process.executable|endswith=\\a.exe & (user.name=bob | user.id=bob) & Other=<1>)',
  );
});

test('field_name_mapping follows field references, the rule’s fields, and takes away what it maps to nothing', () => {
  const rule = { ...ruleOf('{A|fieldref: B, C: x}') };
  const mapped = applyPipelines({ ...rule, head: { ...rule.head, fields: ['B', 'Z'] } }, [
    pipelineOf('{type: field_name_mapping, mapping: {B: [b1, b2], C: []}}'),
  ]);
  assert.equal(shown(mapped), 'A|fieldref=b1,b2');
  assert.deepEqual(mapped.head.fields, ['b1', 'b2', 'Z']);
});

test('a keyword mapped to a field keeps meaning: somewhere in the value', () => {
  assert.equal(
    through('[evil, "*bad"]', '{type: field_name_mapping, mapping: {null: message}}'),
    'message=*evil*,*bad*',
  );
});

test('field_name_prefix_mapping takes the first prefix that fits', () => {
  const step = '{type: field_name_prefix_mapping, mapping: {win.: [a., b.], w: c}}';
  assert.equal(through('{win.x: 1, wide: 2, other: 3}', step), '((a.x=<1> | b.x=<1>) & cide=<2> & other=<3>)');
});

test('field_name_transform, field_name_prefix and field_name_suffix change every field but that of keywords', () => {
  assert.equal(
    through('{ParentImage: x}', '{type: field_name_transform, transform_func: snake_case}'),
    'parent_image=x',
  );
  assert.equal(
    through('{parentImage: x, b: y}', '{type: field_name_transform, transform_func: upper, mapping: {b: kept}}'),
    '(PARENTIMAGE=x & kept=y)',
  );
  assert.equal(through('{parent image: x}', '{type: field_name_transform, transform_func: title}'), 'Parent Image=x');
  assert.equal(through('{A: x}', '{type: field_name_transform, transform_func: lower}'), 'a=x');
  assert.equal(
    through('{A: x}', '{type: field_name_prefix, prefix: win.}', '{type: field_name_suffix, suffix: .keyword}'),
    'win.A.keyword=x',
  );
  assert.equal(through('[evil]', '{type: field_name_prefix, prefix: win.}'), '=evil');
  assert.equal(through('[evil]', '{type: field_name_prefix_mapping, mapping: {a: b}}'), '=evil');
});

test('add_field, remove_field and set_field change the list of fields only', () => {
  const fields = (...steps: string[]) => applyPipelines(ruleOf('{A: x}'), [pipelineOf(...steps)]).head.fields;
  assert.deepEqual(fields('{type: add_field, field: [a, b, c]}', '{type: remove_field, field: b}'), ['a', 'c']);
  assert.deepEqual(fields('{type: add_field, field: a}', '{type: set_field, fields: [z]}'), ['z']);
});

test('strict_field_mapping_failure refuses a rule with a field nobody mapped', () => {
  const steps = ['{type: field_name_mapping, mapping: {A: a}}', '{type: strict_field_mapping_failure}'];
  assert.equal(through('{A: x}', ...steps), 'a=x');
  assert.throws(() => through('{A: x, B: y, C: z}', ...steps), /pipeline: these fields are not mapped: B, C/);
});

test('a correlation’s group-by, alias fields and counted field are mapped, aliases themselves are not', () => {
  const [document] = readYaml(
    'title: T\nid: c\ncorrelation: {type: value_count, rules: [a, b], group-by: [ip, User, Host], timespan: 1m, condition: {field: Image, gte: 2}, aliases: {ip: {a: Src, b: Dst}}}',
  );
  assert.ok(isMap(document));
  const rule = parseCorrelation(document, { path: 'c', document: 0 }, () => {});
  const pipeline = pipelineOf(
    '{type: field_name_mapping, mapping: {ip: no, Src: source.ip, User: [user.name, user.id], Image: process.executable}, rule_conditions: [{type: logsource, product: windows}, {type: is_sigma_correlation_rule}]}',
    '{type: drop_detection_item}',
    '{type: add_condition, conditions: {x: 1}}',
    '{type: change_logsource, product: x}',
    '{type: add_field, field: added}',
  );
  const mapped = applyPipelinesToCorrelation(
    rule,
    [pipeline],
    [
      { product: 'linux', raw: {} },
      { product: 'windows', raw: {} },
    ],
  );
  assert.deepEqual(
    [mapped.groupBy, { ...mapped.aliases.ip }, mapped.field, mapped.fields],
    [['ip', 'user.name', 'user.id', 'Host'], { a: 'source.ip', b: 'Dst' }, ['process.executable'], ['added']],
  );
  assert.deepEqual(applyPipelinesToCorrelation(rule, [pipeline], [{ product: 'linux', raw: {} }]).groupBy, [
    'ip',
    'User',
    'Host',
  ]);
  assert.equal(applyPipelinesToCorrelation(rule, [], []), rule);
  assert.throws(
    () => applyPipelinesToCorrelation(rule, [pipelineOf('{type: field_name_mapping, mapping: {Image: [a, b]}}')], []),
    /the counted field Image is mapped to 2 fields; it can only be one/,
  );
});
