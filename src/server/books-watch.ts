/** Adds the books up all the time, so that what does not add up is known before somebody asks. */
import { every } from '../base/index.ts';
import type { Health } from '../gateway/index.ts';
import type { Audit } from '../pipeline/index.ts';

const BOOKS_MS = 5000;

export class BooksWatch {
  readonly #audit: Audit;
  readonly #health: Health;
  #wrong = 0;
  #asking = false;
  readonly stop: () => void;

  constructor(audit: Audit, health: Health) {
    this.#audit = audit;
    this.#health = health;
    this.stop = every(BOOKS_MS, () => void this.#look());
  }

  /** Minutes that did not add up at the last look. */
  get wrong(): number {
    return this.#wrong;
  }

  async #look(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      this.#wrong = (await this.#audit.imbalances()).length;
      if (this.#wrong === 0) this.#health.set('books', 'ready', null);
      else this.#health.set('books', 'failed', `${this.#wrong} minutes do not add up`);
    } catch (error) {
      this.#health.set('books', 'failed', error instanceof Error ? error.message : String(error));
    } finally {
      this.#asking = false;
    }
  }
}
