/** Whole rules for the commands that look into them; scanning takes compiled ones. */
import { readText } from '../base/index.ts';
import {
  type CorrelationRule,
  type DetectionRule,
  loadRules,
  parsePipeline,
  type RuleFile,
  type RuleSet,
} from '../detect/index.ts';
import { listRuleFiles, readRuleFiles } from '../pipeline/index.ts';
import { usageError } from './failure.ts';

export interface LoadedRules {
  readonly files: readonly RuleFile[];
  readonly rules: RuleSet;
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** Reads and loads rule files, folders and zips. Throws when a path is not there. */
export async function readRules(paths: readonly string[], pipelines: readonly string[]): Promise<LoadedRules> {
  const listing = listRuleFiles(paths);
  const unreadable: { path: string; reason: string }[] = [...listing.unreadable];
  const files: RuleFile[] = [];
  for await (const file of readRuleFiles(listing.files, (unparsed) => unreadable.push(unparsed))) files.push(file);
  const parsed = pipelines.map((path) => parsePipeline({ path, text: readText(path) }));
  return { files, rules: loadRules(files, parsed.length === 0 ? {} : { pipelines: parsed }), unreadable };
}

/** Characters of an id that name a rule where only one begins so. */
const ID_START = 6;

/** The rule with this id, file or title (or a beginning of the id, or a part of the title, that only one has); a usage error names near ones. */
export function findRule(rules: RuleSet, wanted: string): DetectionRule | CorrelationRule {
  const all = [...rules.detections, ...rules.correlations];
  const lower = wanted.toLowerCase();
  const exact = all.filter(
    (rule) =>
      rule.id.toLowerCase() === lower ||
      rule.name?.toLowerCase() === lower ||
      rule.path === wanted ||
      rule.title.toLowerCase() === lower,
  );
  const near = all.filter(
    (rule) =>
      rule.title.toLowerCase().includes(lower) ||
      rule.path.endsWith(`/${wanted}`) ||
      (lower.length >= ID_START && rule.id.toLowerCase().startsWith(lower)),
  );
  const found = exact.length > 0 ? exact : near;
  if (found.length === 1) return found[0];
  const refused = rules.refused.find(({ path, id }) => path === wanted || id === wanted);
  if (refused !== undefined) throw usageError(`rule ${wanted} is refused: ${refused.reason}`);
  if (found.length === 0) {
    throw usageError(`no rule has the id, file or title '${wanted}'`, 'Say with --rules where it is.');
  }
  const names = found.slice(0, 5).map(({ id, title }) => `  ${id}  ${title}`);
  const more = found.length > 5 ? `\n  and ${found.length - 5} more` : '';
  throw usageError(`${found.length} rules fit '${wanted}'`, `Give the id of one:\n${names.join('\n')}${more}`);
}
