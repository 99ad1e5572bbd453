/** Work of which so much is under way at a time. The first failure fails whoever adds or waits. */
export class InFlight {
  readonly #max: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;

  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves when more may be added. */
  async room(): Promise<void> {
    while (this.#failure === null && this.#running.size >= this.#max) await Promise.race(this.#running);
    this.#fail();
  }

  add(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when all has been done; rejects with the first failure. */
  async drained(): Promise<void> {
    await this.settled();
    this.#fail();
  }

  /** Resolves when nothing is under way, however that ended. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #fail(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
