/** What the first conditions of a query say of the records it can want, so that a table need not read the others. */
import { type Expression, type Operator, pathOf, type Tools } from '../../../lang/index.ts';
import { timesAsked } from '../../../query/index.ts';

export interface Narrowed {
  /** The only value of the column `name`; null: any. */
  readonly name: string | null;
  /** Unix milliseconds of `@timestamp`; up to, without `toMs`. Rounded outwards. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether who asks may see what is of the whole installation. */
  readonly installation: boolean;
}

export function narrowed(
  operators: readonly Operator[],
  { now, tools, since }: { readonly now: number; readonly tools: Tools; readonly since: number | null },
): Omit<Narrowed, 'installation'> {
  const { from, to } = timesAsked(operators, { tools, now });
  const fromMs = Math.max(Number(from / 1000n) - 1, since === null ? Number.NEGATIVE_INFINITY : Math.floor(since));
  let name: string | null = null;
  for (const operator of operators) {
    if (operator.kind !== 'where') break;
    name ??= nameIn(operator.condition);
  }
  return { name, fromMs, toMs: Number(to / 1000n) + 1 };
}

function nameIn(node: Expression): string | null {
  if (node.kind === 'and') {
    for (const operand of node.operands) {
      const name = nameIn(operand);
      if (name !== null) return name;
    }
    return null;
  }
  if (node.kind !== 'comparison' || node.operator !== '==') return null;
  for (const [field, value] of [
    [node.left, node.right],
    [node.right, node.left],
  ]) {
    if (field.kind === 'field' && pathOf(field.keys) === 'name' && value.kind === 'literal') {
      if (typeof value.value === 'string') return value.value;
    }
  }
  return null;
}
