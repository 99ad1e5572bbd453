/** Errors of the room: `journal.corrupt`, `.full`, `.stopped`, `.released`, `.entry`, `.closed`. */
import { WeirError } from '../base/index.ts';

/** A damaged place. */
export interface Finding {
  readonly file: string;
  /** Offset in the file; null: the file as a whole. */
  readonly byte: number | null;
  /** Position of the entry that is or should be there; null where the damage belongs to none. */
  readonly position: number | null;
  /** What is wrong, in words. */
  readonly what: string;
}

export function findingText({ file, byte, position, what }: Finding): string {
  const at = byte === null ? '' : ` at byte ${byte}`;
  return `${file}${at}${position === null ? '' : `, position ${position}`}: ${what}`;
}

/** `journal.corrupt`, with the damaged place. */
export class CorruptJournal extends WeirError {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super('journal.corrupt', `the journal is damaged: ${findingText(finding)}`, {
      hint: 'Nothing was changed. Restore the file from a copy; or see with `weir repair --data DIR --dry-run` what cannot be saved, and have the rest made usable with `weir repair --data DIR`.',
    });
    this.finding = finding;
  }
}

/** Damage where it is met, before it is known which position it belongs to. */
export class Damage extends Error {
  readonly byte: number;
  readonly what: string;

  constructor(byte: number, what: string) {
    super(what);
    this.byte = byte;
    this.what = what;
  }
}
