/** The shapes of requests and answers, once: checked at the edge, typed inside, described to others as JSON Schema. */
import { z } from 'zod';
import { LOG_LEVELS, LOG_ROOMS, limits, now } from '../base/index.ts';
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

export const timeText = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = timeMs(text);
    if (ms === null) context.addIssue({ code: 'custom', message: 'expected 15m, 24h, 90d, or 2026-01-31T12:00:00Z' });
    return ms ?? 0;
  });

export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, `1 to ${limits.pageItemsMax}`)
    .transform(Number)
    .pipe(z.number().min(1).max(limits.pageItemsMax))
    .default(100),
  after: idText.nullable().default(null),
};

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() });

const count = z.number().int().min(0);
/** RFC 3339, UTC. */
const time = z.iso.datetime();

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
