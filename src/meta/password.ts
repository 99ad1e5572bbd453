/**
 * Passwords as argon2id (RFC 9106), in the usual text form `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, so that a later, costlier
 * setting still reads today's. The parameters are OWASP's first choice for 19 MiB.
 */
import { argon2, argon2Sync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { limits, randomBytes, WeirError } from '../base/index.ts';

const MEMORY_KIB = 19_456;
const PASSES = 2;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const PATTERN = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/-]{1,128})\$([\w+/-]{1,128})$/;

const derive = promisify(argon2);

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '');

const format = (salt: Uint8Array, hash: Uint8Array): string =>
  `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${text(salt)}$${text(hash)}`;

const parameters = (message: string, nonce: Uint8Array) => ({
  message,
  nonce,
  parallelism: 1,
  tagLength: HASH_BYTES,
  memory: MEMORY_KIB,
  passes: PASSES,
});

/** On this thread, some 50 ms: for the first start. */
export function hashPasswordSync(password: string): string {
  const salt = randomBytes(SALT_BYTES);
  return format(salt, argon2Sync('argon2id', parameters(password, salt)));
}

/** A stored hash that no password fits; checking against it takes as long as against a real one. */
export const NO_PASSWORD = format(new Uint8Array(SALT_BYTES), new Uint8Array(HASH_BYTES));

export interface PasswordHasher {
  /** Rejects with `meta.busy` when too many wait already. */
  hash(password: string): Promise<string>;
  verify(password: string, stored: string): Promise<boolean>;
}

/** Hashes off this thread, a few at a time, so that sign-ins cannot take the machine's memory. */
export function passwordHasher(): PasswordHasher {
  let running = 0;
  const waiting: (() => void)[] = [];
  const limited = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= limits.passwordHashesMax) {
      if (waiting.length >= limits.passwordQueueMax) {
        throw new WeirError('meta.busy', 'too many passwords are being checked', { hint: 'Try again in a moment.' });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      // The turn goes to the next in line, or back.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  return {
    hash: (password) =>
      limited(async () => {
        const salt = randomBytes(SALT_BYTES);
        return format(salt, await derive('argon2id', parameters(password, salt)));
      }),
    verify: (password, stored) => {
      const [, memory, passes, parallelism, salt = '', hash = ''] = PATTERN.exec(stored) ?? [];
      const nonce = Buffer.from(salt, 'base64');
      const expected = Buffer.from(hash, 'base64');
      if (nonce.length < 8 || expected.length < 4) return Promise.resolve(false);
      return limited(async () => {
        const settings = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
        const got = await derive('argon2id', { message: password, nonce, tagLength: expected.length, ...settings });
        return timingSafeEqual(got, expected);
      });
    },
  };
}
