/** Combinations of modifiers that make no sense whatever the values. The others show when they are applied. */

const COMPARISONS = ['lt', 'lte', 'gt', 'gte'];
const TIME_PARTS = ['minute', 'hour', 'day', 'week', 'month', 'year'];
/** Modifiers that say nothing without a field. */
const NOT_FOR_KEYWORDS = ['startswith', 'endswith', 'exists', 'fieldref', 'cidr', ...COMPARISONS, ...TIME_PARTS];
/** Modifiers behind which case does not count anyway, or counts already. */
const NOT_CASED = ['re', 'cidr', 'exists', ...COMPARISONS, ...TIME_PARTS];

/** SigmaHQ has 30 combinations on 14,407 items. */
const known = new Map<string, string | null>();
const KNOWN_MAX = 10_000;

/** Why these modifiers cannot stand together, or null when they can. */
export function combinationError(modifiers: readonly string[], keyword: boolean): string | null {
  const key = (keyword ? '|' : '') + modifiers.join('|');
  let error = known.get(key);
  if (error !== undefined) return error;
  error = findError(modifiers, keyword);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, error);
  return error;
}

function findError(modifiers: readonly string[], keyword: boolean): string | null {
  const has = (name: string): boolean => modifiers.includes(name);
  // Only Base64 of Base64 says something else than Base64.
  const twice = modifiers.find((name, i) => name !== 'base64' && modifiers.indexOf(name) !== i);
  if (twice !== undefined) return `${twice} is given twice`;
  if (has('expand')) return 'expand without values for its placeholders';
  const needsField = keyword ? modifiers.find((name) => NOT_FOR_KEYWORDS.includes(name)) : undefined;
  if (needsField !== undefined) return `${needsField} needs a field`;
  if (has('exists') && modifiers.length > 1) return 'exists takes no other modifier';
  const comparison = COMPARISONS.find(has);
  if (comparison !== undefined && has('neq')) return `${comparison} and neq exclude each other`;
  if (has('cased') && NOT_CASED.some(has)) return 'cased only changes how text compares';
  return null;
}
