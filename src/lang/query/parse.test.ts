import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { formatDiagnostic } from '../diagnostic.ts';
import { bare } from '../kit.twin.ts';
import { LANG_LIMITS } from '../limits.ts';
import { printQuery } from '../print.ts';
import { queryArb } from './kit.twin.ts';
import { QUERY_OPERATORS } from './operators.ts';
import { parseQuery } from './parse.ts';
import { again, errors, errorsOf, spellings } from './read/kit.twin.ts';

suite('queries', () => {
  test('that are printed are read as the same tree', () => {
    fc.assert(
      fc.property(queryArb, (tree) => {
        const text = printQuery(tree);
        const parsed = parseQuery(text);
        // Trees at random can be longer and deeper than is allowed.
        if (parsed.diagnostics.some(({ code }) => code === 'lang.limit')) return;
        assert.deepEqual(
          parsed.diagnostics.filter(({ severity }) => severity === 'error'),
          [],
          text,
        );
        assert.deepEqual(bare(parsed.tree), bare(tree), text);
      }),
      { numRuns: 1000 },
    );
  });

  test('have one spelling for what can be written in several ways', () => {
    spellings([
      ['| take 5', 'take 5'],
      ['failed logon | take 1', 'search failed logon | take 1'],
      ['hits', 'hits'],
      ['hits // all of them', 'hits'],
      ['let n = 5; let t = hits | take n; t | count', 'let n = 5; let t = hits | take n; t | count'],
      ['events | where a in (hits)', 'events | where a in (hits)'],
      ['events | where a in (["hits"])', 'events | where a in (["hits"])'],
    ]);
  });

  test('may have words of steps as names of columns', () => {
    const text =
      'events | summarize count = count() by by, step, on | where count > 1 | project top, limit, kind, with, default';
    assert.equal(again(text), text);
  });

  test('have a description and an example of each step that can be read', () => {
    for (const [name, { syntax, about, example }] of Object.entries(QUERY_OPERATORS)) {
      assert.ok(syntax.startsWith(name) && example.startsWith(name) && about.length > 10, name);
      assert.deepEqual(parseQuery(`events | ${example}`).diagnostics, [], example);
    }
  });
});

