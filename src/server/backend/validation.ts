/** What events do not pass, for the API: from the books, so it survives what they survive. */
import type { Backend } from '../../gateway/index.ts';
import { accountsOf, placeOf } from './books.ts';
import type { BackendParts } from './index.ts';

export function validationBackend({ audit, policyOf }: BackendParts): Backend['validation'] {
  return {
    async list(tenant, query) {
      const from = placeOf(query.after);
      const { sources, more } = await audit.validation(accountsOf(tenant, query), from, query.limit);
      const items = sources.map(({ source, checks, ...counts }) => ({
        source,
        mode: policyOf(tenant, source)?.mode ?? ('off' as const),
        ...counts,
        passed: counts.checked - counts.warned - counts.rejected,
        checks: [...checks],
      }));
      return { items, next: more ? String(from + items.length) : null };
    },
  };
}
