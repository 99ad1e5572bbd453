/** Placeholders of the `expand` modifier (specification, "Placeholders"): `%name%` becomes each of its values in turn. */
import { limits } from '../../base/index.ts';
import { type ParsedItem, type ParsedNode, RuleError, type RuleValue } from './parse.ts';

/** `\%` is a plain percent sign. */
const PLACEHOLDER = /\\%|%([^%\s\\]+)%/g;

/**
 * Replaces every placeholder of a selection; an item with a name that `lookup` does not know is an error. What one value
 * expands to is or-linked (specification, "Placeholders"), so under `all` each written value becomes an item of its own.
 */
export function expandPlaceholders(
  node: ParsedNode,
  lookup: (name: string) => readonly RuleValue[] | undefined,
): ParsedNode {
  if (node.kind !== 'item') return { ...node, nodes: node.nodes.map((child) => expandPlaceholders(child, lookup)) };
  if (!node.modifiers.includes('expand')) return node;
  if (!node.modifiers.includes('all')) return expandItem(node, lookup);
  const modifiers = node.modifiers.filter((modifier) => modifier !== 'all');
  const nodes = node.values.map((value) => expandItem({ ...node, modifiers, values: [value] }, lookup));
  return { kind: modifiers.includes('neq') ? 'any' : 'all', nodes };
}

/** The item with its placeholders replaced and `expand` gone. A value with several of them yields every combination. */
export function expandItem(item: ParsedItem, lookup: (name: string) => readonly RuleValue[] | undefined): ParsedItem {
  const values = item.values.flatMap((value) =>
    typeof value === 'string' ? expandValue(value, item, lookup) : [value],
  );
  return { ...item, values, modifiers: item.modifiers.filter((modifier) => modifier !== 'expand') };
}

function expandValue(
  value: string,
  item: ParsedItem,
  lookup: (name: string) => readonly RuleValue[] | undefined,
): RuleValue[] {
  let texts = [''];
  let copied = 0;
  for (const match of value.matchAll(PLACEHOLDER)) {
    const before = value.slice(copied, match.index);
    copied = match.index + match[0].length;
    const name = match[1];
    const replacements = name === undefined ? ['%'] : lookup(name);
    if (replacements === undefined || replacements.length === 0) {
      throw new RuleError(`${item.field ?? 'keywords'}: expand without values for the placeholder %${name}%`, item.at, {
        hint: 'Give its values with a processing pipeline (vars and value_placeholders).',
      });
    }
    if (texts.length * replacements.length > limits.valuesPerRuleMax) {
      throw new RuleError(`%${name}% expands to more than ${limits.valuesPerRuleMax} values`, item.at);
    }
    texts = texts.flatMap((text) => replacements.map((replacement) => text + before + String(replacement)));
  }
  return texts.map((text) => text + value.slice(copied));
}

/** Names of the placeholders of a text value, in order. */
export function placeholderNames(value: string): string[] {
  return [...value.matchAll(PLACEHOLDER)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
}
