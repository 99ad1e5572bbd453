/** What a rule waits for, for `rules explain`: the same choice the compiled rule makes. */
import type { DetectionRule, Expr } from '../sigma/model.ts';
import { costOf } from './lane.ts';
import { type Tree, witness } from './program.ts';

function treeOf(expr: Expr): Tree {
  switch (expr.op) {
    case 'and':
    case 'or':
      return { op: expr.op, args: expr.args.map(treeOf) };
    case 'not':
      return { op: 'not', arg: treeOf(expr.arg) };
    case 'const':
      return expr;
    case 'item':
      return { op: 'predicate', predicate: expr.item };
  }
}

/** Indices of the items of which one must hold before the rule is looked at; null when every event of its lanes is looked at. */
export function witnessItems(rule: DetectionRule): readonly number[] | null {
  return witness(treeOf(rule.expr), (item) => costOf(rule.items[item].test))?.predicates ?? null;
}
