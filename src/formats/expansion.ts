/** The bound on what one compressed input may become. */
import { limits } from '../base/index.ts';

/** One for each input given by the user; counts over all archives and layers in it. */
export class Expansion {
  /** Bytes read from the input itself. */
  stored = 0;
  /** Bytes that came out of decompressors, all layers together. */
  expanded = 0;
  /** Set once a limit was passed: nothing more is taken out of this input. */
  stopped = false;
  readonly limits: ExpansionLimits;

  constructor(custom: Partial<ExpansionLimits> = {}) {
    this.limits = { ...DEFAULTS, ...custom };
  }

  /** Counts expanded bytes; the reason when that was too much, else null. */
  add(bytes: number): string | null {
    this.expanded += bytes;
    const { expandedBytesMax, expansionRatioMax, expansionFreeBytes } = this.limits;
    let reason: string | null = null;
    if (this.expanded > expandedBytesMax) {
      reason = `it expands to more than ${expandedBytesMax} bytes`;
    } else if (this.expanded > expansionFreeBytes && this.expanded > this.stored * expansionRatioMax) {
      reason = `${this.stored} bytes expand to more than ${expansionRatioMax} times as much, as in a decompression bomb`;
    }
    if (reason !== null) this.stopped = true;
    return reason;
  }
}

export interface ExpansionLimits {
  readonly expandedBytesMax: number;
  readonly expansionRatioMax: number;
  /** Expanded bytes before the ratio is judged. */
  readonly expansionFreeBytes: number;
  readonly archiveLevelsMax: number;
  readonly archiveMembersMax: number;
}

const DEFAULTS: ExpansionLimits = {
  expandedBytesMax: limits.expandedBytesMax,
  expansionRatioMax: limits.expansionRatioMax,
  expansionFreeBytes: limits.expansionFreeBytes,
  archiveLevelsMax: limits.archiveLevelsMax,
  archiveMembersMax: limits.archiveMembersMax,
};
