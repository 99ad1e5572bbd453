/** Exit statuses, wrong usage, and how a failure is told. */
import { closest, errorCode, type StopSignal, WeirError } from '../base/index.ts';
import { printable } from './terminal/escape.ts';

/** The contract of the command line. 3 goes before 4: a hit that was found stays found. */
export const EXIT = { done: 0, failed: 1, usage: 2, hit: 3, unread: 4 } as const;

/** Of what somebody stopped. */
export const SIGNAL_STATUS: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** A command line that cannot be meant. */
export function usageError(message: string, hint?: string): WeirError {
  return new WeirError('cli.usage', message, hint === undefined ? {} : { hint });
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
