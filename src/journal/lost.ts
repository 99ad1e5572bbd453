/** What is known of an entry that a repair could not save: kept as the payload of the entry of kind `lost` that stands for it. */
import type { EntryKind } from './format.ts';

/** From a header and receipt that were whole, the payload being damaged. */
export interface LostEntry {
  readonly kind: EntryKind;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** More entries of its unit followed. */
  readonly more: boolean;
  /** JSON as it was given; null where it had none. */
  readonly receipt: string | null;
}

const encoder = new TextEncoder();

export function encodeLost(lost: LostEntry | null): Uint8Array {
  return lost === null ? new Uint8Array(0) : encoder.encode(JSON.stringify(lost));
}

/** Of the payload of a `lost` entry; null where nothing is known. */
export function decodeLost(payload: ArrayBuffer): LostEntry | null {
  return payload.byteLength === 0 ? null : (JSON.parse(new TextDecoder().decode(payload)) as LostEntry);
}
