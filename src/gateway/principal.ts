/** Who sends a request. */
import type { Scope } from '../meta/index.ts';
import { Problem } from './problem.ts';

export interface Principal {
  /** From the credential; nothing in a request changes it. */
  readonly tenant: string;
  /** Stable for the life of the credential, rotation included: `key:<id>`, `user:<id>`, `jwt:<hash of issuer and subject>`. */
  readonly credential: string;
  /** For people. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Unix milliseconds when it ends; null: not by itself. */
  readonly expiresMs: number | null;
}

/** Throws `auth.scope` where the principal may not. */
export function demandScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.has(scope)) return;
  throw new Problem('auth.scope', `the scope ${scope} is needed`, {
    hint: `Use a credential with the scope ${scope}; this one has: ${[...principal.scopes].join(', ')}.`,
  });
}

/** Throws `auth.beyond_own` where these scopes are more than the principal has. */
export function demandWithinOwn(principal: Principal, scopes: readonly Scope[]): void {
  const beyond = scopes.filter((scope) => !principal.scopes.has(scope));
  if (beyond.length > 0) {
    throw new Problem('auth.beyond_own', `the credential itself does not have: ${beyond.join(', ')}`);
  }
}
