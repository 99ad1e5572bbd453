/**
 * The kinds of values a setting can have. Each says in words what it expects, with an example, so that an error can; and reads
 * the written form (`15m`, `64MiB`, `80%`) into the one that code works with (milliseconds, bytes, a ratio).
 *
 * Where a name ends in its unit (`group_ms`, `max_bytes`) a bare number is in that unit; any other needs a unit of its own, so
 * that nobody has to guess what 30 means.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isTimeZone } from './time-zone.ts';
import {
  type Bytes,
  PERCENT,
  printPercent,
  printSize,
  printSpan,
  readPercent,
  readSize,
  readSpan,
  SIZE,
  SPAN,
} from './units.ts';

export interface Leaf {
  /** What is expected, in words, ending in an example: goes behind "expected". */
  readonly expects: string;
  /** One or two words for a table of settings. */
  readonly kind: string;
  /** A path: one in a file is relative to the folder of that file. */
  readonly path?: true;
  /** Words that stand where a path may, and are none. */
  readonly words?: readonly string[];
  /** A reference to a secret: what stands there instead may be the secret itself and is not repeated. */
  readonly secret?: true;
}

const known = new WeakMap<z.core.$ZodType, Leaf>();

function leaf<Schema extends z.ZodType>(schema: Schema, about: Leaf): Schema {
  known.set(schema, about);
  return schema;
}

