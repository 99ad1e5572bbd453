import type { Level } from '../detect/sigma/model.ts';

/** Why a rule hit: one satisfied predicate. */
export interface Match {
  readonly selection: string;
  /** null for a keyword. */
  readonly field: string | null;
  /** Column path the value came from in this event; absent for absent fields. */
  readonly path?: string;
  /** `equals`, `contains`, `startswith`, `endswith`, `wildcard`, `re`, `cidr`, `lt`…, `null`, `exists`, `fieldref`, `keyword`, `hour`…; with `not ` before it when the predicate had to fail. */
  readonly op: string;
  /** The value or pattern of the rule that decided it, as written. */
  readonly pattern?: unknown;
  /** The event's value, decoded; absent when the field is. */
  readonly value?: string | null;
  /** Without this value the rule would not have hit. */
  readonly decisive: boolean;
}

/** A hit line of `scan --format ndjson` (contract). Correlation hits carry `events` instead of `event`. */
export interface Hit {
  readonly rule: { id: string; title: string; level: Level; tags: readonly string[]; logsource: unknown };
  readonly time: string | null;
  readonly source: { path: string; record: number };
  readonly host: string | null;
  readonly matches: readonly Match[];
  readonly event?: unknown;
  readonly events?: readonly unknown[];
}

/** `--summary FILE` (contract). */
export interface Summary {
  readonly events: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly rules: {
    readonly loaded: number;
    readonly refused: readonly { path: string; id: string | null; reason: string }[];
    readonly not_a_rule: readonly string[];
    readonly silenced_by: Readonly<Record<string, readonly string[]>>;
  };
  /** Rule id → events matched (a correlation: firings); zeros left out. */
  readonly hits: Readonly<Record<string, number>>;
  readonly unparsed: readonly { path: string; position: string; reason: string }[];
  /** Lane → events. */
  readonly lanes: Readonly<Record<string, number>>;
  /** Correlation id → events left out because a group-by field was missing. */
  readonly ungrouped: Readonly<Record<string, number>>;
  /** False after Ctrl-C. */
  readonly complete: boolean;
}
