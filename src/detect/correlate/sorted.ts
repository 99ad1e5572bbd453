/**
 * Numbers kept in order while a window slides, for percentiles: sorted chunks of at most 512, so that adding, removing
 * and finding the k-th smallest among a million values move a few kilobytes, not the whole window.
 */

const CHUNK_MAX = 512;

export class SortedNumbers {
  #chunks: number[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(value: number): void {
    this.#size++;
    if (this.#chunks.length === 0) {
      this.#chunks.push([value]);
      return;
    }
    const at = Math.min(this.#chunkOf(value), this.#chunks.length - 1);
    const chunk = this.#chunks[at];
    chunk.splice(lowerBound(chunk, value), 0, value);
    if (chunk.length > CHUNK_MAX) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1));
  }

  /** Takes one occurrence away; the value must be there. */
  remove(value: number): void {
    const at = this.#chunkOf(value);
    const chunk = this.#chunks[at];
    const index = chunk === undefined ? -1 : lowerBound(chunk, value);
    if (chunk === undefined || chunk[index] !== value) throw new Error(`no ${value} to remove`);
    this.#size--;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** The k-th smallest, from 0. */
  at(k: number): number {
    let left = k;
    for (const chunk of this.#chunks) {
      if (left < chunk.length) return chunk[left];
      left -= chunk.length;
    }
    throw new Error(`no element ${k} among ${this.#size}`);
  }

  /** Nearest rank: the smallest value that at least `percent` % of the values do not exceed; null when there is none. */
  percentile(percent: number): number | null {
    if (this.#size === 0) return null;
    return this.at(nearestRank(percent, this.#size) - 1);
  }

  /** First chunk whose last value is not below `value`. */
  #chunkOf(value: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunks[middle];
      if (chunk[chunk.length - 1] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** ceil(p/100 · n), at least 1. Percents are taken as exact decimals: 0.07 of 100 values is 7 %, not 7.000000000000001. */
export function nearestRank(percent: number, size: number): number {
  const scaled = percent * size;
  const rounded = Math.round(scaled * 1e6) / 1e6;
  return Math.min(size, Math.max(1, Math.ceil(rounded / 100)));
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
