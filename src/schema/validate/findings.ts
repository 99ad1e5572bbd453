/** What a batch's events did not pass, gathered as numbers: events that fail alike share a finding. */
import type { Finding, Validation } from './types.ts';

const NONE: readonly Finding[] = [];

export class Findings {
  readonly #rows: number;
  readonly #findings: Finding[] = [];
  /** Pairs of row and index in `#findings`. */
  readonly #at: number[] = [];

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** @returns the number by which events refer to it */
  finding(finding: Finding): number {
    return this.#findings.push(finding) - 1;
  }

  add(row: number, number: number): void {
    this.#at.push(row, number);
  }

  result(): Validation {
    const byRow = new Map<number, Finding[]>();
    for (let i = 0; i < this.#at.length; i += 2) {
      const finding = this.#findings[this.#at[i + 1]];
      const known = byRow.get(this.#at[i]);
      if (known === undefined) byRow.set(this.#at[i], [finding]);
      else if (!known.includes(finding)) known.push(finding);
    }
    const counts = new Map<string, number>();
    const rejected: number[] = [];
    for (const [row, own] of byRow) {
      for (const code of new Set(own.map((finding) => finding.code))) counts.set(code, (counts.get(code) ?? 0) + 1);
      if (own.some((finding) => finding.enforced)) rejected.push(row);
    }
    return {
      rows: this.#rows,
      rejected: rejected.sort((a, b) => a - b),
      warned: byRow.size - rejected.length,
      counts,
      findings: (row) => byRow.get(row) ?? NONE,
    };
  }
}
