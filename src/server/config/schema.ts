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
import { MASK_METHODS, SEVERITIES } from '../../ingest/index.ts';
import { notYet } from './in-force.ts';
import {
  bytes,
  choice,
  diskSpace,
  host,
  list,
  matching,
  milliseconds,
  path,
  pathOr,
  secret,
  share,
  span,
  spanOr,
  text,
  timeZone,
  url,
  whole,
  wholeOrAuto,
  yesNo,
} from './leaves.ts';
import { limitsSection } from './limits-section.ts';
import { metrics } from './metrics-section.ts';
import { retention } from './retention-section.ts';
import { ENTRIES_MAX, GiB, HOUR, KiB, MiB, maybe, name, named, SECOND, section, setting } from './setting.ts';
import { store } from './store-section.ts';

/** Shapes are few and used now and then: generating code for each takes longer than it saves, at every start. */
z.config({ jitless: true });

const LOOPBACK = '127.0.0.1';

/** Sources are called what their senders call them. */
const sourceName = matching(
  /^(?:\*|[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127})$/,
  'the name of a source, or * for all others',
  'windows',
);
const tenantName = matching(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of a tenant (small letters, digits, dash)', 'acme');
const expression = (example: string) => text('an expression that holds for good events', example);
const header = matching(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header', 'X-Team');

const level = () => choice(...LEVELS);
const logLevel = () => choice(...LOG_LEVELS);

const listen = section(
  {
    host: setting(host(LOOPBACK), LOOPBACK, 'Address or host name to listen on. Beyond loopback weir wants TLS.'),
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
    frames_socket: setting(
      pathOr(['auto', 'off'], 'a socket', 'ingest.sock'),
      'auto',
      'Local socket for EventBatch frames, for its owner alone. `auto`: ingest.sock in the data folder.',
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
      spanOr(['off'], '10s', { min: SECOND, max: 24 * HOUR }),
      '10s',
      'How often rule files are looked at for changes. A changed set is compiled beside the old one and takes over whole.',
    ),
  },
  'What is looked for.',
);

const journal = section(
  {
    group_ms: notYet(
      setting(
        milliseconds({ min: 0, max: SECOND }, 2),
        2,
        'How long a group of requests gathers before one sync to disk: more is more throughput, and later acknowledgements.',
      ),
    ),
    group_bytes: notYet(
      setting(bytes({ min: 64 * KiB, max: 64 * MiB }), '4MiB', 'A group this large is synced at once.'),
    ),
    segment_bytes: setting(
      bytes({ min: MiB, max: 4 * GiB }, 64 * MiB),
      '64MiB',
      'Size at which a new journal file is begun; what is released is released in whole files.',
    ),
    keep: setting(
      spanOr(['forever'], '7d', { min: 0, max: 100 * 8766 * HOUR }),
      '7d',
      'How long the journal keeps events that are in segments too, after they were received. Behind that, or sooner where the journal has three quarters of `max_bytes`, each event is read back from its segment and compared; then the file keeps all but the events (docs/store.md).',
    ),
    chain_key: maybe(
      path('a private key in PEM', '/etc/weir/chain.pem'),
      'The key that signs the chain, made where it is absent: out of the data folder it is out of the hands of who can change that. Unless said: in the data folder.',
    ),
    max_bytes: setting(
      diskSpace(64 * MiB),
      '80%',
      'All of the journal, as a size or as a share of its disk. There, and where the disk itself is full, doors answer 503 and nothing is lost.',
    ),
  },
  'The journal: what is acknowledged is in it and synced to disk.',
);

const detect = section(
  {
    hunt_new_rules: setting(
      spanOr(['off'], '30d', { min: 60 * SECOND, max: 100 * 8766 * HOUR }),
      'off',
      'How far back rules that are new or changed are run over what is kept, each tenant’s, as soon as they are in force; nobody is told of what they find. GET /v1/hunts shows these hunts.',
    ),
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
          'Share of the time of all evaluation, and of the time of one thread, that one rule may take over the window. Above both it is set aside by name. At 100% none is.',
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

const rates = {
  requests_per_s: maybe(
    whole({ min: 1, max: 1_000_000 }, 100),
    'Requests a second, over some seconds; beyond them senders get 429. Without it there is no such bound.',
  ),
  bytes_per_s: maybe(
    bytes({ min: KiB, max: 64 * GiB }, 10 * MiB),
    'Decompressed bytes a second, over some seconds; beyond them senders get 429. Without it there is no such bound.',
  ),
};

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
  mask: named(
    matching(/^\S(?:.{0,254}\S)?$/, 'the name of a field, ECS’s or the source’s own', 'user.email'),
    choice(...MASK_METHODS),
    'Fields whose values are replaced before anything looks at them, and by what: pseudonym, the same for the same value of a tenant; network, an address without its host; hide, `***`; remove, null. A value that is replaced is so wherever else in the event it stands.',
  ),
  retention_class: maybe(name('a retention class', 'pci'), 'Policies of retention can go by it. Unless said: default.'),
  severity: maybe(
    choice(...SEVERITIES),
    'What its events are worth under pressure: those worth least are told to wait first, critical ones last. Unless said: medium.',
  ),
  class: maybe(
    name('a class of events', 'network'),
    'The class of its events, for shedding policies. Unless said: none.',
  ),
  time_zone: notYet(maybe(timeZone(), 'Zone of times that come without one. Unless said: UTC.')),
  lateness: notYet(
    maybe(
      span('10m', { min: 0, max: 24 * HOUR }),
      'How late events of this source may come. Unless said: `detect.lateness`.',
    ),
  ),
  silent_after: maybe(
    spanOr(['auto', 'off'], '15m', { min: SECOND, max: 8760 * HOUR }),
    'Time without an event after which an alert says that the source is silent; auto learns it from its pauses. Unless said: auto.',
  ),
  ...rates,
};

const sources = (description: string) => named(sourceName, z.strictObject(policy), description);

const tenants = named(
  tenantName,
  z.strictObject({
    ...rates,
    sources: sources('Policies of this tenant by source; before those of all tenants.'),
  }),
  'What holds for one tenant.',
);

const role = choice('admin', 'analyst', 'ingest', 'read-only');

const issuer = z.strictObject({
  issuer: text('the `iss` of its tokens', 'https://login.example.org').describe('What `iss` of a token must be.'),
  audience: text('the `aud` of its tokens', 'weir').describe('What `aud` of a token must be or hold.'),
  jwks_url: maybe(url('its key set', 'https://login.example.org/keys'), 'Where its public keys are fetched.'),
  jwks_file: maybe(path('its key set', 'keys/jwks.json'), 'Its public keys in a file, where nothing is to be fetched.'),
  tenant: maybe(tenantName, 'The tenant of all its users.'),
  tenant_claim: maybe(
    text('the name of a claim', 'tenant'),
    'The claim that names the tenant of a user, in place of `tenant`.',
  ),
  roles_claim: setting(
    text('the name of a claim', 'realm_access.roles'),
    'roles',
    'The claim with the names of roles, one or a list; a path leads through objects.',
  ),
  roles: named(
    text('the name of a role there', 'soc-analysts'),
    role,
    'What its names of roles mean here; those of weir (admin, analyst, ingest, read-only) mean themselves.',
  ),
});

const auth = section(
  { jwt: named(name('an issuer', 'sso'), issuer, 'Issuers whose tokens are taken, by a name of yours.') },
  'Who may call, beside the keys that weir makes itself.',
);

const filter = {
  min_level: setting(level(), 'informational', 'Hits below this level are not sent.'),
  rules: setting(
    list(text('the id of a rule', 'd06be4b9-8045-428b-a567-740a26d9db25'), ENTRIES_MAX),
    [],
    'Rules whose hits are sent; none named: all.',
  ),
  tenants: setting(list(tenantName, ENTRIES_MAX), [], 'Tenants whose hits are sent; none named: all.'),
};

const webhook = z.strictObject({
  url: url('the receiver', 'https://hooks.example.org/weir').describe('Where hits are sent, with POST as JSON.'),
  secret: maybe(secret(), 'Signs each request (HMAC-SHA256); without it none is signed.'),
  headers: named(header, secret(), 'Headers of each request, whose values are secrets.'),
  timeout: setting(
    span('10s', { min: 100, max: 5 * 60 * SECOND }),
    '10s',
    'After which a request counts as failed and is tried again.',
  ),
  private_networks: setting(
    list(matching(/^(?:any|[0-9A-Fa-f.:]{2,45}\/\d{1,3})$/, 'a network, or any', '10.1.0.0/16'), 100),
    [],
    'Private, loopback and other addresses not of the public network that it may be sent to: networks, or `any`.',
  ),
  ca: maybe(path('certificates in PEM', 'tls/ca.crt'), 'Certificates to trust in place of the usual ones.'),
  ...filter,
});

const logFile = z.strictObject({
  path: path('a file', 'hits.ndjson').describe('File that hits are appended to, one JSON object a line.'),
  ...filter,
});

const notify = section(
  {
    webhooks: named(
      name('a webhook', 'chat'),
      webhook,
      'HTTP receivers: at least once, with the same id on every retry.',
    ),
    log_files: named(
      name('a file', 'siem'),
      logFile,
      'Files that hits are written to, each at least once with the same id.',
    ),
  },
  'Who is told of hits.',
);

const shedding = named(
  name('a policy', 'bulk_first'),
  z.strictObject({
    from_pressure: share('90%').describe(
      'Pressure (of queues, memory, disk, delay; `/v1/health` shows it) from which the policy acts.',
    ),
    action: setting(
      choice('drop', 'refuse'),
      'drop',
      'drop: it is counted, left out and acknowledged as such; refuse: senders get 429 and keep it.',
    ),
    share: setting(share('100%'), '100%', 'How much of what matches it concerns.'),
    tenants: setting(list(tenantName, ENTRIES_MAX), [], 'Tenants it applies to; none named: all.'),
    sources: setting(list(sourceName, ENTRIES_MAX), [], 'Sources it applies to; none named: all.'),
    severities: setting(list(choice(...SEVERITIES), 5), [], 'Severities of sources it applies to; none named: all.'),
    classes: setting(
      list(name('a class of events', 'network'), 100),
      [],
      'Classes of sources it applies to; none named: all.',
    ),
  }),
  'What may be left out or put off under pressure, by name; the books count what is left out under that name. Without a policy nothing is: senders are told to wait.',
);

const tracing = section(
  {
    otlp_url: maybe(
      url('an OTLP collector', 'http://127.0.0.1:4318/v1/traces'),
      'Where traces are sent (OTLP over HTTP, JSON), path included; without it none are.',
    ),
    headers: named(header, secret(), 'Headers of each request to it, whose values are secrets.'),
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
    keep: setting(
      span('30d', { min: HOUR, max: 3660 * 24 * HOUR }),
      '30d',
      'How long lines are kept in the data folder, for the table `logs` of queries.',
    ),
    keep_bytes: setting(
      bytes({ min: 0, max: 64 * GiB }, 64 * MiB),
      '64MiB',
      'What kept lines take on disk at most; the oldest go. 0: none are kept.',
    ),
  },
  'The log, on standard error and in the data folder.',
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
    'Threads that take events in and evaluate rules on them; auto: one for each core, 16 at most.',
  ),
  stop_within: setting(
    span('10s', { min: SECOND, max: HOUR }),
    '10s',
    'How long a stop may take: requests under way finish, what was taken is evaluated, notifiers deliver. The next start does what is left.',
  ),
  rules,
  journal,
  store,
  detect,
  sources: sources('Policies by source for all tenants. `*` holds for sources that have none of their own.'),
  tenants,
  auth,
  notify,
  shedding,
  retention,
  metrics,
  tracing,
  log,
  limits: limitsSection(),
});

/** All of it, every default filled in. Plain data without secrets: it can be logged and handed to threads. */
export type Config = z.output<typeof configSchema>;
/** As it is written. */
export type ConfigFile = z.input<typeof configSchema>;
