import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { formatDiagnostic } from '../diagnostic.ts';
import { printQuery } from '../print.ts';
import type { StaticType } from '../value.ts';
import { checkQuery, type QueryCatalogue } from './check.ts';
import { queryArb } from './kit.twin.ts';
import { parseQuery } from './parse.ts';

const TYPES: Readonly<Record<string, StaticType>> = {
  ts: 'datetime',
  a: 'long',
  b: 'string',
  c: 'real',
  d: 'dynamic',
  'user.name': 'string',
  'user.id': 'long',
};
const catalogue = (unknown: 'error' | 'warning'): QueryCatalogue => ({
  fieldsOf: (table) => {
    if (table === 'hits')
      return { typeOf: (path) => (path === 'b' || path === 'level' ? 'string' : null), names: ['b', 'level'] };
    return { typeOf: (path) => TYPES[path] ?? null, names: Object.keys(TYPES), unknown };
  },
});

function checked(text: string, unknown: 'error' | 'warning' = 'error') {
  const { tree, diagnostics } = parseQuery(text);
  assert.deepEqual(diagnostics, [], text);
  assert.ok(tree !== null);
  return checkQuery(tree, catalogue(unknown));
}

const messages = (text: string): string[] =>
  checked(text).diagnostics.map(
    ({ message, suggestion }) => `${message}${suggestion === null ? '' : ` (${suggestion})`}`,
  );

/** Columns of the answer with their types. */
function columns(text: string): string {
  const result = checked(text);
  assert.deepEqual(result.diagnostics, [], text);
  return [...result.columns.names].map((name) => `${name}:${result.columns.typeOf(name)}`).join(' ');
}

const ALL = 'ts:datetime a:long b:string c:real d:dynamic user.name:string user.id:long';

