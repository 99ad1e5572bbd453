/**
 * Which rules cost too much or fail: what doors measured, added up over a window. A rule is above its budget by its share of the time
 * of all evaluation, where that is as much of a thread's time, too: with few rules each has a large share of what is little.
 */
import type { LiveRules, RuleCosts } from '../pipeline/index.ts';
import { printPercent, printSpan } from './config/index.ts';

export interface QuarantineBounds {
  /** Share of the time of all evaluation, and of one thread's, that one rule may take over the window. */
  readonly budget: number;
  readonly windowMs: number;
  /** Evaluations of one rule that may fail within the window. */
  readonly failures: number;
}

export interface Verdict {
  readonly id: string;
  readonly version: string;
  readonly reason: string;
}

/** Sums that a window is made of: it ends so much too late at most. */
const PARTS = 60;
const ERROR_CHARACTERS_MAX = 200;

interface Part {
  readonly at: number;
  evaluatedMs: number;
  readonly ms: Map<number, number>;
  readonly failures: Map<number, { readonly count: number; readonly error: string }>;
}

export class RuleJudge {
  readonly #bounds: QuarantineBounds;
  /** The rule set of `#parts`, oldest first. */
  #set = '';
  #parts: Part[] = [];

  constructor(bounds: QuarantineBounds) {
    this.#bounds = bounds;
  }

  /** Takes in what a door measured at `at` (milliseconds of a clock that never goes back); gives the rules to set aside. */
  observe({ set, detections }: LiveRules, { evaluatedMs, costs, failures }: RuleCosts, at: number): Verdict[] {
    if (set !== this.#set) this.forget();
    this.#set = set;
    const part = this.#partAt(at);
    part.evaluatedMs += evaluatedMs;
    for (let i = 0; i < costs.length; i += 2) part.ms.set(costs[i], (part.ms.get(costs[i]) ?? 0) + costs[i + 1]);
    for (const { rule, count, error } of failures) {
      part.failures.set(rule, { count: count + (part.failures.get(rule)?.count ?? 0), error });
    }
    const reasons = new Map([...this.#costly(), ...this.#failing()]);
    return [...reasons].map(([rule, reason]) => ({
      id: detections[rule].id,
      version: detections[rule].version,
      reason,
    }));
  }

  /** Begins anew. */
  forget(): void {
    this.#parts = [];
  }

  #partAt(at: number): Part {
    const { windowMs } = this.#bounds;
    this.#parts = this.#parts.filter((part) => part.at > at - windowMs);
    const last = this.#parts.at(-1);
    if (last !== undefined && at - last.at < windowMs / PARTS) return last;
    const part: Part = { at, evaluatedMs: 0, ms: new Map(), failures: new Map() };
    this.#parts.push(part);
    return part;
  }

  *#costly(): Iterable<[number, string]> {
    const { budget, windowMs } = this.#bounds;
    const all = this.#parts.reduce((sum, { evaluatedMs }) => sum + evaluatedMs, 0);
    // What is estimated from samples may be more than there was: at 100 % none is above.
    if (budget >= 1) return;
    const sums = new Map<number, number>();
    for (const { ms } of this.#parts) for (const [rule, own] of ms) sums.set(rule, (sums.get(rule) ?? 0) + own);
    for (const [rule, ms] of sums) {
      if (ms <= Math.max(all, windowMs) * budget) continue;
      // One call in sixteen stands for the others, so the sum may be a little more than there is.
      const share = printPercent(Math.round(Math.min(1, ms / all) * 100) / 100);
      yield [rule, `it took ${share} of all evaluation over ${printSpan(windowMs)}, more than ${printPercent(budget)}`];
    }
  }

  *#failing(): Iterable<[number, string]> {
    const sums = new Map<number, { count: number; error: string }>();
    for (const { failures } of this.#parts) {
      for (const [rule, { count, error }] of failures) {
        sums.set(rule, { count: count + (sums.get(rule)?.count ?? 0), error });
      }
    }
    const { windowMs, failures: most } = this.#bounds;
    for (const [rule, { count, error }] of sums) {
      if (count <= most) continue;
      const said = error.slice(0, ERROR_CHARACTERS_MAX);
      yield [rule, `it failed ${count} times in ${printSpan(windowMs)}, more than ${most}: ${said}`];
    }
  }
}
