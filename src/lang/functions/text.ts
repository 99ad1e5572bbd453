/** Texts: their pieces, what stands in them, and what is made of them. */
import { itemsOf, List, type Value } from '../value.ts';
import { textOf, toLong } from './convert.ts';
import {
  ARGUMENTS_MAX,
  all,
  bounded,
  type FunctionEntry,
  type Groups,
  LIST_MAX,
  matching,
  one,
  single,
} from './entry.ts';

const points = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/** Code points `length` long from `start`; what lies outside is cut. A negative start counts from the end. */
function substring([text, start, length]: readonly Value[]): Value {
  const characters = [...textOf(text)];
  const from = toLong(start);
  const count = length === undefined ? BigInt(characters.length) : toLong(length);
  if (from === null || count === null) return null;
  const first = from < 0n ? Math.max(0, characters.length + Number(from)) : Number(from);
  return characters.slice(first, first + Math.max(0, Number(count))).join('');
}

/** Place of the `occurrence`-th of a text in another, counted in code points from the text's beginning; -1: it is not there. */
function indexOf([whole, part, from = 0n, length = -1n, occurrence = 1n]: readonly Value[]): Value {
  const [start, count, wanted] = [toLong(from), toLong(length), toLong(occurrence)];
  if (start === null || count === null || wanted === null || wanted < 1n || count < -1n) return null;
  const characters = [...textOf(whole)];
  const first = start < 0n ? Math.max(0, characters.length + Number(start)) : Number(start);
  const last = count === -1n ? characters.length : first + Number(count);
  const text = characters.slice(first, last).join('');
  const needle = textOf(part);
  let at = -1;
  for (let i = 0n; i < wanted; i++) {
    at = text.indexOf(needle, at + 1);
    if (at < 0 || i > BigInt(text.length)) return -1n;
  }
  return BigInt(first + points(text.slice(0, at)));
}

/** Pieces between delimiters; of an empty delimiter the whole text. */
function split([text, delimiter, index]: readonly Value[]): Value {
  const between = textOf(delimiter);
  const pieces = between === '' ? [textOf(text)] : textOf(text).split(between, LIST_MAX + 1);
  if (pieces.length > LIST_MAX) return null;
  if (index === undefined || index === null) return new List(pieces);
  const piece = pieces.at(Number(toLong(index) ?? Number.NaN));
  return new List(piece === undefined ? [] : [piece]);
}

/** How often a text holds another, overlapping: `aaaa` has `aa` three times. */
function countOf([whole, part]: readonly Value[]): Value {
  const [text, needle] = [textOf(whole), textOf(part)];
  if (needle === '') return 0n;
  let count = 0n;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) count++;
  return count;
}

/** All matches from left to right, none within another. Empty ones move on by a character. */
function* matches(groups: Groups, text: string): Iterable<NonNullable<ReturnType<Groups>>> {
  let count = 0;
  for (let from = 0; from <= text.length && count < LIST_MAX; count++) {
    const found = groups(text, from);
    if (found === null) return;
    yield found;
    const end = found.index + (found[0]?.length ?? 0);
    from = end > found.index ? end : end + 1;
  }
}

/** One value for each match: the group where there is one only, else a list of all. */
function extractAll(groups: Groups): (values: readonly Value[]) => Value {
  return ([, text]) => {
    const found: Value[] = [];
    for (const [whole, ...rest] of matches(groups, textOf(text))) {
      const texts = rest.map((group) => group ?? '');
      found.push(texts.length === 0 ? (whole ?? '') : texts.length === 1 ? texts[0] : new List(texts));
    }
    return found.length === 0 ? null : new List(found);
  };
}

/** `\0` to `\9` of the replacement stand for the match and its groups. */
function replaceRegex(groups: Groups): (values: readonly Value[]) => Value {
  return ([text, , rewrite]) => {
    const whole = textOf(text);
    const pattern = textOf(rewrite);
    let [result, end] = ['', 0];
    for (const found of matches(groups, whole)) {
      result +=
        whole.slice(end, found.index) +
        pattern.replace(/\\([0-9\\])/g, (_, sign: string) => (sign === '\\' ? '\\' : (found[Number(sign)] ?? '')));
      end = found.index + (found[0]?.length ?? 0);
      if (bounded(result) === null) return null;
    }
    return bounded(result + whole.slice(end));
  };
}

/** Without what matches at the chosen ends, as often as it does. */
function trimmed(
  pattern: string,
  tools: { readonly groups: (pattern: string) => Groups },
  start: boolean,
  end: boolean,
): (text: string) => string {
  const first = start ? tools.groups(`^(?:${pattern})+`) : null;
  const last = end ? tools.groups(`(?:${pattern})+$`) : null;
  return (text) => {
    const rest = text.slice(first?.(text)?.[0]?.length ?? 0);
    return rest.slice(0, last?.(rest)?.index ?? rest.length);
  };
}

