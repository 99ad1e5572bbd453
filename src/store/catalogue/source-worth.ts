/** What is said of sources beside their events, as plain data that goes from thread to thread. */
import type { SourceWorth } from './retention.ts';

/** Said of a source (`*`: of all others), for one tenant or (null) for all. */
export interface WorthRow extends SourceWorth {
  readonly tenant: string | null;
  readonly source: string;
}

/** The nearest row that says something wins, setting by setting: the tenant's before those of all, a source's own before `*`. */
export function worthOf(rows: readonly WorthRow[], tenant: string, source: string): SourceWorth {
  const nearness = (row: WorthRow): number => (row.tenant === null ? 0 : 2) + (row.source === '*' ? 0 : 1);
  const own = rows
    .filter((row) => (row.tenant === null || row.tenant === tenant) && (row.source === '*' || row.source === source))
    .sort((a, b) => nearness(a) - nearness(b));
  let worth: SourceWorth = {};
  for (const { severity, class: of, retentionClass } of own) {
    worth = {
      ...worth,
      ...(severity === undefined ? {} : { severity }),
      ...(of === undefined ? {} : { class: of }),
      ...(retentionClass === undefined ? {} : { retentionClass }),
    };
  }
  return worth;
}
