/** How a journal ends, and which rules were in force where: read from its control entries alone. */
import type { JournalReader } from '../../journal/index.ts';
import { decodeControl, type SegmentLedgerHead } from './control.ts';

export interface JournalEnd {
  /** The last process stopped in good order: everything it took was answered, and its last entry says so. */
  readonly stopped: boolean;
  /** The rule set that it believed to be in force; undefined where it did not say. */
  readonly believed: string | null | undefined;
  /** That process had rules: then everything was evaluated before it stopped. */
  readonly ruled: boolean;
  /** Some process began: then it had made a store before that. */
  readonly started: boolean;
  /** Position up to which the last process said that everything was evaluated and stored; −1 for none. */
  readonly evaluated: number;
  /** Heads of the ledger of segments that were named: each must be there, or it was cut short, or begun anew. */
  readonly segments: readonly SegmentLedgerHead[];
  /** Position behind the last entry. */
  readonly next: number;
  /**
   * The rule set in force at a position: the last one named before it; where a process had just started, the next one named. Null
   * where none was.
   */
  setAt(position: number): string | null;
}

export function endOf(reader: JournalReader, from: number, next: number): JournalEnd {
  const changes: { position: number; set: string }[] = [];
  let waiting: number | null = from;
  let stopped = false;
  let believed: string | null | undefined;
  let started = false;
  let evaluated = -1;
  const segments: SegmentLedgerHead[] = [];
  for (const { position, kind } of reader.headers(from, next)) {
    stopped = false;
    if (kind !== 'control') continue;
    for (const { payload } of reader.read(position, position + 1)) {
      const control = decodeControl(payload);
      stopped = control.kind === 'stop';
      if (control.kind === 'stop') believed = control.set;
      // What a process found when it began is what counts: an earlier one's store may have been lost, and is made anew.
      if ('evaluated' in control) evaluated = control.evaluated ?? evaluated;
      const named = 'segments' in control ? (control.segments ?? null) : null;
      if (named !== null && named.head !== segments.at(-1)?.head) segments.push(named);
      started ||= control.kind === 'start';
      // A process may end before it has named any: what it took waits on.
      if (control.kind === 'start') waiting ??= position;
      if (control.kind !== 'rules') continue;
      changes.push({ position: waiting ?? position, set: control.set });
      waiting = null;
    }
  }
  return {
    stopped,
    believed,
    ruled: waiting === null,
    started,
    evaluated,
    segments,
    next,
    setAt: (position) => changes.findLast((change) => change.position <= position)?.set ?? null,
  };
}
