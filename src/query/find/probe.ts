/** Which row groups may have what is necessary, by the filters of their terms: one block of 32 bytes is read for each term. */
import { type GroupTerms, mayHoldIn, type RangeReader, termHash } from '../../store/index.ts';
import type { Necessary } from './necessary.ts';

/** What stands in the text of a number, and perhaps in no filter: digits, those before an exponent, and the words of what is none. */
const OF_NUMBER = /^(?:\d+e?|infinity|nan)$/;

const hashes = new Map<string, bigint>();
const HASHES_MAX = 4096;

function hashOf(term: string): bigint {
  let hash = hashes.get(term);
  if (hash === undefined) {
    if (hashes.size >= HASHES_MAX) hashes.clear();
    hash = termHash(term);
    hashes.set(term, hash);
  }
  return hash;
}

/** Whether a row of the group may be what is asked for. */
export function mayHave(file: RangeReader, group: GroupTerms, necessary: Necessary): boolean {
  if (necessary.kind !== 'value') {
    const may = (part: Necessary): boolean => mayHave(file, group, part);
    return necessary.kind === 'all' ? necessary.of.every(may) : necessary.of.some(may);
  }
  const { filter } = group;
  if (filter === null) return true;
  // The longest is the rarest.
  const terms = necessary.terms.toSorted((a, b) => b.length - a.length);
  return terms.every((term) => (!filter.numbers && OF_NUMBER.test(term)) || mayHoldIn(file, filter, hashOf(term)));
}
