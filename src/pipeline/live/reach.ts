/** Which rules of a set could have fired on what a tenant has sent, and from when on. */
import {
  type Applicable,
  applicable,
  type DetectionRule,
  type LaneFields,
  laneFields,
  openImage,
  reachOf,
  ruleOf,
} from '../../detect/index.ts';
import type { Lane } from '../../store/index.ts';
import { laneOf } from './arrivals.ts';

/** Of one rule. */
export interface RuleReach {
  /** First event it applied to, and from where on it could have fired: positions; null: never. */
  readonly since: number | null;
  readonly from: number | null;
  /** Events it applied to before that. */
  readonly missed: number;
  /** Why it never could. */
  readonly reason: string | null;
}

type Needs = Pick<DetectionRule, 'logsource' | 'items' | 'expr'>;

/** The rules of an image, as far as they are asked here. */
export class RuleReaches {
  #set: string | null = null;
  #rules: readonly Needs[] = [];

  /** In the order of the set's rules; none while nothing has arrived, when nothing can be said. */
  of(set: string, image: SharedArrayBuffer, lanes: readonly Lane[]): RuleReach[] {
    if (lanes.length === 0) return [];
    if (this.#set !== set) {
      this.#rules = needsOf(image);
      this.#set = set;
    }
    const arrived = lanes.map((lane) => laneFields({ ...lane, ...laneOf(lane.lane) }));
    const known = new Map<string, Applicable>();
    return this.#rules.map((rule) => {
      const { position, since, missed, reason } = reachOf(rule, lanesFor(rule, arrived, known));
      return { since: finite(since), from: finite(position), missed, reason };
    });
  }
}

function needsOf(image: SharedArrayBuffer): Needs[] {
  const opened = openImage(image);
  if (opened === null) throw new Error('the compiled rules are not of this version');
  return Array.from({ length: opened.header.rules.length / 2 }, (_, index) => {
    const { logsource, items, expr } = ruleOf(opened, index);
    return { logsource, items, expr };
  });
}

/** There are 160 logsources to 3,754 rules. */
function lanesFor({ logsource }: Needs, lanes: readonly LaneFields[], known: Map<string, Applicable>): Applicable {
  const { product, category, service } = logsource;
  const key = JSON.stringify([product, category, service]);
  let found = known.get(key);
  if (found === undefined) {
    found = applicable(logsource, lanes);
    known.set(key, found);
  }
  return found;
}

const finite = (position: number): number | null => (Number.isFinite(position) ? position : null);
