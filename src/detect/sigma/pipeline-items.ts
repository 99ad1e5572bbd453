/** Transformations of values and items. Meanings as in pySigma 2.0, on values in its form (pipeline-values.ts). */
import type { Pattern } from './model.ts';
import { type ParsedItem, type ParsedNode, RuleError, type RuleValue } from './parse.ts';
import { mapLiterals, patternText } from './pattern.ts';
import { snakeCase, type TransformationTable } from './pipeline-fields.ts';
import type { Params } from './pipeline-params.ts';
import { checkGroups, compilePython, pythonReplacement } from './pipeline-regex.ts';
import { changeValues, normalised, parsePlain, pieces, replaceValues, shownText, textForm } from './pipeline-values.ts';

const HASH_LENGTHS: ReadonlyMap<number, string> = new Map([
  [32, 'MD5'],
  [40, 'SHA1'],
  [64, 'SHA256'],
  [128, 'SHA512'],
]);

const CASES: Readonly<Record<string, (text: string) => string>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  snake_case: snakeCase,
};

export const itemTransformations: TransformationTable = {
  drop_detection_item: () => (run, step) => run.changeItems(step, () => null),
  detection_item_failure: (params) => {
    const message = params.text('message');
    return (run, step) =>
      run.changeItems(step, (item) => {
        throw new RuleError(`pipeline: ${message}`, item.at);
      });
  },
  replace_string: (params) => {
    const replace = replacement(params);
    return (run, step) =>
      run.changeItems(step, (item) =>
        changeValues(item, (value, text) => {
          const pattern = text ?? (typeof value === 'number' ? [String(value)] : null);
          const changed = pattern === null ? null : replace(pattern);
          return changed === null ? null : [patternText(changed)];
        }),
      );
  },
  map_string: (params) => {
    const mapping = params.mapping('mapping');
    return (run, step) =>
      run.changeItems(step, (item) =>
        changeValues(item, (_value, text) => (text === null ? null : (mapping.get(shownText(text)) ?? null))),
      );
  },
  set_value: (params) => {
    const value = forced(params);
    return (run, step) => run.changeItems(step, (item) => replaceValues(item, [value]));
  },
  convert_type: (params) => {
    const toText = params.oneOf('target_type', ['str', 'num']) === 'str';
    return (run, step) =>
      run.changeItems(step, (item) => {
        const values = item.values.map((value) =>
          textForm(item, value) === null && typeof value !== 'number'
            ? value
            : toText
              ? String(value)
              : number(item, value),
        );
        return values.every((value, i) => value === item.values[i]) ? undefined : { ...item, values };
      });
  },
  case: (params) => {
    const change = CASES[params.oneOf('method', ['lower', 'upper', 'snake_case'], 'lower')];
    return (run, step) =>
      run.changeItems(step, (item) =>
        changeValues(item, (_value, text) => {
          const changed = text === null ? null : mapLiterals(text, change);
          return changed === null || text === null || patternText(changed) === patternText(text)
            ? null
            : [patternText(changed)];
        }),
      );
  },
  /**
   * pySigma writes values as regular expressions here to say how case counts for backends that cannot say so otherwise.
   * The values stay wildcard patterns: these ignore case as they are, and `plain` makes them heed it.
   */
  regex: (params) => {
    const cased =
      params.oneOf('method', ['plain', 'ignore_case_flag', 'ignore_case_brackets'], 'ignore_case_brackets') === 'plain';
    return (run, step) =>
      run.changeItems(step, (item) => {
        const texts = item.values.every((value) => textForm(item, value) !== null);
        return cased && texts && !item.modifiers.includes('cased')
          ? { ...item, modifiers: [...item.modifiers, 'cased'] }
          : undefined;
      });
  },
  hashes_fields: (params) => {
    const algorithms = params.texts('valid_hash_algos');
    const prefix = params.text('field_prefix', '');
    const bare = params.flag('drop_algo_prefix', false);
    const fields = params.texts('field_to_parse', ['Hashes', 'Hash']);
    return (run, step) =>
      run.changeItems(step, (item) => {
        if (item.field === null || !fields.includes(item.field)) return undefined;
        return splitHashes(item, algorithms, (algorithm) => (bare ? prefix : prefix + algorithm));
      });
  },
};

