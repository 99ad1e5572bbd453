/**
 * Whether senders get in: what `/readyz` says of the doors. A balancer that asks sends elsewhere what would only be refused here, and so
 * it must not swing: what was closed counts as open again only where a good part gets in.
 */
import type { Health } from '../gateway/index.ts';
import { type Admission, type PressureState, severityShare } from '../ingest/index.ts';

/** Of sources of which nothing is said. */
const USUAL = 'medium';
/** Share of their requests from which on they count as let in again. */
const OPEN_FROM = 0.5;

export class Readiness {
  readonly #admission: Pick<Admission, 'closedBy'>;
  readonly #health: Health;
  #refusing = false;

  constructor(admission: Pick<Admission, 'closedBy'>, health: Health) {
    this.#admission = admission;
    this.#health = health;
    health.set('admission', 'ready', null, { required: true });
  }

  /** Takes in a sample of pressure; call it a few times a second. */
  observe({ share, pressure, worst }: Pick<PressureState, 'share' | 'pressure' | 'worst'>): void {
    const usual = severityShare(share, USUAL);
    this.#refusing = this.#refusing ? usual < OPEN_FROM : usual === 0;
    const { closedBy } = this.#admission;
    if (closedBy.length > 0) this.#health.set('admission', 'stopped', `the doors are closed (${closedBy.join(', ')})`);
    else if (!this.#refusing) this.#health.set('admission', 'ready', null);
    // The reason stays as it was when it began, or health would tell of a change with every sample.
    else if (this.#health.get('admission')?.state !== 'stopped') {
      const why = `pressure is ${pressure.toFixed(2)} (${worst}): hardly anything is let in; GET /v1/pressure has more`;
      this.#health.set('admission', 'stopped', why);
    }
  }
}
