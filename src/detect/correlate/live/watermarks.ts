/**
 * How far event time has come, per tenant: from receipts and ticks that the journal holds, so that a replay sees the same.
 *
 * A source stands at the largest of min(event time, receive time + 5 min). It is *idle* when, at a tick, the receive clock
 * has moved on by more than `idleMs` since its last frame; it then moves on at the pace of that clock. The tenant's
 * watermark is the least of its sources that are not idle (of all, when all are), less each one's lateness; it never goes back.
 * A source more than `correlationHoldMsMax` behind the furthest does not hold it.
 */
import { type LimitName, limits } from '../../../base/index.ts';

export interface WatermarkOptions {
  /** How much later than others an event of the source may come and still be in order, in ms. */
  readonly latenessMs: (source: string) => number;
  readonly idleMs: number;
}

interface Source {
  readonly latenessMs: number;
  mark: number;
  /** The receive clock at its last frame; once idle, at the tick that last moved it. */
  heard: number;
  idle: boolean;
}

export interface WatermarkState {
  readonly value: number | null;
  readonly sources: readonly (readonly [string, number, number, boolean])[];
  readonly folded: number;
}

type Bounds = Readonly<Pick<Record<LimitName, number>, 'correlationHoldMsMax' | 'correlationSourcesMax'>>;

/** Under this name go the sources beyond `correlationSourcesMax`; no source has it. */
const OTHERS = '';

export class Watermarks {
  readonly #options: WatermarkOptions;
  readonly #bounds: Bounds;
  readonly #sources = new Map<string, Source>();
  #value = Number.NEGATIVE_INFINITY;
  /** Frames of sources that share one watermark because there are too many. */
  folded = 0;

  constructor(options: WatermarkOptions, bounds: Bounds = limits) {
    this.#options = options;
    this.#bounds = bounds;
  }

  /** No event before this time is expected any more; −∞ before the first frame. */
  get value(): number {
    return this.#value;
  }

  /** A frame of a source whose events reach up to `mark`; `clock` is the receive clock after it. */
  frame(name: string, mark: number, clock: number): void {
    const source = this.#source(name);
    source.mark = Math.max(source.mark, mark);
    source.heard = clock;
    source.idle = false;
    this.#advance();
  }

  /** The receive clock, at a tick; the only time at which sources become idle. */
  tick(clock: number): void {
    for (const source of this.#sources.values()) {
      const silent = clock - source.heard;
      source.idle ||= silent > this.#options.idleMs;
      if (!source.idle) continue;
      source.mark += silent;
      source.heard = clock;
    }
    this.#advance();
  }

  #source(name: string): Source {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    if (this.#sources.size >= this.#bounds.correlationSourcesMax) {
      for (const [other, { idle }] of this.#sources) if (idle) this.#sources.delete(other);
    }
    if (name !== OTHERS && this.#sources.size >= this.#bounds.correlationSourcesMax) {
      this.folded++;
      return this.#source(OTHERS);
    }
    const latenessMs = this.#options.latenessMs(name);
    const source = { latenessMs, mark: Number.NEGATIVE_INFINITY, heard: 0, idle: false };
    this.#sources.set(name, source);
    return source;
  }

  #advance(): void {
    let active = false;
    for (const { idle } of this.#sources.values()) active ||= !idle;
    let furthest = Number.NEGATIVE_INFINITY;
    for (const { idle, mark, latenessMs } of this.#sources.values()) {
      if (idle !== active) furthest = Math.max(furthest, mark - latenessMs);
    }
    let least = furthest;
    for (const { idle, mark, latenessMs } of this.#sources.values()) {
      const reach = mark - latenessMs;
      if (idle !== active && reach >= furthest - this.#bounds.correlationHoldMsMax) least = Math.min(least, reach);
    }
    this.#value = Math.max(this.#value, least);
  }

  save(): WatermarkState {
    return {
      value: Number.isFinite(this.#value) ? this.#value : null,
      sources: [...this.#sources].map(([name, { mark, heard, idle }]) => [name, mark, heard, idle]),
      folded: this.folded,
    };
  }

  load(state: WatermarkState): void {
    this.#value = state.value ?? Number.NEGATIVE_INFINITY;
    for (const [name, mark, heard, idle] of state.sources) {
      this.#sources.set(name, { latenessMs: this.#options.latenessMs(name), mark, heard, idle });
    }
    this.folded = state.folded;
  }
}
