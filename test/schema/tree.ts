/** The catalogue as a tree of keys, which its documents are written from. */
import type { Field } from '../../src/schema/index.ts';

export interface Node {
  /** The field that ends here, or null where only others stand below. */
  field: Field | null;
  readonly children: Map<string, Node>;
}

export function treeOf(fields: Iterable<Field>): Node {
  const root: Node = { field: null, children: new Map() };
  for (const field of fields) {
    let at = root;
    for (const key of field.name.split('.')) {
      let next = at.children.get(key);
      if (next === undefined) {
        next = { field: null, children: new Map() };
        at.children.set(key, next);
      }
      at = next;
    }
    at.field = field;
  }
  return root;
}
