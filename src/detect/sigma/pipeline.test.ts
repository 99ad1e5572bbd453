import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCorrelation } from './correlation.ts';
import { RuleError } from './parse.ts';
import { isMap } from './parse-rule.ts';
import { pipelineOf, ruleOf, shown, through } from './pipeline.test-kit.ts';
import { applyPipelines, applyPipelinesToCorrelation, PipelineError, parsePipeline } from './pipeline.ts';
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

const only = (field: string) => `field_name_conditions: [{type: include_fields, fields: [${field}]}]`;

test('drop_detection_item takes items away, and selections and conditions of which nothing is left', () => {
  const drop = `{type: drop_detection_item, ${only('B')}}`;
  assert.equal(through('{A: x, B: y}', drop), 'A=x');
  assert.equal(through('[{A: x, B: y}, {B: z}]', drop), 'A=x');
  const two = (condition: string) =>
    shown(applyPipelines(ruleOf('  sel: {A: x}\n  f1: {B: y}\n  f2: {B: z}', condition), [pipelineOf(drop)]));
  assert.equal(two('sel and not f1'), 'A=x');
  assert.equal(two('sel or f1'), 'A=x');
  assert.equal(two('sel and not 1 of f*'), 'A=x');
  assert.equal(two('sel and 1 of *'), 'A=x; if (sel and any of *)');
  assert.throws(() => two('f1'), /the pipeline leaves nothing of the rule/);
});

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

test('replace_string works on the value with its wildcards, keeps what it does not touch, and turns numbers to text', () => {
  const replace = (regex: string, replacement: string, more = '') =>
    `{type: replace_string, regex: '${regex}', replacement: '${replacement}'${more}}`;
  assert.equal(through('{A|endswith: \\cmd.exe}', replace('^\\*\\\\', '*/')), 'A=*/cmd.exe');
  assert.equal(through('{A|contains: [one, two]}', replace('one', '1')), 'A=*1*,*two*');
  assert.equal(through('{A: C:\\\\*}', replace('C:', 'D:')), 'A=D:\\\\*');
  assert.equal(through("{A: 'a\\*b'}", replace('\\\\\\*', '?')), 'A=a?b');
  assert.equal(through("{A: 'a\\*b'}", replace('\\*', 'x')), 'A=a\\xb');
  assert.equal(through('{A: 4624}', replace('46', '')), 'A=24');
  assert.equal(through('{A|re: one}', replace('one', '1')), 'A|re=one');
  assert.equal(through('{A: bob@corp}', replace('(\\w+)@(?P<d>\\w+)', '\\g<d>/\\1')), 'A=corp/bob');
  assert.equal(through('{A: none}', replace('x', 'y')), 'A=none');
  assert.equal(through('{A|windash|contains: " -a"}', replace('a', 'b')), 'A|windash|contains= -b');
});

test('replace_string leaves wildcards alone when told to, and makes some when told to', () => {
  const skip = (replacement: string, more: string) =>
    `{type: replace_string, regex: 'a', replacement: '${replacement}', skip_special: true${more}}`;
  assert.equal(through('{A: a*a}', skip('b', '')), 'A=b*b');
  assert.equal(through('{A: a*c}', skip('*', '')), 'A=\\**c');
  assert.equal(through('{A: a-c}', skip('*', ', interpret_special: true')), 'A=*-c');
  assert.equal(through('{A: x*}', skip('b', '')), 'A=x*');
});

test('map_string replaces whole values by one or several', () => {
  assert.equal(
    through('{A: [one, two, three]}', '{type: map_string, mapping: {one: "1", two: [b, c]}}'),
    'A=1,b,c,three',
  );
  assert.equal(through('{A|contains: x}', '{type: map_string, mapping: {x: no, "*x*": yes}}'), 'A=yes');
});

test('set_value puts one value in place of all, of the type asked for', () => {
  assert.equal(through('{A|contains|all: [x, y]}', '{type: set_value, value: z}'), 'A|all=z');
  assert.equal(through('{A|re: x}', '{type: set_value, value: 5, force_type: str}'), 'A=5');
  assert.equal(through('{A: x}', '{type: set_value, value: "5", force_type: num}'), 'A=<5>');
  assert.equal(through('{A: x}', '{type: set_value, value: null}'), 'A=<null>');
});

test('convert_type turns numbers to text and text to numbers', () => {
  assert.equal(through('{A: [1, x, true]}', '{type: convert_type, target_type: str}'), 'A=1,x,<true>');
  assert.equal(through('{A: ["1", 2]}', '{type: convert_type, target_type: num}'), 'A=<1>,<2>');
  assert.equal(through('{A|re: "1"}', '{type: convert_type, target_type: num}'), 'A|re=1');
  assert.throws(() => through('{A: x}', '{type: convert_type, target_type: num}'), /convert_type: x is no number/);
});

test('case changes the letters of values', () => {
  assert.equal(through('{A|contains: AbC, N: 1}', '{type: case, method: upper}'), '(A=*ABC* & N=<1>)');
  assert.equal(through('{A: AbC}', '{type: case}'), 'A=abc');
  assert.equal(through('{A: CommandLine}', '{type: case, method: snake_case}'), 'A=command_line');
  assert.equal(through('{A|contains: abc}', '{type: case}'), 'A|contains=abc');
});

test('regex says only how case counts: plain makes values heed it', () => {
  assert.equal(through('{A|contains: aB}', '{type: regex, method: plain}'), 'A|contains|cased=aB');
  assert.equal(through('{A: aB, N: 1}', '{type: regex}'), '(A=aB & N=<1>)');
  assert.equal(through('{N: 1}', '{type: regex, method: plain}'), 'N=<1>');
});

test('hashes_fields splits hashes into a field per algorithm, and keeps what names none', () => {
  const step = '{type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: File}';
  const md5 = 'a'.repeat(32);
  assert.equal(through(`{Hashes|contains: [SHA1=abc, MD5=def]}`, step), '(FileSHA1=abc | FileMD5=def)');
  assert.equal(through(`{Hash: ${md5}}`, step), `FileMD5=${md5}`);
  assert.equal(through('{Hashes|contains|all: [SHA1=abc, MD5=def]}', step), '(FileSHA1|all=abc & FileMD5|all=def)');
  assert.equal(through('{Hashes|contains: [MD5=def, IMPHASH=x]}', step), '(FileMD5=def | Hashes|contains=IMPHASH=x)');
  assert.equal(
    through(
      '{Hashes: "md5|def"}',
      '{type: hashes_fields, valid_hash_algos: [MD5], drop_algo_prefix: true, field_prefix: hash}',
    ),
    'hash=def',
  );
  assert.equal(through('{Other: MD5=x, Hashes|re: y}', step), '(Other=MD5=x & Hashes|re=y)');
  assert.throws(() => through('{Hashes: IMPHASH=x}', step), /Hashes names no hash of MD5, SHA1/);
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
