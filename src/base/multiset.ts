/** Sums over events that no order changes (kernel/digest.ts): 128 bits as two sums modulo 2^64. */

export interface Multiset {
  readonly low: bigint;
  readonly high: bigint;
}

export const NO_EVENTS: Multiset = { low: 0n, high: 0n };

const word = (value: bigint): bigint => BigInt.asUintN(64, value);
const hex = (value: bigint): string => word(value).toString(16).padStart(16, '0');

export function sumOf(a: Multiset, b: Multiset): Multiset {
  return { low: word(a.low + b.low), high: word(a.high + b.high) };
}

export function differenceOf(a: Multiset, b: Multiset): Multiset {
  return { low: word(a.low - b.low), high: word(a.high - b.high) };
}

/** 32 hexadecimal digits. */
export function multisetText({ low, high }: Multiset): string {
  return hex(high) + hex(low);
}

/** Null where it is no such text. */
export function multisetOfText(text: string): Multiset | null {
  if (!/^[0-9a-f]{32}$/.test(text)) return null;
  return { high: BigInt(`0x${text.slice(0, 16)}`), low: BigInt(`0x${text.slice(16)}`) };
}
