/** Notifiers as data: what a user configures, and what each kind must be able to do. */
import type { StoredHit } from '../../store/index.ts';

/** Sigma's levels, least first. */
export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

/** All that is given must hold. A hit found in a replay over history (`live: false`) never passes. */
export interface NotifyFilter {
  readonly levelMin?: Level;
  /** Rule ids. */
  readonly rules?: readonly string[];
  readonly tenants?: readonly string[];
}

interface Common {
  /** Its name for good: the cursor is kept under it. */
  readonly name: string;
  readonly filter?: NotifyFilter;
  /** Where a notifier seen for the first time begins: with hits from now on (the default), or with all that are stored. */
  readonly begin?: 'now' | 'start';
  readonly batchHits?: number;
  /** Wait before the second try, and the longest between two. */
  readonly backoffMs?: number;
  readonly backoffMsMax?: number;
  /** Bodies of hits that may wait. */
  readonly backlogBytes?: number;
  /**
   * What happens beyond that. `keep` (the default): nothing is lost, since hits are in the database anyway; the status says
   * so. `drop_oldest`: the oldest are passed over, and counted.
   */
  readonly backlogPolicy?: 'keep' | 'drop_oldest';
}

export interface WebhookConfig extends Common {
  readonly kind: 'webhook';
  /** http or https, without user and password. */
  readonly url: string;
  /** Signs each request; none without one. */
  readonly secret?: string;
  /** Sent along, e.g. `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /**
   * Private, loopback and other addresses that are not on the public network are connected to only where this says so: `any`,
   * or networks such as `10.1.0.0/16`.
   */
  readonly privateNetworks?: 'any' | readonly string[];
  /** Certificates (PEM) to trust in place of the usual ones. */
  readonly ca?: string;
}

export interface LogFileConfig extends Common {
  readonly kind: 'log_file';
  readonly path: string;
}

export type NotifierConfig = WebhookConfig | LogFileConfig;

/** One delivery. The same hits give the same id, however often it is tried and by whichever process. */
export interface Batch {
  readonly id: string;
  readonly notifier: string;
  readonly hits: readonly StoredHit[];
  /** From 1. */
  readonly attempt: number;
}

/**
 * `delivered`: the receiver has it. `failed`: it may work later, so it is tried until it does. `refused`: the receiver is
 * well and does not want it, so it is parked after a few tries.
 */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Sender {
  /** Never throws for what a receiver does. */
  deliver(batch: Batch, signal: AbortSignal): Promise<Outcome>;
}

/** Time and chance, so that tests decide them. */
export interface NotifyClock {
  now(): number;
  /** Ends early, without an error, when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 ≤ x < 1. */
  random(): number;
}
