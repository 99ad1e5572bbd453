/**
 * What a backup has: `manifest.ndjson`, written last, so that a backup without one is none.
 *
 * ```
 * {"kind":"backup","version":1,"weir":"…","at":"2026-…Z","log":"91b5…","position":4711,"evaluated":4710,"keys":true,"missing":0}
 * {"path":"journal/0000000000000000.wj","sha256":"…","bytes":3616}
 * {"kind":"end","files":1,"bytes":3616,"sha256":"of all before","key":"SPKI in base64","signature":"…"}
 * ```
 */
import { type KeyObject, sign, verify } from 'node:crypto';
import { type Files, readBytes, realFiles, sha256, type WeirError, writeDurably } from '../../base/index.ts';
import { publicKeyOf, readSigningKey, spkiOf } from '../../journal/index.ts';
import { backupError } from './errors.ts';

/** Of the layout of a backup. One with another number is refused, never guessed at. */
export const BACKUP_VERSION = 1;

export interface BackupHead {
  readonly version: number;
  /** The program that made it. */
  readonly weir: string;
  /** ISO 8601. */
  readonly at: string;
  /** Id of the journal, which ids of events and hits begin with. */
  readonly log: string;
  /** Behind the last entry of the journal that is in it. */
  readonly position: number;
  /** Position up to which hits were stored when it began; −1: nowhere yet. What is behind that is evaluated at the next start. */
  readonly evaluated: number;
  /** Whether secrets are in it. */
  readonly keys: boolean;
  /** Segments that the folder itself lacked. */
  readonly missing: number;
}

export interface BackedFile {
  /** In the data folder, parts divided by `/`. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface Manifest {
  readonly head: BackupHead;
  readonly files: readonly BackedFile[];
  /** Public key that signed it (SPKI, base64). */
  readonly key: string;
}

/** What is signed: nothing else that the key signs begins so. */
const signed = (hash: string): Buffer => Buffer.from(`weir.backup ${hash}`);

const SHA256 = /^[0-9a-f]{64}$/;
const PATH_LENGTH_MAX = 1024;
/** Who owns a folder is nothing to copy, nor that it is being restored. */
const NEVER = new Set(['lock.db', 'owner.json', 'restoring.json']);

/** The private key of the ledgers. Throws `backup.key`. */
export function backupKey(keyPath: string): KeyObject {
  try {
    return readSigningKey(realFiles, keyPath);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw backupError(
      'backup.key',
      `cannot sign the backup with ${keyPath}: ${why}`,
      'Say with --chain-key FILE where the private key of the ledgers is (journal.chain_key in the settings).',
      cause,
    );
  }
}

export function writeManifest(
  files: Files,
  name: string,
  head: BackupHead,
  list: readonly BackedFile[],
  key: KeyObject,
): void {
  const lines = [{ kind: 'backup', ...head }, ...list].map((line) => `${JSON.stringify(line)}\n`);
  const text = lines.join('');
  const hash = sha256(text);
  const bytes = list.reduce((sum, file) => sum + file.bytes, 0);
  const end = {
    ...{ kind: 'end', files: list.length, bytes, sha256: hash },
    key: spkiOf(key),
    signature: sign(null, signed(hash), key).toString('base64'),
  };
  writeDurably(files, name, Buffer.from(`${text}${JSON.stringify(end)}\n`), { private: true });
}

type Loose = Readonly<Record<string, unknown>>;

/**
 * Believes nothing: shape, sum and signature are checked, and that no path leads out of a folder.
 * @param trusted public key (SPKI, base64) that must have signed it
 * @throws WeirError `backup.none`, `backup.newer`, `backup.damaged`, `backup.signature`
 */
export function readManifest(files: Files, name: string, trusted?: string): Manifest {
  if (files.size(name) === null) {
    throw backupError(
      'backup.none',
      `there is no backup: ${name} is missing`,
      'A backup that was cut short has none; make it again.',
    );
  }
  const damaged = (what: string): WeirError =>
    backupError('backup.damaged', `${name} is damaged: ${what}`, 'Nothing was changed. Use another backup.');
  const text = readBytes(name).toString('utf8');
  const lines = text.split('\n');
  if (lines.length < 3 || lines.at(-1) !== '') throw damaged('it does not end as it should');
  const [head, ...rest] = lines.slice(0, -1).map((line, i): Loose => {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) return value as Loose;
    } catch {
      // Told below.
    }
    throw damaged(`line ${i + 1} is no JSON object`);
  });
  if (head['kind'] !== 'backup' || !Number.isSafeInteger(head['version']))
    throw damaged('its first line is none of a backup');
  if (Number(head['version']) > BACKUP_VERSION) {
    throw backupError(
      'backup.newer',
      `${name} is a backup of version ${head['version']}, made by weir ${head['weir']}; this weir knows ${BACKUP_VERSION}`,
      'Run that weir, or a newer one.',
    );
  }
  const end = rest.pop() ?? {};
  const hash = sha256(text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1));
  if (end['kind'] !== 'end' || end['sha256'] !== hash) throw damaged('its lines are not those that were signed');
  const { key, signature } = end;
  if (typeof key !== 'string' || typeof signature !== 'string' || !isGood(hash, key, signature)) {
    throw backupError(
      'backup.signature',
      `the signature of ${name} does not match`,
      'Nothing was changed. Use another backup.',
    );
  }
  if (trusted !== undefined && trusted !== key) {
    throw backupError('backup.signature', `${name} was signed by the key ${key}, not by the one that is trusted`);
  }
  return { head: headOf(head, damaged), files: filesOf(rest, damaged), key };
}

function isGood(hash: string, key: string, signature: string): boolean {
  const publicKey = publicKeyOf(key);
  return publicKey !== null && verify(null, signed(hash), publicKey, Buffer.from(signature, 'base64'));
}

function headOf(line: Loose, damaged: (what: string) => WeirError): BackupHead {
  const { version, weir, at, log, position, evaluated, keys, missing } = line;
  const numbers = [version, position, evaluated, missing].every(Number.isSafeInteger);
  const texts = [weir, at, log].every((value) => typeof value === 'string');
  if (!numbers || !texts || typeof keys !== 'boolean') throw damaged('its first line lacks something');
  return {
    ...{ version: Number(version), position: Number(position), evaluated: Number(evaluated), missing: Number(missing) },
    ...{ weir: String(weir), at: String(at), log: String(log), keys },
  };
}

function filesOf(lines: readonly Loose[], damaged: (what: string) => WeirError): BackedFile[] {
  const seen = new Set<string>();
  return lines.map(({ path, sha256: hash, bytes }) => {
    if (typeof path !== 'string' || !isPath(path) || seen.has(path)) {
      throw damaged(`${JSON.stringify(path)} is no file of a data folder, or is there twice`);
    }
    seen.add(path);
    if (typeof hash !== 'string' || !SHA256.test(hash) || !Number.isSafeInteger(bytes) || Number(bytes) < 0) {
      throw damaged(`what it says of ${path} is nothing`);
    }
    return { path, sha256: hash, bytes: Number(bytes) };
  });
}

function isPath(text: string): boolean {
  if (text.length > PATH_LENGTH_MAX || text.includes('\0') || text.includes('\\') || NEVER.has(text)) return false;
  return text.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
