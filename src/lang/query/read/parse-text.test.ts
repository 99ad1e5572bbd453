import { suite, test } from 'node:test';
import { errors, spellings } from './kit.twin.ts';

suite('parse', () => {
  test('have one spelling', () => {
    spellings([['events | parse a with * "x" b', 'events | parse a with * "x" b:string']]);
  });

  test('say what is wrong with them, where, and what to write', () => {
    errors([
      ['events | parse a "x"', /where with is expected/],
      ['events | parse a with', /where a text or a name or \*/],
      ['events | parse a with b:strng', /strng stands where string/],
    ]);
  });
});
