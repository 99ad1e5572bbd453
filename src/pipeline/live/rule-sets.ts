/**
 * Rule sets as they were in force, kept in the data folder under their names: what was taken under a set that has been replaced
 * since is evaluated under that set, after a crash too.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { fileInfo, makeDirectory, readBytes, replaceFile } from '../../base/index.ts';
import { type DetectionRule, openImage, ruleOf } from '../../detect/index.ts';
import { packRules } from '../rules.ts';
import type { LiveRules } from './rule-set.ts';

const fileOf = (folder: string, set: string): string => `${folder}/rules/${set}.json.zst`;

/** Keeps a set unless it is kept already; it is durable before this returns. */
export function saveRuleSet(folder: string, rules: LiveRules): void {
  const file = fileOf(folder, rules.set);
  if (fileInfo(file) !== null) return;
  makeDirectory(`${folder}/rules`);
  const image = openImage(rules.rules.image);
  if (image === null) throw new Error('the compiled rules are not of this version');
  const models = rules.detections.map((_, index) => ruleOf(image, index));
  const { rules: pack, ...rest } = rules;
  const kept = { ...rest, quiet: Buffer.from(pack.quiet).toString('base64'), models };
  replaceFile(file, zstdCompressSync(JSON.stringify(kept)), { durable: true });
}

/** Null when no such set is kept. */
export function loadRuleSet(folder: string, set: string): LiveRules | null {
  const file = fileOf(folder, set);
  if (fileInfo(file) === null) return null;
  const text = zstdDecompressSync(readBytes(file)).toString();
  const { quiet, models, ...rest } = JSON.parse(text) as Omit<LiveRules, 'rules'> & {
    quiet: string;
    models: DetectionRule[];
  };
  const pack = packRules({ ...rest.report, detections: models });
  return { ...rest, rules: { ...pack, quiet: Uint8Array.from(Buffer.from(quiet, 'base64')) } };
}
