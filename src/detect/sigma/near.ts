/** How near an event came to hitting a rule. */
import { type EventView, itemTests } from './evaluate.ts';
import type { DetectionRule, Expr } from './model.ts';

export interface Nearness {
  /** The fewest predicates that would have to be otherwise for the rule to hit. */
  readonly distance: number;
  /** Predicates that hold and have to, beside those. One that has to fail is none of them: most events hold nothing of it. */
  readonly held: number;
}

/** A distance of 0: it hits; an endless one: no event could. */
export function nearness(rule: DetectionRule, view: EventView): Nearness {
  return wayTo(
    rule.expr,
    true,
    itemTests(rule).map((test) => test(view)),
  );
}

/** Those that lack the smallest share of what they want come first; of equals the one with the fewest to change. */
export function compareNearness(a: Nearness, b: Nearness): number {
  const share = ({ distance, held }: Nearness): number => distance / (distance + held);
  return share(a) - share(b) || a.distance - b.distance;
}

function wayTo(expr: Expr, want: boolean, truth: readonly boolean[]): Nearness {
  switch (expr.op) {
    case 'const':
      return { distance: expr.value === want ? 0 : Number.POSITIVE_INFINITY, held: 0 };
    case 'item':
      if (truth[expr.item] !== want) return { distance: 1, held: 0 };
      return { distance: 0, held: want ? 1 : 0 };
    case 'not':
      return wayTo(expr.arg, !want, truth);
    case 'and':
    case 'or': {
      const ways = expr.args.map((arg) => wayTo(arg, want, truth));
      if ((expr.op === 'and') === want) return ways.reduce(sum, { distance: 0, held: 0 });
      return ways.reduce((best, way) => (compare(way, best) < 0 ? way : best), {
        distance: Number.POSITIVE_INFINITY,
        held: 0,
      });
    }
  }
}

const sum = (a: Nearness, b: Nearness): Nearness => ({ distance: a.distance + b.distance, held: a.held + b.held });
const compare = (a: Nearness, b: Nearness): number => a.distance - b.distance || b.held - a.held;
