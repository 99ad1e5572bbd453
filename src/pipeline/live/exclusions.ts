/**
 * What was left unevaluated on purpose, for the ledger: which rules did not see which events of a tenant, and why. Ranges of one
 * tenant, rule and reason that follow each other are one; what lies between them is of other tenants.
 */
import type { ExceptionReason, LedgerException } from '../../store/index.ts';
import type { Stage } from './stages.ts';

export interface Excluded {
  readonly tenant: string;
  /** Rule id; `*` for every rule; `stage:NAME` for a stage that runs no rules. */
  readonly rule: string;
  readonly reason: ExceptionReason;
  readonly detail?: string;
}

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly receivedAt: number;
}

/** What a rule set does not do, or not while stages are off: ids of its correlations, and the rules it leaves out. */
export interface SetLimits {
  readonly correlations: readonly string[];
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
}

/** What a tenant's events are excluded from while stages are `off`, under a rule set; null: none was run. */
export function excludedFrom(tenant: string, off: ReadonlySet<Stage> | null, set: SetLimits | null): Excluded[] {
  const { correlations, leftOut } = set ?? { correlations: [], leftOut: [] };
  // Of each event one reason: where no rules were run, that is it.
  const quarantined = off?.has('detect') === true ? [] : leftOut;
  return [...excludedByStages(tenant, off, correlations), ...quarantined.map((rule) => quarantineOf(tenant, rule))];
}

function quarantineOf(tenant: string, { id, reason }: SetLimits['leftOut'][number]): Excluded {
  return { tenant, rule: id, reason: 'quarantined', detail: reason };
}

function excludedByStages(tenant: string, off: ReadonlySet<Stage> | null, correlations: readonly string[]): Excluded[] {
  if (off === null) return [];
  const reason = 'stage_off';
  // Where no rules are run correlations have nothing to relate either: all of it is said of every rule.
  const rules = off.has('detect') ? ['*'] : off.has('correlate') ? correlations : [];
  const detail = off.has('detect') ? 'detect' : 'correlate';
  const others = (['validate', 'notify'] as const).filter((stage) => off.has(stage));
  return [
    ...rules.map((rule) => ({ tenant, rule, reason, detail }) as const),
    ...others.map((stage) => ({ tenant, rule: `stage:${stage}`, reason, detail: stage }) as const),
  ];
}

const keyOf = ({ tenant, rule, reason }: Excluded): string => `${tenant}\t${reason}\t${rule}`;

export class Exclusions {
  /** Of the commit in progress. */
  #ranges = new Map<string, LedgerException>();
  #over: LedgerException[] = [];
  /** Where the last range of each ended, as long as it goes on. */
  readonly #ends = new Map<string, number>();

  add(excluded: Excluded, { from, to, events, receivedAt }: Span): void {
    const key = keyOf(excluded);
    const known = this.#ranges.get(key);
    const end = this.#ends.get(key);
    this.#ends.set(key, to);
    if (known !== undefined && end !== undefined) {
      this.#ranges.set(key, { ...known, to, events: known.events + events, receivedTo: receivedAt });
      return;
    }
    const begin = end === undefined ? from : end + 1;
    const received = { receivedFrom: receivedAt, receivedTo: receivedAt };
    this.#ranges.set(key, { ...excluded, from: begin, to, events, ...received });
  }

  /** What a tenant's events are excluded from by now; a range of anything else is over. */
  endAllBut(tenant: string, excluded: readonly Excluded[]): void {
    const keys = new Set(excluded.map(keyOf));
    for (const key of this.#ends.keys()) {
      if (!key.startsWith(`${tenant}\t`) || keys.has(key)) continue;
      this.#ends.delete(key);
      const range = this.#ranges.get(key);
      if (range !== undefined) this.#over.push(range);
      this.#ranges.delete(key);
    }
  }

  /** For a commit. */
  get gathered(): LedgerException[] {
    return [...this.#over, ...this.#ranges.values()];
  }

  /** What was gathered is stored. */
  stored(): void {
    this.#over = [];
    this.#ranges = new Map();
  }
}
