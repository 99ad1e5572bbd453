import { suite, test } from 'node:test';
import { errors, spellings } from './kit.twin.ts';

suite('steps of weir’s own', () => {
  test('have one spelling', () => {
    spellings([
      ['explain hits | count', 'explain hits | count'],
      ['hits | count | explain', 'explain hits | count'],
      ['sequence within 5m [a] ![b.c == 1] [d]', 'sequence within 5m [a] ![b.c == 1] [d]'],
      ['detect rule:"a b" pack:windows-core', 'detect rule:"a b", pack:"windows-core"'],
    ]);
  });

  test('say what is wrong with them, where, and what to write', () => {
    errors([
      ['events | sequence by a [b]', /where within is expected/],
      ['events | sequence within 5m', /where \[condition\]/],
      ['events | sequence within 5m ![a]', /one step at least that happens/],
      ['events | sequence within 5 [a]', /where a span/],
      ['events | detect "x"', /where rule or pack/],
      ['events | detect rule:', /where a rule/],
      ['events | explain | take 5', /explain is the last step/],
    ]);
  });
});
