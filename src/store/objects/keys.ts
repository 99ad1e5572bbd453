/** Names of objects: parts that are plain everywhere (folders, addresses, XML), so that no adapter has to quote. */
import { limits } from '../../base/index.ts';
import { storeError } from '../errors.ts';

const KEY_BYTES_MAX = 512;
const PART = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/;

export function isKey(key: string): boolean {
  return key.length <= KEY_BYTES_MAX && key.split('/').every((part) => PART.test(part));
}

/** @throws WeirError `store.object_key` */
export function checkKey(key: string): void {
  if (!isKey(key))
    throw storeError('store.object_key', `${JSON.stringify(key.slice(0, KEY_BYTES_MAX))} is no name of an object`);
}

/** A prefix is empty or whole parts, `a/b/`. @throws WeirError `store.object_key` */
export function checkPrefix(prefix: string): void {
  if (prefix !== '' && !(prefix.endsWith('/') && isKey(prefix.slice(0, -1))))
    throw storeError(
      'store.object_key',
      `${JSON.stringify(prefix.slice(0, KEY_BYTES_MAX))} is no prefix of names of objects`,
    );
}

/** Asked of every range, so that no adapter meets one that S3 cannot say. */
export function checkRange(from: number, length: number): void {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(length) || from < 0 || length < 1)
    throw storeError('store.input', `bytes ${from} to ${from + length} are no range of an object`);
}

/** Asked of every object that is put, so that none is there that cannot be had back. @throws WeirError `store.input` */
export function checkBytes(key: string, bytes: Uint8Array): void {
  if (bytes.length > limits.objectBytesMax)
    throw storeError('store.input', `${key} has ${bytes.length} bytes, an object at most ${limits.objectBytesMax}`);
}
