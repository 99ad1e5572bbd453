/** What weir takes for a query is held to Microsoft's own parser of Kusto. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { checkQuery, parseQuery, printQuery, type QueryCatalogue, type StaticType } from '../../src/lang/index.ts';
import { kustoQueryArb } from './generate.ts';
import { kustoJudge } from './kusto.ts';
import { DIFFERENT, REFUSED, TAKEN } from './kusto-table.ts';

type Columns = Readonly<Record<string, StaticType>>;
const EVENTS: Columns = { ts: 'datetime', a: 'long', b: 'string', c: 'real', d: 'dynamic', t: 'timespan', o: 'bool' };
const HITS: Columns = { ts: 'datetime', b: 'string', level: 'string' };

const written = (columns: Columns): string =>
  `(${Object.entries(columns)
    .map(([name, type]) => `${name}:${type}`)
    .join(', ')})`;
const judge = kustoJudge({ events: written(EVENTS), hits: written(HITS) });

const catalogue: QueryCatalogue = {
  fieldsOf: (table) => {
    const columns = table === 'events' ? EVENTS : table === 'hits' ? HITS : null;
    if (columns === null) return null;
    // A field of unknown type may hold others.
    const typeOf = (path: string): StaticType | null => columns[path] ?? (path.startsWith('d.') ? 'dynamic' : null);
    return { names: Object.keys(columns), typeOf };
  },
};

/** What weir has against a query. That a word is searched for which is likely meant otherwise counts: it is not taken as Kusto. */
function errorsOf(query: string): string[] {
  const { tree, diagnostics } = parseQuery(query);
  const wrong = diagnostics.filter(({ severity, code }) => severity === 'error' || code === 'lang.search');
  if (tree === null || wrong.length > 0) return wrong.map(({ message }) => message);
  const checked = checkQuery(tree, catalogue).diagnostics;
  return checked.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

suite('Kusto and weir', () => {
  test('take the same queries', () => {
    assert.ok(TAKEN.length >= 140);
    for (const query of TAKEN) {
      assert.deepEqual(judge.errors(query), [], query);
      assert.deepEqual(errorsOf(query), [], query);
    }
  });

  test('refuse the same queries', () => {
    assert.ok(REFUSED.length >= 80);
    for (const query of REFUSED) {
      assert.notDeepEqual(judge.errors(query), [], `Kusto takes ${query}`);
      assert.notDeepEqual(errorsOf(query), [], `weir takes ${query}`);
    }
  });

  for (const [why, taker, queries] of DIFFERENT) {
    test(`differ, only ${taker} taking it, since ${why}`, () => {
      for (const query of queries) {
        assert.equal(judge.errors(query).length === 0, taker === 'Kusto', `Kusto: ${query}`);
        assert.equal(errorsOf(query).length === 0, taker === 'weir', `weir: ${query}`);
      }
    });
  }

  test('take what weir prints of any query in Kusto’s words', () => {
    fc.assert(
      fc.property(kustoQueryArb, (tree) => {
        const text = printQuery(tree);
        assert.deepEqual(errorsOf(text), [], text);
        assert.deepEqual(judge.errors(text), [], text);
      }),
      { numRuns: 100 },
    );
  });
});
