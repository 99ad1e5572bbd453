/**
 * Row groups of a segment as one blob: of each its rows (varint), then what there is of a filter: 0 none, 1 one, 2 one with all
 * numbers in it; then its place and its length in blocks of 32 bytes (varints).
 */
import { storeError } from '../errors.ts';
import type { GroupTerms } from '../segment/terms.ts';
import { ByteReader, ByteWriter } from './varint.ts';

const [NONE, SOME, NUMBERS] = [0, 1, 2];
const BLOCK = 32;

export function packGroups(groups: readonly GroupTerms[]): Uint8Array {
  const out = new ByteWriter();
  for (const { rows, filter } of groups) {
    out.varint(rows);
    out.byte(filter === null ? NONE : filter.numbers ? NUMBERS : SOME);
    if (filter === null) continue;
    out.varint(filter.at);
    out.varint(filter.bytes / BLOCK);
  }
  return out.bytes();
}

/** @throws WeirError `store.damaged` */
export function unpackGroups(packed: Uint8Array): GroupTerms[] {
  const reader = new ByteReader(packed);
  const groups: GroupTerms[] = [];
  try {
    while (!reader.isAtEnd) {
      const rows = Number(reader.varint());
      const what = reader.byte();
      if (what > NUMBERS) throw new Error(`no kind of filter: ${what}`);
      if (what === NONE) groups.push({ rows, filter: null });
      else {
        const [at, blocks] = [Number(reader.varint()), Number(reader.varint())];
        groups.push({ rows, filter: { at, bytes: blocks * BLOCK, numbers: what === NUMBERS } });
      }
    }
  } catch (cause) {
    throw storeError('store.damaged', 'the row groups of a segment in the catalogue are damaged', cause);
  }
  return groups;
}
