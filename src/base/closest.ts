/** The word that was likely meant. */

/** Of the words compared, so that a long one costs nothing. */
const CHARACTERS_MAX = 64;

/** Edits (insert, delete, replace, swap neighbours) from one word to another. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return row[b.length];
}

/** The word that was likely meant: a beginning of it, or at most two edits (one for short words) away. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const lower = word.toLowerCase().slice(0, CHARACTERS_MAX);
  const begun = words.filter((each) => lower.length >= 2 && each.startsWith(lower));
  if (begun.length === 1) return begun[0];
  const ranked = words.map((each) => ({ each, edits: distance(lower, each) })).sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= (best.each.length < 5 ? 1 : 2) ? best.each : undefined;
}
