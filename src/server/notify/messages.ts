/** What the main thread and the thread of the notifiers tell each other. */

import type { NotifierConfig, NotifierStatus } from '../../alerts/index.ts';
import type { ToldError } from '../../base/index.ts';

export interface NotifySetup {
  /** Data folder. */
  readonly folder: string;
  /** With their secrets: given at the start and kept nowhere. */
  readonly configs: readonly NotifierConfig[];
}

export type ToNotify =
  /** Hits were stored. */
  | { readonly kind: 'wake' }
  /** Say when all that could be delivered is. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'stop' };

export type FromNotify =
  | { readonly kind: 'status'; readonly status: readonly NotifierStatus[] }
  | { readonly kind: 'flushed' }
  | ({ readonly kind: 'failed' } & ToldError);
