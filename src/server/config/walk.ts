/** The schema as a tree of settings: what stands at a path, and all paths there are. */
import { z } from 'zod';
import { type Leaf, leafOf } from './leaves.ts';

/** Names of sections and entries, and places in lists, from the top of the file. */
export type Path = readonly (string | number)[];

/** What a path leads to. */
export type Node =
  | { readonly kind: 'leaf'; readonly leaf: Leaf; readonly schema: z.ZodType }
  | { readonly kind: 'section'; readonly shape: Readonly<Record<string, z.ZodType>> }
  | { readonly kind: 'map'; readonly key: Leaf; readonly keySchema: z.ZodType; readonly each: z.ZodType }
  | { readonly kind: 'list'; readonly each: z.ZodType; readonly max: number };

export interface Described {
  readonly node: Node;
  readonly description: string;
  /** As a user would write it; undefined where the setting is absent unless given. */
  readonly written: unknown;
  readonly required: boolean;
}

/** Takes the wrappers off a schema. */
export function describe(schema: z.ZodType): Described {
  let inner: z.core.$ZodType = schema;
  let description = '';
  let written: unknown;
  let required = true;
  for (;;) {
    if (description === '' && inner instanceof z.ZodType) description = inner.description ?? '';
    if (inner instanceof z.ZodPrefault) {
      written = inner.def.defaultValue;
      required = false;
    } else if (inner instanceof z.ZodOptional) required = false;
    else break;
    inner = inner.def.innerType;
  }
  return { node: nodeOf(inner), description, written, required };
}

function nodeOf(schema: z.core.$ZodType): Node {
  const leaf = leafOf(schema);
  if (leaf !== undefined && schema instanceof z.ZodType) return { kind: 'leaf', leaf, schema };
  if (schema instanceof z.ZodObject) return { kind: 'section', shape: schema.shape as Record<string, z.ZodType> };
  if (schema instanceof z.ZodRecord) {
    const key = leafOf(schema.keyType);
    if (key !== undefined)
      return {
        kind: 'map',
        key,
        keySchema: schema.keyType as unknown as z.ZodType,
        each: schema.valueType as z.ZodType,
      };
  }
  if (schema instanceof z.ZodArray) {
    return { kind: 'list', each: schema.element as z.ZodType, max: maxOf(schema) };
  }
  throw new Error('a part of the schema is neither a leaf nor a section, map or list');
}

function maxOf(list: z.ZodArray): number {
  for (const check of list.def.checks ?? []) {
    const { check: kind, maximum } = check._zod.def as { check: string; maximum?: number };
    if (kind === 'max_length' && maximum !== undefined) return maximum;
  }
  throw new Error('a list without a limit');
}

/** What stands one step below; undefined where there is no such setting. */
export function below(node: Node, step: string | number): z.ZodType | undefined {
  if (node.kind === 'section') {
    return typeof step === 'string' && Object.hasOwn(node.shape, step) ? node.shape[step] : undefined;
  }
  return node.kind === 'leaf' ? undefined : node.each;
}

/** What a path leads to; undefined where the schema has no such setting. */
export function at(schema: z.ZodType, path: Path): Described | undefined {
  let found = describe(schema);
  for (const step of path) {
    const next = below(found.node, step);
    if (next === undefined) return undefined;
    found = describe(next);
  }
  return found;
}

/** `listen.port`, `rules.paths[0]`, `tenants."a.b".sources`. */
export function shownPath(path: Path): string {
  let shown = '';
  for (const step of path) {
    if (typeof step === 'number') shown += `[${step}]`;
    else shown += (shown === '' ? '' : '.') + (/^[\w*-]+$/.test(step) ? step : JSON.stringify(step));
  }
  return shown;
}
