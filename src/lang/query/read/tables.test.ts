import { suite, test } from 'node:test';
import { errors, spellings } from './kit.twin.ts';

suite('steps that bring in another table', () => {
  test('have one spelling', () => {
    spellings([
      ['union events, hits', 'events | union hits'],
      ['union (events | where a), (hits), alerts | count', 'events | where a | union hits, alerts | count'],
      ['union withsource=t events', 'events | union withsource=t '],
      ['(union hits, alerts) | count', 'hits | union alerts | count'],
      ['failed | asof ago(1d) | take 1', 'asof ago(1d) | search failed | take 1'],
      ['events | asof ago(1d) | take 1', 'events | asof ago(1d) | take 1'],
      ['events | join hint.strategy=shuffle (hits) on a', 'events | join kind=innerunique hits on a'],
      ['events | join hits on $right.b == $left.a, c', 'events | join kind=innerunique hits on $left.a == $right.b, c'],
      ['events | join hits on $left.a == $right.a', 'events | join kind=innerunique hits on a'],
    ]);
  });

  test('say what is wrong with them, where, and what to write', () => {
    errors([
      ['events | join hits', /where on is expected/],
      ['events | join (hits on a', /^1:21 on stands where \)/, /where on is expected/],
      ['events | join kind=outer hits on a', /outer stands where innerunique/],
      ['events | join kind=leftsmi hits on a', /Did you mean leftsemi/],
      ['events | join hits on $left.a', /where == is expected/],
      ['events | join hits on $left.a == $left.b', /both sides of == are \$left/],
      ['events | join hits on $lft.a == $right.b', /Did you mean left/],
      ['events | join (foo | take 1) on a', /^1:16 there is no table foo/],
      ['events | join evnts on a', /Did you mean events/],
      ['events | union 5', /^1:16 5 stands where a table/],
      ['events | take 5 | asof ago(1d)', /asof stands once, directly behind a table/],
      ['events | asof now() | asof now()', /asof stands once/],
      ['events | join (hits | explain) on a', /explain is of a whole query/],
    ]);
  });
});
