/** Where weir's own metrics are kept over time, and series derived from events (docs/metrics.md). */
import { z } from 'zod';
import { choice, list, matching, secret, span, text, url } from './leaves.ts';
import { ENTRIES_MAX, HOUR, maybe, named, SECOND, section, setting } from './setting.ts';

const seriesName = matching(
  /^[a-zA-Z][a-zA-Z0-9_]{0,127}$/,
  'the name of a series (letters, digits, underscore)',
  'logons_failed',
);
const labelName = matching(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/, 'the name of a label (letters, digits, underscore)', 'host');

const DAY = 24 * HOUR;
const header = matching(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header', 'Authorization');

export const metrics = section(
  {
    store: setting(
      choice('embedded', 'influxdb', 'prometheus', 'off'),
      'embedded',
      'embedded: in the data folder; influxdb: an InfluxDB 1.x; prometheus: what takes remote write and answers the API of Prometheus, as VictoriaMetrics does; off: nothing is kept.',
    ),
    url: maybe(
      url('the other metrics store', 'http://127.0.0.1:8428'),
      'The server of `influxdb` or `prometheus`, without what comes behind (`/write`, `/api/v1/write`).',
    ),
    database: setting(
      matching(/^[A-Za-z0-9_]{1,64}$/, 'the name of a database', 'weir'),
      'weir',
      'Database in InfluxDB; made where it is not there.',
    ),
    headers: named(header, secret(), 'Headers of each request to it, whose values are secrets.'),
    timeout: setting(
      span('10s', { min: 100, max: 5 * 60 * SECOND }),
      '10s',
      'After which a request to it counts as failed and is made again.',
    ),
    interval: setting(span('10s', { min: SECOND, max: HOUR }), '10s', 'How often weir’s own metrics are sampled.'),
    retention: section(
      {
        samples: setting(
          span('2d', { min: 6 * HOUR, max: 366 * DAY }),
          '2d',
          'How long single samples are kept; what comes later than that is refused.',
        ),
        minutes: setting(
          span('30d', { min: 6 * HOUR, max: 3660 * DAY }),
          '30d',
          'How long roll-ups of a minute are kept; as long as samples at least.',
        ),
        hours: setting(
          span('2y', { min: DAY, max: 36_600 * DAY }),
          '2y',
          'How long roll-ups of an hour are kept; as long as those of minutes at least. Of another metrics store nothing older is asked for; what it keeps it is told itself.',
        ),
      },
      'How long the embedded store keeps what; another server has a retention of its own.',
    ),
    derive_every: setting(
      span('1m', { min: SECOND, max: HOUR }),
      '1m',
      'How often events that came since are counted into `metrics.series`.',
    ),
    series: named(
      seriesName,
      z.strictObject({
        where: maybe(
          text('an expression', 'EventID == 4625'),
          'Events that count; without it all of them. Aggregates are none of its functions.',
        ),
        sum: maybe(
          text('an expression', 'http.response.body.bytes'),
          'What is added up over these events; without it they are counted.',
        ),
        labels: named(
          labelName,
          text('a field or an expression', 'host.name'),
          'Labels of the series, each with what its value is. A series for each combination that occurs.',
        ),
        tenants: setting(
          list(
            matching(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of a tenant (small letters, digits, dash)', 'acme'),
            ENTRIES_MAX,
          ),
          [],
          'Tenants whose events count, each into series of its own; none named: all.',
        ),
      }),
      'Numeric series derived from events, by the name each is to have: one number for each minute of receipt and combination of labels.',
    ),
  },
  'Weir’s own metrics over time.',
);
