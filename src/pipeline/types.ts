import type { Level, Match } from '../detect/index.ts';

export type { Match } from '../detect/index.ts';

/** A hit line of `scan --format ndjson` (contract). Correlation hits carry `events` instead of `event`. */
export interface Hit {
  readonly rule: { id: string; title: string; level: Level; tags: readonly string[]; logsource: unknown };
  readonly time: string | null;
  /** `carved`: the event lay in free space of the log (`--recover`); left out where it did not. Of a correlation: one of its events did. */
  readonly source: { path: string; record: number; carved?: true };
  readonly host: string | null;
  readonly matches: readonly Match[];
  readonly event?: unknown;
  readonly events?: readonly unknown[];
  /** Of a correlation: by what it grouped, what its condition was judged on, and how many events there are in all. */
  readonly correlation?: {
    readonly type: string;
    readonly group: Readonly<Record<string, string>>;
    readonly value: number;
    readonly events: number;
  };
}

/** `--summary FILE` (contract). */
export interface Summary {
  readonly events: number;
  /** Of them, those read from free space (`--recover`). */
  readonly carved: number;
  readonly bytes: number;
  /** Of the scan itself: from when the rules were in the workers. */
  readonly seconds: number;
  /** Of what came before: start and rules. */
  readonly start_seconds: number;
  readonly rules: {
    readonly loaded: number;
    readonly refused: readonly { path: string; id: string | null; reason: string }[];
    readonly not_a_rule: readonly string[];
    readonly silenced_by: Readonly<Record<string, readonly string[]>>;
  };
  /** Rule id → events matched (a correlation: firings); zeros left out. */
  readonly hits: Readonly<Record<string, number>>;
  readonly unparsed: readonly { path: string; position: string; reason: string }[];
  /** What was found in folders and left out on purpose: hidden files, second names of a file, what this scan itself writes. */
  readonly left_out: readonly { path: string; reason: string }[];
  /** Lane → events. */
  readonly lanes: Readonly<Record<string, number>>;
  /** Correlation id → events left out because a group-by field was missing. */
  readonly ungrouped: Readonly<Record<string, number>>;
  /** What correlations left out, by id: matches without time, matches and groups beyond a limit; null without correlations. */
  readonly correlation: Readonly<
    Record<'untimed' | 'dropped' | 'evicted' | 'cut', Readonly<Record<string, number>>>
  > | null;
  /** False after Ctrl-C. */
  readonly complete: boolean;
}
