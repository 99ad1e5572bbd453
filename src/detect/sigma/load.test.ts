import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { skipWithout } from '../../../test/shared.ts';
import { evaluateRule } from './evaluate.ts';
import { eventOf, ruleOf } from './event.twin.ts';
import { loadRules, type RuleFile } from './load.ts';
import { parsePipeline } from './pipeline.ts';

const ID = 'a0000000-0000-4000-8000-00000000000';

function rule(n: number, extra = '', detection = 's: {Image: x}'): string {
  return `title: R${n}\nid: ${ID}${n}\nname: r${n}\n${extra}logsource: {product: Windows, category: process_creation, definition: D}\ndetection:\n  ${detection}\n  condition: s\n`;
}

function files(...texts: string[]): RuleFile[] {
  return texts.map((text, i) => ({ path: `${i}.yml`, text }));
}

test('a rule is loaded with its head, its own logsource and defaults', () => {
  const text = rule(
    1,
    'level: HIGH\nstatus: test\nauthor: A\ndescription: D\ntags: [attack.t1059]\nreferences: https://x.example\nfields: [Image]\n',
  );
  const { detections, refused, warnings, notARule } = loadRules(files(text));
  assert.deepEqual([refused, warnings, notARule], [[], [], []]);
  const { items, expr, logsource, ...head } = detections[0];
  assert.deepEqual(head, {
    id: `${ID}1`,
    title: 'R1',
    name: 'r1',
    level: 'high',
    status: 'test',
    description: 'D',
    author: 'A',
    references: ['https://x.example'],
    tags: ['attack.t1059'],
    falsepositives: [],
    fields: ['Image'],
    path: '0.yml',
    document: 0,
    kind: 'detection',
    filters: [],
  });
  assert.deepEqual(
    { ...logsource, raw: { ...logsource.raw } },
    {
      product: 'windows',
      category: 'process_creation',
      raw: { product: 'Windows', category: 'process_creation', definition: 'D' },
    },
  );
  assert.equal(items.length, 1);
  assert.deepEqual(expr, { op: 'item', item: 0 });
});

test('a rule without id gets a hash of what it detects, whatever the order of its keys', () => {
  const text = (detection: string): string => `title: T\nlogsource: {product: windows}\ndetection: ${detection}\n`;
  const ids = [
    text('{s: {a: 1, b: 2}, condition: s}'),
    `# comment\n${text('{condition: s, s: {b: 2, a: 1}}')}`,
    text('{s: {a: 1}, condition: s}'),
  ].map((yaml) => loadRules(files(yaml)).detections[0].id);
  assert.match(ids[0], /^sha256:[0-9a-f]{16}$/);
  assert.equal(ids[1], ids[0]);
  assert.notEqual(ids[2], ids[0]);
});

test('refusals name path, id, line and reason, and everything else goes on', () => {
  const broken = rule(2, '', 's: {Image|foo: x}');
  const set = loadRules(files(rule(1), broken, 'a: [', rule(3), rule(1)));
  assert.deepEqual(
    set.detections.map((r) => r.title),
    ['R1', 'R3'],
  );
  assert.deepEqual(
    set.refused.map(({ path, id, line }) => [path, id, line]),
    [
      ['1.yml', `${ID}2`, 6],
      ['2.yml', null, 1],
      ['4.yml', `${ID}1`, 2],
    ],
  );
  assert.match(set.refused[0].reason, /Image\|foo: unknown modifier "foo"/);
  assert.match(set.refused[2].reason, /duplicate id a0000000-.*1, first used in 0\.yml/);
});

test('heads without meaning are refused or warned of', () => {
  const text = (change: (text: string) => string): string => change(rule(1));
  const cases: [string, RegExp][] = [
    [text((t) => t.replace(/id: .*/, 'id: 12345')), /id is no text/],
    [text((t) => t.replace(/id: .*/, "id: ' '")), /id is no text/],
    [text((t) => t.replace(/name: .*/, 'name: [a]')), /name is no text/],
    [text((t) => t.replace(/logsource: .*/, '')), /logsource is missing/],
    [text((t) => t.replace(/logsource: .*/, 'logsource: {definition: x}')), /names no category, product or service/],
    [text((t) => t.replace(/logsource: .*/, 'logsource: {product: 5}')), /product is no text/],
  ];
  for (const [yaml, reason] of cases) assert.match(loadRules(files(yaml)).refused[0]?.reason ?? '', reason, yaml);
  const warned = loadRules(files(rule(1, 'level: urgent\n').replace(/title: .*\n/, '')));
  assert.deepEqual(
    warned.warnings.map((w) => w.message),
    [
      `${ID}1: title is missing`,
      'level "urgent" is none of informational, low, medium, high, critical; medium is assumed',
    ],
  );
  assert.equal(warned.detections[0].title, 'r1');
  assert.equal(warned.detections[0].level, 'medium');
});

test('a file that holds no rule is named apart, not refused', () => {
  const set = loadRules(files('a: 1', '', '- 1', 'text', 'title: x\nlogsource: {product: a}\n'));
  assert.deepEqual(set.notARule, ['0.yml', '1.yml', '2.yml', '3.yml', '4.yml']);
  assert.deepEqual(set.refused, []);
});

