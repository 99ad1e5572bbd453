/**
 * A data folder out of a backup. Everything is checked before a byte is written; while it is written the folder says so (`restoring.json`), and
 * no command of weir takes it for a data folder until the last byte is durable.
 */
import path from 'node:path';
import {
  demandRestored,
  type Files,
  listDirectory,
  lockFolder,
  RESTORING,
  realFiles,
  sha256,
  turn,
  writeDurably,
} from '../../base/index.ts';
import { openBackup } from './backup.ts';
import { backupError } from './errors.ts';
import type { BackedFile, BackupHead, Manifest } from './manifest.ts';
import { chunksOf, Objects } from './objects.ts';

export interface CheckOptions {
  readonly target: string;
  /** Public key (SPKI, base64) that must have signed it. */
  readonly key?: string;
  readonly files?: Files;
  onProgress?(files: number, bytes: number): void;
}

export interface BackupFinding {
  /** In the data folder. */
  readonly path: string;
  readonly what: string;
}

export interface CheckReport {
  readonly head: BackupHead;
  readonly files: number;
  readonly bytes: number;
  readonly key: string;
  readonly findings: readonly BackupFinding[];
}

/** Reads all of a backup again. Throws where there is none, or its manifest is not to be believed. */
export async function checkBackup(options: CheckOptions): Promise<CheckReport> {
  const { target, files = realFiles } = options;
  const manifest = openBackup(target, files, options.key);
  return { ...(await check(options, manifest, files)), head: manifest.head, key: manifest.key };
}

async function check(
  { target, onProgress }: CheckOptions,
  manifest: Manifest,
  files: Files,
): Promise<Pick<CheckReport, 'files' | 'bytes' | 'findings'>> {
  const objects = new Objects(target, files);
  const findings: BackupFinding[] = [];
  let [count, bytes] = [0, 0];
  for (const file of manifest.files) {
    const what = objects.check(file);
    if (what !== null) findings.push({ path: file.path, what: `${objects.path(file.sha256)}: ${what}` });
    bytes += file.bytes;
    onProgress?.(++count, bytes);
    await turn();
  }
  return { files: count, bytes, findings };
}

export interface RestoreOptions extends CheckOptions {
  /** Where to; empty, or not there yet. */
  readonly folder: string;
}

/**
 * @throws WeirError what {@link checkBackup} throws, `backup.damaged` where a file is not as it was put there, `restore.folder`, `folder.in_use`, and
 *   what the disk says. Where it throws, or is ended, the folder is no data folder: the same restore again goes on
 */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const { target, folder, files = realFiles } = options;
  const manifest = openBackup(target, files, options.key);
  const mark = Buffer.from(`${JSON.stringify({ backup: fingerprint(manifest), at: manifest.head.at })}\n`);
  demandEmpty(folder, mark, files);
  const { findings } = await check(options, manifest, files);
  const [damaged] = findings;
  if (damaged !== undefined) {
    const more = findings.length > 1 ? `, and ${findings.length - 1} more` : '';
    throw backupError(
      'backup.damaged',
      `${damaged.path} is damaged in the backup: ${damaged.what}${more}`,
      'Nothing was written. `weir backup verify` names all; use another backup.',
    );
  }
  using _lock = lockFolder(folder, { restoring: true });
  writeDurably(files, path.join(folder, RESTORING), mark, { private: true });
  const objects = new Objects(target, files);
  const folders = new Set([folder]);
  for (const file of manifest.files) {
    write(files, objects, file, folder, folders);
    await turn();
  }
  for (const one of folders) files.syncDirectory(one);
  files.remove(path.join(folder, RESTORING));
  files.syncDirectory(folder);
  return manifest;
}

function fingerprint({ files, head }: Manifest): string {
  return sha256(JSON.stringify([head, files]));
}

/** What is there may only be what the same restore has left that did not come to its end. */
function demandEmpty(folder: string, mark: Uint8Array, files: Files): void {
  const names = listDirectoryOf(folder, files);
  if (names.length === 0) return;
  const left = path.join(folder, RESTORING);
  if (names.includes(RESTORING)) {
    using reader = files.openRead(left);
    const bytes = Buffer.alloc(reader.size);
    reader.readAt(bytes, 0);
    if (bytes.equals(mark)) return;
    demandRestored(folder);
  }
  throw backupError(
    'restore.folder',
    `${folder} is not empty: it has ${names[0]}`,
    'Choose a folder that is empty, or not there yet.',
  );
}

/** What a restore leaves that was ended before it had begun to write is nothing. */
function listDirectoryOf(folder: string, files: Files): string[] {
  if (files.size(folder) === null) return [];
  return listDirectory(folder)
    .map(({ name }) => name)
    .filter((name) => !/^(?:lock\.db(?:-journal)?|owner\.json|restoring\.json\.draft|lost\+found)$/.test(name));
}

function write(files: Files, objects: Objects, file: BackedFile, folder: string, folders: Set<string>): void {
  const name = path.join(folder, file.path);
  for (let at = path.dirname(name); at.length > folder.length; at = path.dirname(at)) folders.add(at);
  files.makeDirectory(path.dirname(name));
  using reader = files.openRead(objects.path(file.sha256));
  using out = files.open(name, { private: true });
  let at = 0;
  for (const chunk of chunksOf(reader, file.bytes)) {
    out.write([chunk], at);
    at += chunk.length;
  }
  if (out.size() > at) out.truncate(at);
  out.sync();
}