suite('an error in a query', () => {
  test('has its place, its cause and what to write, and does not hide the next', () => {
    errors([
      ['', /^1:1 there is nothing to read .*events/],
      ['let a = 5;', /^1:11 the query ends where a table or a search/],
      ['events | frobnicate', /There are search, where/],
      ['events |', /^1:9 the query ends where a step/],
      ['events | take 5 | were a | sotr by b', /no step were \(Did you mean where/, /no step sotr \(Did you mean sort/],
      ['let = 5; events', /^1:5 .*= compares nothing|^1:5 = stands where a name/],
      ['let a.b = 5; events', /has no dots/],
      ['let hits = 5; events', /hits is the name of a table/],
      ['let a = 5; let a = 6; events', /a is taken/],
      ['let a = 5 events', /where ; is expected \(A let ends with ;/],
      ['let f = (x:long) { x }; events', /stands|expected/],
      ['events; hits', /^1:9 hits stands .*\(Ask one query at a time/],
      ['events | take 5; let a = 5;', /let stands before the query/],
      ['a == 1 | take 5', /^1:3 == compares nothing in a search \(Write field:value, or \| where/],
      ['failed (a | take 5', /^1:8 this \( has no \)/],
      ['failed a) | take 5', /^1:9 \) stands .*There is no \( for it/],
      ['failed "abc | take 5', /^1:8 this text has no end/],
      ['events | where a in (hits | were b | take 1) | sumarize', /no step were/, /no step sumarize/],
      ['events | where toscalar(5) > 1', /^1:25 5 stands where a table/],
      ['events | where a § b | take "', /§/, /no end/],
    ]);
  });

  test('of a search that looks like a table or a step is a warning', () => {
    for (const [text, message] of [
      ['evnts | take 5', /evnts is searched for as a word \(Did you mean events/],
      ['sumarize count() by a', /Did you mean summarize/],
      ['events where a', /To read from the table write events \|/],
      ['this or that', /or is searched for as a word \(Write OR/],
    ] as const) {
      const { diagnostics } = parseQuery(text);
      assert.equal(diagnostics[0]?.severity, 'warning', text);
      assert.match(errorsOf(text)[0] ?? '', message, text);
    }
    for (const text of ['failed logon', 'count:5', 'top.level', 'events:x', 'C:\\x | take 5'])
      assert.deepEqual(errorsOf(text), [], text);
  });
});

suite('hostile queries', () => {
  test('are bounded in length, steps, lets, depth and errors', () => {
    assert.equal(parseQuery(`x${' '.repeat(LANG_LIMITS.queryLengthMax)}`).diagnostics[0]?.code, 'lang.limit');
    const steps = 'events'.concat(' | take 1'.repeat(LANG_LIMITS.queryOperatorsMax));
    assert.deepEqual(parseQuery(steps).diagnostics, []);
    assert.equal(parseQuery(`${steps} | take 1`).diagnostics[0]?.code, 'lang.limit');
    const doubled = Array.from({ length: 40 }, (_, i) => `let a${i + 1} = a${i} | union a${i};`).join('');
    assert.equal(parseQuery(`let a0 = hits | take 1; ${doubled} a40`).diagnostics[0]?.code, 'lang.limit');
    const lets = Array.from({ length: LANG_LIMITS.queryLetsMax }, (_, i) => `let a${i} = 1;`).join('');
    assert.deepEqual(parseQuery(`${lets} events`).diagnostics, []);
    assert.equal(parseQuery(`${lets} let b = 1; events`).diagnostics[0]?.code, 'lang.limit');
    for (const unit of [
      '(',
      'events | join (',
      'events | where a in (hits | where ',
      'events | where toscalar(hits | where ',
      '-(',
      'NOT ',
      'union (',
    ]) {
      const text = unit.repeat(Math.floor(60_000 / unit.length));
      const { diagnostics } = parseQuery(
        unit === '-(' ? text : `${unit === 'toscalar(' ? 'events | where ' : ''}${text}`,
      );
      assert.ok(
        diagnostics.some(({ code }) => code === 'lang.limit'),
        unit,
      );
      assert.ok(diagnostics.length <= LANG_LIMITS.expressionErrorsMax + 1, unit);
    }
    assert.equal(parseQuery(`events | where dynamic(${'['.repeat(50_000)}`).diagnostics.at(-1)?.code, 'lang.limit');
    assert.ok(parseQuery('events | a | b'.repeat(3000)).diagnostics.length <= LANG_LIMITS.expressionErrorsMax);
  });

  test('of any pieces never throw, and what they are read as is read again', () => {
    const piece = fc.constantFrom(
      ...'events|hits|let|x|=|5|;|where|summarize|by|count()|join|on|(|)|[|]|![|$left.|==|,|union|"t"|"|*|project-away|with|parse|sequence|within|5m|detect|rule:|search|-a|host:|explain|asof|now()|top|nulls|first|render|:|{|}|dynamic(|//|\n|in|toscalar('.split(
        '|',
      ),
      '|',
      '|',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' ')),
        (text) => {
          const { tree, diagnostics } = parseQuery(text);
          for (const diagnostic of diagnostics) {
            assert.ok(diagnostic.span.start <= text.length && diagnostic.span.end <= text.length, text);
            formatDiagnostic(text, diagnostic);
          }
          if (tree === null || diagnostics.some(({ severity }) => severity === 'error')) return;
          const printed = printQuery(tree);
          assert.deepEqual(bare(parseQuery(printed).tree), bare(tree), `${text}\n${printed}`);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('are read in time that grows with their length', () => {
    const time = (text: string): number => {
      const start = process.hrtime.bigint();
      parseQuery(text);
      return Number(process.hrtime.bigint() - start) / 1e6;
    };
    for (const unit of [
      '| search a ',
      'a ',
      'a:b ',
      '"x" ',
      '| where a == 1 ',
      'a.',
      '- ',
      '((',
      '| | ',
      '| project-away a* ',
    ])
      assert.ok(time(`events ${unit.repeat(Math.floor(60_000 / unit.length))}`) < 2000, unit);
  });
});
