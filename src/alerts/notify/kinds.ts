/** The kinds of notifiers. A new one is a file, its configuration in `types.ts`, and a line here. */
import { logFile } from './log-file.ts';
import type { NotifierConfig, NotifyClock, Sender } from './types.ts';
import { webhook } from './webhook.ts';

type Kinds = {
  readonly [K in NotifierConfig['kind']]: (config: NotifierConfig & { kind: K }, clock: NotifyClock) => Sender;
};

const kinds: Kinds = {
  webhook,
  log_file: logFile,
};

export function createSender(config: NotifierConfig, clock: NotifyClock): Sender {
  const create = kinds[config.kind] as (config: NotifierConfig, clock: NotifyClock) => Sender;
  return create(config, clock);
}
