/** Which names of events the rest of a query reads. */
import { type Expression, everyPath, type Operator, type OperatorKind, pathOf, rewrite } from '../../lang/index.ts';

/** What passes rows on as they are, columns added perhaps. */
const PASSING: ReadonlySet<OperatorKind> = new Set([
  'where',
  'extend',
  'sort',
  'top',
  'take',
  'parse',
  'mv-expand',
  'render',
]);
/** What gives rows of its own, made of what it names. */
const CLOSING: ReadonlySet<OperatorKind> = new Set(['project', 'summarize', 'count', 'distinct', 'make-series']);

/** Null: all. */
export function demandOf(operators: readonly Operator[]): ReadonlySet<string> | null {
  const names = new Set<string>();
  for (const operator of operators) {
    const closing = CLOSING.has(operator.kind);
    if (!closing && !PASSING.has(operator.kind)) return null;
    if (operator.kind === 'distinct' && operator.columns.length === 0) return null;
    let all = false;
    rewrite(operator, (node: Expression) => {
      if (node.kind === 'every') {
        if (everyPath(node.keys) === '*') all = true;
        names.add(everyPath(node.keys));
      } else if (node.kind === 'field') {
        // `a.b` may be a member of a column `a`.
        for (let length = 1; length <= node.keys.length; length++) names.add(pathOf(node.keys.slice(0, length)));
      }
      return null;
    });
    if (all) return null;
    if (closing) return names;
  }
  return null;
}