function trim(name: string, about: string, start: boolean, end: boolean): FunctionEntry {
  return matching(`${name}(pattern, text)`, about, ['string', 'string'], 'string', 0, (pattern, tools) => {
    const work = trimmed(pattern, tools, start, end);
    return ([, text]) => (text === null ? null : work(textOf(text)));
  });
}

/** Joined by a delimiter. */
const joined = (delimiter: Value, values: readonly Value[]): Value =>
  bounded(values.map(textOf).join(textOf(delimiter)));

export const TEXT: Readonly<Record<string, FunctionEntry>> = {
  strlen: one(
    'strlen(text)',
    'number of characters (code points)',
    ['string'],
    'long',
    ([x]) => (x === null ? null : BigInt(points(textOf(x)))),
    { named: 'strlen' },
  ),
  tolower: one('tolower(text)', 'in small letters', ['string'], 'string', ([x]) =>
    x === null ? null : textOf(x).toLowerCase(),
  ),
  toupper: one('toupper(text)', 'in capitals', ['string'], 'string', ([x]) =>
    x === null ? null : textOf(x).toUpperCase(),
  ),
  strcat: one('strcat(x, y, …)', 'the arguments as one text', ['dynamic'], 'string', (values) => joined('', values), {
    most: ARGUMENTS_MAX,
  }),
  strcat_delim: one(
    'strcat_delim(delimiter, x, y, …)',
    'the arguments as one text with a delimiter between them',
    ['string', 'dynamic'],
    'string',
    ([delimiter, ...values]) => joined(delimiter, values),
    { most: ARGUMENTS_MAX },
  ),
  strcat_array: all(
    'strcat_array(list, delimiter)',
    'the elements of a list as one text',
    ['dynamic', 'string'],
    'string',
    ([list, delimiter]) => [joined(single(delimiter), itemsOf(list))],
  ),
  strrep: one(
    'strrep(text, count[, delimiter])',
    'a text so many times',
    ['string', 'long', 'string'],
    'string',
    ([text, times, delimiter = '']) => {
      const count = Number(toLong(times) ?? Number.NaN);
      const piece = textOf(text);
      if (!(count >= 0) || (piece.length + textOf(delimiter).length) * count > LIST_MAX * 16) return null;
      return joined(
        delimiter,
        Array.from({ length: count }, () => piece),
      );
    },
    { least: 2 },
  ),
  substring: one(
    'substring(text, start[, length])',
    'part of a text, counted in code points from 0',
    ['string', 'long', 'long'],
    'string',
    substring,
    { least: 2 },
  ),
  indexof: one(
    'indexof(text, part[, start[, length[, occurrence]]])',
    'place of a text in another, counted in code points from 0; -1: it is not there',
    ['string', 'string', 'long'],
    'long',
    indexOf,
    { least: 2, most: 5 },
  ),
  countof: one(
    'countof(text, part)',
    'how often a text holds another, overlapping',
    ['string', 'string'],
    'long',
    countOf,
  ),
  split: one(
    'split(text, delimiter[, index])',
    'list of the pieces between delimiters; with an index, of that one',
    ['string', 'string', 'long'],
    'dynamic',
    split,
    { least: 2, named: 'argument' },
  ),
  replace_string: one(
    'replace_string(text, part, replacement)',
    'another text in place of each part',
    ['string', 'string', 'string'],
    'string',
    ([text, part, replacement]) => {
      const needle = textOf(part);
      return needle === '' ? textOf(text) : bounded(textOf(text).split(needle).join(textOf(replacement)));
    },
  ),
  replace_regex: matching(
    'replace_regex(text, pattern, replacement)',
    'the replacement in place of each match; \\1 stands for its first group',
    ['string', 'string', 'string'],
    'string',
    1,
    (pattern, tools) => replaceRegex(tools.groups(pattern)),
  ),
  reverse: one('reverse(text)', 'from the last character to the first', ['string'], 'string', ([x]) =>
    [...textOf(x)].reverse().join(''),
  ),
  trim: trim('trim', 'without what matches at both ends', true, true),
  trim_start: trim('trim_start', 'without what matches at the start', true, false),
  trim_end: trim('trim_end', 'without what matches at the end', false, true),
  extract: matching(
    'extract(pattern, group, text)',
    'what a group of the pattern matches (0: the whole match); null where it does not match',
    ['string', 'long', 'string'],
    'string',
    0,
    (pattern, tools) => {
      const groups = tools.groups(pattern);
      return ([, group, text]) => groups(textOf(text))?.[Number(toLong(group) ?? Number.NaN)] ?? null;
    },
  ),
  extract_all: matching(
    'extract_all(pattern, text)',
    'list of all matches: of their group, or of lists where there are several',
    ['string', 'string'],
    'dynamic',
    0,
    (pattern, tools) => extractAll(tools.groups(pattern)),
  ),
};
