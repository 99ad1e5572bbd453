/** Secrets are kept by reference; this fetches one, for the moment it is needed. */
import { limits, readText, WeirError } from '../../base/index.ts';
import type { SecretReference } from './leaves.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The secret behind a reference, without the line feed that files end in. Throws `config.secret` when it is absent or empty;
 * the message names the reference, never the secret. Whoever logs should hide it (`Log.hide`).
 */
export function revealSecret(reference: SecretReference, environment: Environment): string {
  const value = 'env' in reference ? environment[reference.env] : fileText(reference.file);
  const where = 'env' in reference ? `the environment variable ${reference.env}` : reference.file;
  if (value === undefined) throw new WeirError('config.secret', `${where} is not set, and a secret should be in it`);
  const secret = value.replace(/\r?\n$/, '');
  if (secret.length === 0) throw new WeirError('config.secret', `${where} is empty, and a secret should be in it`);
  return secret;
}

function fileText(path: string): string {
  return readText(path, limits.secretBytesMax);
}
