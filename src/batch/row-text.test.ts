import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rowText } from './row-text.ts';
import { bareKernel, binaryOf, bytesOf, compact, lineArb } from './scan.twin.ts';

test('the text of a row is its line without white space between tokens', () => {
  const kernel = bareKernel();
  const line = '{"a":"\xff\\ud800","a":{"b":[1,{"c":[]},[[2],{}]],"":{}},"n":-1.50,"l":[ "x" ,\t2 ]}';
  fc.assert(
    fc.property(fc.array(lineArb, { minLength: 1, maxLength: 4 }), (lines) => {
      kernel.load(bytesOf([...lines, line].join('\n')));
      const texts: string[] = [];
      while (kernel.scan()) {
        for (let row = 0; row < kernel.get('rowCount'); row++) texts.push(binaryOf(rowText(kernel, row)));
      }
      assert.equal(texts.pop(), line);
      assert.deepEqual(texts.map(compact), lines.map(compact));
    }),
    { numRuns: 300 },
  );
});