suite('checking a query', () => {
  test('follows the columns through the pipeline', () => {
    for (const [text, wanted] of [
      ['events', ALL],
      ['events | where a > 1 | take 5 | sort by b | top 3 by a', ALL],
      ['events | extend x = a + 1', `x:long ${ALL}`],
      ['events | extend a = b', `a:string ${ALL.replace(' a:long', '')}`],
      ['events | project a, x = tolower(b), a + 1, strlen(b)', 'a:long x:string Column1:long strlen_b:long'],
      ['events | project user.name, bin(ts, 1h)', 'user.name:string ts:datetime'],
      ['events | project-away user.*, d', 'ts:datetime a:long b:string c:real'],
      ['events | project-keep a, user.*', 'a:long user.name:string user.id:long'],
      ['events | project-rename x = a | project x', 'x:long'],
      ['events | project-reorder b', ALL],
      [
        'events | summarize count(), n = dcount(b), sum(a), avg(a) by user.name, day = bin(ts, 1d)',
        'user.name:string day:datetime count_:long n:long sum_a:long avg_a:real',
      ],
      [
        'events | summarize arg_max(ts, a, b), percentiles(c, 50, 99.9)',
        'ts:datetime a:long b:string percentile_c_50:real percentile_c_99_9:dynamic',
      ],
      ['events | summarize max(a) - min(a), max_a = max(a)', 'Column1:long max_a:long'],
      ['events | summarize count(), count()', 'count_:long count_1:long'],
      ['events | count', 'Count:long'],
      ['events | count as n', 'n:long'],
      ['events | distinct a, b', 'a:long b:string'],
      ['events | distinct *', ALL],
      [
        'events | project a, b | join kind=leftouter (hits | project b, level) on b',
        'a:long b:string b1:string level:string',
      ],
      ['events | project a, b | join kind=leftsemi hits on b', 'a:long b:string'],
      ['events | project a | union (hits | project b)', 'a:long b:string'],
      ['events | project a, b | union kind=inner withsource=t (hits | project b)', 'b:string t:string'],
      ['events | project b | parse b with "x" n:long "y" s', 'b:string n:long s:string'],
      ['events | project d | mv-expand with_itemindex=i d to typeof(long)', 'd:long i:long'],
      ['events | make-series n = count() on ts step 1h by b', 'b:string n:dynamic ts:dynamic'],
      [
        'events | sequence by user.name within 5m [a == 1] [a == 2]',
        'user.name:string start:datetime end:datetime events:dynamic',
      ],
      ['events | project a | detect rule:"x"', 'a:long rule.id:string rule.name:string rule.level:string'],
      ['let n = 5; let t = hits | project level; t | where strlen(level) > n', 'level:string'],
      ['events | project a | render table', 'a:long'],
      ['events | project x = parse_json(b) | where x.k.l == 1 | project x.k', 'x.k:dynamic'],
      ['events | where a in (hits | project b) | project c', 'c:real'],
      ['events | project x = toscalar(hits | count)', 'x:dynamic'],
    ] as const) {
      assert.equal(columns(text), wanted, text);
    }
  });

  test('says what is wrong and what to write', () => {
    for (const [text, message] of [
      ['events | where usr.name == "x"', /no field usr\.name \(Did you mean user\.name/],
      ['events | project a | where b == "x"', /no field b/],
      ['events | summarize n = count() by a | where b == "x"', /no field b/],
      ['events | extend x = 1, y = x', /no field x/],
      ['events | where a', /where needs a condition \(Compare it/],
      ['events | where "x"', /where needs a condition/],
      ['events | where b == 5', /compares a text with a number/],
      ['events | where strln(b) > 1', /no function strln \(Did you mean strlen/],
      ['events | where count() > 1', /count is an aggregate: it stands in summarize/],
      ['events | summarize cont() by a', /no function cont \(Did you mean count/],
      ['events | summarize a by b', /no aggregate here \(Group by it/],
      ['events | summarize sum(a) + c', /no field c/],
      ['events | summarize sum(count())', /count is an aggregate/],
      ['events | summarize sum(b)', /sum needs a number here/],
      ['events | summarize sum(a, b)', /sum takes 1 arguments, not 2 \(It is sum\(x\)/],
      ['events | summarize sum(*)', /sum does not take \*/],
      ['events | summarize n = count(), n = sum(a)', /two columns n/],
      ['events | extend x = 1, x = 2', /two columns x/],
      ['events | project *', /\* is no column/],
      ['events | take "5"', /take needs a whole number/],
      ['events | take a', /no field a/],
      ['events | top 1.5 by a', /top needs a whole number/],
      ['events | project-away x', /no column x/],
      ['events | project-away x*', /no column fits x\*/],
      ['events | project-rename x = y', /no column y/],
      ['events | join hits on a', /no column a/],
      ['events | join hits on $left.b == $right.level1', /no column level1 \(Did you mean level\?/],
      ['events | make-series count() on ts step "x"', /step needs a span/],
      ['events | sequence within 5m [a] [b == "x"]', /needs a condition/],
      ['events | asof 5', /asof needs a date/],
      ['let n = 5; events | extend n = 1', /n is the name of a let/],
      ['let n = a; events', /no field a/],
      ['events | where a in (hits | where levl == "x")', /no field levl \(Did you mean level/],
      ['events | where extract(b, 1, b) == "x"', /extract needs a pattern in quotes/],
    ] as const) {
      assert.match(messages(text)[0] ?? 'no error', message, text);
    }
  });

  test('warns of what a search names that is nowhere', () => {
    for (const [text, count] of [
      ['user:bob', 0],
      ['user.name:bob (a:>5 OR -b:x*)', 0],
      ['usr.name:bob', 1],
      ['x -(y OR nonsense:z)', 1],
    ] as const) {
      const { diagnostics } = checked(text);
      assert.equal(diagnostics.length, count, text);
      assert.ok(diagnostics.every(({ severity }) => severity === 'warning'));
    }
  });

  test('warns only where sources bring fields of their own, and takes any field without a catalogue', () => {
    assert.equal(checked('events | where usr.name == "x"', 'warning').diagnostics[0]?.severity, 'warning');
    assert.equal(checked('events | project x = usr | where y == 1', 'warning').diagnostics[1]?.severity, 'error');
    const { tree } = parseQuery('events | where anything == 1 | project b | where c == 1');
    assert.ok(tree !== null);
    assert.deepEqual(
      checkQuery(tree).diagnostics.map(({ message }) => message),
      ['there is no field c'],
    );
  });

  test('never throws, and names no more errors than are allowed', () => {
    fc.assert(
      fc.property(queryArb, (tree) => {
        const { diagnostics } = checkQuery(tree, catalogue('error'));
        assert.ok(diagnostics.length <= 20);
        const text = printQuery(tree);
        for (const diagnostic of diagnostics) formatDiagnostic(text, diagnostic);
      }),
      { numRuns: 300 },
    );
  });
});
