/**
 * Whether the journal has room. Where it has none the doors are closed before bodies are read, and health says so; they open by
 * themselves once there is room again.
 */
import { limits, WeirError } from '../base/index.ts';
import type { Health } from '../gateway/index.ts';
import type { Admission } from '../ingest/index.ts';
import type { Deliveries } from '../pipeline/index.ts';

export interface SpaceSample {
  readonly journalBytes: number;
  readonly diskFreeBytes: number;
  readonly diskBytes: number;
}

/** `journal.max_bytes` as configured. */
export type SpaceBound = { readonly bytes: number } | { readonly share: number };

const FULL: ReadonlySet<string> = new Set(['disk.full', 'journal.full']);
/** Of a disk: small ones keep less back. */
const RESERVE_SHARE = 0.02;

/** The most bytes the journal may have on a disk of so many. */
export function journalBytesMax(bound: SpaceBound, diskBytes: number): number {
  return 'bytes' in bound ? bound.bytes : Math.floor(bound.share * diskBytes);
}

export class JournalSpace {
  readonly #admission: Admission;
  readonly #health: Health;
  readonly #bound: SpaceBound;
  /** A write found no room: until then a sample that says otherwise is older than that. */
  #refused = false;
  #full = false;

  constructor(admission: Admission, health: Health, bound: SpaceBound) {
    this.#admission = admission;
    this.#health = health;
    this.#bound = bound;
  }

  get full(): boolean {
    return this.#full;
  }

  /** What takes requests, and tells this when the journal had no room for one. */
  watched(deliveries: Deliveries): Pick<Deliveries, 'ingest'> {
    return {
      ingest: async (incoming) => {
        try {
          return await deliveries.ingest(incoming);
        } catch (error) {
          if (error instanceof WeirError && FULL.has(error.code)) this.#refuse(error.message);
          throw error;
        }
      },
    };
  }

  #refuse(message: string): void {
    this.#refused = true;
    this.#close(message);
  }

  /** Takes in a sample; call it a few times a second. */
  observe({ journalBytes, diskFreeBytes, diskBytes }: SpaceSample): void {
    if (this.#health.get('journal')?.state === 'failed') return;
    const most = journalBytesMax(this.#bound, diskBytes);
    const reserve = Math.min(limits.diskReserveBytes, RESERVE_SHARE * diskBytes);
    // What is full opens again only where some requests fit, or it would open and close with each.
    const margin = this.#full ? Math.min(limits.diskReserveBytes, RESERVE_SHARE * most) : 0;
    if (journalBytes + margin >= most) this.#close(`the journal is full: ${journalBytes} of ${most} bytes`);
    else if (diskFreeBytes < reserve + (this.#full ? reserve / 2 : 0)) {
      this.#close(`the disk is full: ${diskFreeBytes} of ${diskBytes} bytes are free`);
    } else if (this.#refused) {
      // There was room and a write found none: the next request tries again.
      this.#refused = false;
      this.#admission.open('journal');
    } else if (this.#full) {
      this.#full = false;
      this.#admission.open('journal');
      this.#health.set('journal', 'ready', null);
    }
  }

  #close(message: string): void {
    this.#full = true;
    this.#admission.close('journal', message);
    this.#health.set('journal', 'stopped', `${message}; nothing is taken until there is room`);
  }
}
