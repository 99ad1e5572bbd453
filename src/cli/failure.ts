/** Exit statuses, wrong usage, and how a failure is told. */
import { errorCode, WeirError } from '../base/index.ts';
import { printable } from './terminal/escape.ts';

/** The contract of the command line. 3 goes before 4: a hit that was found stays found. */
export const EXIT = { done: 0, failed: 1, usage: 2, hit: 3, unread: 4 } as const;

/** A command line that cannot be meant. */
export function usageError(message: string, hint?: string): WeirError {
  return new WeirError('cli.usage', message, hint === undefined ? {} : { hint });
}

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
  const lower = word.toLowerCase().slice(0, 64);
  const begun = words.filter((each) => lower.length >= 2 && each.startsWith(lower));
  if (begun.length === 1) return begun[0];
  const ranked = words.map((each) => ({ each, edits: distance(lower, each) })).sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= (best.each.length < 5 ? 1 : 2) ? best.each : undefined;
}

/** One of `words`, or a usage error that names the likeliest. */
export function oneOf<Word extends string>(option: string, word: string, words: readonly Word[]): Word {
  const found = words.find((each) => each === word.toLowerCase());
  if (found !== undefined) return found;
  const meant = closest(word, words);
  const list = `one of ${words.join(', ')}`;
  throw usageError(
    `${option}: there is no '${word}'`,
    meant === undefined ? `Give ${list}.` : `Did you mean '${meant}'? It is ${list}.`,
  );
}

/** Writing to a pipe nobody reads any more. */
export function isBrokenPipe(error: unknown): boolean {
  if (errorCode(error) === 'EPIPE') return true;
  return error instanceof WeirError && errorCode(error.cause) === 'EPIPE';
}

/** What is printed of a failure, and the status it ends with. Broken invariants are rethrown: their stack is what helps. */
export function tell(error: unknown): { readonly message: string; readonly status: number } {
  if (isBrokenPipe(error)) return { message: '', status: EXIT.done };
  if (!(error instanceof WeirError)) throw error;
  const usage = error.code === 'cli.usage' || error.code === 'formats.unknown';
  const hint = error.hint === undefined ? '' : `\n${error.hint}`;
  return {
    message: `weir: ${printable(error.message)}${printable(hint).replaceAll('\\n', '\n')}\n`,
    status: usage ? EXIT.usage : EXIT.failed,
  };
}
