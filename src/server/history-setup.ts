/** The history of a server, as its settings have it. */
import { HistoryThread, type LiveNode, SHORT_SHARE } from '../pipeline/index.ts';
import type { Config } from './config/index.ts';
import type { onHistory } from './history-health.ts';
import { retentionSettings } from './retention-policies.ts';
import { tierSettings, warmSettings } from './tier-settings.ts';

export interface HistorySetup {
  readonly folder: string;
  readonly config: Config;
  /** The most that the journal may have. */
  readonly bytesMax: number;
  readonly node: Pick<LiveNode, 'progress' | 'journalBytes' | 'release'>;
  readonly onState: ReturnType<typeof onHistory>;
  /** Whether somebody reads the journal's files, of which none may go then. */
  isRead(): boolean;
}

export function startHistory({ folder, config, bytesMax, node, onState, isRead }: HistorySetup): HistoryThread {
  const { keep, chain_key } = config.journal;
  return new HistoryThread(
    {
      ...{ folder, keyPath: chain_key ?? null, continuously: config.store.cut === 'continuously' },
      retention: { ...retentionSettings(config), everyMs: config.retention.check_every },
      tiers: tierSettings(config),
      warm: warmSettings(config),
      release: {
        keepMs: keep === 'forever' ? null : keep,
        bytesMax: keep === 'forever' ? Number.POSITIVE_INFINITY : SHORT_SHARE * bytesMax,
      },
    },
    () => ({ position: node.progress.durable, bytes: node.journalBytes }),
    onState,
    // The next look asks again.
    (entry) => {
      if (!isRead()) node.release(entry);
    },
  );
}
