import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { printQuery } from '../print.ts';
import type { StaticType } from '../value.ts';
import { type CompletionCatalogue, complete } from './complete.ts';
import { queryArb } from './kit.twin.ts';

const TYPES: Readonly<Record<string, StaticType>> = {
  '@timestamp': 'datetime',
  'user.name': 'string',
  'user.domain': 'string',
  'host.name': 'string',
  'cs-method': 'string',
};
const CATALOGUE: CompletionCatalogue = {
  fieldsOf: (table) =>
    table === 'events'
      ? { typeOf: (path) => TYPES[path] ?? null, names: Object.keys(TYPES) }
      : { typeOf: () => null, names: ['rule.level'] },
  valuesOf: (_, path, prefix) =>
    path === 'user.name' ? ['alice', 'bob smith', 'say "hi"'].filter((value) => value.startsWith(prefix)) : [],
  targetsOf: (kind, prefix) =>
    kind === 'rule' ? ['Bad Thing', 'Worse'].filter((title) => title.startsWith(prefix)) : ['windows-core'],
};

/** Candidates at the bar, or at the end: `kind label`. */
function at(text: string): string[] {
  const bar = text.indexOf('¦');
  const { candidates } = complete(text.replace('¦', ''), bar < 0 ? text.length : bar, CATALOGUE);
  return candidates.map(({ kind, label }) => `${kind} ${label}`);
}

/** The text with its first candidate put in. */
function taken(text: string): string {
  const { from, candidates } = complete(text, text.length, CATALOGUE);
  return text.slice(0, from) + (candidates[0]?.insert ?? '');
}

suite('completion', () => {
  test('puts the right things in the right places', () => {
    for (const [text, wanted, unwanted] of [
      ['', ['table events', 'step where', 'word let '], ['function strlen']],
      ['eve', ['table events'], ['table hits']],
      ['events | ', ['step where', 'step mv-expand', 'step sequence'], ['table events', 'column user.name']],
      ['events | su', ['step summarize'], ['step where']],
      ['events | project-a', ['step project-away'], ['step project']],
      ['events | where ', ['column user.name', 'function strlen'], ['aggregate count', 'step where']],
      ['events | where us', ['column user.name', 'column user.domain'], ['column host.name']],
      ['events | where user.n', ['column user.name'], ['column user.domain']],
      ['events | where name', ['column user.name', 'column host.name'], []],
      ['events | where user.name ', ['operator ==', 'operator has_any'], ['column user.name']],
      ['events | where user.name == ¦ | count', ['column user.name', 'function tolower'], []],
      ['hits | where ', ['column rule.level'], ['column user.name']],
      ['events | project a = user.name | where ', ['column a'], ['column user.name']],
      [
        'events | summarize n = count() by host.name | sort by ',
        ['column n', 'column host.name'],
        ['column user.name'],
      ],
      ['events | summarize ', ['aggregate count', 'aggregate arg_max', 'word by'], []],
      ['events | summarize count() ', ['word by'], []],
      ['events | where a in (hits | where ', ['column rule.level'], ['column user.name']],
      ['events | join ', ['table hits', 'word kind='], ['column user.name']],
      ['events | join kind=', ['word inner', 'word leftanti'], []],
      ['events | join (', ['table hits'], []],
      ['let bad = hits | take 1; let n = 5; events | join ', ['let bad'], ['let n']],
      ['let bad = hits | take 1; let n = 5; events | where a > ', ['let n'], ['let bad']],
      ['union ', ['table hits'], []],
      ['events | render ', ['word timechart'], ['column user.name']],
      ['events | sort by user.name ', ['word desc', 'word nulls last'], []],
      ['events | sort by user.name nulls ', ['word first', 'word last'], []],
      ['events | mv-expand a to typeof(', ['word long'], []],
      ['events | parse user.name with "x" a:', ['word long'], []],
      ['events | detect ', ['word rule:', 'word pack:'], []],
      ['events | detect pack:', ['value windows-core'], []],
      ['events | detect rule:"B', ['value Bad Thing'], ['value Worse']],
      ['events | where user.name == "', ['value alice', 'value bob smith'], []],
      ['events | where user.name == "b', ['value bob smith'], ['value alice']],
      ['events | where user.name in ("alice", "', ['value alice', 'value bob smith'], []],
      ['events | where host.name == "', [], ['value alice']],
      ['failed user.name:', ['value alice'], []],
      ['failed user.name:al', ['value alice'], ['value bob smith']],
      ['events | search user.name:"bo', ['value bob smith'], ['value alice']],
    ] as const) {
      const found = at(text);
      for (const item of wanted)
        assert.ok(found.includes(item), `${text}: ${item} is missing in ${found.slice(0, 20).join(', ')}`);
      for (const item of unwanted) assert.ok(!found.includes(item), `${text}: ${item}`);
    }
  });

  test('writes what can be read again', () => {
    assert.equal(taken('events | wh'), 'events | where');
    assert.equal(taken('events | where user.na'), 'events | where user.name');
    assert.equal(taken('events | where cs'), 'events | where ["cs-method"]');
    assert.equal(taken('events | where strl'), 'events | where strlen(');
    assert.equal(taken('events | summarize cou'), 'events | summarize count()');
    assert.equal(taken('events | where user.name == "bo'), 'events | where user.name == "bob smith"');
    assert.equal(taken('events | where user.name == "say'), 'events | where user.name == "say \\"hi\\""');
    assert.equal(taken('x user.name:bo'), 'x user.name:"bob smith"');
    assert.equal(taken('x user.name:"say'), 'x user.name:"say ""hi"""');
    assert.equal(taken('detect rule:"Wo'), 'detect rule:"Worse"');
  });

  test('at any place of any query neither throws nor answers without bounds', () => {
    fc.assert(
      fc.property(queryArb, fc.nat(), (query, place) => {
        const text = printQuery(query);
        const offset = place % (text.length + 1);
        const { from, candidates } = complete(text, offset, CATALOGUE);
        assert.ok(from <= offset && candidates.length <= 200);
      }),
      { numRuns: 200 },
    );
  });

  test('works without a catalogue and on texts that are too long', () => {
    assert.ok(complete('events | where ', 15).candidates.length > 50);
    assert.deepEqual(complete('x'.repeat(100_000), 100_000).candidates, []);
  });
});
