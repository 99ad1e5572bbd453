/** The shapes of requests and answers, once: checked at the edge, typed inside, described to others as JSON Schema. */
import { z } from 'zod';
import { LOG_LEVELS, LOG_ROOMS, limits, now } from '../base/index.ts';
import { LEVELS } from '../detect/index.ts';
import { roleNames, scopeNames, TENANT_PATTERN } from '../meta/index.ts';

/** Text for people: no control characters, so that it can be shown anywhere. */
export const nameText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u, 'no control characters');
export const idText = z
  .string()
  .min(1)
  .max(limits.apiParameterBytesMax)
  .regex(/^[!-~]+$/, 'printable ASCII');
export const tenantId = z.string().regex(TENANT_PATTERN, 'lower-case letters, digits and hyphens, up to 63');
export const roleName = z.enum(roleNames as [string, ...string[]] & typeof roleNames);
export const scopeName = z.enum(scopeNames as [string, ...string[]] & typeof scopeNames);

const SPAN_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_557_600_000 } as const;
/** 1970 to 9999. */
const TIME_MS_MAX = 253_402_300_799_999;

/** Milliseconds since 1970 of `15m`, `24h`, `90d`, `100y` (so long ago), of an RFC 3339 time, or of digits; null for anything else. */
export function timeMs(text: string, nowMs: number = now()): number | null {
  const span = /^(\d{1,9})([smhdwy])$/.exec(text);
  if (span !== null) return Math.max(0, nowMs - Number(span[1]) * SPAN_MS[span[2] as keyof typeof SPAN_MS]);
  if (/^\d{1,15}$/.test(text)) return Number(text) <= TIME_MS_MAX ? Number(text) : null;
  if (!/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return null;
  // Without a zone a time is UTC, here and everywhere in weir.
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10)) ? text : `${text}${text.length > 10 ? 'Z' : 'T00:00:00Z'}`;
  const ms = Date.parse(zoned.replace(' ', 'T'));
  return ms >= 0 && ms <= TIME_MS_MAX ? ms : null;
}

/** A time with how it was written: `90d` is another one each time it is asked for. */
const writtenTime = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = timeMs(text);
    if (ms === null) context.addIssue({ code: 'custom', message: 'expected 15m, 24h, 90d, or 2026-01-31T12:00:00Z' });
    return { text, ms: ms ?? 0 };
  });

export const timeText = writtenTime.transform(({ ms }) => ms);

const itemsUpTo = (max: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, `1 to ${max}`)
    .transform(Number)
    .pipe(z.number().min(1).max(max));

export const nearQuery = { limit: itemsUpTo(limits.nearRulesShown).default(10) };

export const pageQuery = {
  limit: itemsUpTo(limits.pageItemsMax).default(100),
  after: idText.nullable().default(null),
};

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() });

export const count = z.number().int().min(0);
/** RFC 3339, UTC. */
export const time = z.iso.datetime();

/** `"2026-01-31T12:00:00.000Z"`; null stays null. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export const Hit = z.looseObject({
  id: z.string(),
  rule: z.unknown(),
  time: z.unknown(),
  event_id: z.string().optional(),
  event: z.unknown(),
  matches: z.unknown(),
});

/** received = stored + filtered + dead_lettered + expired + pending. */
export const BooksTotals = z.strictObject({
  received: count,
  stored: count,
  filtered: count,
  dead_lettered: count,
  expired: count,
  /** Acknowledged, and not read back from disk yet. */
  pending: count,
  balanced: z.boolean(),
});

export const BooksMinute = z.strictObject({
  ...BooksTotals.shape,
  source: z.string(),
  /** The minute of receipt. */
  minute: time,
  /** Events by policy, and dead letters by reason. */
  filtered_by: z.record(z.string(), count),
  dead_lettered_by: z.record(z.string(), count),
});

export const LedgerEntry = z.strictObject({
  rule: z.string(),
  version: z.string(),
  title: z.string().nullable(),
  evaluated: count,
  /** Journal positions the rule has seen without a gap: from, to before. */
  from: count,
  to: count,
  /** Receive time of the last event seen. */
  seen_until: time.nullable(),
  not_evaluated: z.array(z.strictObject({ from: count, to: count, events: count, reason: z.string() })),
});

export const DeadLetter = z.strictObject({
  id: z.string(),
  source: z.string(),
  time,
  /** Machine-readable, `room.what`, and in words. */
  code: z.string(),
  reason: z.string(),
  /** What was sent, as text; cut where `bytes` is more. */
  event: z.string(),
  bytes: count,
  /** The last time that it, or what was put in its place, was sent again and not taken. */
  last_try: z.strictObject({ at: time, code: z.string(), reason: z.string() }).nullable(),
  /** What was put in its place; null: nothing yet. */
  fixed: z.string().nullable(),
  replayed: time.nullable(),
});

