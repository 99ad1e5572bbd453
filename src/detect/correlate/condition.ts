import type { ConditionOp, CorrelationRule } from '../sigma/model.ts';

const holds: Record<ConditionOp, (value: number, bound: number) => boolean> = {
  gt: (value, bound) => value > bound,
  gte: (value, bound) => value >= bound,
  lt: (value, bound) => value < bound,
  lte: (value, bound) => value <= bound,
  eq: (value, bound) => value === bound,
  neq: (value, bound) => value !== bound,
};

/** With any operator but `gt` and `gte` more events may undo what was true: the condition is judged when its window is over. */
export function judgedAtEnd(rule: CorrelationRule): boolean {
  return rule.condition.some(({ op }) => op !== 'gt' && op !== 'gte');
}

/** Whether all of a rule's tests hold; `null` (nothing to judge) satisfies none. */
export function conditionHolds(rule: CorrelationRule, value: number | null): value is number {
  return value !== null && rule.condition.every((test) => holds[test.op](value, test.value));
}
