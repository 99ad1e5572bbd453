/** Tiers as they are configured, for the history's thread. */
import type { HistoryWorkerData } from '../pipeline/index.ts';
import type { TierPolicy } from '../store/index.ts';
import type { Config } from './config/index.ts';
import { retentionSettings, scopeOf } from './retention-policies.ts';

/** Null: what is merged is compressed as anything else. */
export function warmSettings({ store }: Pick<Config, 'store'>): HistoryWorkerData['warm'] {
  const { after, zstd } = store.tiers.warm;
  return after === undefined ? null : { afterMs: after, zstd };
}

/** Null: no object store is named. */
export function tierSettings(
  config: Pick<Config, 'store' | 'retention' | 'sources' | 'tenants'>,
): HistoryWorkerData['tiers'] {
  const { cold, policies, check_every } = config.store.tiers;
  if (cold.url === undefined) return null;
  const { policies: retention, worth } = retentionSettings(config);
  return {
    place: { url: cold.url, cache_bytes: cold.cache_bytes },
    policies: [
      ...Object.entries(policies).map(([name, policy]): TierPolicy => {
        const { by, cold_after, local_bytes } = policy;
        return {
          ...{ name, by },
          ...scopeOf(policy),
          ...(cold_after === undefined ? {} : { coldMs: cold_after }),
          ...(local_bytes === undefined ? {} : { localBytesMax: local_bytes }),
        };
      }),
      ...(cold.after === undefined ? [] : [{ name: 'cold', by: 'receive' as const, coldMs: cold.after }]),
    ],
    ...{ retention, worth, everyMs: check_every },
  };
}
