/** What keeps a query from ending, once it runs. */

/** `query.too_big`: a limit was reached; `query.cancelled`; `query.argument`: a value asked for makes no sense, as `take -1`. */
export type RunErrorCode = 'query.too_big' | 'query.cancelled' | 'query.argument';

export class RunError extends Error {
  readonly code: RunErrorCode;
  /** What to do. */
  readonly hint: string;

  constructor(code: RunErrorCode, message: string, hint: string) {
    super(message);
    this.name = 'RunError';
    this.code = code;
    this.hint = hint;
  }
}

export function argumentError(message: string, hint: string): RunError {
  return new RunError('query.argument', message, hint);
}
