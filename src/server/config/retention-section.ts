/** How long events stay (docs/store.md). */
import { z } from 'zod';
import { SEVERITIES } from '../../ingest/index.ts';
import { RETENTION_REASON_NAMES } from '../../store/index.ts';
import { bytes, choice, list, matching, span } from './leaves.ts';
import { ENTRIES_MAX, GiB, HOUR, MiB, maybe, name, named, SECOND, section, setting } from './setting.ts';

/** `*` stands for any run of characters. */
const sourcePattern = matching(
  /^[A-Za-z0-9*][A-Za-z0-9_.:/*-]{0,127}$/,
  'the name of a source, * for any letters',
  'win*',
);
const tenantPattern = matching(/^[a-z0-9*][a-z0-9*-]{0,62}$/, 'the name of a tenant, * for any letters', 'acme*');

/** For which segments something is said. */
export const scope = {
  tenants: setting(list(tenantPattern, ENTRIES_MAX), [], 'Tenants it applies to; none named: all.'),
  sources: setting(list(sourcePattern, ENTRIES_MAX), [], 'Sources it applies to; none named: all.'),
  severities: setting(list(choice(...SEVERITIES), 5), [], 'Severities of sources it applies to; none named: all.'),
  classes: setting(
    list(name('a class of events', 'network'), 100),
    [],
    'Classes of sources it applies to; none named: all.',
  ),
  retention_classes: setting(
    list(name('a retention class', 'pci'), 100),
    [],
    'Retention classes of sources it applies to; none named: all.',
  ),
  by: setting(choice('receive', 'event_time'), 'receive', 'What an age counts from.'),
};
export const sourceTypes = list(name('a source type', 'windows'), ENTRIES_MAX);

export const retention = section(
  {
    check_every: setting(span('1h', { min: SECOND, max: 24 * HOUR }), '1h', 'How often is looked at what is due.'),
    policies: named(
      name('a policy', 'pci'),
      z.strictObject({
        reason: setting(
          choice(...RETENTION_REASON_NAMES),
          'operations',
          'What asks for it; some ask for a least or a longest time by themselves (docs/store.md).',
        ),
        source_types: setting(
          sourceTypes,
          [],
          'Source types it applies to; none named: all. Deletes where all events of a segment are of these, keeps where any is.',
        ),
        ...scope,
        keep: maybe(
          span('366d', { min: HOUR, max: 876_000 * HOUR }),
          'Kept at least so long, whatever other policies say; never less than the reason asks for.',
        ),
        delete_after: maybe(span('400d', { min: HOUR, max: 876_000 * HOUR }), 'Deleted after so long.'),
        max_bytes: maybe(
          bytes({ min: MiB, max: 512 * 1024 * GiB }, 100 * GiB),
          'Most bytes of segments it applies to, all together: the oldest go first.',
        ),
      }),
      'How long events are kept, by name; of those that delete the first that applies decides. A legal hold (`weir hold`) beats all. Without a policy everything is kept.',
    ),
  },
  'How long events stay in the history.',
);
