/**
 * Regular expressions of pipelines are Python's (`re`, https://docs.python.org/3/library/re.html). They run on rule text
 * in V8's linear engine, so no pattern can hang the load; look-around and back-references, which it lacks, are refused.
 */
import { setUpV8 } from '../../base/index.ts';
import { type At, RuleError } from './parse.ts';

/** Compiles a pattern. `anchored`: like Python's `re.match`, from the beginning. */
export function compilePython(pattern: string, at: At, anchored = false): RegExp {
  const inline = /^\(\?([a-z]+)\)/.exec(pattern);
  const flags = inline?.[1] ?? '';
  if (/[^ims]/.test(flags)) throw new RuleError(`regular expression ${pattern}: unknown flag in (?${flags})`, at);
  const body = translate(pattern.slice(inline?.[0].length ?? 0), flags.includes('i'));
  const source = anchored ? `^(?:${body})` : body;
  setUpV8();
  try {
    // eslint-disable-next-line security/detect-non-literal-regexp -- runs on the linear engine (flag l)
    return new RegExp(source, `gl${flags.includes('m') ? 'm' : ''}${flags.includes('s') ? 's' : ''}`);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new RuleError(`regular expression ${pattern} cannot be run: ${message}`, at, { cause });
  }
}

/** Whether it matches; for expressions compiled here, whose position must not linger. */
export function matches(regex: RegExp, text: string): boolean {
  regex.lastIndex = 0;
  return regex.test(text);
}

/** Spellings that differ: `(?P<n>`, `\A`, `\Z`; and letters of both cases where `i` is set, which the engine lacks. */
function translate(body: string, ignoreCase: boolean): string {
  let out = '';
  let inClass = false;
  for (let i = 0; i < body.length; i++) {
    const c = body[i];
    if (c === '\\') {
      const next = body[++i] ?? '';
      if (!inClass && next === 'A') out += '^';
      else if (!inClass && next === 'Z') out += '$';
      else out += c + next;
    } else if (!inClass && body.startsWith('(?P<', i)) {
      const end = body.indexOf('>', i);
      out += `(?<${body.slice(i + 4, end)}>`;
      i = end < 0 ? body.length : end;
    } else if (inClass) {
      inClass = c !== ']';
      const range = ignoreCase ? /^([a-z])-([a-z])|^([A-Z])-([A-Z])/.exec(body.slice(i)) : null;
      if (range !== null) {
        out += range[0] + swapCase(range[0]);
        i += 2;
      } else out += ignoreCase ? bothCases(c) : c;
    } else {
      inClass = c === '[';
      // A `]` or `^]` right after the bracket is the character itself in Python.
      const head = inClass ? (/^\[\^?\]?/.exec(body.slice(i))?.[0] ?? c) : c;
      if (head.endsWith(']')) out += `${head.slice(0, -1)}\\]`;
      else out += ignoreCase && !inClass && bothCases(c) !== c ? `[${bothCases(c)}]` : head;
      i += head.length - 1;
    }
  }
  return out;
}

function bothCases(c: string): string {
  return swapCase(c) === c ? c : c + swapCase(c);
}

function swapCase(text: string): string {
  return [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
}

/** A replacement of Python's `re.sub`: `\1`, `\g<1>`, `\g<name>`, `\\`, `\n`, `\t`. */
export function pythonReplacement(template: string, at: At): (match: RegExpMatchArray) => string {
  const parts: (string | { group: string })[] = [];
  let copied = 0;
  for (const found of template.matchAll(/\\(?:([1-9]\d?)|g<(\w+)>|([\s\S]?))/g)) {
    parts.push(template.slice(copied, found.index));
    copied = found.index + found[0].length;
    const [, number, named, escaped] = found;
    const group = number ?? named;
    if (group !== undefined) parts.push({ group });
    else if (escaped === '\\') parts.push('\\');
    else if (escaped === 'n') parts.push('\n');
    else if (escaped === 't') parts.push('\t');
    else if (/[A-Za-z]/.test(escaped)) throw new RuleError(`replacement ${template}: unknown escape \\${escaped}`, at);
    else parts.push(found[0]);
  }
  parts.push(template.slice(copied));
  return (match) =>
    parts
      .map((part) => {
        if (typeof part === 'string') return part;
        return (/^\d+$/.test(part.group) ? match[Number(part.group)] : match.groups?.[part.group]) ?? '';
      })
      .join('');
}

/** Refuses a replacement that speaks of groups the expression does not have. */
export function checkGroups(regex: RegExp, template: string, at: At): void {
  // eslint-disable-next-line security/detect-non-literal-regexp -- compiled from an expression that runs already
  const empty = new RegExp(`${regex.source}|`, regex.flags).exec('');
  const known = new Set([...(empty === null ? [] : empty.keys()), ...Object.keys(empty?.groups ?? {})].map(String));
  for (const [, number, named] of template.replaceAll('\\\\', '').matchAll(/\\(?:([1-9]\d?)|g<(\w+)>)/g)) {
    const group = number ?? named;
    if (!known.has(group)) throw new RuleError(`replacement ${template}: there is no group ${group}`, at);
  }
}
