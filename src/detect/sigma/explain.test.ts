import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EventView, evaluateRule, type LocatedValue } from './evaluate.ts';
import { eventOf, ruleOf } from './event.twin.ts';
import { explain, whyNot } from './explain.ts';
import type { DetectionRule, Match } from './model.ts';

/**
 * Re-decides one entry from op, pattern and value alone; shares nothing with the engine. Returns null for entries that
 * speak of an absent field or of a keyword that is nowhere.
 */
function recheck(match: Match): boolean | null {
  const negated = match.op.startsWith('not ');
  const [op, ...flags] = match.op.replace(/^not /, '').split('|');
  if (match.value === undefined) return null;
  const value = match.value;
  const list: unknown[] = Array.isArray(match.pattern) ? match.pattern : [match.pattern];
  const held = list.some((pattern) => {
    if (op === 'null') return value === null;
    if (op === 'exists') return pattern === true;
    if (value === null) return false;
    if (op === 're') return new RegExp(String(pattern), flags.join('')).test(value);
    if (op === 'gt' || op === 'gte' || op === 'lt' || op === 'lte') return compare(op, Number(value) - Number(pattern));
    if (op === 'hour')
      return flags.length === 0
        ? Number(value.slice(11, 13)) === pattern
        : compare(flags[0], Number(value.slice(11, 13)) - Number(pattern));
    if (op === 'cidr') return value.startsWith(String(pattern).replace(/0\.0\.0\/8$/, ''));
    const glob = op === 'fieldref' ? String(Object(pattern).value).replace(/[\\*?]/g, '\\$&') : String(pattern);
    const mode = op === 'fieldref' ? flags[0] : op;
    const core = glob.replace(/\\([\\*?])|([*?])|[\s\S]/g, (c, escaped, wildcard) =>
      wildcard === '*'
        ? '[^]*'
        : wildcard === '?'
          ? '[^]'
          : `\\u{${((escaped ?? c) as string).codePointAt(0)?.toString(16)}}`,
    );
    const dashed = flags.includes('windash')
      ? core.replace(/^(\\u\{2d\}|\\u\{2f\})|(?<=\\u\{20\})(\\u\{2d\}|\\u\{2f\})/g, '[-/–—―]')
      : core;
    const open = mode === 'contains' || mode === 'keyword';
    const source = `^${open || mode === 'endswith' ? '[^]*' : ''}(?:${dashed})${open || mode === 'startswith' ? '[^]*' : ''}$`;
    return new RegExp(source, flags.includes('cased') ? 'u' : 'iu').test(value);
  });
  return held !== negated;
}

function compare(op: string, order: number): boolean {
  return op === 'gt' ? order > 0 : op === 'gte' ? order >= 0 : op === 'lt' ? order < 0 : order <= 0;
}

/** The event without one value. */
function without(event: EventView, path: string, text: string | null): EventView {
  const stays = (v: LocatedValue): boolean => v.path !== path || (v.kind === 'null' ? null : v.text) !== text;
  return {
    values: (field) => event.values(field).filter(stays),
    present: (field) => event.present(field) && (event.values(field).length === 0 || event.values(field).some(stays)),
    all: () => [...event.all()].filter(stays),
  };
}

function checked(rule: DetectionRule, event: EventView): Match[] {
  const found = explain(rule, event);
  assert.equal(found.length > 0, evaluateRule(rule, event));
  for (const match of found) {
    assert.notEqual(recheck(match), false, JSON.stringify(match));
    if (match.path === undefined) assert.equal(match.decisive, false);
    else assert.equal(match.decisive, !evaluateRule(rule, without(event, match.path, match.value ?? null)));
  }
  return found;
}

function short(matches: readonly Match[]): unknown[] {
  return matches.map((m) => [m.decisive ? '!' : '', m.selection, m.field, m.op, m.pattern, m.value]);
}

