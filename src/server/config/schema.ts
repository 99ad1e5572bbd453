/**
 * What can be configured: one schema, from which come the checks, the defaults, the types in code, the JSON Schema for
 * editors, `weir config explain` and docs/configuration.md.
 *
 * A setting has the same name in the file, in errors and in code, in snake case. Its default is written as a user would write
 * it. Spans are milliseconds in code, sizes bytes, percentages ratios from 0 to 1.
 */
import { z } from 'zod';
import { LOG_LEVELS, LOG_ROOMS } from '../../base/index.ts';
import { LEVELS } from '../../detect/index.ts';
import {
  bytes,
  choice,
  diskSpace,
  list,
  matching,
  milliseconds,
  path,
  secret,
  share,
  span,
  spanOrOff,
  text,
  timeZone,
  url,
  whole,
  wholeOrAuto,
  yesNo,
} from './leaves.ts';
import { limitsSection } from './limits-section.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** A setting with a default, in its written form. */
function setting<Schema extends z.ZodType>(schema: Schema, written: z.input<Schema>, description: string) {
  return schema.prefault(written as NonNullable<z.input<Schema>>).describe(description);
}

/** A setting that is absent unless given. */
function maybe<Schema extends z.ZodType>(schema: Schema, description: string) {
  return schema.optional().describe(description);
}

/** Settings that belong together; all of them have defaults, so that the whole may be left out. */
function section<Shape extends z.ZodRawShape>(shape: Shape, description: string) {
  const schema = z.strictObject(shape);
  return schema.prefault({} as NonNullable<z.input<typeof schema>>).describe(description);
}

/** Things with names of the user's. */
function named<Schema extends z.ZodType>(name: ReturnType<typeof matching>, each: Schema, description: string) {
  const schema = z.record(name, each);
  return schema.prefault({} as NonNullable<z.input<typeof schema>>).describe(description);
}

const ENTRIES_MAX = 1000;
const LOOPBACK = '127.0.0.1';

const name = (what: string, example: string) =>
  matching(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    `the name of ${what} (letters, digits, dot, dash, underscore)`,
    example,
  );
/** Sources are called what their senders call them. */
const sourceName = matching(
  /^(?:\*|[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127})$/,
  'the name of a source, or * for all others',
  'windows',
);
const tenantName = name('a tenant', 'acme');
const expression = (example: string) => text('an expression that holds for good events', example);
const host = matching(/^[A-Za-z0-9.:_-]{1,253}$/, 'a host name or address', LOOPBACK);
const header = matching(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header', 'X-Team');

const level = () => choice(...LEVELS);
const logLevel = () => choice(...LOG_LEVELS);

const listen = section(
  {
    host: setting(host, LOOPBACK, 'Address or host name to listen on. Beyond loopback weir wants TLS.'),
    port: setting(whole({ min: 0, max: 65_535 }, 7700), 7700, 'TCP port; 0 takes any that is free.'),
    tls: section(
      {
        cert: maybe(
          path('a certificate chain in PEM', 'tls/weir.crt'),
          'Certificate chain; read again when it changes.',
        ),
        key: maybe(
          path('a private key in PEM', 'tls/weir.key'),
          'Private key of the certificate; read again when it changes.',
        ),
        auto: setting(
          yesNo(),
          false,
          'Make a small certificate authority in the data folder and print its fingerprint.',
        ),
      },
      'Encryption of everything that goes in and out.',
    ),
    insecure_http: setting(
      yesNo(),
      false,
      'Serve beyond loopback without TLS. Keys and events can then be read on the way; health says so.',
    ),
    cors_origins: setting(
      list(matching(/^https?:\/\/[A-Za-z0-9.:[\]-]+$/, 'an origin', 'https://soc.example.org'), 100),
      [],
      'Web origins whose pages may call the API; none by default.',
    ),
  },
  'Where weir listens. One port for events, API and everything else.',
);

const rules = section(
  {
    paths: setting(
      list(path('a rule file, folder or zip', 'rules/'), ENTRIES_MAX),
      [],
      'Rule files, folders or zips. None: the rules that come with weir.',
    ),
    pipelines: setting(
      list(path('a pySigma pipeline', 'pipelines/ours.yml'), 100),
      [],
      'Processing pipelines, in order.',
    ),
    min_level: setting(level(), 'informational', 'Rules below this level are not loaded.'),
    placeholders: named(
      matching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, 'the name of a placeholder', 'Domain_Controllers'),
      list(text('a value', 'dc01'), 10_000),
      'Values of placeholders (`%name%` with the modifier `expand`). A rule whose placeholder has none is refused.',
    ),
    reload: setting(
      spanOrOff('10s', { min: SECOND, max: 24 * HOUR }),
      '10s',
      'How often rule files are looked at for changes. A changed set is compiled beside the old one and takes over whole.',
    ),
  },
  'What is looked for.',
);

