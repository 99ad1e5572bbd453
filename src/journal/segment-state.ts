/**
 * What the lines of the ledger of segments come to: which segments there are, and what became of others. Used by whoever adds lines and
 * by whoever verifies them. Sums must come out: a merge keeps all events, what expires is what is missing afterwards.
 */
import { differenceOf, multisetOfText, multisetText, NO_EVENTS, sumOf } from '../base/index.ts';
import type {
  CompactEntry,
  ExpireEntry,
  HoldEntry,
  RebuildEntry,
  SegmentEntry,
  SegmentRecord,
  SignedEntry,
  TierEntry,
} from './chain-entries.ts';

/** What a line changed, so that it can be undone. */
export interface StateChange {
  readonly n: number;
  readonly kind: 'segment' | 'compact' | 'expire' | 'rebuild';
  readonly added: readonly SegmentRecord[];
  readonly removed: readonly SegmentRecord[];
}

/** Events that a policy let go of. */
export interface Expiry {
  readonly record: SegmentRecord;
  readonly entry: ExpireEntry;
}

/** Only the last lines are ever undone: those of one step that did not come to its end. */
const UNDO_MAX = 64;

export class SegmentState {
  /** By SHA-256. */
  readonly live = new Map<string, SegmentRecord>();
  /** In order. */
  readonly expired: Expiry[] = [];
  /** SHA-256 of those that went to the object store, whatever became of them since. */
  readonly cold = new Set<string>();
  /** Legal holds in force, by name. */
  readonly holds = new Map<string, HoldEntry>();
  readonly #changes: StateChange[] = [];
  readonly #byFile = new Map<string, SegmentRecord>();
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  /** What the last lines changed, oldest first. */
  get changes(): readonly StateChange[] {
    return this.#changes;
  }

  /** Null: none that is a segment. */
  ofFile(file: string): SegmentRecord | null {
    return this.#byFile.get(file) ?? null;
  }

  /** Takes lines in order; says what is wrong with one, null: nothing. */
  take(entry: SignedEntry): string | null {
    this.#lines = entry.n + 1;
    if (entry.kind === 'segment') return this.#published(entry, entry.n);
    if (entry.kind === 'compact') return this.#merged(entry, entry.n);
    if (entry.kind === 'tier') return this.#tiered(entry);
    if (entry.kind === 'expire') return this.#expire(entry, entry.n);
    if (entry.kind === 'rebuild') return this.#rebuilt(entry, entry.n);
    if (entry.kind === 'hold') return this.#hold(entry);
    if (entry.kind === 'unhold') return this.holds.delete(entry.name) ? null : `there was no hold ${entry.name} to end`;
    if (entry.kind === 'void') return this.#undo(entry.lines);
    return null;
  }

  /** Sum of the multiset hashes of segments that there are; null where one of them is none. */
  sumOf(segments: readonly string[]): string | null {
    let sum = NO_EVENTS;
    for (const sha256 of segments) {
      const own = multisetOfText(this.live.get(sha256)?.multiset ?? '');
      if (own === null) return null;
      sum = sumOf(sum, own);
    }
    return multisetText(sum);
  }

  #change(n: number, kind: StateChange['kind'], removed: readonly string[], added: readonly SegmentRecord[]): void {
    const gone = removed.flatMap((sha256) => this.live.get(sha256) ?? []);
    for (const record of gone) this.#drop(record);
    for (const record of added) this.#add(record);
    this.#changes.push({ n, kind, added, removed: gone });
    if (this.#changes.length > UNDO_MAX) this.#changes.shift();
  }

  #add(record: SegmentRecord): void {
    this.live.set(record.sha256, record);
    this.#byFile.set(record.file, record);
  }

  #drop({ sha256, file }: SegmentRecord): void {
    this.live.delete(sha256);
    if (this.#byFile.get(file)?.sha256 === sha256) this.#byFile.delete(file);
  }

  #published({ segments }: SegmentEntry, n: number): string | null {
    const double = segments.find(({ sha256 }) => this.live.has(sha256));
    this.#change(n, 'segment', [], segments);
    return double === undefined ? null : `the segment ${double.file} is there already`;
  }

  #merged({ inputs, output }: CompactEntry, n: number): string | null {
    const sum = this.sumOf(inputs);
    const count = inputs.reduce((rows, sha256) => rows + (this.live.get(sha256)?.count ?? 0), 0);
    this.#change(n, 'compact', inputs, [output]);
    if (sum === null) return `${output.file} is made of what is no segment`;
    if (count !== output.count) return `${output.file} has ${output.count} events, what it was made of had ${count}`;
    return sum === output.multiset ? null : `${output.file} does not have the events of what it was made of`;
  }

  #tiered({ segments }: TierEntry): string | null {
    for (const sha256 of segments) this.cold.add(sha256);
    const other = segments.find((sha256) => !this.live.has(sha256));
    return other === undefined ? null : `${other}, which went to another tier, was no segment`;
  }

  #expire(entry: ExpireEntry, n: number): string | null {
    const { segment, output, count, subtracted } = entry;
    const record = this.live.get(segment);
    this.#change(n, 'expire', [segment], output === null ? [] : [output]);
    if (record === undefined) return `${segment}, which expired, was no segment`;
    this.expired.push({ record, entry });
    const [before, gone] = [multisetOfText(record.multiset), multisetOfText(subtracted)];
    const left = output === null ? NO_EVENTS : multisetOfText(output.multiset);
    if (before === null || gone === null || left === null) return `a hash of ${record.file} is none`;
    if ((output?.count ?? 0) + count !== record.count) {
      return `of the ${record.count} events of ${record.file} ${count} expired, and ${output?.count ?? 0} are left`;
    }
    const same = multisetText(differenceOf(before, gone)) === multisetText(left);
    return same ? null : `what is left of ${record.file} is not what did not expire`;
  }

  #hold({ kind, name, tenants, sources, from, to, reason, by, at }: HoldEntry): string | null {
    const double = this.holds.has(name);
    const scope = {
      ...(tenants === undefined ? {} : { tenants }),
      ...(sources === undefined ? {} : { sources }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
    this.holds.set(name, { kind, name, ...scope, reason, by, at });
    return double ? `there is a hold ${name} already` : null;
  }

  #rebuilt({ dropped, added }: RebuildEntry, n: number): string | null {
    this.#change(n, 'rebuild', dropped, added);
    return null;
  }

  #undo(lines: readonly number[]): string | null {
    for (const n of lines.toSorted((a, b) => b - a)) {
      const change = this.#changes.pop();
      if (change?.n !== n) return `line ${n} is said to have had no effect, and cannot be undone any more`;
      for (const record of change.added) this.#drop(record);
      for (const record of change.removed) this.#add(record);
      if (change.kind === 'expire') this.expired.pop();
    }
    return null;
  }
}

/**
 * Lines at the end that did not come into effect: the process ended before the catalogue had what they say.
 * @param isKnown whether the catalogue has a file as a segment
 */
export function pendingLines({ changes }: SegmentState, isKnown: (file: string) => boolean): number[] {
  const pending: number[] = [];
  for (const { n, kind, added, removed } of changes.toReversed()) {
    const took =
      kind === 'rebuild' || (added.length > 0 ? added : removed).some(({ file }) => isKnown(file) === added.length > 0);
    if (took) break;
    pending.push(n);
  }
  return pending;
}
