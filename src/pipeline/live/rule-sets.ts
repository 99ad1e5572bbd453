/**
 * Rule sets as they were in force, kept in the data folder under their names: what was taken under a set that has been replaced
 * since is evaluated under that set, after a crash too.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Files, realFiles, WeirError, writeDurably } from '../../base/index.ts';
import { type DetectionRule, openImage, type RuleSet, ruleOf } from '../../detect/index.ts';
import { packRules } from '../rules.ts';
import type { LiveRules } from './rule-set.ts';

const fileOf = (folder: string, set: string): string => `${folder}/rules/${set}.json.zst`;

/** Keeps a set unless it is kept already; it is durable before this returns. */
export function saveRuleSet(folder: string, rules: LiveRules, files: Files = realFiles): void {
  const file = fileOf(folder, rules.set);
  if (files.size(file) !== null) {
    // Its name may have been given just before a crash, or a failure, and not be on disk.
    files.syncDirectory(`${folder}/rules`);
    return;
  }
  files.makeDirectory(`${folder}/rules`);
  files.syncDirectory(folder);
  const image = openImage(rules.rules.image);
  if (image === null) throw new Error('the compiled rules are not of this version');
  const models = rules.detections.map((_, index) => ruleOf(image, index));
  const { rules: pack, ...rest } = rules;
  const kept = { ...rest, quiet: Buffer.from(pack.quiet).toString('base64'), models };
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  writeDurably(files, file, zstdCompressSync(JSON.stringify(kept), { params }));
}

/** Null when no such set is kept. Throws `detect.rules_damaged` where its file is not as it was written, `disk.…`. */
export function loadRuleSet(folder: string, set: string, files: Files = realFiles): LiveRules | null {
  return read(folder, set, files, decoded);
}

/** The same uncompiled, for whoever wants some of its rules. */
export function loadRuleModels(folder: string, set: string, files: Files = realFiles): RuleSet | null {
  return read(folder, set, files, (bytes) => {
    const { report, models } = parsed(bytes);
    return { ...report, detections: models };
  });
}

function read<T>(folder: string, set: string, files: Files, decode: (bytes: Uint8Array) => T): T | null {
  const name = fileOf(folder, set);
  if (files.size(name) === null) return null;
  using file = files.openRead(name);
  const bytes = new Uint8Array(file.size);
  file.readAt(bytes, 0);
  try {
    return decode(bytes);
  } catch (cause) {
    // Whatever a changed text makes of the reading: there is no more to be said of it than that.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WeirError('detect.rules_damaged', `the rule set in ${name} is damaged: ${why}`, {
      hint: 'Restore the file from a copy: what came under these rules cannot be evaluated again without it.',
      cause,
    });
  }
}

interface Kept extends Omit<LiveRules, 'rules'> {
  readonly quiet: string;
  readonly models: readonly DetectionRule[];
}

const parsed = (bytes: Uint8Array): Kept => JSON.parse(zstdDecompressSync(bytes).toString()) as Kept;

function decoded(bytes: Uint8Array): LiveRules {
  const { quiet, models, ...rest } = parsed(bytes);
  const pack = packRules({ ...rest.report, detections: models });
  // Sets kept by earlier versions leave nothing out.
  return {
    ...rest,
    leftOut: rest.leftOut ?? [],
    rules: { ...pack, quiet: Uint8Array.from(Buffer.from(quiet, 'base64')) },
  };
}

/** A set that is in force somewhere in the journal; the error `detect.no_rules`, on which nothing behind that can be evaluated. */
export function neededRuleSet(
  machine: { readonly files: Files; readonly loadRuleSet: typeof loadRuleSet },
  folder: string,
  set: string,
): LiveRules | WeirError {
  let why = 'is not kept';
  try {
    const rules = machine.loadRuleSet(folder, set, machine.files);
    if (rules !== null) return rules;
  } catch (error) {
    why = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return new WeirError('detect.no_rules', `the rule set ${set}, in force in the journal, ${why}`);
}
