/** What is masked in the events of each source, as it is configured, and the keys of pseudonyms: one a tenant, made when first needed. */
import path from 'node:path';
import { fileInfo, makePrivateDirectory, randomBytes, readText, WeirError, writeSecretFile } from '../base/index.ts';
import { type MaskOf, type MaskPolicy, maskId } from '../pipeline/index.ts';
import type { SourcePolicy } from './config/index.ts';

const KEY_BYTES = 32;

/** The file with the key of a tenant's pseudonyms. */
export function maskKeyFile(folder: string, tenant: string): string {
  return path.join(folder, 'pseudonyms', `${tenant}.key`);
}

/**
 * Key of a tenant's pseudonyms; made and durable before this returns where there is none.
 * @throws WeirError `mask.key` where the file is no key: events that it was to mask are not taken then
 */
export function maskKey(folder: string, tenant: string): Uint8Array {
  const file = maskKeyFile(folder, tenant);
  const known = readKey(file);
  if (known !== null) return known;
  const key = Uint8Array.from(randomBytes(KEY_BYTES));
  makePrivateDirectory(path.dirname(file));
  writeSecretFile(file, `${Buffer.from(key).toString('hex')}\n`);
  return key;
}

/** Null: there is no such file. Throws as {@link maskKey} does. */
export function readKey(file: string): Uint8Array | null {
  if (fileInfo(file) === null) return null;
  const text = readText(file);
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new WeirError('mask.key', `${file} is no key of pseudonyms (64 hexadecimal digits)`, {
      hint: 'Restore it from a copy. With another key values get other pseudonyms, and nothing joins what was with what comes.',
    });
  }
  return Uint8Array.from(Buffer.from(text.trim(), 'hex'));
}

/** @param sourceOf gives the same object for a source as long as it is remembered, and so does what this returns */
export function maskPolicies(sourceOf: (tenant: string, source: string) => SourcePolicy, folder: string): MaskOf {
  const known = new WeakMap<SourcePolicy, MaskPolicy | null>();
  return (tenant, source) => {
    const of = sourceOf(tenant, source);
    let policy = known.get(of);
    if (policy === undefined) {
      const { mask: fields } = of;
      const settings = { fields, key: Object.keys(fields).length === 0 ? new Uint8Array() : maskKey(folder, tenant) };
      policy = Object.keys(fields).length === 0 ? null : { id: maskId(settings), ...settings };
      known.set(of, policy);
    }
    return policy;
  };
}
