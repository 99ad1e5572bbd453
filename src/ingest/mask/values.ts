/** What a value is replaced by. */
import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { limits } from '../../base/index.ts';

/**
 * `pseudonym`: the same for the same value, without case, of one tenant, and nobody who lacks its key can tell which; `network`: of an address what
 * is before its last byte (of IPv6: its first 48 bits); `hide`: three stars; `remove`: null.
 */
export const MASK_METHODS = ['pseudonym', 'network', 'hide', 'remove'] as const;
export type MaskMethod = (typeof MASK_METHODS)[number];

export const HIDDEN = '***';
const PREFIX = 'psn-';
/** 132 bits: as hard to guess as a key. */
const CHARACTERS = 22;
const PSEUDONYM = new RegExp(`^${PREFIX}[A-Za-z0-9_-]{${CHARACTERS}}$`);

export class Masks {
  readonly #key: Uint8Array;
  readonly #known = new Map<string, string>();
  #characters = 0;

  /** @param key of the tenant */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Null: nothing is left of it. */
  of(value: string, method: MaskMethod): string | null {
    if (method === 'remove') return null;
    if (method === 'hide') return HIDDEN;
    if (method === 'network') return networkOf(value) ?? HIDDEN;
    return this.pseudonym(value);
  }

  pseudonym(value: string): string {
    // What was replaced already, as in a dead letter that is sent again.
    if (PSEUDONYM.test(value)) return value;
    const folded = value.toLowerCase();
    let found = this.#known.get(folded);
    if (found === undefined) {
      found = PREFIX + createHmac('sha256', this.#key).update(folded).digest('base64url').slice(0, CHARACTERS);
      this.#characters += folded.length;
      if (this.#characters > limits.maskValueCharactersMax) {
        this.#known.clear();
        this.#characters = folded.length;
      }
      this.#known.set(folded, found);
    }
    return found;
  }
}

/** An address of the same network that is nobody's; null for what is no address. */
export function networkOf(value: string): string | null {
  const version = isIP(value);
  if (version === 4) return value.replace(/\d+$/, '0');
  if (version !== 6) return null;
  const address = value.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return `::ffff:${mapped[1].replace(/\d+$/, '0')}`;
  const [head, tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end takes the room of two groups.
  const last = after.at(-1)?.includes('.') === true ? 1 : 0;
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length - last;
  const groups = [...before, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return `${groups
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::`;
}