test('every satisfied predicate that contributes is named, decisive ones first', () => {
  const rule = ruleOf(
    "{s: {Image|endswith: ['\\cmd.exe', '.exe']}, t: [{a: 1}, {b: x}], f: {User: bob}, condition: s and t and not f}",
  );
  const event = eventOf({ Image: 'C:\\CMD.EXE', a: 1, b: 'X', User: 'alice' });
  assert.deepEqual(short(checked(rule, event)), [
    ['!', 's', 'Image', 'endswith', '\\cmd.exe', 'C:\\CMD.EXE'],
    ['!', 's', 'Image', 'endswith', '.exe', 'C:\\CMD.EXE'],
    ['', 't', 'a', 'equals', 1, '1'],
    ['', 't', 'b', 'equals', 'x', 'X'],
    ['', 'f', 'User', 'not equals', 'bob', 'alice'],
  ]);
});

test('a rule that does not hit is not explained', () => {
  assert.deepEqual(explain(ruleOf('{s: {a: 1}, condition: s}'), eventOf({ a: 2 })), []);
});

test('absent fields stand without value', () => {
  const rule = ruleOf('{s: {a: null}, e: {b|exists: false}, f: {c: 1}, condition: s and e and not f}');
  assert.deepEqual(checked(rule, eventOf({})), [
    { selection: 's', field: 'a', op: 'null', decisive: false },
    { selection: 'e', field: 'b', op: 'exists', pattern: false, decisive: false },
    { selection: 'f', field: 'c', op: 'not equals', pattern: 1, decisive: false },
  ]);
});

test('one entry for each kind of predicate, and each can be re-decided', () => {
  const cases: [string, Record<string, unknown>, unknown[][]][] = [
    ['{f: null}', { f: null }, [['', 's', 'f', 'null', undefined, null]]],
    ['{f|exists: true}', { f: null }, [['!', 's', 'f', 'exists', true, null]]],
    ["{f: '*'}", { f: '' }, [['!', 's', 'f', 'wildcard', '*', '']]],
    ['{f|contains|cased: B}', { f: 'aBc' }, [['!', 's', 'f', 'contains|cased', 'B', 'aBc']]],
    ["{f|contains|windash: ' -f'}", { f: 'x /F' }, [['!', 's', 'f', 'contains|windash', ' -f', 'x /F']]],
    [
      "{f|wide|base64offset|contains: 'ping'}",
      { f: 'cABpAG4AZwA=' },
      [['!', 's', 'f', 'wildcard', '*cABpAG4AZw*', 'cABpAG4AZwA=']],
    ],
    ["{f|re|i: 'B+'}", { f: 'abc' }, [['!', 's', 'f', 're|i', 'B+', 'abc']]],
    ["{f|cidr: '10.0.0.0/8'}", { f: '10.1.1.1' }, [['!', 's', 'f', 'cidr', '10.0.0.0/8', '10.1.1.1']]],
    ['{f|gte: 5}', { f: 5 }, [['!', 's', 'f', 'gte', 5, '5']]],
    ['{f|hour|lt: 7}', { f: '2023-01-01T05:00:00Z' }, [['!', 's', 'f', 'hour|lt', 7, '2023-01-01T05:00:00Z']]],
    ['{f|hour: [5, 6]}', { f: '2023-01-01T05:00:00Z' }, [['!', 's', 'f', 'hour', 5, '2023-01-01T05:00:00Z']]],
    [
      '{f|fieldref|endswith: g}',
      { f: 'abc', g: 'BC' },
      [['!', 's', 'f', 'fieldref|endswith', { field: 'g', value: 'BC' }, 'abc']],
    ],
    ['{f|fieldref|neq: g}', { f: 'abc', g: 'x' }, [['', 's', 'f', 'not fieldref', { field: 'g', value: 'x' }, 'abc']]],
    ['{f|fieldref|neq: g}', { f: 'abc' }, [['', 's', 'f', 'not fieldref', { field: 'g' }, undefined]]],
    ['[evil]', { a: 'x', f: 'an EVIL thing' }, [['!', 's', null, 'keyword', 'evil', 'an EVIL thing']]],
    ["{'|neq': [evil]}", { a: 'x' }, [['', 's', null, 'not keyword', 'evil', undefined]]],
    ["{f|neq: ['a*', b]}", { f: 'c' }, [['', 's', 'f', 'not wildcard', ['a*', 'b'], 'c']]],
    [
      '{f|contains|all: [a, b]}',
      { f: ['xa', 'xb'] },
      [
        ['!', 's', 'f', 'contains', 'a', 'xa'],
        ['!', 's', 'f', 'contains', 'b', 'xb'],
      ],
    ],
  ];
  for (const [selection, event, expected] of cases) {
    assert.deepEqual(short(checked(ruleOf(`{s: ${selection}, condition: s}`), eventOf(event))), expected, selection);
  }
});

