/** The ledger of segments as whoever follows it reads it: another thread adds lines. Verified it is elsewhere. */
import { type Files, realFiles } from '../base/index.ts';
import { ledgerPath } from './chain.ts';
import { claimedEntry, readLines } from './chain-lines.ts';
import { SegmentState } from './segment-state.ts';

export class SegmentLines {
  readonly state = new SegmentState();
  readonly #file: string;
  readonly #files: Files;
  #byte = 0;

  constructor(folder: string, name: string, files: Files = realFiles) {
    this.#file = ledgerPath(folder, name);
    this.#files = files;
  }

  /** Takes the lines that came since; whether there were any. */
  advance(): boolean {
    const size = this.#files.size(this.#file);
    if (size === null || size <= this.#byte) return false;
    const before = this.#byte;
    for (const line of readLines(this.#files, this.#file, before)) {
      const entry = claimedEntry(line);
      if (entry === null) break;
      this.state.take(entry);
      this.#byte = line.byte + Buffer.byteLength(line.text) + 1;
    }
    return this.#byte > before;
  }
}
