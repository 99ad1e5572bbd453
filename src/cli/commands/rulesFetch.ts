/** `weir rules fetch`: SigmaHQ's current release into the cache, whole or not at all. */
import path from 'node:path';
import { fileInfo, limits, makeDirectory, removePath, replaceFile, WeirError } from '../../base/index.ts';
import { loadRules, type RuleFile } from '../../detect/index.ts';
import { listRuleFiles, readRuleFiles } from '../../pipeline/index.ts';
import { EXIT } from '../failure.ts';
import { cacheFolder } from '../places.ts';
import { bytes, counted } from '../terminal/numbers.ts';

/** SigmaHQ names its release archives so (github.com/SigmaHQ/sigma/releases); GitHub leads `latest` to the newest. */
export const RULES_URL = 'https://github.com/SigmaHQ/sigma/releases/latest/download/sigma_all_rules.zip';
const FETCH_MS_MAX = 120_000;
/** A local file header, which every archive with something in it starts with (APPNOTE.TXT, 4.3.7). */
const ZIP_START = [0x50, 0x4b, 0x03, 0x04];

interface FetchFlags {
  readonly url?: string;
  readonly to?: string;
}

function failed(url: string, why: string, cause?: unknown): WeirError {
  return new WeirError('cli.fetch', `cannot fetch rules from ${url}: ${why}`, {
    hint: 'Without a network, download the archive elsewhere and use it as --rules FILE.zip; weir also comes with rules of its own.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Why a request failed, in words: the cause that `fetch` hides. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${FETCH_MS_MAX / 1000} s`;
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}

async function download(url: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS_MAX), redirect: 'follow' });
    if (!response.ok) throw failed(url, `the server answered ${response.status} ${response.statusText}`.trimEnd());
    for await (const piece of response.body ?? []) {
      size += piece.length;
      if (size > limits.wholeFileBytesMax) throw failed(url, `more than ${bytes(limits.wholeFileBytesMax)}`);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw failed(url, reasonOf(error), error);
  }
  return Buffer.concat(pieces);
}

/** How many rules an archive holds. */
async function countRules(file: string): Promise<{ loaded: number; refused: number }> {
  const files: RuleFile[] = [];
  for await (const rule of readRuleFiles(listRuleFiles([file]).files, () => {})) files.push(rule);
  const { detections, correlations, refused } = loadRules(files);
  return { loaded: detections.length + correlations.length, refused: refused.length };
}

export async function rulesFetchCommand(flags: FetchFlags): Promise<number> {
  const url = flags.url ?? process.env['WEIR_RULES_URL'] ?? RULES_URL;
  if (!URL.canParse(url)) throw failed(url, 'it is no URL');
  const target = flags.to ?? path.join(cacheFolder(process.env), 'sigma-rules.zip');
  process.stderr.write(`Fetching ${url}\n`);
  const archive = await download(url);
  if (!ZIP_START.every((byte, index) => archive[index] === byte)) throw failed(url, 'what came is no zip archive');
  makeDirectory(path.dirname(target));
  // Tried beside its place, so that what was there stays until something better is.
  const draft = `${target}.${process.pid}.new.zip`;
  try {
    replaceFile(draft, archive);
    const { loaded, refused } = await countRules(draft);
    if (loaded === 0) throw failed(url, 'the archive holds no rule that loads');
    const known = fileInfo(target) !== null;
    replaceFile(target, archive);
    process.stderr.write(
      `${counted(loaded, 'rule')}${refused > 0 ? ` and ${refused} that weir refuses` : ''} (${bytes(archive.length)})${known ? ', replacing what was there' : ''}\n`,
    );
    process.stderr.write(`Use them with: weir scan --rules ${target} PATH\n`);
    process.stdout.write(`${target}\n`);
  } finally {
    removePath(draft);
  }
  return EXIT.done;
}