test('two values that each suffice are both named, and neither is decisive', () => {
  const rule = ruleOf('{s: {f|contains: a}, condition: s}');
  assert.deepEqual(
    checked(rule, eventOf({ f: ['xa', 'ya', 'b'] })).map((m) => [m.value, m.decisive]),
    [
      ['xa', false],
      ['ya', false],
    ],
  );
});

test('every match of generated rules can be re-decided, and taking a decisive value away ends the hit', () => {
  const value = fc.constantFrom('a', 'b', 'ab', 'A*', '-a', 'x -b', 1, true);
  const item = fc
    .tuple(
      fc.constantFrom('f', 'g'),
      fc.constantFrom(
        '',
        '|contains',
        '|startswith',
        '|endswith',
        '|contains|windash',
        '|cased',
        '|contains|all',
        '|neq',
      ),
      fc.array(value, { minLength: 1, maxLength: 3 }),
    )
    .map(
      ([field, modifiers, values]) =>
        `{${field}${modifiers}: ${JSON.stringify(modifiers.includes('windash') ? values.map(String) : values)}}`,
    );
  const condition = fc.constantFrom(
    's and t',
    's or t',
    's and not t',
    'not s',
    'not (s and t)',
    's and (t or not u)',
    '1 of them',
    'not 1 of them',
    'u',
  );
  const field = fc.oneof(
    fc.constantFrom('a', 'ab', 'x /b', '-A', 'zz', 1, null, true),
    fc.array(fc.constantFrom('a', 'b', '/a', null), { maxLength: 3 }),
  );
  let hits = 0;
  fc.assert(
    fc.property(
      item,
      item,
      fc.oneof(item, fc.constant('[a]')),
      condition,
      fc.record({ f: field, g: field }, { requiredKeys: [] }),
      (s, t, u, c, event) => {
        if (checked(ruleOf(`{s: ${s}, t: ${t}, u: ${u}, condition: ${c}}`), eventOf(event)).length > 0) hits++;
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(hits > 400, `${hits} hits`);
});

test('why not: what failed, what alone would have sufficed, and what was there instead', () => {
  const rule = ruleOf('{s: {a: 1, b: [x, y]}, f: {User: bob}, condition: s and not f}');
  assert.deepEqual(whyNot(rule, eventOf({ a: 1, b: 'z', User: 'alice' })), [
    { selection: 's', field: 'b', op: 'equals', pattern: ['x', 'y'], value: 'z', failed: true, needed: true },
    { selection: 's', field: 'a', op: 'equals', pattern: 1, value: '1', failed: false, needed: false },
    { selection: 'f', field: 'User', op: 'not equals', pattern: 'bob', value: 'alice', failed: false, needed: false },
  ]);
  assert.deepEqual(whyNot(rule, eventOf({ b: ['p', null], User: 'BOB' })), [
    { selection: 's', field: 'a', op: 'equals', pattern: 1, failed: true, needed: false },
    { selection: 's', field: 'b', op: 'equals', pattern: ['x', 'y'], value: ['p', null], failed: true, needed: false },
    { selection: 'f', field: 'User', op: 'not equals', pattern: 'bob', value: 'BOB', failed: true, needed: false },
  ]);
  assert.deepEqual(whyNot(rule, eventOf({ a: 1, b: 'x' })), []);
  const reference = ruleOf('{s: {a|fieldref|cased: [b, c]}, k: [evil], condition: s and k}');
  assert.deepEqual(whyNot(reference, eventOf({ a: 'x', b: 'X' })), [
    { selection: 's', field: 'a', op: 'fieldref|cased', pattern: ['b', 'c'], value: 'x', failed: true, needed: false },
    { selection: 'k', field: null, op: 'keyword', pattern: 'evil', failed: true, needed: false },
  ]);
});
