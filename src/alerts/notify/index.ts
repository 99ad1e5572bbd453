/** Notifiers: hits leave weir at least once, in order, under the same id on every try. */
export type { NotifyCounts, Parked } from './cursors.ts';
export type { NotifierStatus } from './notifier.ts';
export { Notifiers, type NotifiersOptions } from './notifiers.ts';
export {
  LEVELS,
  type Level,
  type LogFileConfig,
  type NotifierConfig,
  type NotifyClock,
  type NotifyFilter,
  type Outcome,
  type WebhookConfig,
} from './types.ts';
export { signature } from './webhook.ts';
