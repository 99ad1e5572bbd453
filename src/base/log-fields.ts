/** Fields of a log line made plain: bounded, free of secrets, and such that they can be sent from one thread to another. */
import { limits } from './limits.ts';

/** Anything: what is no plain data is described. */
export type LogFields = Readonly<Record<string, unknown>>;

const REDACTED = '[redacted]';
/** Names whose texts are secrets wherever they stand. Numbers are let through: `tokens: 12` is a count. */
const SECRET_NAME = /^(?:proxy-)?authorization$|cookie|passw|passphrase|secret|token$|credential$|_key$|apikey$|-key$/i;
/** Keys of data, not of doors. */
const HARMLESS = /^(?:idempotency|group|routing|public)[_-]key$/i;
/** What weir itself writes in each line. */
const RESERVED: ReadonlySet<string> = new Set(['level', 'time', 'room', 'message', '__proto__']);
const DEPTH_MAX = 4;
const ENTRIES_MAX = 50;

/** `text` within the limit, and how much of it is missing. */
export function cutText(text: string): string {
  const most = limits.logTextBytesMax;
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`;
}

/** A plain copy of all `parts` in one; later ones win. Never throws, whatever stands in them. */
export function plainFields(...parts: readonly LogFields[]): Record<string, unknown> {
  try {
    const plain: Record<string, unknown> = Object.create(null);
    for (const part of parts) Object.assign(plain, plainObject(part, 0));
    for (const name of Object.keys(plain)) {
      if (!RESERVED.has(name)) continue;
      plain[`${name}_`] = plain[name];
      delete plain[name];
    }
    return plain;
  } catch (error) {
    // A getter, a proxy or a toJSON that throws.
    return { fields_unreadable: error instanceof Error ? cutText(error.message) : 'thrown' };
  }
}

function plainValue(value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return cutText(value);
  if (typeof value !== 'object') return typeof value === 'bigint' ? value.toString() : `[${typeof value}]`;
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (value instanceof Error) return plainError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) {
    const plain = value.slice(0, ENTRIES_MAX).map((each) => plainValue(each, depth + 1));
    if (value.length > ENTRIES_MAX) plain.push(`… (${value.length - ENTRIES_MAX} more)`);
    return plain;
  }
  return plainObject(value, depth);
}

function plainObject(value: object, depth: number): object {
  const plain: Record<string, unknown> = Object.create(null);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  for (const [key, each] of entries.slice(0, ENTRIES_MAX)) {
    const name = cutText(String(key));
    const hidden = typeof each === 'string' && SECRET_NAME.test(name) && !HARMLESS.test(name);
    plain[name] = hidden ? REDACTED : plainValue(each, depth + 1);
  }
  if (entries.length > ENTRIES_MAX) plain['…'] = `${entries.length - ENTRIES_MAX} more`;
  return plain;
}

function plainError(error: Error, depth: number): object {
  const { code, hint } = error as { code?: unknown; hint?: unknown };
  return {
    type: error.name,
    message: cutText(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof hint === 'string' ? { hint: cutText(hint) } : {}),
    ...(error.stack === undefined ? {} : { stack: cutText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: plainValue(error.cause, depth + 1) }),
  };
}
