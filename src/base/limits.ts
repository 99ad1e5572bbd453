/**
 * Every bound in weir: one table, so that it can be read, shown and argued with in one place. Units stand last in the
 * name. A limit that is reached is named in the output with what it cut; none acts silently.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

export interface Limit {
  readonly value: number;
  readonly unit: 'bytes' | 'count' | 'levels' | 'ratio' | 'ms';
  /** What it protects, and how the value was found. */
  readonly why: string;
  /** Memory or a format is laid out for this value: it cannot be configured. */
  readonly fixed?: true;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const MINUTE = 60_000;

const bytes = (value: number, why: string): Limit => ({ value, unit: 'bytes', why });
const ms = (value: number, why: string): Limit => ({ value, unit: 'ms', why });
const count = (value: number, why: string): Limit => ({ value, unit: 'count', why });
const fixed = (limit: Limit): Limit => ({ ...limit, fixed: true });

export const limitTable = {
  // Reading
  readChunkBytes: fixed(
    bytes(2 * MiB, 'one read of an input; about one batch, so that memory follows the number of threads'),
  ),
  lineBytesMax: fixed(
    bytes(16 * MiB, 'one event; Windows events stay below 64 KiB and cloud audit records below 1 MiB'),
  ),
  wholeFileBytesMax: bytes(
    256 * MiB,
    'a file that is read whole (rules, settings, archives); inputs are streamed instead',
  ),
  nestingLevelsMax: fixed({
    value: 64,
    unit: 'levels',
    why: 'objects and arrays in one event; real audit records stay below 20',
  }),
  keysPerEventMax: fixed(
    count(8192, 'columns one event may touch; the widest real event in the test data has some 300'),
  ),

  // Archives and compression
  archiveLevelsMax: { value: 4, unit: 'levels', why: 'an archive in an archive; deeper only occurs in zip bombs' },
  archiveMembersMax: count(100_000, 'members of one archive; more would only be a directory bomb'),
  expandedBytesMax: bytes(64 * GiB, 'everything one compressed input may expand to'),
  expansionRatioMax: {
    value: 500,
    unit: 'ratio',
    why: 'expanded over stored bytes, all layers together; repeated logs reach 300, a deflate bomb 1,032',
  },
  expansionFreeBytes: bytes(64 * MiB, 'expanded bytes before the ratio is judged: small files compress without bound'),
  scratchMemoryBytes: bytes(
    32 * MiB,
    'archives and event logs inside archives, kept in memory up to here and in a nameless temporary file beyond',
  ),
  archiveDirectoryBytesMax: bytes(64 * MiB, 'the directory of one zip archive; 100,000 members need some 10 MiB'),
  unparsedPerInputMax: count(1000, 'unreadable places named one by one in one input; the others are counted'),

  // Rules
  ruleFileBytesMax: bytes(4 * MiB, 'one rule file; the largest SigmaHQ rule has 120 KiB'),
  yamlAliasesMax: count(100, 'uses of anchors in one YAML document; an alias bomb needs thousands'),
  conditionLevelsMax: { value: 64, unit: 'levels', why: 'parentheses in a condition; SigmaHQ needs 4' },
  valuesPerRuleMax: count(100_000, 'values of one rule after modifiers; the longest real list has 4,432'),
  regexBytesMax: bytes(16 * KiB, 'one regular expression as written; the longest in SigmaHQ has under 1 KiB'),

  // Expressions a user writes (src/lang holds the same figures, since it also runs in browsers)
  expressionLengthMax: count(16_384, 'characters of one expression; a list of 1,000 addresses takes some 15,000'),
  expressionLevelsMax: { value: 64, unit: 'levels', why: 'parentheses, calls and operators in one another' },
  expressionErrorsMax: count(20, 'errors named in one expression; whoever has more mends these first'),
  queryLengthMax: count(65_536, 'characters of one query; a list of 4,000 addresses fits'),
  queryOperatorsMax: count(256, 'steps of all pipelines of a query together, those of a let each time it is used'),
  queryLetsMax: count(64, 'names given by let in one query'),
  queryMemoryBytesMax: bytes(512 * MiB, 'all steps of a running query together; some 300,000 rows of events'),
  querySeriesPointsMax: count(1_048_576, "points of one series of make-series; Kusto's bound"),
  queryJoinKeysMax: count(1024, 'combinations of the values of one row in the keys of a join'),

  // Masking
  maskPathsMax: count(100_000, 'paths of events of which a door remembers whether they are masked'),
  maskValueCharactersMax: count(4_000_000, 'characters of values whose pseudonyms a door remembers'),
  maskElsewhereMax: count(
    256,
    'masked values of one event that are looked for in its other texts; an event with more is withheld',
  ),

  // Correlation
  correlationHitsMax: count(8_000_000, 'base matches one scan gathers for correlations; some 40 bytes each'),
  correlationValueBytesMax: bytes(256 * MiB, 'distinct values of group-by and counted fields one scan keeps'),
  correlationGroupsMax: count(1_000_000, 'groups one correlation watches at a time; the longest untouched goes first'),
  correlationEntriesMax: count(
    8_000_000,
    'events in all windows of one correlation; the longest untouched group goes first',
  ),
  correlationCombinationsMax: count(256, 'groups one event may belong to through lists in its group-by fields'),
  correlationEventsShown: count(1000, 'events listed with one firing; the exact count stands beside them'),

  // Live
  deadLetterBytesMax: bytes(512 * KiB, 'of an event that could not be taken; the exact length stands beside it'),
  requestDeadLettersMax: count(
    100_000,
    'dead letters of one request, each some 100 bytes beside its own; one with more is refused, and nothing of it kept',
  ),
  requestBadLinesMax: count(
    1000,
    'lines of one request of which not one is an event: what has more is no file of events, and is refused whole',
  ),
  answerDeadLettersMax: count(5, 'dead letters of a request whose reasons its answer tells; the others are counted'),
  // Journal
  journalEntryBytesMax: bytes(64 * MiB, 'payload of one entry; a frame has 900 KiB, one with a single huge row 32 MiB'),
  journalReceiptBytesMax: bytes(8 * KiB, 'receipt of one request; a real one has some 400 bytes'),
  laneColumnsMax: count(2000, 'columns known of one kind of events of a tenant; the widest real one has some 600'),
  tenantColumnsMax: count(50_000, 'columns known of all kinds of events of a tenant'),
  columnCharactersMax: count(256, 'length of a column that is known; longer ones are no names'),
  doorColumnCharactersMax: count(4 * MiB, 'names of columns that one door remembers having told of'),
  receiptChecksMax: count(
    64,
    'checks of validation that a receipt names with their counts; the rest is counted as one',
  ),
  journalGroupBytesMax: bytes(
    256 * MiB,
    'one group as it is written; usual are 4 MiB and one large request behind them',
  ),
  journalGatherBytes: bytes(4 * MiB, 'waiting requests gathered into one group; one sync then serves them all'),
  journalSegmentBytes: bytes(64 * MiB, 'a segment file is closed at this size; what is released goes by whole files'),
  journalReleasedBytesMax: bytes(
    512 * MiB,
    'what is left of a released file of the journal, unpacked; one of which more would be left is not released',
  ),
  journalVerifyBytes: bytes(
    4 * GiB,
    'newest part of the journal that is read and verified before a start; some 0.6 s per GiB, the rest is for verify',
  ),
  journalReadBytes: bytes(1 * MiB, 'one read of a segment file; larger gained nothing'),
  journalMarks: count(4096, 'places in segment files one reader remembers, so that single entries are found fast'),
  journalLostMax: count(
    10_000_000,
    'entries one run of damage may have cost before repair takes their number for damage',
  ),
  journalFindings: count(1000, 'damaged places named one by one in one verification; the others are counted'),
  // Hits, dead letters, ledger
  hitGroupMax: count(
    512,
    'hits of one rule in one row of the database: 300 cost a fifth more time and room, 1,000 gain nothing',
  ),
  hitGroupBytesMax: bytes(2 * MiB, 'bodies in one row before compression: what reading one hit of it must inflate'),
  hitGroupPositionsMax: count(4096, 'journal positions one row may span, so that a hit is found by its position'),
  hitBodyBytesMax: bytes(48 * MiB, 'body of one hit: an event of the greatest length, its text thrice at most'),
  hitsPageMax: count(1000, 'hits in one answer'),
  hitsPageBytesMax: bytes(16 * MiB, 'bodies in one answer; at least one hit is in it'),
  detectionCacheBytes: bytes(16 * MiB, "SQLite's page cache of the thread that writes hits"),
  deadLetterRawBytesMax: bytes(64 * KiB, 'bytes of a dead letter kept beside its reason; all of it is in the journal'),
  deadLettersPageMax: count(1000, 'dead letters in one answer'),
  ledgerExceptionsPageMax: count(
    10_000,
    'exceptions of one rule named in one answer; the exact count stands beside them',
  ),
  // Configuration
  configFileBytesMax: bytes(
    MiB,
    'a configuration file; a thousand tenants with policies of their own need some 300 KiB',
  ),
  configValuesMax: fixed(count(50_000, 'values of a configuration after YAML aliases are followed')),
  configProblemsShown: fixed(
    count(50, 'problems of a configuration that are listed one by one; the others are counted'),
  ),
  secretBytesMax: bytes(64 * KiB, 'a secret in a file; the longest private keys have some 13 KiB'),

  // Logs
  logQueueBytesMax: bytes(
    MiB,
    'log lines that wait for a reader of standard error; later ones are dropped and counted',
  ),
  logLineBytesMax: bytes(32 * KiB, 'one log line; of a longer one the fields are left out, by name'),
  logTextBytesMax: bytes(4 * KiB, 'one text within a log line, such as a stack or a message of another program'),
  logRecordsWaitingMax: count(10_000, 'log records on their way from threads; later ones are dropped and counted'),
  // Admission
  bodyBytesMax: bytes(64 * MiB, 'one request body, decompressed; a sender splits what is larger'),
  bodyExpansionRatioMax: {
    value: 300,
    unit: 'ratio',
    why: 'decompressed over compressed bytes of a body; repeated logs reach 300, a zstd bomb 30,000',
  },
  bodyExpansionFreeBytes: bytes(1 * MiB, 'decompressed bytes of a body before the ratio is judged'),
  zstdWindowBytesMax: bytes(
    8 * MiB,
    'window of a zstd body, as RFC 9659 has it for HTTP; memory a header alone can ask for',
  ),
  bodyGraceMs: ms(5_000, 'of a body before its rate is judged: a slow start, one lost packet'),
  bodyStallMsMax: ms(10_000, 'without a byte of a body; longer is a sender that died or holds the connection'),
  bodyPerSecondBytes: bytes(1 * KiB, 'rate of a body over its whole time; a modem does 5 KiB, slow-loris a few bytes'),
  inFlightBytesMax: bytes(128 * MiB, 'bodies of all requests in work, decompressed; two of the largest'),
  admissionKeysMax: count(
    100_000,
    'tenants, credentials and sources whose rate is watched at a time, each some 150 bytes',
  ),
  tallyKeysMax: count(50_000, 'tenant, source and minute counted apart between two ticks; the rest under source other'),
  idempotencyKeysMax: count(1_000_000, 'idempotency keys kept; 64 bytes each, the oldest go first'),
  idempotencyMs: ms(24 * 3_600_000, 'an idempotency key is kept'),
  idempotencyWaitersMax: count(100, 'requests that wait for the first with their key; more are told to come back'),
  retryAfterMsMax: ms(60_000, 'a sender is told to wait; longer waits leave it idle after a recovery'),

  framesWindowBytes: bytes(8 * MiB, 'requests of one sender of frames that are not answered yet; some 10,000 events'),
  framesRequestBytesMax: bytes(33 * MiB, 'frames of one request; the largest event takes a frame of 32 MiB'),
  framesConnectionsMax: count(64, 'senders of frames at a time, each with its window'),
  framesAnswersBytesMax: bytes(1 * MiB, 'answers that wait for a sender of frames to read them; it is let go beyond'),

  // Elasticsearch's _bulk
  bulkItemsMax: count(
    100_000,
    'actions of one request, each with an answer of some 200 bytes; clients send 50 to 10,000',
  ),
  bulkIndexesMax: count(100, 'indexes of one request: each is a source, and a unit of the journal'),

  // Sending (weir ingest)
  sendBatchBytes: fixed(bytes(4 * MiB, 'lines of one request, a line more at most; keys of requests hang on it')),
  sendInFlightMax: count(4, 'requests of one sender under way: while one syncs others are read, sent and scanned'),
  sendGiveUpMs: ms(10 * MINUTE, 'a sender goes on trying while nothing at all is taken'),

  // Self-observation
  metricSeriesMax: count(1_000, 'series of one metric; further ones are counted under other'),
  metricLabelCharactersMax: count(128, 'one label value; longer ones are counted under other'),
  metricNameCharactersMax: count(128, 'name of a series, or of one of its labels, in the metrics store'),
  metricLabelsMax: count(16, 'labels of one series in the metrics store; weir itself uses three at most'),
  metricStoreSeriesMax: count(
    50_000,
    'series one tenant may have in the metrics store; samples of further ones are refused and counted',
  ),
  metricRuleSeriesMax: count(
    1_000,
    'combinations of labels of one derived series and tenant; further ones are counted under other',
  ),
  metricRulePositionsMax: count(20_000, 'positions of the journal counted into a derived series by one query'),
  metricWriteSamplesMax: count(20_000, 'samples of one write to the metrics store: 32 bytes each'),
  metricQueueBytesMax: bytes(
    256 * MiB,
    'samples on disk that wait for another metrics store; the oldest go first, and are counted',
  ),
  metricAnswerBytesMax: bytes(32 * MiB, 'one answer of another metrics store; a longer one is asked for in parts'),
  pressureSamplesMax: count(900, 'samples of pressure kept: 15 minutes at one a second'),
  traceSpansMax: count(4_096, 'spans that wait for export, some 1 KiB each; further ones are dropped and counted'),
  traceAttributesMax: count(32, 'attributes of one span'),
  traceAttributeCharactersMax: count(1_024, 'one attribute of a span'),
  traceExportMs: ms(10_000, 'one export of spans may take, the answer included'),
  latencyEntriesMax: count(65_536, 'journal entries whose stamps are kept for the waterfall, 72 bytes each'),
  alertSubjectsMax: count(10_000, 'sources, rules and notifiers one alert watches at a time'),
  // Who may do what
  passwordBytesMax: bytes(1024, 'one password; hashing costs the same for every length, reading it does not'),
  passwordHashesMax: count(2, 'passwords hashed at a time: each takes 19 MiB and some 50 ms of a core'),
  passwordQueueMax: count(16, 'sign-ins that wait for their turn; more are asked to come back'),
  passwordFailuresMax: count(5, 'wrong passwords for one user before each further attempt has to wait'),
  passwordWaitMs: { value: 60_000, unit: 'ms', why: 'how long a user with too many wrong passwords waits' },
  passwordWatchedMax: count(10_000, 'names whose wrong passwords are counted; the longest untouched goes first'),
  sessionMs: { value: 12 * 3_600_000, unit: 'ms', why: 'how long one sign-in lasts: a working day' },
  sessionsPerUserMax: count(8, 'sessions of one user; the oldest ends'),
  tenantsMax: count(10_000, 'tenants of one installation'),
  usersPerTenantMax: count(10_000, 'users of one tenant'),
  keysPerTenantMax: count(10_000, 'API keys of one tenant, revoked ones included'),
  keyOverlapMs: {
    value: 24 * 3_600_000,
    unit: 'ms',
    why: 'how long the old secret of a rotated key still works, unless said',
  },
  keyOverlapMsMax: {
    value: 30 * 24 * 3_600_000,
    unit: 'ms',
    why: 'longest overlap of a rotation that may be asked for',
  },

  // HTTP
  headerBytesMax: bytes(
    16 * KiB,
    'the head of one request, request line included; tokens of large identity providers reach 8 KiB',
  ),
  headersMax: count(100, 'header fields of one request; browsers behind proxies send some 40'),
  headMs: { value: 10_000, unit: 'ms', why: 'from the first byte of a request until its head is complete' },
  requestMs: { value: 600_000, unit: 'ms', why: 'from the first byte of a request to its last: 64 MiB at 110 KB/s' },
  keepAliveMs: { value: 75_000, unit: 'ms', why: 'an idle connection; load balancers close theirs after 60 s' },
  answerPerSecondBytes: bytes(
    32 * KiB,
    'slowest reader of an answer that is waited for, once it is overdue by slowClientMs',
  ),
  slowClientMs: {
    value: 15_000,
    unit: 'ms',
    why: 'how long a client may send or take nothing to speak of before it is let go',
  },
  connectionsMax: count(2048, 'open connections; each costs some 30 KiB, with TLS 60'),
  apiBodyBytesMax: bytes(1 * MiB, 'body of an API request that is no ingest; the largest is a corrected dead letter'),
  savedQueriesMax: count(1000, 'saved queries of a tenant'),
  apiParameterBytesMax: count(512, 'characters of one path parameter or cursor; event ids have some 60'),
  pageItemsMax: count(1000, 'items of one page'),
  eventStreamsMax: count(256, 'open event streams'),
  tenantEventStreamsMax: count(
    64,
    'open event streams of one tenant: a quarter of all, so that no tenant has them all',
  ),
  eventStreamBytesMax: bytes(256 * KiB, 'what waits to be taken by one reader of an event stream'),
  eventStreamStallMs: {
    value: 20_000,
    unit: 'ms',
    why: 'how long a reader of an event stream may take nothing while something waits',
  },
  eventStreamHeartbeatMs: {
    value: 15_000,
    unit: 'ms',
    why: 'silence on an event stream before a comment is sent; proxies cut after 30 to 60 s',
  },
  credentialCacheMax: count(4096, 'credentials known to be good; some 500 bytes each'),
  credentialCacheMs: { value: 60_000, unit: 'ms', why: 'how long a credential is good without another look' },
  tokenBytesMax: bytes(8 * KiB, 'one credential as sent'),
  jwksBytesMax: bytes(1 * MiB, 'a set of public keys; the largest public ones have some 10 KiB'),
  jwksMs: { value: 5000, unit: 'ms', why: 'how long the server of the public keys may take' },

  diskReserveBytes: bytes(
    64 * MiB,
    'kept free on the disk for hits, cursors and the operator; of small disks a fiftieth. Doors answer 503 there',
  ),
  detectLagBytesMax: bytes(
    512 * MiB,
    'frames on disk that wait for evaluation while rules are in force: some seconds of work; beyond, less is taken',
  ),
  serverMemoryBytes: bytes(
    900 * MiB,
    'resident memory the server stays below: what is left of it bounds what may be in work; at it bodies are taken one by one, beyond it fewer and fewer',
  ),
  mergeMemoryBytes: bytes(
    192 * MiB,
    'what merging of segments may take: while less than that is left below the server’s bound it waits, for ten minutes at most',
  ),
  // Hunts
  huntsRunningMax: count(2, 'hunts at work at a time, each a process of its own; the others wait'),
  tenantHuntsRunningMax: count(1, 'hunts of one tenant at work at a time'),
  tenantHuntsWaitingMax: count(20, 'hunts of one tenant that wait; more are told to come back'),
  huntMemoryBytesMax: bytes(1536 * MiB, 'resident memory of one hunt: its rules, a row group a thread, correlations'),
  huntMsMax: ms(12 * 3_600_000, 'work on one hunt since it began last; what it has found then is kept'),
  huntHitsBytesMax: bytes(1 * GiB, 'hit lines of one hunt, on disk; one that finds more ends there and says so'),
  huntRulesBytesMax: bytes(32 * MiB, 'a request with rules to hunt with; all of SigmaHQ is some 10 MiB'),
  huntRuleIdsMax: count(10_000, 'rules of one hunt that are named by their ids'),
  huntsKeptMax: count(100, 'hunts of one tenant that have ended and stay readable; the oldest go first'),
  huntsKeptBytesMax: bytes(4 * GiB, 'all that ended hunts of one tenant keep on disk; the oldest go first'),
  huntKeptMs: ms(30 * 24 * 3_600_000, 'an ended hunt stays readable'),
  huntStartsMax: count(5, 'starts of one hunt that a stop of the server or a crash cut short'),
  huntHitsPageBytesMax: bytes(4 * MiB, 'hit lines of a hunt in one answer; at least one hit is in it'),
  forecastsRunningMax: count(2, 'forecasts at work at a time; a tenant has one'),
  forecastMs: ms(30_000, 'a forecast may take unless more is asked for; what it has then is the answer'),
  forecastMsMax: ms(240_000, 'longest time that a forecast may be given'),
  nearMs: ms(1000, 'rules are asked how near they came to one event; what is left then is counted'),
  nearRulesShown: count(50, 'rules that came near an event, in one answer'),
  // Correlation, live
  correlationLiveBytesMax: bytes(
    192 * MiB,
    'state of all live correlations, counted by what it holds (a million groups); in memory up to 2.5 times that, while columns grow',
  ),
  correlationWaitingBytesMax: bytes(
    64 * MiB,
    'events of one tenant that wait for its watermark, at some 100 bytes; beyond, the watermark is pushed on',
  ),
  correlationRetentionMsMin: ms(10 * MINUTE, 'late events are taken at least so far behind the watermark'),
  correlationRetentionMsMax: ms(24 * 60 * MINUTE, 'and at most so far; in between a timespan of the correlation'),
  correlationSkewMsMax: ms(5 * MINUTE, 'event time ahead of receipt that is believed; further ahead a clock is wrong'),
  correlationHoldMsMax: ms(
    10 * MINUTE,
    'a source further behind the furthest one does not hold the watermark of its tenant',
  ),
  correlationTickMsMax: ms(
    10 * MINUTE,
    'the most that the receive clock moves on at one entry, so that a leap of it does little',
  ),
  correlationSourcesMax: count(1000, 'sources of one tenant with a watermark of their own; the rest share one'),
  correlationAmendedMax: count(
    2_000_000,
    'entries judged again for late events before the next ones are waited for: a second of work',
  ),

  // Notifiers
  notifyBatchHitsMax: count(100, 'hits in one delivery where the configuration says nothing'),
  notifyBatchBytesMax: bytes(
    1 * MiB,
    'bodies in one delivery; common receivers refuse more. One larger hit goes alone',
  ),
  notifyScanMax: count(1024, 'rows of hits looked through before others have their turn'),
  notifyTimeoutMs: ms(10_000, 'one delivery, from looking up the name to the end of the answer'),
  notifyBackoffMs: ms(500, 'wait before the second try; doubles with each'),
  notifyBackoffMsMax: ms(60_000, 'longest wait between two tries, unless the receiver asks for it'),
  notifyPollMs: ms(1000, 'looks for hits of which no one told it'),
  notifyRefusedTriesMax: count(5, 'tries of a delivery the receiver refuses (4xx) before it is parked'),
  notifyBreakerFailuresMax: count(5, 'failures in a row after which a receiver counts as down'),
  notifyParkedMax: count(10_000, 'parked deliveries kept for a notifier; the oldest goes first, and is counted'),
  notifyAnswerBytesMax: bytes(4 * KiB, "kept of a receiver's answer, to show why it refused"),
  notifyBacklogBytesMax: bytes(1 * GiB, 'bodies of hits that wait for a receiver where the configuration says nothing'),
  chainLineBytesMax: bytes(1 * MiB, 'one line of a ledger; a frame has some 400 bytes, a merge a hash a segment'),

  // Queries
  queryProcessesMax: count(2, 'queries over stored events that run at a time, each in a process of its own'),
  queryTablesMax: count(8, 'tables beside events that queries read at a time; a page of each is in memory'),
  queryWaitingMax: count(64, 'queries that wait for their turn; more are asked to come back'),
  queryMemoryBytes: bytes(
    512 * MiB,
    'memory of one query; sorts and groups beyond it go to disk. Its process takes some 150 MiB more',
  ),
  queryTemporaryBytes: bytes(4 * GiB, 'on disk for what one query cannot hold in memory'),
  queryThreadsMax: count(4, 'threads of one query, no more than the machine has processors'),
  queryMs: ms(60_000, 'one query may take, waiting for its turn included'),
  queryGraceMs: ms(1_000, 'a query that is to end may take for it; then its process is killed'),
  queryIdleMs: ms(60_000, 'a process without queries is kept, with what it has read at hand'),
  queryBatchCharacters: count(256 * KiB, 'texts of one batch of rows on their way; a batch has one row at least'),

  // Backups
  backupSettleMs: ms(
    60_000,
    'a backup waits so long for hits of what was acknowledged; what is late is evaluated by whoever restores it',
  ),
  backupHoldMs: ms(
    120_000,
    'a backup that was not heard of for so long has died, and its segments are let go of; it is heard of every five seconds',
  ),
  backupCopyMs: ms(3_600_000, 'the same while it copies hits, which is one step and holds nothing'),
  backupMomentTries: count(
    50,
    'looks for a moment of hits and journal that a backup can be of; each takes milliseconds',
  ),
  backupsMax: count(4, 'backups of a server at a time, each of which keeps segments from being deleted'),

  // Writing
  writeBufferBytes: bytes(64 * KiB, 'output gathered before a system call; larger gained nothing'),
  // Object store
  objectBytesMax: bytes(256 * MiB, 'an object that is written or read in one piece; a segment is merged up to 128 MB'),
  objectAnswerBytesMax: bytes(
    4 * MiB,
    'an answer that is no object: a page of a listing (1,000 keys of 1 KiB), an error',
  ),
  objectPieceBytes: bytes(8 * MiB, 'of an object that is read as a whole, at a time'),
  objectAwayMs: ms(15_000, 'for so long nobody waits for an object store again that was not reached'),
  objectTimeoutMs: ms(10_000, 'one request to an object store; what it carries has a second a MiB on top'),
  objectAttemptsMax: count(4, 'requests in place of one that failed in passing; with back-off some three seconds'),
  objectBackoffMs: ms(200, 'before the second attempt, doubled before each other, with a half of chance'),
  objectBackoffMsMax: ms(5000, 'as long as an object store may ask to wait between attempts'),
  objectListPagesMax: count(100_000, 'pages of one listing: a store whose pages never end is given up by name'),
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limitTable;

const values = Object.fromEntries(Object.entries(limitTable).map(([name, limit]) => [name, limit.value])) as Record<
  LimitName,
  number
>;

/** The values alone, as configured: `limits.ruleFileBytesMax`. */
export const limits: Readonly<Record<LimitName, number>> = values;

/** Under which threads find what is configured, before any of their modules reads a limit. */
const CONFIGURED = 'weir.limits';

/**
 * Puts configured values in force in this thread and in all that are started after it. Values are checked where they are read;
 * one for a fixed or unknown limit is a mistake of ours.
 */
export function overrideLimits(configured: Partial<Readonly<Record<LimitName, number>>>): void {
  put(configured);
  setEnvironmentData(CONFIGURED, configured);
}

function put(configured: Partial<Readonly<Record<LimitName, number>>>): void {
  const table: Readonly<Record<string, Limit>> = limitTable;
  for (const [name, value] of Object.entries(configured)) {
    if (!Object.hasOwn(table, name)) throw new Error(`there is no limit ${name}`);
    if (table[name].fixed === true && table[name].value !== value) throw new Error(`the limit ${name} is fixed`);
    values[name as LimitName] = value;
  }
}

const inherited = getEnvironmentData(CONFIGURED) as Parameters<typeof put>[0] | undefined;
if (inherited !== undefined) put(inherited);
