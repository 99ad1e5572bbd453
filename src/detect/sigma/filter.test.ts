import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedData } from '../../../test/shared.ts';
import { applyFilters, type ParsedFilter, parseFilter, targetFilters } from './filter.ts';
import { type Condition, type ParsedRule, RuleError } from './parse.ts';
import { isMap, parseRule } from './parse-rule.ts';
import { readYaml } from './yaml.ts';

function document(text: string) {
  const [first] = readYaml(text);
  assert.ok(isMap(first));
  return first;
}

function rule(
  id: string,
  condition = 'selection',
  logsource = '{product: windows, category: process_creation}',
): ParsedRule {
  const text = `title: R ${id}\nid: '${id}'\nname: name_${id}\nlogsource: ${logsource}\ndetection:\n  selection: {Image: x}\n  other: {Image: y}\n  condition: ${condition}`;
  return parseRule(document(text), { path: 'r.yml', document: 0 });
}

function filter(parts: Record<string, string | null> = {}, warnings: string[] = []): ParsedFilter {
  const all = { rules: 'any', selection: '{User|startswith: adm_}', condition: 'not selection', ...parts };
  const { title = 'F', logsource = '{product: windows}', ...own }: Record<string, string | null> = all;
  const lines = Object.entries(own).flatMap(([key, value]) => (value === null ? [] : [`  ${key}: ${value}`]));
  const text = [`title: ${title}`, `logsource: ${logsource}`, 'filter:', ...lines].join('\n');
  return parseFilter(document(text), { path: 'f.yml', document: 0 }, (message) => warnings.push(message));
}

/** A condition in words, to compare. */
function words(condition: Condition): string {
  if (condition.op === 'selection') return `«${condition.name}»`;
  if (condition.op === 'not') return `not ${words(condition.arg)}`;
  if (condition.op === 'of') return `${condition.quantifier} of ${condition.pattern}`;
  return `(${condition.args.map(words).join(` ${condition.op} `)})`;
}

test('a filter is ANDed to the rule, its selections under its title', () => {
  const filtered = applyFilters(rule('1'), [filter()]);
  assert.deepEqual([...filtered.selections.keys()], ['selection', 'other', 'F: selection']);
  assert.deepEqual(filtered.conditions.map(words), ['(«selection» and not «F: selection»)']);
});

test('no "of" of rule or filter reaches the other’s selections, and every condition of a list is filtered', () => {
  const several = filter({ title: 'G', selection_b: '{User: b}', condition: 'not 1 of them' });
  const filtered = applyFilters(rule('1', '[all of them, 1 of sel*]'), [filter(), several]);
  const extra = 'and not «F: selection») and not («G: selection» or «G: selection_b»))';
  assert.deepEqual(filtered.conditions.map(words), [`(((«selection» and «other») ${extra}`, `((«selection» ${extra}`]);
});

test('two filters of one title keep their selections apart, and a rule without filters stays itself', () => {
  const filtered = applyFilters(rule('1'), [filter(), filter()]);
  assert.deepEqual(filtered.conditions.map(words), [
    '((«selection» and not «F: selection») and not «F (2): selection»)',
  ]);
  const plain = rule('1');
  assert.equal(applyFilters(plain, []), plain);
});

test('an "of" that speaks of no selection stays, to be refused with the rule', () => {
  assert.deepEqual(applyFilters(rule('1', '1 of none*'), [filter()]).conditions.map(words), [
    '(any of none* and not «F: selection»)',
  ]);
});

test('"rules: any" means every rule of a compatible logsource', () => {
  const linux = rule('2', 'selection', '{product: linux}');
  const general = rule('3', 'selection', '{category: process_creation}');
  const { of } = targetFilters([filter({ rules: 'Any' })], [rule('1'), linux, general]);
  assert.deepEqual([of(rule('1')).length, of(linux).length, of(general).length], [1, 0, 0]);
});

test('rules are named by id or name; order is that of the filters', () => {
  const named = filter({ title: 'N', rules: '[name_1, "2"]' });
  const everywhere = filter({ title: 'E' });
  const { of, refused } = targetFilters(
    [named, everywhere, filter({ title: 'S', rules: 'name_2' })],
    [rule('1'), rule('2')],
  );
  assert.deepEqual(refused, []);
  assert.deepEqual(
    of(rule('1')).map((f) => f.head.title),
    ['N', 'E'],
  );
  assert.deepEqual(
    of(rule('2')).map((f) => f.head.title),
    ['N', 'E', 'S'],
  );
});

test('a filter that names an unknown rule or a correlation is refused; a refused rule or another logsource is not held against it', () => {
  const linux = rule('2', 'selection', '{product: linux}');
  const filters = ['[nobody]', '[many]', '[lost]', '["2", "1"]'].map((rules) => filter({ rules }));
  const result = targetFilters(filters, [rule('1'), linux], [{ id: 'c', name: 'many' }], [{ id: 'lost' }]);
  assert.deepEqual(
    result.refused.map(({ error }) => error.message),
    [
      'filter: names the rule nobody, which is unknown',
      'filter: many is a correlation; filters apply to detection rules',
    ],
  );
  assert.deepEqual(result.warnings, [
    { path: 'f.yml', message: 'filter "F": 2 has another logsource and is left as it is' },
  ]);
  assert.deepEqual([result.of(rule('1')).length, result.of(linux).length], [1, 0]);
});

test('a condition without "not" loads with a warning, also in the specification’s example', (t) => {
  const warnings: string[] = [];
  filter({ condition: 'selection' }, warnings);
  filter({ condition: '1 of them and selection' }, warnings);
  filter({ condition: 'selection and not selection' }, warnings);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0], /^filter "F": its condition has no "not"/);
  const example = sharedData('sigma-spec/tests/schema/filter/filter_1.yml');
  if (example === null) return t.skip('needs ../shared/data');
  const parsed = parseFilter(document(readFileSync(example, 'utf8')), { path: 'f', document: 0 }, (m) =>
    warnings.push(m),
  );
  assert.deepEqual(parsed.rules, ['6f3e2987-db24-4c78-a860-b4f4095a7095', 'df0841c0-9846-4e9f-ad8a-7df91571771b']);
  assert.equal(warnings.length, 3);
});

test('what makes no filter is refused by reason', () => {
  const cases: [Record<string, string | null>, RegExp][] = [
    [{ rules: null }, /rules is missing or empty/],
    [{ rules: '[]' }, /rules is missing or empty/],
    [{ rules: '[5]' }, /rules holds 5, no name/],
    [{ condition: null }, /condition is missing or no text/],
    [{ condition: '[selection]' }, /condition is missing or no text/],
    [{ selection: '{User|nonsense: x}' }, /unknown modifier "nonsense"/],
    [{ selection: '{User|cidr: x}' }, /cidr/],
    [{ condition: 'not nothing' }, /nothing/],
    [{ logsource: 'x' }, /logsource/],
  ];
  for (const [parts, expected] of cases) {
    assert.throws(
      () => filter(parts),
      (error) => error instanceof RuleError && expected.test(error.message),
      JSON.stringify(parts),
    );
  }
  assert.throws(
    () => parseFilter(document('title: T\nlogsource: {product: x}\nfilter: x'), { path: 'f', document: 0 }, () => {}),
    /filter is no map/,
  );
});

test('placeholders in a filter wait for their values', () => {
  assert.equal(filter({ selection: "{User|expand: '%admins%'}" }).detection.selections.size, 1);
});
