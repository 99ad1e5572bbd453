/**
 * Documents of one file: detection rules, correlations, filters, and the collections of old (`action: global`, `repeat`,
 * `reset`) written out.
 */
import { isMap } from './parse-rule.ts';

export interface CollectionEntry {
  readonly kind: 'detection' | 'correlation' | 'filter';
  readonly document: Readonly<Record<string, unknown>>;
  /** Number of the document in the file, from 0. */
  readonly index: number;
}

/** Rules of a file; empty when it holds neither detection, correlation nor filter. */
export function readCollection(documents: readonly unknown[]): CollectionEntry[] {
  const entries: CollectionEntry[] = [];
  let global: Readonly<Record<string, unknown>> = {};
  let previous: Readonly<Record<string, unknown>> = {};
  const ids = new Set<unknown>();
  for (const [index, document] of documents.entries()) {
    if (!isMap(document)) continue;
    if (document.action === 'reset') {
      global = {};
      continue;
    }
    if (document.action === 'global') {
      global = merge(global, withoutAction(document));
      continue;
    }
    const base = document.action === 'repeat' ? previous : global;
    const merged = Object.keys(base).length > 0 ? merge(base, withoutAction(document)) : document;
    previous = merged;
    const kind = kindOf(merged);
    if (kind === null) continue;
    const rule = merged === document ? document : distinct(merged, document.id, index, ids);
    ids.add(rule.id);
    entries.push({ kind, document: rule, index });
  }
  return entries;
}

function withoutAction(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { action: _, ...rest } = document;
  return rest;
}

function kindOf(document: Readonly<Record<string, unknown>>): CollectionEntry['kind'] | null {
  if ('correlation' in document) return 'correlation';
  if ('filter' in document) return 'filter';
  return 'detection' in document ? 'detection' : null;
}

/** Old collections give one id to several rules: all but the first get their document's number behind it. */
function distinct(
  merged: Readonly<Record<string, unknown>>,
  ownId: unknown,
  index: number,
  ids: ReadonlySet<unknown>,
): Readonly<Record<string, unknown>> {
  const { id } = merged;
  if (ownId !== undefined || typeof id !== 'string' || !ids.has(id)) return merged;
  return bare({ ...merged, id: `${id}#${index}` });
}

/** Maps merged key by key, the second winning. */
function merge(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const out = bare({ ...a });
  for (const [key, value] of Object.entries(b)) {
    const before = out[key];
    out[key] = isMap(before) && isMap(value) ? merge(before, value) : value;
  }
  return out;
}

function bare(map: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.assign(Object.create(null), map);
}
