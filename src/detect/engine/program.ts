/** A rule's tree over predicates: what wakes it (witness), and the decision program the kernel runs for it. */

/** A tree whose leaves are predicates of a lane. */
export type Tree =
  | { readonly op: 'and' | 'or'; readonly args: readonly Tree[] }
  | { readonly op: 'not'; readonly arg: Tree }
  | { readonly op: 'const'; readonly value: boolean }
  | { readonly op: 'predicate'; readonly predicate: number };

export const HIT = 0xffffffff;
export const MISS = 0xfffffffe;

export interface Witness {
  /** One of these holds whenever the rule matches. */
  readonly predicates: readonly number[];
  /** Expected share of values that hold one, a guess. */
  readonly cost: number;
}

/**
 * The cheapest set of predicates of which one must hold for the tree to be true (`positive`) or false; null when there
 * is none, as for pure negations.
 */
export function witness(tree: Tree, costOf: (predicate: number) => number, positive = true): Witness | null {
  switch (tree.op) {
    case 'const':
      return tree.value === positive ? null : { predicates: [], cost: 0 };
    case 'predicate':
      return positive ? { predicates: [tree.predicate], cost: costOf(tree.predicate) } : null;
    case 'not':
      return witness(tree.arg, costOf, !positive);
    default: {
      const parts = tree.args.map((arg) => witness(arg, costOf, positive));
      if ((tree.op === 'and') === positive) {
        let best: Witness | null = null;
        for (const part of parts) if (part !== null && (best === null || part.cost < best.cost)) best = part;
        return best;
      }
      const all = new Set<number>();
      let cost = 0;
      for (const part of parts) {
        if (part === null) return null;
        cost += part.cost;
        for (const predicate of part.predicates) all.add(predicate);
      }
      return { predicates: [...all], cost };
    }
  }
}

/**
 * Appends the tree as decisions (predicate, next when it holds, next when not) to `code` and returns where to start.
 * Built from its end, so that every jump goes to what is already there.
 */
export function assemble(tree: Tree, code: number[], whenTrue: number = HIT, whenFalse: number = MISS): number {
  switch (tree.op) {
    case 'const':
      return tree.value ? whenTrue : whenFalse;
    case 'predicate':
      code.push(tree.predicate, whenTrue, whenFalse);
      return code.length / 3 - 1;
    case 'not':
      return assemble(tree.arg, code, whenFalse, whenTrue);
    case 'and':
      return tree.args.reduceRight((next, arg) => assemble(arg, code, next, whenFalse), whenTrue);
    case 'or':
      return tree.args.reduceRight((next, arg) => assemble(arg, code, whenTrue, next), whenFalse);
  }
}
