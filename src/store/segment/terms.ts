/** Asking the filters that kernel/terms.ts makes, and where they stand; also the plain twin of how it takes terms. */
import { Fault, type RangeReader } from '../parquet/read-range.ts';

/** Where the filter of a row group's terms stands in its file. */
export interface TermFilter {
  readonly at: number;
  readonly bytes: number;
  /** Whether the digits of all its numbers are in it as they are shown: decimals are not, nor is what a list has as `1e3`. */
  readonly numbers: boolean;
}

/** A row group as those see it who look for terms. */
export interface GroupTerms {
  readonly rows: number;
  /** Null: any term may be in it. */
  readonly filter: TermFilter | null;
}

const K1 = 0x9e3779b97f4a7c15n;
const K2 = 0xc2b2ae3d27d4eb4fn;
const SALTS = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

/** Terms of a text: runs of ASCII letters and digits, in small letters. */
export function termsOf(text: string): string[] {
  return (text.match(/[A-Za-z0-9]+/g) ?? []).map((term) => term.toLowerCase());
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Hash of a term, as filters have it. */
export function termHash(term: string): bigint {
  let h = K1;
  let word = 0n;
  for (let i = 0; i < term.length; i++) {
    word = (word << 8n) | BigInt(term.charCodeAt(i));
    if (((i + 1) & 7) !== 0) continue;
    h = u64((h ^ word) * K2);
    h ^= h >> 31n;
    word = 0n;
  }
  h = u64(u64((h ^ word) * K1) + BigInt(term.length));
  h = u64((h ^ (h >> 32n)) * K2);
  h = u64((h ^ (h >> 29n)) * K1);
  return (h ^ (h >> 32n)) | 1n;
}

/** Bytes of a block of a filter: all that is looked at for one term. */
const BLOCK = 32;

/** Where the block of a hash stands in a filter of so many bytes. */
function blockOf(bytes: number, hash: bigint): number {
  return Number(((hash >> 32n) * BigInt(bytes >>> 5)) >> 32n) * BLOCK;
}

function isIn(block: Uint8Array, hash: bigint): boolean {
  const key = Number(hash & 0xffffffffn);
  const view = new DataView(block.buffer, block.byteOffset, BLOCK);
  return SALTS.every((salt, i) => (view.getUint32(i * 4, true) & (1 << (Math.imul(key, salt) >>> 27))) !== 0);
}

/** Whether a term with this hash may be in the row group whose filter this is. */
export function mayHold(filter: Uint8Array, hash: bigint): boolean {
  const at = blockOf(filter.length, hash);
  return isIn(filter.subarray(at, at + BLOCK), hash);
}

/** The same of a filter in a file, of which one block is read. */
export function mayHoldIn(file: RangeReader, { at, bytes }: TermFilter, hash: bigint): boolean {
  return isIn(file.read(at + blockOf(bytes, hash), BLOCK), hash);
}

/**
 * Where a file's filters stand, as `weir.terms` says it: for each row group offset and bytes, and 1 where its numbers are in it.
 * @param rows of each row group
 * @param end of what filters may stand in
 */
export function termsOfGroups(text: string | undefined, rows: readonly number[], end: number): GroupTerms[] {
  if (text === undefined) return rows.map((count) => ({ rows: count, filter: null }));
  let places: unknown;
  try {
    places = JSON.parse(text);
  } catch (error) {
    throw new Fault(0, `weir.terms is no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(places) || places.length !== rows.length)
    throw new Fault(0, 'weir.terms is not of its row groups');
  return places.map((place: unknown, group) => {
    if (place === null) return { rows: rows[group], filter: null };
    const [at, bytes, numbers] = Array.isArray(place) ? (place as readonly unknown[]) : [];
    const isWithin =
      typeof at === 'number' && typeof bytes === 'number' && Number.isSafeInteger(at) && at >= 0 && at + bytes <= end;
    if (!isWithin || !(bytes >= BLOCK) || bytes % BLOCK !== 0)
      throw new Fault(0, `weir.terms holds what is no place of a filter: ${JSON.stringify(place)?.slice(0, 100)}`);
    return { rows: rows[group], filter: { at, bytes, numbers: numbers === 1 } };
  });
}
