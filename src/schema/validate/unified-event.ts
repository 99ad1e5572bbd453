/** One event by the names of the catalogue: what of it supplies which field. */
import { fieldNamed } from '../catalogue/index.ts';
import { BatchFields, elementsOf, type SourceFields, suppliedText } from './columns.ts';
import type { BatchView } from './types.ts';

export interface UnifiedEvent {
  /** Id of its class. */
  readonly class: string;
  /** Field of the catalogue → its text, of a list all of them; in alphabetical order. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
}

/** @param row its number in the batch */
export function unifiedEvent(batch: BatchView, source: SourceFields, row: number): UnifiedEvent {
  const fields = new BatchFields(batch, source);
  const group = fields.groups[fields.groupOf[row]];
  const found: Record<string, string | readonly string[]> = {};
  for (const name of [...fields.suppliers.keys()].sort()) {
    const texts = textsOf(fields, name, row);
    const field = fieldNamed(name);
    if (texts.length === 0 || field === null) continue;
    found[name] = field.list || texts.length > 1 ? texts : texts[0];
  }
  return { class: group.class.id, fields: found };
}

/** What the best column that has anything supplies. */
function textsOf(fields: BatchFields, name: string, row: number): readonly string[] {
  const group = fields.groups[fields.groupOf[row]];
  for (const { path, supply } of fields.suppliers.get(name) ?? []) {
    if (!fields.applies(supply, group)) continue;
    const texts: string[] = [];
    for (const { rows, codes, dictionary } of fields.column(path)) {
      for (let i = 0; i < rows.length; i++) {
        if (rows[i] !== row) continue;
        for (const element of elementsOf(dictionary[codes[i]])) {
          const text = suppliedText(supply, element);
          if (text !== null && !texts.includes(text)) texts.push(text);
        }
      }
    }
    if (texts.length > 0) return texts;
  }
  return [];
}