const journal = section(
  {
    group_ms: setting(
      milliseconds({ min: 0, max: SECOND }, 2),
      2,
      'How long a group of requests gathers before one sync to disk: more is more throughput, and later acknowledgements.',
    ),
    group_bytes: setting(bytes({ min: 64 * KiB, max: 64 * MiB }), '4MiB', 'A group this large is synced at once.'),
    segment_bytes: setting(
      bytes({ min: MiB, max: 4 * GiB }, 256 * MiB),
      '256MiB',
      'Size at which a new journal file is begun; what is released is released in whole files.',
    ),
    max_bytes: setting(
      diskSpace(64 * MiB),
      '80%',
      'All of the journal, as a size or as a share of the disk in use by anyone. There doors answer 503 and nothing is lost.',
    ),
  },
  'The journal: what is acknowledged is in it and synced to disk.',
);

const detect = section(
  {
    lateness: setting(
      span('30s', { min: 0, max: 24 * HOUR }),
      '30s',
      'How late an event may come and still be counted in its correlation window at once; later ones amend it.',
    ),
    quarantine: section(
      {
        budget: setting(
          share('20%'),
          '20%',
          'Share of the time of all evaluation that one rule may take over the window. Above it the rule is set aside by name.',
        ),
        window: setting(span('1m', { min: SECOND, max: HOUR }), '1m', 'Time over which a rule is judged.'),
        failures: setting(
          whole({ min: 1, max: 1_000_000 }, 10),
          10,
          'Evaluations of one rule that may fail within the window before it is set aside.',
        ),
      },
      'Rules that cost too much or fail: they are set aside by name, and the ledger says from where.',
    ),
  },
  'Evaluation of rules.',
);

const policy = {
  validation: maybe(
    choice('off', 'warn', 'enforce'),
    'Events against the schema: off; warn, which counts and marks; enforce, which sends bad ones to the dead letters with the reason. Unless said: off.',
  ),
  business_checks: named(
    name('a check', 'known_host'),
    expression("host.name startswith 'srv-'"),
    'Named expressions every event must satisfy, as far as your business knows.',
  ),
  compliance_checks: named(
    name('a check', 'has_user'),
    expression('isnotempty(user.name)'),
    'Named expressions every event must satisfy, because a regulation asks for it.',
  ),
  retention_class: maybe(
    name('a retention class', 'pci'),
    'Kept with each event; policies of retention go by it. Unless said: default.',
  ),
  time_zone: maybe(timeZone(), 'Zone of times that come without one. Unless said: UTC.'),
  silent_after: maybe(
    spanOrOff('15m', { min: SECOND, max: 8760 * HOUR }),
    'Time without an event after which the source counts as gone silent, which raises an alert. Unless said: 1h.',
  ),
};

const sources = (description: string) => named(sourceName, z.strictObject(policy), description);

const tenants = named(
  tenantName,
  z.strictObject({
    sources: sources('Policies of this tenant by source; before those of all tenants.'),
  }),
  'What holds for one tenant.',
);

const issuer = z.strictObject({
  issuer: text('the `iss` of its tokens', 'https://login.example.org').describe('What `iss` of a token must be.'),
  audience: text('the `aud` of its tokens', 'weir').describe('What `aud` of a token must be or hold.'),
  jwks_url: maybe(url('its key set', 'https://login.example.org/keys'), 'Where its public keys are fetched.'),
  jwks_file: maybe(path('its key set', 'keys/jwks.json'), 'Its public keys in a file, where nothing is to be fetched.'),
  tenant_claim: setting(
    text('the name of a claim', 'tenant'),
    'tenant',
    'Claim that says which tenant the bearer belongs to.',
  ),
  role_claim: setting(
    text('the name of a claim', 'role'),
    'role',
    'Claim that holds admin, analyst, ingest or read-only.',
  ),
});

