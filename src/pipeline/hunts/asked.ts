/** What a hunt of the server is asked for, and what is kept of it. */
import type { Level, RuleFile } from '../../detect/index.ts';
import type { Forecast } from '../hunt/forecast.ts';
import type { HuntCoverage, HuntSummary } from '../hunt/hunt.ts';

/** Rules in force, or rules of the asker's own. */
export type HuntRules =
  | { readonly kind: 'loaded'; readonly set: string; readonly ids: readonly string[] }
  | {
      readonly kind: 'texts';
      readonly files: readonly RuleFile[];
      readonly pipelines: readonly RuleFile[];
      /** With the filters, pipelines and placeholders that rules in force have. */
      readonly deployed: boolean;
    };

export type HuntState = 'waiting' | 'running' | 'finished' | 'cancelled' | 'failed';

/** Why there is a hunt: somebody asked, or rules came into force that are new or changed. */
export interface HuntCause {
  readonly kind: 'request' | 'new_rules';
  /** The credential that asked; null: nobody did. */
  readonly by: string | null;
  /** Rules that were named by their ids, or came into force; null: the asker's own. */
  readonly rules: readonly string[] | null;
  /** The rule set of those. */
  readonly set: string | null;
}

/** A hunt without what it found. Times are RFC 3339. */
export interface HuntStatus {
  readonly id: string;
  readonly state: HuntState;
  /** Why it is where it is; null: nothing to say. */
  readonly reason: string | null;
  readonly cause: HuntCause;
  readonly created: string;
  /** When work on it began last. */
  readonly started: string | null;
  readonly ended: string | null;
  /** Until when it stays readable, unless others need the room. */
  readonly expires: string | null;
  /** Of events; null: no such end was set. */
  readonly since: string | null;
  readonly until: string | null;
  readonly min_level: Level | null;
  readonly rules: { readonly loaded: number; readonly refused: number } | null;
  readonly progress: HuntProgress;
  /** What was read; null until it has ended. */
  readonly coverage: HuntCoverage | null;
}

export interface HuntProgress {
  readonly bytes: number;
  readonly bytes_total: number;
  readonly events: number;
  readonly hits: number;
}

export interface HuntDetail extends HuntStatus {
  /** Hits by rule, as of now. */
  readonly hits: Readonly<Record<string, number>>;
  /** As `weir hunt --summary` has it; null until it has ended. */
  readonly summary: HuntSummary | null;
}

/** What ended hunts of a tenant may take, and how many had to go since the start. */
export interface HuntRetention {
  readonly hunts_max: number;
  readonly bytes_max: number;
  readonly days: number;
  readonly bytes: number;
  readonly removed: number;
}

export interface ToldForecast extends Forecast {
  /** Why it is not exact; null where it is. */
  readonly reason: string | null;
}
