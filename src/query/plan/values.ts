/** What a name is worth in a row of a segment: the plain meaning, which SQL is held to. */

import { textOf, type Value, type Values } from '../../lang/index.ts';
import { NOTHING, READERS } from '../../schema/index.ts';
import type { Candidate, SegmentNames } from './names.ts';

/** Values of a path in the row; empty where it has none. */
export type Get = (path: string) => Values;

const NONE: Values = [];

export function valuesOfName(names: SegmentNames, name: string, get: Get): Values {
  let found: Values = NONE;
  let rank = -1;
  for (const candidate of names.candidates(name)) {
    if (found.length > 0 && candidate.rank !== rank) break;
    const values = supplied(candidate, names, get);
    if (values.length === 0) continue;
    rank = candidate.rank;
    found = found.length === 0 ? values : [...found, ...values];
  }
  return found;
}

function supplied({ path, supply }: Candidate, names: SegmentNames, get: Get): Values {
  const values = get(path);
  const row = supply?.row ?? null;
  if (row === null || values.length === 0) return values;
  if (!applies(row.when, names, get)) return NONE;
  const read = row.read === null ? null : READERS[row.read];
  return values.flatMap((value) => {
    if (value === null) return [];
    const text = textOf(value);
    if (isNothing(text)) return [];
    if (read === null) return [value];
    const result = read(text);
    // A number stays one where it is read as itself.
    return result === null ? [] : [result === text ? value : result];
  });
}

/** No word for nothing is longer. */
const isNothing = (text: string): boolean => text.length <= 8 && NOTHING.has(text.trim());

function applies(when: Readonly<Record<string, readonly string[]>> | null, names: SegmentNames, get: Get): boolean {
  return Object.entries(when ?? {}).every(([name, wanted]) => {
    const own = discriminator(name, names, get);
    return own !== null && wanted.some((value) => value.toLowerCase() === textOf(own).toLowerCase());
  });
}

/** Of a list the first value decides. */
function discriminator(name: string, names: SegmentNames, get: Get): Value {
  for (const path of names.discriminator(name)) {
    const [value = null] = get(path);
    if (value !== null) return value;
  }
  return null;
}
