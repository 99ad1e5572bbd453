/** Rule files as a user names them: files, folders, archives. Read only when the compiled rules are not cached. */
import { fileInfo, fileStamp, limits, readText, sha256, turn, WeirError, walkFiles } from '../base/index.ts';
import type { RuleFile } from '../detect/index.ts';
import { type Unparsed, zipMembers } from '../formats/index.ts';

const RULE_FILE = /\.ya?ml$/i;
const ARCHIVE = /\.zip$/i;

/** What stands at the paths, without its contents. */
export interface RuleListing {
  readonly files: readonly string[];
  /** Changes whenever a file does: path, size, times and identity of each. */
  readonly stamp: string;
  readonly unreadable: readonly Unparsed[];
}

/**
 * Lists rule files: a file as it is, of a folder all `.yml` and `.yaml`, sorted. A file that several paths lead to is listed
 * under the first. Throws when a path itself is not there.
 */
export function listRuleFiles(paths: readonly string[]): RuleListing {
  const files: string[] = [];
  const stamps: string[] = [];
  const unreadable: Unparsed[] = [];
  const seen = new Set<string>();
  const add = (path: string): void => {
    // A stamp has the file's identity in it.
    const stamp = fileStamp(path);
    if (seen.has(stamp)) return;
    if (stamp !== '') seen.add(stamp);
    files.push(path);
    stamps.push(`${path}\t${stamp}`);
  };
  for (const path of paths) {
    const info = fileInfo(path);
    if (info === null) {
      throw new WeirError('rules.missing', `no rules at ${path}: no such file or directory`, {
        hint: 'Give a rule file, a folder of rules or a zip archive.',
      });
    }
    if (info.kind !== 'directory') {
      add(path);
      continue;
    }
    const onError = (error: WeirError, below: string) =>
      unreadable.push({ path: below, position: '', reason: error.message });
    for (const file of walkFiles(path, onError)) if (RULE_FILE.test(file)) add(file);
  }
  return { files, stamp: stamps.join('\n'), unreadable };
}

/** Files looked at before other work has its turn: 0.3 ms. */
const STAMPED_AT_ONCE = 16;

/**
 * Changes whenever a file of rules or pipelines does, or comes or goes. Missing paths are no error.
 * @param giveWay called every few files: 3,700 in one go hold up whoever sends events meanwhile for 100 ms
 */
export async function ruleStamp(
  of: { readonly paths: readonly string[]; readonly pipelines?: readonly string[] },
  giveWay: () => Promise<void> = turn,
): Promise<string> {
  const stamps: string[] = [];
  const add = async (file: string): Promise<void> => {
    stamps.push(`${file}\t${fileStamp(file)}`);
    if (stamps.length % STAMPED_AT_ONCE === 0) await giveWay();
  };
  for (const path of [...of.paths, ...(of.pipelines ?? [])]) {
    if (fileInfo(path)?.kind !== 'directory') await add(path);
    else for (const file of walkFiles(path, () => {})) if (RULE_FILE.test(file)) await add(file);
  }
  return sha256(stamps.join('\n'));
}

/** The texts of listed files; members of archives as `rules.zip!inner/rule.yml`. What cannot be read goes to `report`. */
export async function* readRuleFiles(
  files: readonly string[],
  report: (unparsed: Unparsed) => void,
): AsyncGenerator<RuleFile> {
  for (const path of files) {
    try {
      if (!ARCHIVE.test(path)) {
        yield { path, text: readText(path, limits.ruleFileBytesMax) };
        continue;
      }
      for await (const member of zipMembers(path, report)) {
        if (!RULE_FILE.test(member.path)) continue;
        const text = await wholeText(member.bytes);
        if (text === null)
          report({
            path: member.path,
            position: '',
            reason: `more than ${limits.ruleFileBytesMax} bytes, too large for a rule file`,
          });
        else yield { path: member.path, text };
      }
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      report({ path, position: '', reason: error.message });
    }
  }
}

/** Null when it is larger than a rule file may be. */
async function wholeText(bytes: AsyncIterable<Uint8Array>): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > limits.ruleFileBytesMax) return null;
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}
