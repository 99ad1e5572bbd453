/** Legal holds, for the API: kept in the ledger of segments, which the history's thread writes. */
import { now } from '../../base/index.ts';
import type { Backend } from '../../gateway/index.ts';
import type { HoldEntry } from '../../journal/index.ts';
import type { BackendParts } from './index.ts';

type Shown = Awaited<ReturnType<Backend['holds']['list']>>[number];

function shown({ name, reason, by, at, tenants, sources, from, to }: Omit<HoldEntry, 'kind'>): Shown {
  return {
    ...{ name, reason, by, since: new Date(at).toISOString() },
    ...{ tenants: tenants === undefined ? null : [...tenants], sources: sources === undefined ? null : [...sources] },
    ...{ from: from ?? null, to: to ?? null },
  };
}

export function holdsBackend({ history }: BackendParts): Backend['holds'] {
  return {
    list: async () => (await history.holds()).map(shown),
    async add({ name, reason, tenants, sources, from, to }, by) {
      const scope = {
        ...(tenants === undefined ? {} : { tenants }),
        ...(sources === undefined ? {} : { sources }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
      await history.hold({ name, reason, by, ...scope });
      return shown({ name, reason, by, at: now(), ...scope });
    },
    remove: (name, by) => history.unhold(name, by),
  };
}