export const RuleStatus = z.strictObject({
  id: z.string(),
  version: z.string().nullable(),
  title: z.string().nullable(),
  level: z.string().nullable(),
  state: z.enum(['active', 'refused', 'dead', 'quarantined', 'silenced', 'disabled']),
  /** Why it is not active. */
  reason: z.string().nullable(),
  path: z.string().nullable(),
  hits: count,
  /** When the event of its latest hit was received. */
  last_hit: time.nullable(),
});

export const RulesReloaded = z.strictObject({ set: z.string(), rules: count, refused: count });

export const StageStatus = z.strictObject({
  stage: z.string(),
  on: z.boolean(),
  since: time.nullable(),
  by: z.string().nullable(),
});

export const ValidationStatus = z.strictObject({
  source: z.string(),
  /** What it is held to now. */
  mode: z.enum(['off', 'warn', 'enforce']),
  received: count,
  /** checked = passed + warned + rejected; rejected ones are dead letters. */
  checked: count,
  passed: count,
  warned: count,
  rejected: count,
  /** Events that did not pass a check, and those whose dead letter names it first. Most first. */
  checks: z.array(z.strictObject({ check: z.string(), failed: count, rejected: count })),
});

export const EventAnswer = z.strictObject({
  id: z.string(),
  /** As it came. */
  event: z.unknown(),
  /** By the names of the catalogue, weir's own among them. */
  fields: z.record(z.string(), z.unknown()),
  /** Of the request it came in. */
  receipt: z.strictObject({
    door: z.string(),
    source: z.string(),
    credential: z.string(),
    request: z.string(),
    at: time,
    /** Events of that request, and those of them that were set aside. */
    received: count,
    dead: count,
  }),
  /** What each stage did with it, in order. */
  processing: z.array(
    z.strictObject({
      stage: z.string(),
      version: z.string().nullable(),
      outcome: z.enum(['passed', 'skipped', 'failed']),
      reason: z.string().nullable(),
      at: time.nullable(),
    }),
  ),
  /** Checks of its source's policy that it does not pass. */
  validation: z.array(z.strictObject({ check: z.string(), field: z.string(), reason: z.string() })),
  hits: z.array(Hit),
  /** Of the rule that was asked about. */
  why_not: z
    .strictObject({
      rule: z.string(),
      lane: z.string(),
      applies: z.boolean(),
      matches: z.array(z.unknown()),
      missing: z.array(z.unknown()),
    })
    .nullable(),
});

const RuleText = z.strictObject({ path: z.string().min(1).max(4096), text: z.string() });

/** Rules to hunt with: YAML, ids of rules in force, or files with the names they are to be called by. */
export const HuntRulesShape = z.union([
  z.string().min(1),
  z.array(idText).min(1).max(limits.huntRuleIdsMax),
  z.strictObject({ files: z.array(RuleText).min(1), pipelines: z.array(RuleText).max(100).default([]) }),
]);

/** What hunts and forecasts have in common. */
const huntAsked = {
  since: writtenTime.nullable().default(null),
  until: writtenTime.nullable().default(null),
  min_level: z.enum(LEVELS).nullable().default(null),
  /** With the filters, pipelines and placeholders that rules in force have; what is named by id always has them. */
  deployed: z.boolean().default(true),
};

export const HuntRequest = z.strictObject({
  rules: HuntRulesShape,
  ...huntAsked,
  /** Nobody hunts in another tenant's events: it must be that of the credential. */
  tenant: tenantId.optional(),
});

export const ForecastRequest = z.strictObject({
  rule: HuntRulesShape,
  ...huntAsked,
  /** Milliseconds it may take. */
  within_ms: z.number().int().min(100).optional(),
});

/** What was read of what was asked for. */
const HuntCoverageShape = z.looseObject({
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Everything before this position of the journal was there to be found. */
  position: count,
  /** Events in what could not be read. */
  missing: count,
  earliest: z.string().nullable(),
});

export const HuntShape = z.strictObject({
  id: z.string(),
  state: z.enum(['waiting', 'running', 'finished', 'cancelled', 'failed']),
  reason: z.string().nullable(),
  cause: z.strictObject({
    kind: z.enum(['request', 'new_rules']),
    by: z.string().nullable(),
    rules: z.array(z.string()).nullable(),
    set: z.string().nullable(),
  }),
  created: time,
  started: time.nullable(),
  ended: time.nullable(),
  /** Until when it stays readable, unless others need the room. */
  expires: time.nullable(),
  since: z.string().nullable(),
  until: z.string().nullable(),
  min_level: z.enum(LEVELS).nullable(),
  rules: z.strictObject({ loaded: count, refused: count }).nullable(),
  progress: z.strictObject({ bytes: count, bytes_total: count, events: count, hits: count }),
  /** Null until it has ended. */
  coverage: HuntCoverageShape.nullable(),
});

export const HuntDetailShape = z.strictObject({
  ...HuntShape.shape,
  /** By rule. */
  hits: z.record(z.string(), count),
  /** As `weir hunt --summary` has it; null until it has ended. */
  summary: z.looseObject({ hunt: HuntCoverageShape }).nullable(),
});

