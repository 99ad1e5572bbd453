/**
 * Retention in force: what policies let go of goes, whole segments and parts of others; what a hold or another policy keeps stays. Each
 * step is signed before it is done (segment-chain.ts), with the events that go by minute of receipt, which the books take from there.
 */
import { elapsedMs, WeirError } from '../../base/index.ts';
import type { ExpireEntry, Expiry, HoldEntry } from '../../journal/index.ts';
import {
  type LegalHold,
  planRetention,
  type RangeReader,
  type RetentionInput,
  type RetentionPolicy,
  type RowGroup,
  type RowsBefore,
  type SegmentStore,
  type StoredSegment,
  type WorthRow,
  worthOf,
} from '../../store/index.ts';
import { expiredPlaces } from './expirations.ts';
import { MERGE_LEVEL, writeSegment } from './merge.ts';
import { minutesOf, without } from './retain.ts';
import type { SegmentChain } from './segment-chain.ts';

export interface RetentionSettings {
  readonly policies: readonly RetentionPolicy[];
  /** What is said of sources. */
  readonly worth: readonly WorthRow[];
}

export interface Retained {
  /** Segments that went, and that were written anew without a part of them. */
  readonly expired: number;
  readonly rewritten: number;
  readonly events: number;
  /** Segments that would have gone, wholly or in part, and must stay: by which hold or policy. */
  readonly retained: readonly { readonly file: string; readonly policy: string; readonly by: string }[];
  /** Segments that should go and could not. */
  readonly failed: readonly { readonly file: string; readonly why: string }[];
  /** Segments in the object store that must be fetched first. */
  readonly away: readonly string[];
  /** Segments that are left for another time. */
  readonly later: number;
  /** Policies whose bound on bytes is still exceeded, and the bytes. */
  readonly over: readonly (readonly [policy: string, bytes: number])[];
}

export interface RetentionParts {
  readonly store: SegmentStore;
  readonly chain: SegmentChain;
  open(file: string): RangeReader & Disposable;
  /** Room to gather rows in. */
  group(): RowGroup;
}

interface Frame {
  readonly position: number;
  readonly tenant: string;
  readonly source: string;
}

export class Retention {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /**
   * Lets go of what is due.
   * @param at Unix milliseconds · @param untilMs by the clock that never goes back: no further segment is begun then
   */
  run({ policies, worth }: RetentionSettings, at: number, untilMs = Number.POSITIVE_INFINITY): Retained {
    if (policies.length === 0) return NOTHING;
    const { store, chain } = this.#parts;
    chain.open();
    const inputs = store.catalogue.segments().map((segment) => inputOf(segment, worth));
    const holds = [...chain.state.holds.values()].map(legalHold);
    const plan = planRetention(inputs, { policies, holds }, at);
    const failed: { readonly file: string; readonly why: string }[] = [];
    const away: string[] = [];
    const done = { expired: 0, rewritten: 0, events: 0, later: 0 };
    const due = [
      ...plan.expire.map(({ segment, policy, because }) => ({ segment, policy, because, before: null })),
      ...plan.rewrite.map(({ segment, policy, before }) => ({ segment, policy, because: 'age' as const, before })),
    ];
    for (const { segment, policy, because, before } of due) {
      if (elapsedMs() >= untilMs) {
        done.later++;
        continue;
      }
      if (segment.of.object !== null && store.files.size(segment.of.file) === null) {
        away.push(segment.of.file);
        continue;
      }
      try {
        const events = this.#expire(segment.of, before, { policy: policy.name, because, at });
        done.events += events;
        if (before === null) done.expired++;
        else if (events > 0) done.rewritten++;
      } catch (error) {
        // One file that is damaged must not keep all others.
        if (!(error instanceof WeirError)) throw error;
        failed.push({ file: segment.of.file, why: error.message });
      }
    }
    store.collect();
    const retained = plan.retained.map(({ segment, policy, by }) => {
      return { file: segment.of.file, policy: policy.name, by: by.name };
    });
    return { ...done, failed, away, retained, over: plan.over.map(({ policy, bytes }) => [policy.name, bytes]) };
  }

