/** A tree with some of its expressions replaced. */
import type { Expression } from '../../tree.ts';

/** What stands for a node, or null where it stays and its parts are looked at. */
export type Change = (node: Expression) => Expression | null;

/**
 * Works on whole operators too: trees are plain objects and lists, so one walk serves all; values (dates, lists) are no plain objects
 * and stay. Pipelines inside (`join`, `union`, subqueries) stay as they are.
 */
export function rewrite<Tree>(tree: Tree, change: Change): Tree {
  return walk(tree, change) as Tree;
}

function walk(node: unknown, change: Change): unknown {
  if (Array.isArray(node)) return node.map((item) => walk(item, change));
  if (typeof node !== 'object' || node === null || Object.getPrototypeOf(node) !== Object.prototype) return node;
  if ('source' in node && 'operators' in node) return node;
  const changed = 'kind' in node ? change(node as Expression) : null;
  if (changed !== null) return changed;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value, change)]));
}
