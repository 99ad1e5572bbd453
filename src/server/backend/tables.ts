/** Tables beside `events` of the running server, for queries. */
import { ruleLedger, type TableSources } from '../../pipeline/index.ts';
import type { BackendParts } from './index.ts';
import { reaches } from './rules.ts';

type Parts = Pick<BackendParts, 'node' | 'reader' | 'audit' | 'metrics' | 'logs'>;

export function liveTables({ node, reader, audit, metrics, logs }: Parts): TableSources {
  return {
    metrics: () => metrics?.reader ?? null,
    logs,
    detections: () => reader,
    evaluated() {
      const checkpoint = reader.checkpoint(`${node.log}/0`);
      return checkpoint === null ? null : checkpoint.position + 1;
    },
    accounts(tenant, skip, limit) {
      const all = { tenant, source: null, fromMinute: 0, toMinute: Number.MAX_SAFE_INTEGER };
      return audit.accounts(all, skip, limit);
    },
    async ledger(tenant) {
      const reached = await reaches({ node, audit }, tenant);
      const leftOut = node.rules.state === 'ready' ? node.rules.rules.leftOut : [];
      const place = { tenant, log: `${node.log}/0`, next: node.progress.durable };
      const all = { rule: null, skip: 0, limit: Number.MAX_SAFE_INTEGER };
      return ruleLedger(reader, { ...place, ...all, reached, leftOut }).lines;
    },
  };
}
