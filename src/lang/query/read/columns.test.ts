import { suite, test } from 'node:test';
import { errors, spellings } from './kit.twin.ts';

suite('steps that choose, name and work out columns', () => {
  test('have one spelling', () => {
    spellings([
      ['events | distinct *', 'events | distinct *'],
      ['events | project-away winlog.*, *_id, a', 'events | project-away winlog.*, *_id, a'],
    ]);
  });

  test('say what is wrong with them, where, and what to write', () => {
    errors([
      ['events | project-awy a', /project-away/],
      ['events | extend a.b() = 1', /is expected|stands/],
      ['events | extend 5 = a', /a single = compares nothing|a name before =/],
      ['events | project-rename a', /where = is expected \(Write new = old/],
      ['events | project-rename 5 = a', /^1:25 5 stands where a name/],
    ]);
  });
});
