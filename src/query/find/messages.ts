/** What is asked of a process beside SQL: plain values that go from process to process. */
import type { GroupTerms, SegmentKind } from '../../store/index.ts';
import type { Necessary } from './necessary.ts';

/** A file and those of its row groups that are meant. */
export interface GroupsOf {
  /** Absolute path. */
  readonly file: string;
  readonly groups: readonly number[];
}

export type Find =
  /** Row groups that may have what is necessary: `part`, `file`, `group`, by their places in the lists; `rows`. */
  | {
      readonly kind: 'probe';
      readonly parts: readonly {
        readonly necessary: Necessary | null;
        /** Groups as the catalogue knows them; null: it does not, the file says it. */
        readonly files: readonly { readonly file: string; readonly groups: readonly GroupTerms[] | null }[];
      }[];
    }
  /** Rows that may have it: `file`, `group`, `row`. More than so many are refused (`query.many`). */
  | {
      readonly kind: 'find';
      readonly necessary: Necessary;
      /** Source type of the rows that are meant; empty: of none; null: whatever it is. */
      readonly type: string | null;
      readonly files: readonly (GroupsOf & { readonly filtered: readonly boolean[] })[];
      readonly rowsMax: number;
    }
  /** Values of rows: position, row, time and receipt in microseconds, then those of columns. */
  | {
      readonly kind: 'read';
      readonly columns: readonly { readonly name: string; readonly kind: SegmentKind }[];
      readonly rows: readonly { readonly file: string; readonly group: number; readonly rows: readonly number[] }[];
    };