export const HuntPage = z.strictObject({
  items: z.array(HuntShape),
  next: z.string().nullable(),
  /** What ended hunts may take, what they take, and how many had to go since the start. */
  retention: z.strictObject({
    hunts_max: count,
    bytes_max: count,
    days: z.number(),
    bytes: count,
    removed: count,
  }),
});

export const ForecastAnswer = z.strictObject({
  hits: count,
  /** Whether all events of that time were read. */
  exact: z.boolean(),
  /** Why not. */
  reason: z.string().nullable(),
  by_day: z.array(z.strictObject({ day: z.string(), hits: count })),
  by_rule: z.array(z.strictObject({ rule: z.string(), hits: count })),
  hosts: z.array(z.strictObject({ host: z.string(), hits: count })),
  more_hosts: z.boolean(),
  events: count,
  /** CPU time. */
  cost: z.strictObject({ cpu_ms: z.number(), cpu_ms_per_million: z.number().nullable() }),
  /** The first hits. */
  examples: z.array(Hit),
  summary: z.looseObject({ hunt: HuntCoverageShape }),
});

/** Of rules that do not hit an event, those that came closest. */
export const NearAnswer = z.strictObject({
  lane: z.string(),
  /** Rules in force that apply to the event; of them those that were asked, and those that hit it. */
  rules: count,
  asked: count,
  hit: count,
  items: z.array(
    z.strictObject({
      rule: z.string(),
      title: z.string(),
      level: z.string(),
      /** The fewest predicates that would have to be otherwise, and how many beside them hold. */
      distance: count,
      held: count,
      missing: z.array(z.unknown()),
    }),
  ),
});

const ratio = z.number();

export const PressureAnswer = z.strictObject({
  /** 0: none; 1: nothing more can be taken. */
  pressure: ratio,
  /** Of the requests, which is admitted. */
  share: ratio,
  /** The signal that gives most of it. */
  worst: z.string(),
  trend: z.enum(['rising', 'falling', 'steady']),
  slope_per_second: z.number(),
  parts: z.array(
    z.strictObject({
      signal: z.string(),
      pressure: ratio,
      /** The value of the signal from which it gives pressure, and from which it gives the most it can. */
      soft: z.number(),
      hard: z.number(),
      most: ratio,
      unit: z.string(),
      why: z.string(),
    }),
  ),
  history: z.array(z.strictObject({ time, pressure: ratio, share: ratio, worst: z.string() })),
});

export const Waterfall = z.strictObject({
  event_id: z.string(),
  /** In the order of their times; stages that were not reached yet are not there. */
  steps: z.array(z.strictObject({ stage: z.string(), time, since_received_ms: z.number(), took_ms: z.number() })),
});

export const RoomLevel = z.strictObject({ room: z.enum(LOG_ROOMS), level: z.enum(LOG_LEVELS) });

export const SelfAlertShape = z.strictObject({
  alert: z.string(),
  severity: z.enum(['warning', 'critical']),
  /** What it is about, where there can be several: a source, a rule, a notifier. */
  subject: z.string(),
  state: z.enum(['pending', 'firing']),
  since: time,
  fired: time.nullable(),
  detail: z.string(),
  todo: z.string(),
});

export const HealthAnswer = z.strictObject({
  status: z.string(),
  ready: z.boolean(),
  /** The state of the rules, in one word. */
  rules: z.string(),
  components: z.array(
    z.strictObject({
      name: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
      since: time,
      required: z.boolean(),
    }),
  ),
});

export const KeyShape = z.strictObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scopeName),
  created: time,
  expires: time.nullable(),
  revoked: time.nullable(),
  last_used: time.nullable(),
  /** Until when the secret before the last rotation works. */
  old_until: time.nullable(),
});

/** `key` is the whole credential, shown this once. */
export const NewKeyShape = z.strictObject({ ...KeyShape.shape, key: z.string() });

export const UserShape = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: roleName,
  created: time,
  disabled: time.nullable(),
});

export const TenantShape = z.strictObject({
  id: z.string(),
  name: z.string(),
  created: time,
  disabled: time.nullable(),
});
export const NewTenantShape = z.strictObject({ ...TenantShape.shape, admin_key: z.string() });

/** A legal hold; null where it names none: all. */
export const Hold = z.strictObject({
  name: z.string(),
  reason: z.string(),
  by: z.string(),
  since: z.string(),
  tenants: z.array(z.string()).nullable(),
  sources: z.array(z.string()).nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
});

/** One call of the API. `lost`: calls before it of which nothing was kept. */
export const AuditRecord = z.strictObject({
  time: z.iso.datetime(),
  tenant: z.string().nullable(),
  by: z.string().nullable(),
  name: z.string().nullable(),
  method: z.string(),
  route: z.string(),
  asked: z.string(),
  status: z.number().int(),
  problem: z.string().nullable(),
  request: z.string(),
  lost: z.number().int(),
});
