/** How far the journal is, and evaluation behind it. */
import type { WeirError } from '../../base/index.ts';

export class LiveProgress {
  readonly #elapsedMs: () => number;
  /** Position behind the last durable entry. */
  durable = 0;
  /** Position of the last whose results are stored. */
  committed = -1;
  /** Bytes on disk whose results are not stored yet, of those that came since the start. */
  lagBytes = 0;
  /** Groups not evaluated and stored yet, with the position behind each. */
  readonly #lagging: { next: number; bytes: number; atMs: number }[] = [];
  readonly #waiters: { position: number; resolve: () => void; reject: (error: WeirError) => void }[] = [];

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** Where a process begins. */
  begin(durable: number, committed: number): void {
    this.durable = durable;
    this.committed = committed;
  }

  /** A group is on disk. */
  wrote(next: number, bytes: number): void {
    this.durable = next;
    this.#lagging.push({ next, bytes, atMs: this.#elapsedMs() });
    this.lagBytes += bytes;
  }

  /** Everything up to `position` is evaluated and stored. */
  stored(position: number): void {
    this.committed = position;
    while (this.#lagging.length > 0 && this.#lagging[0].next <= position + 1) {
      this.lagBytes -= this.#lagging.shift()?.bytes ?? 0;
    }
    for (let i = this.#waiters.length - 1; i >= 0; i--) {
      if (this.#waiters[i].position <= position) this.#waiters.splice(i, 1)[0].resolve();
    }
  }

  /** How far evaluation is behind what is on disk; `ms` of what came since the start. */
  get lag(): { readonly entries: number; readonly bytes: number; readonly ms: number } {
    const [oldest] = this.#lagging;
    const ms = oldest === undefined ? 0 : Math.max(0, this.#elapsedMs() - oldest.atMs);
    return { entries: Math.max(0, this.durable - 1 - this.committed), bytes: this.lagBytes, ms };
  }

  /** Resolves when everything up to `position` is evaluated and stored; rejects where the node breaks before that. */
  async evaluated(position: number): Promise<void> {
    if (position <= this.committed) return;
    await new Promise<void>((resolve, reject) => this.#waiters.push({ position, resolve, reject }));
  }

  /** Nothing more comes. */
  broke(error: WeirError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}
