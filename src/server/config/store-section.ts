/** The history and its tiers (docs/store.md). */
import { z } from 'zod';
import { bytes, choice, matching, span, whole } from './leaves.ts';
import { scope, sourceTypes } from './retention-section.ts';
import { GiB, HOUR, MiB, maybe, name, named, SECOND, section, setting } from './setting.ts';

const age = { min: SECOND, max: 876_000 * HOUR };

export const store = section(
  {
    cut: setting(
      choice('continuously', 'when_asked'),
      'continuously',
      'When what the journal has becomes segments: within ten seconds, merged as time passes; or only when a query, a hunt or `weir store compact` needs them, which then wait for it. Retention is looked after either way.',
    ),
    tiers: section(
      {
        check_every: setting(
          span('10m', { min: SECOND, max: 24 * HOUR }),
          '10m',
          'How often is looked at what is due.',
        ),
        warm: section(
          {
            after: maybe(
              span('7d', age),
              'What is merged is compressed more where all its events were received so long ago; nothing is unless said.',
            ),
            zstd: setting(whole({ min: 1, max: 19 }, 9), 9, 'Level of zstd for it; younger segments have 3.'),
          },
          'Merged, and compressed more.',
        ),
        cold: section(
          {
            url: maybe(
              matching(
                /^(s3|file):\/\/\S{1,2000}$/,
                'the address of an object store',
                's3://weir-history/prefix?region=eu-central-1',
              ),
              'Where segments go, `s3://BUCKET/PREFIX?region=…&endpoint=…&style=path` (or virtual), or `file:///FOLDER`. Keys are taken from the environment, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. One prefix is for one data folder.',
            ),
            after: maybe(
              span('30d', age),
              'They go after so long, where no policy says otherwise; none do unless said.',
            ),
            cache_bytes: setting(
              bytes({ min: MiB, max: 512 * 1024 * GiB }, 20 * GiB),
              '20GiB',
              'Bytes on disk of what was fetched back to be read. A query or a hunt that needs more at a time says what it left out.',
            ),
          },
          'The object store.',
        ),
        policies: named(
          name('a policy', 'noise'),
          z.strictObject({
            ...scope,
            source_types: setting(sourceTypes, [], 'Source types it applies to, all of a segment; none named: all.'),
            cold_after: maybe(
              span('7d', age),
              'To the object store after so long; not because of its age unless said.',
            ),
            local_bytes: maybe(
              bytes({ min: MiB, max: 512 * 1024 * GiB }, 100 * GiB),
              'Most bytes on disk of the segments it decides on: beyond, the oldest go to the object store.',
            ),
          }),
          'Which segments go when, by name; the first that applies decides. What a reason of retention wants at hand stays.',
        ),
      },
      'Old segments, compressed more or in an object store.',
    ),
  },
  'The history.',
);