  /** @param before rows that go; null: all */
  #expire(
    segment: StoredSegment,
    before: RowsBefore | null,
    why: Pick<ExpireEntry, 'policy' | 'because' | 'at'>,
  ): number {
    const { store, chain } = this.#parts;
    const { tenant, source, log, first, last, file, rows } = segment;
    using reader = this.#parts.open(file);
    const about = { tenant, source, level: store.levelAbove([segment]) };
    const { left, gone, minutes } =
      before === null
        ? { left: null, gone: rows, minutes: minutesOf(reader) }
        : without(reader, before, this.#parts.group(), about, MERGE_LEVEL);
    if (gone === 0) return 0;
    const output = left === null ? null : writeSegment(store.files, left, { ...about, log, first, last });
    const outputs = output === null ? [] : [output];
    try {
      chain.expired(file, output, { count: gone, minutes, ...why }, () => store.replace([file], outputs, 'retention'));
    } catch (error) {
      store.discard(outputs);
      throw error;
    }
    return gone;
  }

  /** Legal holds in force. */
  holds(): readonly HoldEntry[] {
    return [...this.#parts.chain.state.holds.values()];
  }

  /** Throws `store.hold` where there is one of this name. */
  hold(hold: Omit<HoldEntry, 'kind'>): void {
    if (this.#parts.chain.state.holds.has(hold.name)) throw holdError(`there is a hold ${hold.name} already`);
    this.#parts.chain.step(
      () => [{ kind: 'hold', ...hold }],
      () => {},
    );
  }

  /** Throws `store.hold` where there is none of this name. */
  unhold(name: string, by: string, at: number): void {
    if (!this.#parts.chain.state.holds.has(name)) throw holdError(`there is no hold ${name}`);
    this.#parts.chain.step(
      () => [{ kind: 'unhold', name, by, at }],
      () => {},
    );
  }

  /** What policies let go of, in order. */
  get expired(): readonly Expiry[] {
    return this.#parts.chain.state.expired;
  }

  /** Frames without those that went with whole segments: they are not to be cut again. */
  *framesKept(frames: Iterable<Frame>): Generator<Frame> {
    const isGone = expiredPlaces(this.expired.filter(({ entry }) => entry.output === null));
    for (const frame of frames) if (!isGone(frame)) yield frame;
  }

  /** The catalogue was made anew: files that were not deleted yet when it was lost are no segments. */
  rebuilt(): void {
    const { store } = this.#parts;
    const gone = new Set(this.expired.flatMap(({ record, entry }) => (entry.output === null ? record.file : [])));
    for (const { file } of store.catalogue.segments()) if (gone.has(file)) store.replace([file], [], 'retention');
  }
}

const NOTHING: Retained = {
  expired: 0,
  rewritten: 0,
  events: 0,
  retained: [],
  failed: [],
  away: [],
  later: 0,
  over: [],
};

export function inputOf(
  of: StoredSegment,
  worth: readonly WorthRow[],
): RetentionInput & { readonly of: StoredSegment } {
  const { tenant, source, rows, bytes, minTime, maxTime, minReceived, maxReceived, types } = of;
  const known = types === undefined ? {} : { types };
  return {
    ...{ of, tenant, source, rows, bytes, minTime, maxTime, minReceived, maxReceived },
    ...known,
    ...worthOf(worth, tenant, source),
  };
}

function legalHold({ name, tenants, sources, from, to }: HoldEntry): LegalHold {
  return {
    name,
    ...(tenants === undefined ? {} : { tenants }),
    ...(sources === undefined ? {} : { sources }),
    ...(from === undefined ? {} : { from: BigInt(Date.parse(from)) * 1000n }),
    // The whole of its last millisecond.
    ...(to === undefined ? {} : { to: BigInt(Date.parse(to)) * 1000n + 999n }),
  };
}

function holdError(message: string): WeirError {
  return new WeirError('store.hold', message, { hint: '`weir hold list` names those in force.' });
}
