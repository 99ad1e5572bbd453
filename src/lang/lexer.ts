/** From text to tokens with positions. Never throws: what is no token becomes one of kind `bad` that says why. */
import type { Span } from './diagnostic.ts';
import { parseDateTime, parseTimeSpan, SPAN_UNITS } from './time.ts';
import { long, type Value } from './value.ts';

export interface Token {
  /** `name`: identifier or word operator; `operator`: anything of signs, and `!has`, `in~`; `value`: a literal. */
  readonly kind: 'name' | 'operator' | 'value' | 'bad' | 'end';
  readonly text: string;
  readonly span: Span;
  /** Of a `value`. */
  readonly value: Value;
  /** Of a `bad` one: what is wrong, and what to write instead. */
  readonly problem: string;
  readonly suggestion: string | null;
}

const SIGNS = [
  '..',
  '==',
  '!=',
  '=~',
  '!~',
  '<=',
  '>=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  '=',
  '|',
  ';',
  ':',
  '{',
  '}',
  '$',
];
const NAME = /[A-Za-z_@][A-Za-z0-9_]*/y;
/** `!has`, `!in~`; `!` alone stands before the bracket of a sequence's step. */
const NEGATED = /![A-Za-z_]+~?|!(?=\s*\[)/y;
const NUMBER = /0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const UNIT = /[A-Za-z]+/y;
const BLANK = /\s+/y;
const COMMENT = /\/\/[^\n]*/y;
/** Types whose literals are written `type(…)` with bare text inside. */
const TYPED = /(datetime|date|timespan|time|bool|boolean|int|long|real|double)\s*\(([^()]*)\)/y;

/** What one pattern finds exactly at a place, or null. */
function at(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/** Where the white space and comments at a place end. */
export function behindBlanks(text: string, offset: number): number {
  for (let end = offset; ; ) {
    const blank = at(BLANK, text, end) ?? at(COMMENT, text, end);
    if (blank === null) return end;
    end += blank[0].length;
  }
}

/** All tokens of a text; the last is of kind `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let last: Token | null = null; last?.kind !== 'end'; ) {
    last = readToken(text, last?.span.end ?? 0, last);
    tokens.push(last);
  }
  return tokens;
}

/** The next token from an offset on; `before` is the one that stands there before it. */
export function readToken(text: string, from: number, before: Token | null): Token {
  const offset = behindBlanks(text, from);
  const token = (kind: Token['kind'], end: number, more: Partial<Token> = {}): Token => {
    const span = { start: offset, end };
    return { kind, text: text.slice(offset, end), span, value: null, problem: '', suggestion: null, ...more };
  };
  const literal = (read: Read, end: number): Token => token(read.problem === '' ? 'value' : 'bad', end, read);
  if (offset >= text.length) return token('end', text.length);
  const char = text[offset];
  const verbatim = char === '@' && (text[offset + 1] === '"' || text[offset + 1] === "'");
  if (char === '"' || char === "'" || verbatim) {
    const { end, ...read } = verbatim ? readVerbatim(text, offset + 1) : readQuoted(text, offset);
    return literal(read, end);
  }
  // After a dot it is a key of a path.
  const typed = before?.text === '.' ? null : at(TYPED, text, offset);
  if (typed !== null) return literal(typedLiteral(typed[1], typed[2].trim()), offset + typed[0].length);
  const name = at(NAME, text, offset);
  if (name !== null && name[0] !== '@') {
    const end = offset + name[0].length;
    return name[0] === 'in' && text[end] === '~' ? token('operator', end + 1) : token('name', end);
  }
  const number = at(NUMBER, text, offset);
  if (number !== null) {
    const { end, ...read } = readNumber(text, offset, number[0]);
    return literal(read, end);
  }
  const negated = at(NEGATED, text, offset);
  if (negated !== null) return token('operator', offset + negated[0].length);
  const sign = SIGNS.find((candidate) => text.startsWith(candidate, offset));
  if (sign !== undefined) return token('operator', offset + sign.length);
  return token('bad', offset + codePointLength(text, offset), strayCharacter(text, offset));
}

type Read = Pick<Token, 'value' | 'problem' | 'suggestion'>;

const good = (value: Value): Read => ({ value, problem: '', suggestion: null });
const bad = (problem: string, suggestion: string | null = null): Read => ({ value: null, problem, suggestion });

function codePointLength(text: string, offset: number): number {
  return (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
}

function strayCharacter(text: string, offset: number): Read {
  const char = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  if (char === '&') return bad('& is no operator here', 'Write and.');
  if (char === '!') return bad('! stands only before an operator, as in !has', 'Write not(…).');
  return bad(`${JSON.stringify(char)} begins nothing that is known`);
}

function readNumber(text: string, offset: number, digits: string): Read & { readonly end: number } {
  const end = offset + digits.length;
  const unit = at(UNIT, text, end)?.[0];
  if (unit !== undefined) {
    const value = parseTimeSpan(`${digits}${unit}`);
    const known = Object.keys(SPAN_UNITS).filter((name) => ['d', 'h', 'm', 's', 'ms', 'tick'].includes(name));
    const problem = `${digits}${unit} is neither a number nor a span`;
    const read = value === null ? bad(problem, `Units of spans are ${known.join(', ')}.`) : good(value);
    return { ...read, end: end + unit.length };
  }
  const value = numberValue(digits);
  if (value !== null) return { ...good(value), end };
  return { ...bad(`${digits} does not fit into 64 bits`, 'Write it as a text, in quotes.'), end };
}

function numberValue(digits: string): Value {
  if (/^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(digits)) return long(BigInt(digits));
  const value = Number(digits);
  return Number.isFinite(value) ? value : null;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

const UNICODE_ESCAPE = /(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))/y;

function readQuoted(text: string, offset: number): Read & { readonly end: number } {
  const quote = text[offset];
  let value = '';
  let i = offset + 1;
  for (; i < text.length && text[i] !== quote && text[i] !== '\n'; i++) {
    if (text[i] !== '\\') {
      value += text[i];
      continue;
    }
    const hex = at(UNICODE_ESCAPE, text, i + 1);
    const next = text[i + 1] ?? '';
    if (hex !== null) {
      value += String.fromCharCode(Number.parseInt(hex[1] ?? hex[2], 16));
      i += hex[0].length;
    } else if (Object.hasOwn(ESCAPES, next)) {
      value += ESCAPES[next];
      i++;
    } else {
      const end = closing(text, i, quote);
      const verbatim = `@${quote}${text.slice(offset + 1, end).replaceAll(quote, quote + quote)}${quote}`;
      const shown = verbatim.length > 80 ? '@"…"' : verbatim;
      return {
        ...bad(`\\${next} is no escape`, `Double the backslashes, or write ${shown}.`),
        end: Math.min(end + 1, text.length),
      };
    }
  }
  if (text[i] !== quote) return { ...bad('this text has no end', `Close it with ${quote}.`), end: i };
  return { ...good(value), end: i + 1 };
}

/** Where the text that holds `offset` ends: at its quote, at the line's end or at the end. */
function closing(text: string, offset: number, quote: string): number {
  let i = offset;
  while (i < text.length && text[i] !== quote && text[i] !== '\n')
    i += text[i] === '\\' && text[i + 1] === quote ? 2 : 1;
  return Math.min(i, text.length);
}

/** Backslashes are themselves; a quote inside is doubled. */
function readVerbatim(text: string, offset: number): Read & { readonly end: number } {
  const quote = text[offset];
  let value = '';
  for (let i = offset + 1; i < text.length; i++) {
    if (text[i] !== quote) value += text[i];
    else if (text[i + 1] === quote) {
      value += quote;
      i++;
    } else return { ...good(value), end: i + 1 };
  }
  return { ...bad('this text has no end', `Close it with ${quote}.`), end: text.length };
}

const REALS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  '+inf': Number.POSITIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/** `datetime(2026-01-02)`, `bool(true)`, `int(null)`, … */
function typedLiteral(type: string, inside: string): Read {
  if (inside === 'null') return good(null);
  if (type === 'datetime' || type === 'date') {
    const value = parseDateTime(inside);
    if (value !== null) return good(value);
    const quoted = inside.startsWith('"') || inside.startsWith("'");
    return bad(
      `${type}(…) needs a date, and ${inside === '' ? 'nothing stands there' : `${inside} is none`}`,
      quoted ? `Write todatetime(${inside}).` : 'Write datetime(2026-01-31) or datetime(2026-01-31T12:30:00Z).',
    );
  }
  if (type === 'timespan' || type === 'time') {
    const value = parseTimeSpan(inside);
    return value !== null
      ? good(value)
      : bad(`${type}(…) needs a span`, 'Write 15m, 24h or 90d, or timespan(1.12:30:00).');
  }
  if (type === 'bool' || type === 'boolean') {
    if (inside === 'true' || inside === '1') return good(true);
    if (inside === 'false' || inside === '0') return good(false);
    return bad(`${type}(…) needs true or false`);
  }
  const real = type === 'real' || type === 'double';
  if (real && Object.hasOwn(REALS, inside)) return good(REALS[inside]);
  const match = /^(-?)(0[xX][0-9a-fA-F]+|[0-9]+)$/.exec(inside);
  const whole = match === null ? null : long(match[1] === '-' ? -BigInt(match[2]) : BigInt(match[2]));
  if (whole !== null) return good(real ? Number(whole) : whole);
  const decimal = real && /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/.test(inside) ? Number(inside) : Number.NaN;
  if (Number.isFinite(decimal)) return good(decimal);
  return bad(`${type}(…) needs a number`, `To read one from a text or a field write to${real ? 'real' : 'long'}(…).`);
}