const auth = section(
  { jwt: named(name('an issuer', 'sso'), issuer, 'Issuers whose tokens are taken, by a name of yours.') },
  'Who may call, beside the keys that weir makes itself.',
);

const webhook = z.strictObject({
  url: url('the receiver', 'https://hooks.example.org/weir').describe('Where hits are sent, with POST as JSON.'),
  signing_key: maybe(secret(), 'Key of the HMAC-SHA256 that each request carries.'),
  headers: named(header, secret(), 'Headers of each request whose values are secrets.'),
  min_level: setting(level(), 'high', 'Hits below this level are not sent.'),
  tenants: setting(list(tenantName, ENTRIES_MAX), [], 'Tenants whose hits are sent; none named: all.'),
});

const notify = section(
  {
    webhooks: named(
      name('a webhook', 'chat'),
      webhook,
      'HTTP receivers: at least once, with the same id on every retry.',
    ),
    log: section(
      {
        enabled: setting(yesNo(), false, 'Write each hit as a line of the log.'),
        min_level: setting(level(), 'high', 'Hits below this level are not written.'),
      },
      'Hits in the log of weir itself.',
    ),
  },
  'Who is told of hits.',
);

const shedding = named(
  name('a policy', 'bulk_first'),
  z.strictObject({
    above: share('90%').describe('Pressure (the worst of queues, memory, disk, delay) from which the policy acts.'),
    action: setting(
      choice('refuse', 'drop'),
      'refuse',
      'refuse answers 429 so that the sender keeps the events; drop takes them and counts them as filtered by this policy.',
    ),
    tenants: setting(list(tenantName, ENTRIES_MAX), [], 'Tenants it applies to; none named: all.'),
    sources: setting(list(sourceName, ENTRIES_MAX), [], 'Sources it applies to; none named: all.'),
    severity_below: maybe(level(), 'Only events whose stated severity is below this one, or that state none.'),
  }),
  'Written policies of what to give up first under pressure. Without one nothing is shed: senders are told to wait.',
);

const alerts = section(
  {
    lag: setting(span('30s', { min: SECOND, max: 24 * HOUR }), '30s', 'How far detection may be behind the journal.'),
    disk: setting(share('90%'), '90%', 'Use of the disk from which an alert is raised.'),
  },
  'Alerts of weir about itself. Silent sources are under sources, by `silent_after`; drops always raise one.',
);

const tracing = section(
  {
    otlp_url: maybe(
      url('an OTLP collector (HTTP)', 'http://127.0.0.1:4318'),
      'Where traces are sent; without it none are.',
    ),
    headers: named(header, secret(), 'Headers of each request to it whose values are secrets.'),
    sample: setting(share('1%'), '1%', 'Share of requests that are traced from door to hit.'),
  },
  'OpenTelemetry traces.',
);

const log = section(
  {
    level: setting(logLevel(), 'info', 'Lowest level that is written; changeable while weir runs.'),
    rooms: z
      .partialRecord(choice(...LOG_ROOMS), logLevel())
      .prefault({})
      .describe('Levels of single parts of weir.'),
    format: setting(choice('auto', 'json', 'text'), 'auto', 'auto: lines to read on a terminal, JSON elsewhere.'),
  },
  'The log, on standard error.',
);

export const configSchema = z.strictObject({
  data: setting(
    path('a folder', '/var/lib/weir'),
    './weir-data',
    'The folder that everything is kept in; made when absent.',
  ),
  listen,
  threads: setting(
    wholeOrAuto({ min: 1, max: 256 }),
    'auto',
    'Threads that take events in and evaluate rules on them; auto: one for each core but one.',
  ),
  rules,
  journal,
  detect,
  sources: sources('Policies by source for all tenants. `*` holds for sources that have none of their own.'),
  tenants,
  auth,
  notify,
  shedding,
  alerts,
  tracing,
  log,
  limits: limitsSection(),
});

/** All of it, every default filled in. Plain data without secrets: it can be logged and handed to threads. */
export type Config = z.output<typeof configSchema>;
/** As it is written. */
export type ConfigFile = z.input<typeof configSchema>;
