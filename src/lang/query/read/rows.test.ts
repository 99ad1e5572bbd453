import { suite, test } from 'node:test';
import { errors, spellings } from './kit.twin.ts';

suite('steps that choose and order rows', () => {
  test('have one spelling', () => {
    spellings([
      ['take 5', 'take 5'],
      ['events | limit 5;', 'events | take 5'],
      ['events | filter a == 1', 'events | where a == 1'],
      ['events | order by a', 'events | sort by a desc nulls last'],
      ['events | sort by a asc, b nulls first', 'events | sort by a asc nulls first, b desc nulls first'],
      ['(events | where a) | (take 1)'.replace(' | (take 1)', ' | take 1'), 'events | where a | take 1'],
      ['events | where * has "x" and host.* == 1', 'events | where * has "x" and host.* == 1'],
    ]);
  });

  test('say what is wrong with them, where, and what to write', () => {
    errors([
      ['events | | take 5', /^1:10 \| stands where a step/],
      ['events | where', /^1:15 the query ends where a field/],
      ['events | where a = 3', /^1:18 a single = compares nothing \(Write ==/],
      ['events | where a == 1 b', /^1:23 b stands where \| or the end is expected \(It is where condition/],
      ['events | where (a', /^1:18 the query ends where \)/],
      ['events | where a)', /^1:17 \) stands .*\(There is no \( for it/],
      ['events | where a == | take 5 | top 3 | count', /^1:21 \| stands where a field/, /^1:38 \| stands where by/],
      ['events | top 5', /where by is expected/],
      ['events | sort a', /^1:15 a stands where by/],
      ['events | search', /where a word to search for/],
    ]);
  });
});
