/** `weir backup`, `weir backup verify`, `weir restore`. */
import { elapsedMs, type FolderLock, folderOwner, lockFolder, printableJson } from '../../base/index.ts';
import { checkBackup, folderSource, makeBackup, restoreBackup } from '../../pipeline/index.ts';
import { EXIT } from '../failure.ts';
import { demandDataFolder, version } from '../places.ts';
import { serverSource } from '../serverBackup.ts';
import { bytes as bytesText, count as countText } from '../terminal/numbers.ts';

export interface BackupFlags {
  readonly data?: string;
  readonly to: string;
  readonly chainKey?: string;
  /** False: without secrets. */
  readonly keys: boolean;
}

export interface RestoreFlags {
  readonly data: string;
  readonly key?: string;
}

const say = (line: string): void => {
  process.stderr.write(`weir: ${line}\n`);
};

const PROGRESS_MS = 2000;

/** Tells from time to time how far it is. */
function progress(done: string): (files: number, bytes: number) => void {
  let toldMs = elapsedMs();
  return (files, bytes) => {
    if (elapsedMs() - toldMs < PROGRESS_MS) return;
    toldMs = elapsedMs();
    say(`${done} ${countText(files)} files, ${bytesText(bytes)}`);
  };
}

export async function backupCommand(flags: BackupFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  demandDataFolder(folder);
  const url = folderOwner(folder)?.url ?? null;
  const keyPath = flags.chainKey ?? null;
  const lock: FolderLock | null = url === null ? lockFolder(folder) : null;
  try {
    const source = url === null ? folderSource(folder, keyPath) : serverSource(folder, url);
    const { to: target, keys } = flags;
    const made = await makeBackup({
      ...{ folder, target, source, keyPath, keys, version: version() },
      onProgress: progress('looked at'),
    });
    const { head, files, bytes, written, removed, unremoved, missing, cold, late, leftOut } = made;
    say(
      `${target} has all of ${folder} up to position ${head.position}: ${countText(files)} files, ${bytesText(bytes)}`,
    );
    say(
      `${bytesText(written)} of that were not there before; ${countText(removed)} files of an earlier backup are removed`,
    );
    if (unremoved !== null) say(`what only an earlier backup needed is still there, until the next one: ${unremoved}`);
    if (late > 0) say(`hits of ${countText(late)} entries are not in it yet: whoever restores it evaluates them`);
    say(
      keys
        ? 'keys and credentials are in it: whoever can read it can be you'
        : 'credentials.json, chain/key.pem and tls/ are not in it',
    );
    if (cold > 0)
      say(
        `${countText(cold)} segments are in the object store, which the backup names: it is whole only with what is there`,
      );
    for (const name of leftOut) say(`${printableJson(name)} is no file, and is left out`);
    for (const name of missing) say(`the segment ${printableJson(name)} is not in ${folder}, and so not in the backup`);
    return missing.length === 0 ? EXIT.done : EXIT.unread;
  } finally {
    lock?.release();
  }
}

export async function backupVerifyCommand(target: string, flags: { readonly key?: string }): Promise<number> {
  const trusted = flags.key === undefined ? {} : { key: flags.key };
  const { head, files, bytes, key, findings } = await checkBackup({ target, ...trusted, onProgress: progress('read') });
  for (const finding of findings) process.stdout.write(`${JSON.stringify(finding)}\n`);
  say(
    `${countText(files)} files, ${bytesText(bytes)}, made ${head.at} by weir ${head.weir}, up to position ${head.position} of the log ${head.log}`,
  );
  say(`signed by ${key}`);
  say(findings.length === 0 ? 'nothing is missing or changed' : `${countText(findings.length)} findings`);
  return findings.length === 0 ? EXIT.done : EXIT.failed;
}

export async function restoreCommand(target: string, flags: RestoreFlags): Promise<number> {
  const { data: folder } = flags;
  const trusted = flags.key === undefined ? {} : { key: flags.key };
  const { head, files } = await restoreBackup({ target, folder, ...trusted, onProgress: progress('checked') });
  say(`${folder} is as it was at ${head.at}, up to position ${head.position}: ${countText(files.length)} files`);
  if (!head.keys) say('it has no keys: put chain/key.pem back before weir up, or say where it is (journal.chain_key)');
  if (head.missing > 0) say(`segments that were missing in what was backed up: ${countText(head.missing)}`);
  say(`see that it is whole: weir verify --data ${folder}`);
  return EXIT.done;
}