test('several documents of a file are rules of their own, and errors name the right line', () => {
  const set = loadRules(files(`${rule(1)}---\n${rule(2, '', 's: {a|foo: 1}')}---\n${rule(3)}`));
  assert.deepEqual(
    set.detections.map((r) => [r.title, r.document]),
    [
      ['R1', 0],
      ['R3', 2],
    ],
  );
  assert.equal(set.refused[0].line, 14);
});

test('keys of rules never reach the prototype of anything', () => {
  const set = loadRules(
    files(rule(1, '__proto__: {polluted: 1}\n', '__proto__: {a: 1}\n  s: {constructor: x, __proto__: y}')),
  );
  assert.deepEqual(
    set.detections[0].items.map((item) => item.field),
    ['constructor', '__proto__'],
  );
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('placeholders: what one value expands to is or-linked, under `all` too', () => {
  const placeholders = { admins: ['adm_*', 'root'] };
  const fits = (key: string, f: readonly string[]): boolean =>
    evaluateRule(ruleOf(`{s: {${key}: ['*%admins%', x]}, condition: s}`, { placeholders }), eventOf({ f }));
  for (const [texts, all] of [
    [['root', 'x'], true],
    [['x', 'my adm_1'], true],
    [['root'], false],
    [['x'], false],
  ] as const) {
    assert.equal(fits('f|expand|all', texts), all);
    assert.equal(fits('f|all|expand|neq', texts), !all);
  }
  assert.ok(fits('f|expand', ['root']));
});

test('placeholders: every combination, escapes, wildcards in values; without values refused', () => {
  const placeholders = { admins: ['adm_*', 'root'], x: ['1', '2'] };
  const item = ruleOf("{s: {f|expand: 'a%x%b%admins%\\%c%'}, condition: s}", { placeholders }).items[0];
  assert.deepEqual(item.values, ['a1badm_*%c%', 'a1broot%c%', 'a2badm_*%c%', 'a2broot%c%']);
  assert.deepEqual(item.modifiers, []);
  const rule1 = ruleOf("{s: {f|contains|expand: ['%admins%', plain]}, condition: s}", { placeholders });
  assert.ok(evaluateRule(rule1, eventOf({ f: 'x adm_5' })) && evaluateRule(rule1, eventOf({ f: 'PLAIN' })));
  const literal = ruleOf("{s: {f: '%admins%'}, condition: s}", { placeholders });
  assert.ok(evaluateRule(literal, eventOf({ f: '%ADMINS%' })) && !evaluateRule(literal, eventOf({ f: 'root' })));
  const refused = loadRules(files(rule(1, '', "s: {f|expand: '%who%'}")), { placeholders }).refused[0];
  assert.match(
    refused.reason,
    /expand without values for the placeholder %who%\. Give its values with a processing pipeline \(vars and value_placeholders\)\.$/,
  );
  const many = { placeholders: { x: Array.from({ length: 400 }, (_, i) => String(i)) } };
  assert.match(
    loadRules(files(rule(1, '', "s: {f|expand: '%x%%x%'}")), many).refused[0].reason,
    /more than 100000 values/,
  );
});

test('filters, pipelines and correlations meet: filter first, then mapping, and correlations silence', () => {
  const filter =
    'title: F\nlogsource: {product: windows}\nfilter: {rules: any, selection: {User: bob}, condition: not selection}';
  const unknown =
    'title: G\nid: g\nlogsource: {product: windows}\nfilter: {rules: [nobody], selection: {User: bob}, condition: not selection}';
  const correlation = `title: C\nid: c\nlevel: high\ncorrelation: {type: event_count, rules: [r1], group-by: [Image], timespan: 5m, condition: {gte: 3}}`;
  const pipeline = parsePipeline({
    path: 'p.yml',
    text: 'name: p\npriority: 1\ntransformations: [{type: field_name_mapping, mapping: {Image: process.executable, User: user.name}}]',
  });
  const set = loadRules(files(rule(1, 'level: low\n'), filter, correlation, unknown, rule(2, 'level: low\n')), {
    pipelines: [pipeline],
    minLevel: 'medium',
  });
  assert.deepEqual(
    set.detections.map((r) => [r.id, r.filters]),
    [[`${ID}1`, ['F']]],
  );
  assert.deepEqual(
    set.detections[0].items.map((item) => [item.selection, item.field]),
    [
      ['s', 'process.executable'],
      ['F: selection', 'user.name'],
    ],
  );
  assert.deepEqual(
    set.correlations.map((c) => [c.id, c.rules, c.groupBy]),
    [['c', [`${ID}1`], ['process.executable']]],
  );
  assert.deepEqual({ ...set.silencedBy }, { [`${ID}1`]: ['c'] });
  assert.deepEqual(
    set.refused.map((r) => r.id),
    ['g'],
  );
});

test('what rests on a correlation that a pipeline refuses falls with it', () => {
  const inner = 'title: C\nid: c\ncorrelation: {type: event_count, rules: [r1], timespan: 5m, condition: {gte: 3}}';
  const outer = 'title: D\nid: d\ncorrelation: {type: event_count, rules: [c], timespan: 5m, condition: {gte: 3}}';
  const pipeline = parsePipeline({
    path: 'p.yml',
    text: 'name: p\npriority: 1\ntransformations: [{type: rule_failure, message: no, rule_conditions: [{type: rule_attribute, attribute: title, value: C}]}]',
  });
  const set = loadRules(files(rule(1), inner, outer), { pipelines: [pipeline] });
  assert.deepEqual(set.correlations, []);
  assert.deepEqual(
    set.refused.map((r) => r.id),
    ['c', 'd'],
  );
  assert.deepEqual({ ...set.silencedBy }, {});
});

test('the least level leaves rules out, except those a correlation needs', () => {
  const correlation = `title: C\nid: c\nlevel: low\ncorrelation: {type: event_count, rules: [r1], timespan: 5m, condition: {gte: 3}}`;
  const outer = `title: D\nid: d\nlevel: critical\ncorrelation: {type: event_count, rules: [c], timespan: 5m, condition: {gte: 3}}`;
  const set = loadRules(
    files(rule(1, 'level: low\n'), rule(2, 'level: high\n'), rule(3, 'level: low\n'), correlation, outer),
    { minLevel: 'high' },
  );
  assert.deepEqual(
    set.detections.map((r) => r.title),
    ['R1', 'R2'],
  );
  assert.deepEqual(
    set.correlations.map((c) => c.id),
    ['c', 'd'],
  );
  const dropped = loadRules(files(rule(2, 'level: high\n'), correlation.replace('r1', 'r2')), { minLevel: 'high' });
  assert.deepEqual([dropped.detections.length, dropped.correlations.length, { ...dropped.silencedBy }], [1, 0, {}]);
});

test('SigmaHQ loads: all but rules that need values for placeholders', (t) => {
  const root = skipWithout(t, 'sigma');
  if (root === null) return;
  const all: RuleFile[] = [];
  for (const folder of ['rules', 'rules-emerging-threats', 'rules-threat-hunting']) {
    for (const name of readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('.yml')) all.push({ path: name, text: readFileSync(`${root}/${folder}/${name}`, 'utf8') });
    }
  }
  const set = loadRules(all);
  assert.equal(all.length, 3754);
  assert.equal(set.detections.length, 3752);
  assert.ok(set.refused.every((refusal) => refusal.line !== undefined && /%known_cdcs%/.test(refusal.reason)));
  assert.deepEqual([set.notARule, set.warnings], [[], []]);
  const regexes = set.detections
    .flatMap((rule) => rule.items)
    .flatMap((item) => (item.test.kind === 'regex' ? item.test.regexes : []));
  assert.equal(regexes.length, 217);
  assert.ok(regexes.every((regex) => /^m?l$/.test(regex.flags)));
  const values = { placeholders: { known_cdcs: ['dc01*'] } };
  assert.equal(loadRules(all, values).refused.length, 0);
});

test('no mutation of a rule crashes the loader', () => {
  const seed = `${rule(1, 'level: high\n', "s: [{Image|contains|all: ['a*', 'b'], n|gte: 5}, {x|re: 'a+b'}, kw]")}---\n${rule(2)}`;
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(seed.length),
          fc.nat(8),
          fc.constantFrom(
            '',
            '|',
            '*',
            '"',
            "'",
            '\\',
            '(',
            '[',
            ']',
            '{',
            '\n',
            ': ',
            'null',
            '&a ',
            '*a',
            '1e9',
            '%x%',
            'not ',
            '|re',
            '|base64offset',
          ),
        ),
        { maxLength: 4 },
      ),
      (edits) => {
        let text = seed;
        for (const [at, cut, insert] of edits) text = text.slice(0, at) + insert + text.slice(at + cut);
        const set = loadRules(files(text));
        for (const refusal of set.refused) assert.ok(refusal.reason.length > 0);
      },
    ),
    { numRuns: 1500 },
  );
});

test('a sound rule can be left out; what refers to it is refused, and says why', () => {
  const related = (name: string) =>
    `title: C\nid: c-${name}\ncorrelation:\n  type: event_count\n  rules: ${name}\n  timespan: 1m\n  condition: {gte: 2}\n`;
  const asked: string[] = [];
  const set = loadRules(files(rule(1, 'level: low\n'), rule(2), related('r1'), related('r2')), {
    leaveOut: ({ id, items }) => {
      asked.push(`${id} ${items.length}`);
      return id === `${ID}1`;
    },
  });
  assert.deepEqual(asked, [`${ID}1 1`, `${ID}2 1`]);
  assert.deepEqual(
    set.detections.map(({ id }) => id),
    [`${ID}2`],
  );
  assert.deepEqual(set.leftOut, [{ id: `${ID}1`, title: 'R1', level: 'low', path: '0.yml' }]);
  assert.deepEqual(
    set.refused.map(({ id, reason }) => [id, reason]),
    [['c-r1', 'correlation: refers to the rule r1, which is quarantined']],
  );
  assert.deepEqual({ ...set.silencedBy }, { [`${ID}2`]: ['c-r2'] });
});
