/** A request, or an entry of the server's own, that is not answered yet. */
import type { WeirError } from '../../base/index.ts';
import type { TakenUnit } from './messages.ts';
import type { Ack, NewDelivery } from './node-options.ts';

export interface Waiting {
  readonly delivery: NewDelivery;
  /** Its number; null for what the server writes itself. */
  readonly door: number | null;
  readonly bytes: number;
  resolve(ack: Ack): void;
  reject(error: WeirError): void;
  taken: Omit<TakenUnit, 'unit'> | null;
  position: number | null;
  journaledMs: number;
}
