import { suite, test } from 'node:test';
import { errors, spellings } from './kit.twin.ts';

suite('steps that make new rows', () => {
  test('have one spelling', () => {
    spellings([
      ['events | summarize by a', 'events | summarize by a'],
      ['events | mv-expand a to typeof(int)', 'events | mv-expand a to typeof(long)'],
      [
        'events | render timechart with (ycolumns=a, b, title="t")',
        'events | render timechart with (ycolumns = "a,b", title = "t")',
      ],
    ]);
  });

  test('say what is wrong with them, where, and what to write', () => {
    errors([
      ['events | sumarize n = count()', /^1:10 there is no step sumarize \(Did you mean summarize\?\)/],
      ['events | mv-expand a to long', /where typeof is expected/],
      ['events | make-series count() on t', /where step is expected/],
      ['events | make-series count()', /where on is expected/],
      ['events | render timchart', /Did you mean timechart/],
      ['events | render timechart with (title=f(x))', /takes a text/],
    ]);
  });
});
