/** How often each source is heard, learnt from its own pauses: what is silence for one is normal for another. */
import { limits } from '../../base/index.ts';
import type { SourceSign } from './conditions.ts';

interface Source {
  readonly tenant: string;
  readonly source: string;
  lastMs: number;
  /** The longest pause, forgotten slowly. */
  longestMs: number;
  pauses: number;
}

/** Pauses seen before a source's own interval is trusted. */
const PAUSES_MIN = 20;
/** The longest pause counts this much less with each one after it: half after 700. */
const FORGET = 0.999;
const TIMES_LONGEST = 3;
const INTERVAL_MS_MIN = 60_000;

export class SourceWatch {
  readonly #configured: (tenant: string, source: string) => number | null;
  readonly #sourcesMax: number;
  readonly #sources = new Map<string, Source>();
  /** Sources forgotten since there were too many; the longest silent goes first. */
  forgotten = 0;

  /** `configured`: the interval a user has set for a source, ms; null to learn it. */
  constructor(
    configured: (tenant: string, source: string) => number | null = () => null,
    sourcesMax: number = limits.alertSubjectsMax,
  ) {
    this.#configured = configured;
    this.#sourcesMax = sourcesMax;
  }

  /** A source that is configured should come; one that never does is silent too. */
  expect(tenant: string, source: string, nowMs: number): void {
    if (!this.#sources.has(JSON.stringify([tenant, source]))) this.heard(tenant, source, nowMs);
  }

  /** Events came from a source. `nowMs` monotonic. */
  heard(tenant: string, source: string, nowMs: number): void {
    const key = JSON.stringify([tenant, source]);
    const known = this.#sources.get(key) ?? { tenant, source, lastMs: nowMs, longestMs: 0, pauses: -1 };
    known.longestMs = Math.max(known.longestMs * FORGET, nowMs - known.lastMs);
    known.lastMs = nowMs;
    known.pauses++;
    this.#sources.delete(key);
    this.#sources.set(key, known);
    if (this.#sources.size <= this.#sourcesMax) return;
    for (const oldest of this.#sources.keys()) {
      this.#sources.delete(oldest);
      this.forgotten++;
      break;
    }
  }

  signs(): SourceSign[] {
    return [...this.#sources.values()].map(({ tenant, source, lastMs, longestMs, pauses }) => {
      const learnt = pauses < PAUSES_MIN ? null : Math.max(INTERVAL_MS_MIN, TIMES_LONGEST * longestMs);
      return { tenant, source, lastMs, intervalMs: this.#configured(tenant, source) ?? learnt };
    });
  }
}
