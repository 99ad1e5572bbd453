/**
 * Operational errors: expected things that go wrong (a file that cannot be read, a rule that cannot be compiled).
 * Broken invariants are not WeirErrors; they throw plain errors and end the process.
 */
export class WeirError extends Error {
  override readonly name = 'WeirError';
  /** Stable, machine-readable: `room.what`. */
  readonly code: string;
  /** What the user can do about it; a full sentence. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** An error on its way to another thread. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** The error that another thread told of. */
export function errorOf({ code, message, hint }: ToldError): WeirError {
  return new WeirError(code, message, hint === undefined ? {} : { hint });
}
