import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assemble, HIT, MISS, type Tree, witness } from './program.ts';

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.nat(5).map((predicate): Tree => ({ op: 'predicate', predicate })),
    fc.boolean().map((value): Tree => ({ op: 'const', value })),
    tie('tree').map((arg): Tree => ({ op: 'not', arg })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('tree'), { maxLength: 4 }))
      .map(([op, args]): Tree => ({ op, args })),
  ),
}));

function direct(node: Tree, holds: readonly boolean[]): boolean {
  switch (node.op) {
    case 'predicate':
      return holds[node.predicate];
    case 'const':
      return node.value;
    case 'not':
      return !direct(node.arg, holds);
    case 'and':
      return node.args.every((arg) => direct(arg, holds));
    case 'or':
      return node.args.some((arg) => direct(arg, holds));
  }
}

/** The kernel's loop; also says that it ends. */
function run(code: readonly number[], start: number, holds: readonly boolean[]): boolean {
  let at = start;
  for (let steps = 0; at !== HIT && at !== MISS; steps++) {
    assert.ok(steps <= code.length && at * 3 + 2 < code.length);
    at = holds[code[at * 3]] ? code[at * 3 + 1] : code[at * 3 + 2];
  }
  return at === HIT;
}

const assignments = Array.from({ length: 64 }, (_, bits) =>
  Array.from({ length: 6 }, (__, i) => ((bits >> i) & 1) === 1),
);
const costOf = (predicate: number): number => (predicate * 7) % 6;

test('a program decides as its tree does, whatever holds', () => {
  fc.assert(
    fc.property(fc.array(tree, { minLength: 1, maxLength: 4 }), (trees) => {
      const code: number[] = [];
      const starts = trees.map((one) => assemble(one, code));
      for (const holds of assignments) {
        trees.forEach((one, i) => {
          assert.equal(run(code, starts[i], holds), direct(one, holds));
        });
      }
    }),
    { numRuns: 500 },
  );
});

test('a tree that is true has a witness that holds, and one that is false has one for that', () => {
  fc.assert(
    fc.property(tree, (one) => {
      for (const positive of [true, false]) {
        const found = witness(one, costOf, positive);
        if (found === null) continue;
        assert.equal(new Set(found.predicates).size, found.predicates.length);
        for (const holds of assignments) {
          if (direct(one, holds) === positive) assert.ok(found.predicates.some((predicate) => holds[predicate]));
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('the witness is the cheapest there is; pure negations have none', () => {
  const p = (predicate: number): Tree => ({ op: 'predicate', predicate });
  const not = (arg: Tree): Tree => ({ op: 'not', arg });
  const cost = (predicate: number): number => [0.5, 0.1, 0.2, 0.25][predicate];
  assert.deepEqual(witness({ op: 'and', args: [p(0), p(1), p(2)] }, cost), { predicates: [1], cost: 0.1 });
  assert.deepEqual(witness({ op: 'and', args: [p(0), { op: 'or', args: [p(1), p(2)] }] }, cost)?.predicates, [1, 2]);
  assert.deepEqual(witness({ op: 'and', args: [not(p(1)), p(0)] }, cost)?.predicates, [0]);
  assert.equal(witness(not(p(1)), cost), null);
  assert.equal(witness({ op: 'or', args: [p(0), not(p(1))] }, cost), null);
  assert.deepEqual(witness(not({ op: 'or', args: [not(p(3)), p(0)] }), cost)?.predicates, [3]);
  assert.deepEqual(witness({ op: 'const', value: false }, cost)?.predicates, []);
  assert.equal(witness({ op: 'const', value: true }, cost), null);
});