/** What a schema expects; undefined where it is no single value but an object, a map or a wrapper of one. */
export function leafOf(schema: z.core.$ZodType): Leaf | undefined {
  const { parent } = schema._zod;
  // A schema that is given a description is a copy of the one without.
  return known.get(schema) ?? (parent === undefined ? undefined : leafOf(parent));
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Bounds on what a span or size comes to; its pattern cannot say them. */
function outside(value: number, { min, max }: Range, print: (value: number) => string): string | null {
  if (value < min) return `must be at least ${print(min)}`;
  return value > max ? `must be at most ${print(max)}` : null;
}

const TEXT_CHARACTERS_MAX = 4096;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const TEXT = /^[^\u0000-\u001f\u007f-\u009f]+$/;

const printed = (example: string | number): string => `such as ${example}`;

/** Text of one line. */
export function text(what: string, example: string) {
  const schema = z.string().max(TEXT_CHARACTERS_MAX).regex(TEXT);
  return leaf(schema, { expects: `${what}, ${printed(example)}`, kind: 'text' });
}

export function matching(pattern: RegExp, what: string, example: string, kind = 'text') {
  const schema = z.string().max(TEXT_CHARACTERS_MAX).regex(pattern);
  return leaf(schema, { expects: `${what}, ${printed(example)}`, kind });
}

export function path(what: string, example: string) {
  const schema = z.string().max(TEXT_CHARACTERS_MAX).regex(TEXT);
  return leaf(schema, { expects: `the path of ${what}, ${printed(example)}`, kind: 'path', path: true });
}

/** A path, or a word with a meaning of its own; a file of that name is `./word`. */
export function pathOr(words: readonly string[], what: string, example: string) {
  const schema = z.string().max(TEXT_CHARACTERS_MAX).regex(TEXT);
  const expects = `${words.join(' or ')}, or the path of ${what}, ${printed(example)}`;
  return leaf(schema, { expects, kind: `path, ${words.join(', ')}`, path: true, words });
}

/** A name, an IPv4 address, or an IPv6 address without brackets. */
export function host(example: string) {
  const schema = z
    .string()
    .regex(/^(?=.{1,253}$)(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)$/)
    .refine((value) => !value.includes(':') || isIP(value) === 6);
  return leaf(schema, { expects: `a host name or address, ${printed(example)}`, kind: 'host' });
}

/** http and https alone; what is reached that way is decided by whoever fetches. */
export function url(what: string, example: string) {
  const schema = z
    .string()
    .max(TEXT_CHARACTERS_MAX)
    .regex(/^https?:\/\/[^\s@]+$/)
    .refine((value) => URL.canParse(value));
  return leaf(schema, { expects: `the URL of ${what} without a password in it, ${printed(example)}`, kind: 'URL' });
}

export function choice<const Word extends string>(...words: readonly Word[]) {
  return leaf(z.enum(words), { expects: `one of ${words.join(', ')}`, kind: words.join(', ') });
}

export function yesNo() {
  return leaf(z.boolean(), { expects: 'true or false', kind: 'true, false' });
}

export function whole(range: Range, example: number = range.min) {
  const schema = z.int().min(range.min).max(range.max);
  const expects = `a whole number from ${range.min} to ${range.max}, ${printed(example)}`;
  return leaf(schema, { expects, kind: 'number' });
}

/** `auto` or a whole number. */
export function wholeOrAuto(range: Range) {
  const schema = z.union([z.literal('auto'), z.int().min(range.min).max(range.max)]);
  const expects = `auto, or a whole number from ${range.min} to ${range.max}, ${printed(range.min)}`;
  return leaf(schema, { expects, kind: 'number or auto' });
}

const written = (pattern: RegExp) => z.string().regex(pattern);

/** Milliseconds, from a span. */
export function span(example: string, range: Range = { min: 1, max: Number.MAX_SAFE_INTEGER }) {
  const schema = z.codec(written(SPAN), z.number(), {
    decode: (value, context) => ranged(readSpan(value), range, printSpan, value, context),
    encode: printSpan,
  });
  return leaf(schema, { expects: `a span ${printed(example)}, in ms, s, m, h, d or y`, kind: 'span' });
}

/** Milliseconds from a span, or one of `words`. */
export function spanOr<const Word extends string>(words: readonly Word[], example: string, range: Range) {
  const schema = z.codec(z.union([z.enum(words), written(SPAN)]), z.union([z.number(), z.enum(words)]), {
    decode: (value, context): number | Word => {
      const word = words.find((each) => each === value);
      return word ?? ranged(readSpan(value), range, printSpan, value, context);
    },
    encode: (value) => (typeof value === 'number' ? printSpan(value) : value),
  });
  const expects = `${words.join(' or ')}, or a span ${printed(example)}, in ms, s, m, h, d or y`;
  return leaf(schema, { expects, kind: `span, ${words.join(', ')}` });
}

/** Milliseconds, for names that end in `_ms`: a bare number, or a span. */
export function milliseconds(range: Range, example: number = range.min) {
  const schema = z.codec(z.union([z.int().min(range.min).max(range.max), written(SPAN)]), z.number(), {
    decode: (value, context) =>
      typeof value === 'number' ? value : ranged(readSpan(value), range, printSpan, value, context),
    encode: (value) => value,
  });
  const expects = `milliseconds from ${range.min} to ${range.max}, ${printed(`${example} or ${printSpan(example)}`)}`;
  return leaf(schema, { expects, kind: 'milliseconds or span' });
}

/** Bytes, for names that end in `_bytes`: a bare number, or a size. */
export function bytes(range: Range, example: number = range.min) {
  const schema = z.codec(z.union([z.int().min(range.min).max(range.max), written(SIZE)]), z.number(), {
    decode: (value, context) =>
      typeof value === 'number' ? value : ranged(readSize(value), range, printSize, value, context),
    encode: printSize,
  });
  const expects = `a size from ${printSize(range.min)} to ${printSize(range.max)}, ${printed(printSize(example))}`;
  return leaf(schema, { expects, kind: 'size' });
}

/** A number of bytes, or a share of the disk (0 to 1) that they stand on. */
export type DiskSpace = { readonly bytes: Bytes } | { readonly share: number };

export function diskSpace(min: number) {
  const schema = z.codec(
    z.union([z.int().min(min), written(SIZE), written(PERCENT)]),
    z.union([z.object({ bytes: z.number() }), z.object({ share: z.number() })]),
    {
      decode: (value, context): DiskSpace => {
        const range = { min, max: Number.MAX_SAFE_INTEGER };
        if (typeof value === 'number') return { bytes: value };
        if (!value.endsWith('%')) return { bytes: ranged(readSize(value), range, printSize, value, context) };
        return { share: ranged(readPercent(value), { min: 0.01, max: 1 }, printPercent, value, context) };
      },
      encode: (value) => ('bytes' in value ? printSize(value.bytes) : printPercent(value.share)),
    },
  );
  return leaf(schema, { expects: 'a size or a share of the disk, such as 200GiB or 80%', kind: 'size or percent' });
}

/** A ratio from 0 to 1, from a percentage. */
export function share(example: string) {
  const schema = z.codec(written(PERCENT), z.number(), {
    decode: (value, context) => ranged(readPercent(value), { min: 0, max: 1 }, printPercent, value, context),
    encode: printPercent,
  });
  return leaf(schema, { expects: `a percentage, ${printed(example)}`, kind: 'percent' });
}

/** An IANA name; `UTC` too. */
export function timeZone() {
  const schema = z
    .string()
    .max(64)
    .regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/)
    .refine(isTimeZone);
  return leaf(schema, { expects: 'an IANA time zone, such as Europe/Berlin or UTC', kind: 'time zone' });
}

const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/** Where a secret is, never the secret: configuration can be shown, logged and handed to threads as it is. */
export type SecretReference = { readonly env: string } | { readonly file: string };

export function secret() {
  const schema = z.union([
    z.strictObject({ env: z.string().regex(SECRET_NAME) }),
    z.strictObject({ file: z.string().max(TEXT_CHARACTERS_MAX).regex(TEXT) }),
  ]);
  const expects = 'where the secret is, such as {env: WEIR_TOKEN} or {file: /run/secrets/token}';
  return leaf(schema, { expects, kind: 'secret', secret: true });
}

export function list<Schema extends z.ZodType>(each: Schema, max: number) {
  return z.array(each).max(max);
}

interface Context {
  readonly issues: z.core.$ZodRawIssue[];
}

/** `value`, or an issue that says which bound it broke. */
function ranged(value: number, range: Range, print: (value: number) => string, input: unknown, { issues }: Context) {
  const why = outside(value, range, print);
  if (why !== null) issues.push({ code: 'custom', message: why, input });
  return value;
}
