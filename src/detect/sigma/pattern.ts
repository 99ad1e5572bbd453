/**
 * Wildcard patterns: parsing them from a rule's text, and the plain matcher. Escapes as in the specification's "Escape
 * Character": `\*`, `\?` and `\\` stand for the plain character; any other backslash is itself.
 */
import { ANY, DASH, DASHES, ONE, type Pattern } from './model.ts';

type Part = Pattern[number];

/** Parses a string value; runs of `*` become one. */
export function parseWildcards(text: string): Pattern {
  if (!/[*?\\]/.test(text)) return text === '' ? [] : [text];
  const parts: Part[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\' && i + 1 < text.length && (text[i + 1] === '*' || text[i + 1] === '?' || text[i + 1] === '\\')) {
      literal += text[++i];
    } else if (c === '*' || c === '?') {
      if (literal !== '') parts.push(literal);
      literal = '';
      if (c === '?') parts.push(ONE);
      else if (parts[parts.length - 1] !== ANY) parts.push(ANY);
    } else {
      literal += c;
    }
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

/** The pattern's text with wildcards escaped: parses back to the same pattern unless it holds DASH, written `[-/]`. */
export function patternText(pattern: Pattern): string {
  let text = '';
  for (const [i, part] of pattern.entries()) {
    if (part === ANY) text += '*';
    else if (part === ONE) text += '?';
    else if (part === DASH) text += '[-/]';
    else {
      text += part.replace(/\\(?=[\\*?])|[*?]/g, '\\$&');
      const next = pattern[i + 1];
      if (part.endsWith('\\') && (next === ANY || next === ONE)) text += '\\';
    }
  }
  return text;
}

/** Whether the pattern has no wildcard. */
export function isLiteral(pattern: Pattern): boolean {
  return pattern.length === 0 || (pattern.length === 1 && typeof pattern[0] === 'string');
}

/** Pattern with its literal pieces changed. */
export function mapLiterals(pattern: Pattern, change: (text: string) => string): Pattern {
  return pattern.map((part) => (typeof part === 'string' ? change(part) : part));
}

/**
 * `windash`: dashes that start a word become DASH. A word starts at the beginning of the value as written and after
 * white space; a dash after a wildcard does not start one, since nobody knows what the wildcard stands for.
 */
export function dashesToClass(pattern: Pattern): Pattern {
  const parts: Part[] = [];
  let atStart = true;
  for (const part of pattern) {
    if (typeof part !== 'string') {
      parts.push(part);
      atStart = false;
      continue;
    }
    let copied = 0;
    for (let i = 0; i < part.length; i++) {
      if (atStart && DASHES.includes(part[i])) {
        if (i > copied) parts.push(part.slice(copied, i));
        parts.push(DASH);
        copied = i + 1;
      }
      atStart = /\s/.test(part[i]);
    }
    if (copied < part.length) parts.push(part.slice(copied));
  }
  return parts;
}

/**
 * Whether the whole text matches. The caller folds both sides where case does not count. Time is bounded by text length
 * times the longest piece between two `*`: each such piece is sought once, leftmost.
 */
export function matchPattern(pattern: Pattern, text: string): boolean {
  let p = 0;
  let at = 0;
  let resumePart = -1;
  let resumeAt = 0;
  for (;;) {
    let failed = false;
    while (p < pattern.length) {
      const part = pattern[p];
      if (part === ANY) {
        resumePart = ++p;
        resumeAt = at;
        if (p === pattern.length) return true;
        continue;
      }
      const length = matchPart(part, text, at);
      if (length < 0) {
        failed = true;
        break;
      }
      at += length;
      p++;
    }
    if (!failed && at === text.length) return true;
    if (resumePart < 0) return false;
    resumeAt = nextStart(pattern, resumePart, text, resumeAt);
    if (resumeAt < 0) return false;
    p = resumePart;
    at = resumeAt;
  }
}

/** The next place after `from` where the piece that starts at `p` could begin, or -1. */
function nextStart(pattern: Pattern, p: number, text: string, from: number): number {
  const start = from + codePointLength(text, from);
  if (start > text.length) return -1;
  const part = pattern[p];
  if (typeof part !== 'string') return start;
  // The last piece has one place: the end.
  if (p === pattern.length - 1) {
    const at = text.length - part.length;
    return at >= start ? at : -1;
  }
  return text.indexOf(part, start);
}

function matchPart(part: Part, text: string, at: number): number {
  if (typeof part === 'string') return text.startsWith(part, at) ? part.length : -1;
  if (at >= text.length) return -1;
  if (part === ONE) return codePointLength(text, at);
  return DASHES.includes(text[at]) ? 1 : -1;
}

function codePointLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
