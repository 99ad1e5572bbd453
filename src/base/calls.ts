/** Calls of a thread that answers each by its number: who waits for what, until the thread has ended. */
export class Calls<Answer> {
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  #last = 0;
  #failed: Error | null = null;

  /** Why there are no more answers; null: the thread answers. */
  get failed(): Error | null {
    return this.#failed;
  }

  /** @param post sends the thread what is asked, with this number */
  make(post: (call: number) => void): Promise<Answer> {
    if (this.#failed !== null) return Promise.reject(this.#failed);
    const call = this.#last++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      post(call);
    });
  }

  /** Nobody may wait for it any more. */
  answer(call: number, answer: Answer): void {
    this.#taken(call)?.resolve(answer);
  }

  refuse(call: number, error: Error): void {
    this.#taken(call)?.reject(error);
  }

  /** Rejects those who wait, and whoever calls from now on. */
  fail(error: Error): void {
    this.#failed = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #taken(call: number) {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    return waiting;
  }
}
