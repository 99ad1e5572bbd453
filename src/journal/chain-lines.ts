/** Lines of a ledger: found in its file, and held against what is due at their place. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Files, limits } from '../base/index.ts';
import type { SignedEntry } from './chain-entries.ts';

export interface LedgerLine {
  readonly byte: number;
  readonly text: string;
  /** Ends with a line break, and is not too long. */
  readonly whole: boolean;
  readonly last: boolean;
}

const SIGNATURE = /^(\{.*),"signature":"([A-Za-z0-9+/=]{88})"\}$/;
const LINE_BREAK = 0x0a;

/** The ledger's lines, with bounded memory; `from`: where one begins. */
export function* readLines(files: Files, name: string, from = 0): Generator<LedgerLine> {
  using reader = files.openRead(name);
  const buffer = Buffer.alloc(Math.min(limits.chainLineBytesMax, reader.size));
  for (let byte = from; byte < reader.size; ) {
    const bytes = buffer.subarray(0, reader.readAt(buffer, byte));
    let at = 0;
    for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, at)) {
      const next = end + 1;
      yield {
        byte: byte + at,
        text: bytes.toString('utf8', at, end),
        whole: true,
        last: byte + next >= reader.size,
      };
      at = next;
    }
    // What is left is read again with what follows it, unless nothing does, or it is longer than any line.
    if (at === 0 || byte + bytes.length >= reader.size) {
      if (at < bytes.length) {
        const last = byte + bytes.length >= reader.size;
        yield { byte: byte + at, text: bytes.toString('utf8', at), whole: false, last };
      }
      at = bytes.length;
    }
    byte += at;
    if (bytes.length === 0) return;
  }
}

/** Stands where the hash of the line before stands, in a line that has none before it. */
export const NO_LINE = '0'.repeat(64);

/** What a power cut leaves of a line that was being written: it signs nothing, and the next start writes it anew. */
export const isTorn = ({ last, whole, text }: LedgerLine): boolean => last && (!whole || text.includes('\0'));

/** A line as its writer meant it, whoever that was; null: it is being written, or damaged, which verifying finds. */
export function claimedEntry({ text, whole }: LedgerLine): SignedEntry | null {
  if (!whole) return null;
  try {
    return JSON.parse(text) as SignedEntry;
  } catch {
    return null;
  }
}

/** The public key that a text is (SPKI in base64); null: it is no ed25519 key. */
export function publicKeyOf(spki: string | null): KeyObject | null {
  if (spki === null) return null;
  try {
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

/** The public half of a key, as a text (SPKI in base64). */
export function spkiOf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
}

/** Whether the signature at a line's end is that of the line before it. `key`: private or public. */
export function isSigned(text: string, key: KeyObject): boolean {
  const [, body = '', signature = ''] = SIGNATURE.exec(text) ?? [];
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return body !== '' && verify(null, Buffer.from(body), publicKey, Buffer.from(signature, 'base64'));
}

/**
 * The signed line that belongs at place `n` behind `previous`, or in words why this is none.
 * @param key private or public; null: its signature is not looked at, since one of a later line covers it
 */
export function readLine(text: string, n: number, previous: string, key: KeyObject | null): SignedEntry | string {
  if (!SIGNATURE.test(text)) return 'it is no signed line';
  if (key !== null && !isSigned(text, key)) return 'its signature does not match';
  let entry: SignedEntry;
  try {
    // Signed, so it is ours; an object as append wrote it.
    entry = JSON.parse(text) as SignedEntry;
  } catch {
    return 'it is no JSON';
  }
  if (entry.n !== n) return `line ${entry.n} stands where ${n} belongs`;
  if (entry.previous !== previous) return 'the hash it holds of the line before does not match';
  return entry;
}
