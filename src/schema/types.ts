/**
 * A source type: how one kind of source writes its events. Pure data; one file per source type in `sources/`, and one
 * line in `sources/index.ts`.
 */

/** A column path: keys joined by `.`, a literal dot in a key written `\.`; elements of arrays add nothing to the path. */
export type Path = string;

/**
 * What columns are called in rules. The first row (lowest rank) whose path is present in the event supplies the field;
 * rows later in the list only supply it where no earlier one does; paths that one row gives the same name all supply it.
 * In `path` and `name`, `{x}` stands for exactly one key, or for part of one (`param{n}`); `{x*}` for one or more keys
 * (joined by `.`). Spaces are removed from keys before they become names.
 */
export interface NameRow {
  readonly path: Path;
  readonly name: string;
}

/**
 * What an event is, as far as logsources go: a rule applies when each of its three attributes, if given, equals the
 * fact's. A fact with `rewrite` or `where` is only for rules that name its category.
 */
export interface Fact {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
  /** Rule field → field to read instead, for rules that apply through this fact (thor.yml `fieldmappings`). */
  readonly rewrite?: Readonly<Record<string, string>>;
  /** Further equalities an event must satisfy for this fact: rule field name → values (compared case-insensitively). */
  readonly where?: Readonly<Record<string, readonly string[]>>;
}

export interface LaneRow {
  /** Discriminator name → values, compared case-insensitively as text; all must hold. A value may end in `*`. Empty: always. */
  readonly when: Readonly<Record<string, readonly string[]>>;
  /** The row does not hold where one of these does: discriminator name → values, compared as in `when`. */
  readonly unless?: Readonly<Record<string, readonly string[]>>;
  readonly facts: readonly Fact[];
}

export interface SourceType {
  /** `windows.evtx_json`, `aws.cloudtrail`, … */
  readonly id: string;
  readonly title: string;
  readonly version: number;
  /**
   * Recognised from the set of columns of an event: every path in `all` is present, at least one of each group in `any`,
   * none of `none`. The first source type of the table that recognises an event has it.
   */
  readonly detect: {
    readonly all: readonly Path[];
    readonly any?: readonly (readonly Path[])[];
    readonly none?: readonly Path[];
  };
  readonly names: readonly NameRow[];
  /** Names (after `names`) of at most 4 fields that decide the lane, e.g. Channel and EventID. Of a list, its first value decides. */
  readonly discriminators: readonly string[];
  /** Every row that holds contributes its facts. */
  readonly lanes: readonly LaneRow[];
  /** Names of event-time fields, tried in order after `@timestamp`, `TimeCreated`, `UtcTime`, `EventTime`. */
  readonly time: readonly string[];
  /** Names that give the host, tried in order. */
  readonly host: readonly string[];
  /**
   * Columns that may hold a whole Windows event as XML text, best first. Such a source type is only recognised where one
   * of them does (see `isEventXml`): the event is unwrapped from it and recognised again.
   */
  readonly xml?: readonly Path[];
  /** Where this mapping comes from (vendor documentation, specification). */
  readonly references: readonly string[];
}
