/** The scanner and the codec in the plainest way, for their tests: one line at a time, by tokens, with JSON.parse as judge. */
import fc from 'fast-check';
import { type Json, parseJson } from '../../test/reference/json.ts';
import { type Kernel, loadKernelModule } from './kernel.ts';
import type { BatchValue } from './value.ts';
import { kernelWithoutRules } from './without-rules.ts';

const module = loadKernelModule();

/** A kernel that only scans. */
export function bareKernel(capacity = 1 << 16): Kernel {
  return kernelWithoutRules(capacity, module);
}

/** Bytes of a text of code points below 256. */
export function bytesOf(binary: string): Uint8Array {
  return Buffer.from(binary, 'latin1');
}

export function binaryOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Tokens of a line that is JSON: strings with their quotes, everything else between separators. */
export function tokensOf(line: string): string[] {
  return line.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs) ?? [];
}

/** Without white space between tokens. */
export function compact(line: string): string {
  return tokensOf(line).join('');
}

/** Levels below the event; an array of scalars is a value, not a level. */
function levels(tokens: readonly string[]): number {
  let deepest = 0;
  let depth = -1;
  tokens.forEach((token, i) => {
    if (token === '{' || token === '[') {
      depth++;
      const end = tokens.findIndex((other, k) => k > i && '{[]'.includes(other));
      if (token === '{' || tokens[end] !== ']') deepest = Math.max(deepest, depth);
    } else if (token === '}' || token === ']') depth--;
  });
  return deepest;
}

/** Whether a line is an event: a JSON object at most 64 levels deep. Bytes beyond ASCII may stand in strings as they like. */
export function isEvent(line: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return false;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const opened = line.split(/[{[]/).length;
  return opened <= 65 || levels(tokensOf(line)) <= 64;
}

export interface PathValue {
  readonly path: string;
  /** `string a`, `number 1`, `list …`: comparable with ===. */
  readonly text: string;
}

function scalarText(json: Json): string {
  switch (json.is) {
    case 'string':
      return `string ${json.text}`;
    case 'number':
      return `number ${json.text}`;
    case 'boolean':
      return `boolean ${json.value}`;
    case 'null':
      return 'null';
    default:
      throw new Error('not a scalar');
  }
}

const isScalar = (json: Json): boolean => json.is !== 'object' && json.is !== 'array';

function walk(json: Json, path: string, out: PathValue[]): void {
  if (json.is === 'object') {
    const last = new Map(json.entries.map(([key], i) => [key, i]));
    json.entries.forEach(([key, value], i) => {
      if (last.get(key) !== i) return;
      const name = key.replaceAll('.', '\\.');
      walk(value, `${path}.${name}`, out);
    });
  } else if (json.is === 'array') {
    if (json.items.every(isScalar)) out.push({ path, text: `list ${json.items.map(scalarText).join(', ')}` });
    else for (const item of json.items) walk(item, path, out);
  } else out.push({ path, text: scalarText(json) });
}

/** Values of an event that count, in order. */
export function valuesOf(line: string): PathValue[] {
  const json = parseJson(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(line)));
  const out: PathValue[] = [];
  if (json.is !== 'object') throw new Error('not an event');
  const last = new Map(json.entries.map(([key], i) => [key, i]));
  json.entries.forEach(([key, value], i) => {
    if (last.get(key) === i) walk(value, key.replaceAll('.', '\\.'), out);
  });
  return out;
}

/** What a batch's value should be for a scalar of the plain reader; numbers by the rules of the contract. */
export function describeValue({ kind, value }: BatchValue): string {
  if (Array.isArray(value)) return `list ${(value as BatchValue[]).map(describeValue).join(', ')}`;
  return kind === 'null' ? 'null' : `${kind} ${Object.is(value, -0) ? '-0' : String(value)}`;
}

// Lines, as texts of code points below 256.

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const PIECES = [
  'a',
  'B',
  'user.name',
  '.',
  ' ',
  '\\u0000',
  '\\ud800',
  '\\udc00\\ud83d',
  '\\ud83d\\ude00',
  '\\"',
  '\\\\',
  '\\\\\\"',
  '\\/',
  '\\n',
  '\\t',
  '\\u0061',
  '\\u00E9',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\x7f',
  '\xff',
  '\xc3',
  '\xe2\x82',
  '\xed\xa0\x80',
  '\xf0\x9f\x98',
  utf8('é'),
  utf8('€'),
  utf8('😀'),
  utf8('K'),
  utf8('İ'),
  utf8('\ufeff'),
  '0123456789abcdef',
  'C:\\\\Windows\\\\System32\\\\cmd.exe',
];

const textArb = fc.array(fc.constantFrom(...PIECES), { maxLength: 5 }).map((pieces) => pieces.join(''));
const keyArb = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'id', 'a.b', '', '\\u0061', 'A', '__proto__', 'constructor') },
  { weight: 1, arbitrary: textArb },
);
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '4624',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '123456789012345678901234567890',
  '0.1',
  '-1.50',
  '1e5',
  '1E+5',
  '2.5e-3',
  '0.1000000000000000055511151231257827',
  '1e400',
  '1e-400',
  '5e-324',
  '0.0',
  '-0.0',
  '0e9',
  '9007199254740993',
  '1.7976931348623157e308',
  '100',
  '1.0',
];
const numberArb = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const spaceArb = fc.constantFrom('', '', '', '', ' ', '\t', '\r', '  \t');
const spaced = (arb: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(spaceArb, arb, spaceArb).map((parts) => parts.join(''));

const { object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: spaced(
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        textArb.map((text) => `"${text}"`),
        numberArb,
        fc.constantFrom('true', 'false', 'null'),
      ),
      tie('array'),
      tie('object'),
    ),
  ),
  array: fc
    .tuple(fc.array(tie('value'), { maxLength: 4 }), spaceArb)
    .map(([items, space]) => (items.length === 0 ? `[${space}]` : `[${items.join(',')}]`)),
  object: fc
    .tuple(fc.array(fc.tuple(spaced(keyArb.map((key) => `"${key}"`)), tie('value')), { maxLength: 6 }), spaceArb)
    .map(([members, space]) => `{${members.length === 0 ? space : members.map((pair) => pair.join(':')).join(',')}}`),
}));

/** Lines that are JSON objects, in all their ugliness. */
export const lineArb: fc.Arbitrary<string> = spaced(object);