/** The pattern with every match of `regex` replaced, or null when there is none. */
function replacement(params: Params): (pattern: Pattern) => Pattern | null {
  const regex = compilePython(params.text('regex'), [...params.at, 'regex']);
  const template = params.text('replacement');
  const at = [...params.at, 'replacement'];
  const expand = pythonReplacement(template, at);
  checkGroups(regex, template, at);
  const interpret = params.flag('interpret_special', false);
  const skip = params.flag('skip_special', false);
  const parts = (text: string): Pattern | null => {
    const found = [...text.matchAll(regex)];
    if (found.length === 0) return null;
    let copied = 0;
    let out = '';
    for (const match of found) {
      out += text.slice(copied, match.index) + expand(match);
      copied = match.index + match[0].length;
    }
    out += text.slice(copied);
    return interpret ? parsePlain(out) : [out];
  };
  if (!skip) return (pattern) => replacePlain(pattern, regex, expand);
  return (pattern) => {
    const changed = pattern.map((part) => (typeof part === 'string' ? parts(part) : null));
    if (changed.every((part) => part === null)) return null;
    return normalised(pattern.flatMap((part, i) => changed[i] ?? [part]));
  };
}

/** Replaces in the plain form; what no match touches keeps its parts, so that `\` before a wildcard stays what it is. */
function replacePlain(pattern: Pattern, regex: RegExp, expand: (match: RegExpMatchArray) => string): Pattern | null {
  const all = pieces(pattern);
  const plain = all.map((piece) => piece.text).join('');
  const found = [...plain.matchAll(regex)];
  if (found.length === 0) return null;
  const out: Pattern[number][] = [];
  /** Replacements, and the rest of pieces that a match cut through: read as plain text. */
  let pending = '';
  let next = 0;
  let pieceStart = 0;
  const flush = (): void => {
    out.push(...parsePlain(pending));
    pending = '';
  };
  const keep = (start: number, end: number): void => {
    while (next < all.length && pieceStart < end) {
      const { text, part } = all[next];
      const pieceEnd = pieceStart + text.length;
      if (pieceStart >= start && pieceEnd <= end) {
        flush();
        out.push(part);
      } else if (pieceEnd > start) {
        pending += plain.slice(Math.max(pieceStart, start), Math.min(pieceEnd, end));
      }
      if (pieceEnd > end) return;
      pieceStart = pieceEnd;
      next++;
    }
  };
  let copied = 0;
  for (const match of found) {
    keep(copied, match.index);
    pending += expand(match);
    copied = match.index + match[0].length;
  }
  keep(copied, plain.length);
  flush();
  return normalised(out);
}

function forced(params: Params): RuleValue {
  const value = params.scalar('value');
  const type = params.has('force_type') ? params.oneOf('force_type', ['str', 'num']) : null;
  if (type === null) return value;
  if (value === null || typeof value === 'boolean') throw params.error('force_type', 'needs a text or number');
  if (type === 'str') return String(value);
  if (!Number.isFinite(Number(value)) || value === '') throw params.error('value', 'is no number');
  return Number(value);
}

function number(item: ParsedItem, value: RuleValue): RuleValue {
  const converted = Number(value);
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(converted)) return converted;
  if (typeof value === 'number') return value;
  throw new RuleError(`pipeline: convert_type: ${String(value)} is no number`, item.at);
}

/** `SHA1=…` and bare hashes to one item per algorithm; what names none stays with the field it had. */
function splitHashes(
  item: ParsedItem,
  algorithms: readonly string[],
  fieldOf: (algorithm: string) => string,
): ParsedNode | undefined {
  const forms = item.values.map((value) => textForm(item, value));
  if (forms.some((form) => form === null)) return undefined;
  const byField = new Map<string, string[]>();
  const rest: RuleValue[] = [];
  for (const [i, form] of forms.entries()) {
    const { algorithm, hash } = hashOf(form ?? []);
    if (!algorithms.includes(algorithm)) rest.push(item.values[i]);
    else byField.set(fieldOf(algorithm), [...(byField.get(fieldOf(algorithm)) ?? []), patternText([hash])]);
  }
  if (byField.size === 0)
    throw new RuleError(`pipeline: ${item.field} names no hash of ${algorithms.join(', ')}`, item.at);
  const nodes = [...byField].map(([field, values]) => ({
    ...replaceValues(item, values),
    field: field === 'keyword' ? null : field,
  }));
  if (rest.length > 0) nodes.push({ ...item, values: rest });
  const everyOne = item.modifiers.includes('all') !== item.modifiers.includes('neq');
  return nodes.length === 1 ? nodes[0] : { kind: everyOne ? 'all' : 'any', nodes };
}

function hashOf(form: Pattern): { algorithm: string; hash: string } {
  const plain = pieces(form)
    .map((piece) => piece.text)
    .join('');
  const parts = plain.split(plain.includes('|') ? '|' : '=');
  const strip = (text: string): string => text.replace(/^[*?]+|[*?]+$/g, '');
  if (parts.length === 2) return { algorithm: parts[0].replace(/^\*+/, '').toUpperCase(), hash: strip(parts[1]) };
  const hash = strip(parts[0]);
  return { algorithm: HASH_LENGTHS.get(hash.length) ?? '', hash };
}
