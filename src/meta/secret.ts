/**
 * The text of a credential, `weir_<id>_<secret>`: a prefix that secret scanners can look for, the id it is looked up by, and
 * 192 random bits. Since nobody can guess those, a plain hash is enough to keep.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import { randomBytes } from '../base/index.ts';

const SECRET_BYTES = 24;
const PATTERN = /^weir_([0-9a-f]{16})_[0-9a-f]{48}$/;

export interface NewSecret {
  /** Shown once, kept nowhere. */
  readonly text: string;
  /** What is kept: SHA-256 of the text. */
  readonly hash: Buffer;
}

export function newSecret(id: string): NewSecret {
  const text = `weir_${id}_${Buffer.from(randomBytes(SECRET_BYTES)).toString('hex')}`;
  return { text, hash: hashSecret(text) };
}

/** The id in a credential; null where it is none. */
export function secretId(text: string): string | null {
  return PATTERN.exec(text)?.[1] ?? null;
}

export function hashSecret(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** In a time that does not depend on where they differ. */
export function sameHash(stored: unknown, given: Buffer): boolean {
  return stored instanceof Uint8Array && stored.length === given.length && timingSafeEqual(stored, given);
}
