/**
 * Masking at the door: whatever form events come in, they are lines with their values masked before the scanner sees them. What the journal
 * keeps, and what its receipt proves, is the masked event; of the other nothing stays.
 */
import { fileInfo, makeDirectory, replaceFile, sha256 } from '../../base/index.ts';
import { eachFrameIn, openBatch } from '../../batch/index.ts';
import { LineMasker, type MaskedLines, type MaskSettings } from '../../ingest/index.ts';
import { splitJson } from './split-json.ts';
import type { Delivery } from './types.ts';

/** What is masked in the events of a source. */
export interface MaskPolicy extends MaskSettings {
  /** Names fields and key; {@link maskId}. */
  readonly id: string;
}

const ID_CHARACTERS = 32;
const NEWLINE = Uint8Array.of(0x0a);

/** Names a policy by what it does; of the key it tells nothing. */
export function maskId({ fields, key }: MaskSettings): string {
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([sorted, sha256(key)])).slice(0, ID_CHARACTERS);
}

/** Keeps what a policy masks under the id that receipts have, without its key; durable before this returns. */
export function saveMask(folder: string, { id, fields }: MaskPolicy): void {
  const file = `${folder}/policies/mask-${id}.json`;
  if (fileInfo(file) !== null) return;
  makeDirectory(`${folder}/policies`);
  replaceFile(file, Buffer.from(JSON.stringify({ fields })), { durable: true });
}

/** The masks that the doors know. */
export class MasksInForce {
  readonly #of: { readonly folder: string; readonly maskOf?: MaskOf };
  readonly #tellDoors: (mask: MaskPolicy) => void;
  readonly #told = new Set<string>();

  constructor(of: { readonly folder: string; readonly maskOf?: MaskOf }, tellDoors: (mask: MaskPolicy) => void) {
    this.#of = of;
    this.#tellDoors = tellDoors;
  }

  /** Id of what is masked in the events of a source, which the doors know by then; null: nothing. Throws `mask.key`. */
  idOf(tenant: string, source: string): string | null {
    const mask = this.#of.maskOf?.(tenant, source) ?? null;
    if (mask === null) return null;
    if (!this.#told.has(mask.id)) {
      saveMask(this.#of.folder, mask);
      this.#tellDoors(mask);
      this.#told.add(mask.id);
    }
    return mask.id;
  }
}

/** A door's. */
export class DoorMasks {
  readonly #maskers = new Map<string, LineMasker>();

  add({ id, ...settings }: MaskPolicy): void {
    if (!this.#maskers.has(id)) this.#maskers.set(id, new LineMasker(settings));
  }

  /**
   * The events of a request as masked lines; null where its source has no mask.
   * @throws Refused `body.damaged`, WeirError `batch.…`
   */
  apply({ mask = null, format }: Pick<Delivery, 'mask' | 'format'>, body: Uint8Array): MaskedLines | null {
    if (mask === null) return null;
    const masker = this.#maskers.get(mask);
    if (masker === undefined) throw new Error(`the door has not been given the mask ${mask}`);
    return masker.mask(linesOf(format, body));
  }
}

function linesOf(format: Delivery['format'], body: Uint8Array): Uint8Array {
  if (format === 'ndjson') return body;
  if (format !== 'frames') return joined(splitJson(body).pieces);
  const lines: Uint8Array[] = [];
  for (const frame of eachFrameIn(body)) {
    openBatch(Uint8Array.from(frame).buffer).eachRowText((text) => void lines.push(Uint8Array.from(text)));
  }
  return joined(lines);
}

/** One after the other, each with a newline behind it. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces.flatMap((piece) => (piece.at(-1) === NEWLINE[0] ? [piece] : [piece, NEWLINE])));
}

export type MaskOf = (tenant: string, source: string) => MaskPolicy | null;
