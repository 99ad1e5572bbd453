/** The rules of a hunt: of those in force some, or texts that somebody sends, as they would be once they are in force. */
import { fileInfo, readText, replaceFile, WeirError } from '../../base/index.ts';
import { type Level, loadRules, parsePipeline, type RuleFile, type RuleSet } from '../../detect/index.ts';
import type { Unparsed } from '../../formats/index.ts';
import { loadRuleModels } from '../live/rule-sets.ts';
import { openRuleSet, type PreparedRules, type PrepareOptions } from '../prepare.ts';
import { listRuleFiles, readRuleFiles } from '../rule-files.ts';
import type { HuntRules } from './asked.ts';

export interface RulesContext {
  /** The data folder, which has the sets that were in force. */
  readonly data: string;
  /** Where rules in force come from, and what is done to them. */
  readonly deployment: PrepareOptions;
  readonly minLevel: Level | null;
}

interface Loaded {
  readonly rules: RuleSet;
  readonly unreadable: readonly Unparsed[];
}

/**
 * Loads the rules, or takes those that were loaded when this hunt began: what changes meanwhile does not change it.
 * @param kept file that holds them from then on; null: nobody comes back
 * @throws WeirError `hunt.rules` where there is none, although no level was asked for
 */
export async function huntRules(
  asked: () => HuntRules,
  context: RulesContext,
  kept: string | null,
): Promise<PreparedRules> {
  const known = kept !== null && fileInfo(kept) !== null ? (JSON.parse(readText(kept)) as Loaded) : null;
  const loaded = known ?? (await load(asked(), context));
  if (known === null && kept !== null) replaceFile(kept, JSON.stringify(loaded), { durable: true });
  const { rules, unreadable } = loaded;
  // With a level there may be rules, all below it.
  if (context.minLevel === null && rules.detections.length + rules.correlations.length === 0) {
    const [first] = rules.refused;
    throw new WeirError('hunt.rules', `no rule was loaded${first === undefined ? '' : `: ${first.reason}`}`);
  }
  return openRuleSet(rules, context.minLevel ?? undefined, unreadable);
}

async function load(asked: HuntRules, context: RulesContext): Promise<Loaded> {
  if (asked.kind === 'loaded') {
    const set = loadRuleModels(context.data, asked.set);
    if (set === null) throw new WeirError('hunt.rules', `the rule set ${asked.set} is not kept`);
    const ids = new Set(asked.ids);
    return { rules: { ...pickRules(set, ({ id }) => ids.has(id)), refused: [], notARule: [] }, unreadable: [] };
  }
  const { deployment, minLevel } = context;
  const unreadable: Unparsed[] = [];
  const texts = new Set(asked.files.map(({ path }) => path));
  const others: RuleFile[] = [];
  let pipelines = asked.pipelines;
  if (asked.deployed) {
    const { files } = listRuleFiles(deployment.paths);
    for await (const file of readRuleFiles(files, (unparsed) => unreadable.push(unparsed))) {
      if (!texts.has(file.path)) others.push(file);
    }
    const own = (deployment.pipelines ?? []).map((path) => ({ path, text: readText(path) }));
    pipelines = [...own, ...pipelines];
  }
  // Those that were sent come first: of two rules with one id the first counts, and a changed one takes the place of what it was.
  const all = loadRules([...asked.files, ...others], {
    ...(pipelines.length === 0 ? {} : { pipelines: pipelines.map(parsePipeline) }),
    ...(asked.deployed && deployment.placeholders !== undefined ? { placeholders: deployment.placeholders } : {}),
    ...(minLevel === null ? {} : { minLevel }),
  });
  return { rules: pickRules(all, ({ path }) => texts.has(path)), unreadable };
}

/** Some rules of a set and those they need; a correlation that is not among them silences nobody. */
export function pickRules(
  { detections, correlations, refused, notARule, silencedBy, warnings }: RuleSet,
  isWanted: (rule: { readonly id: string; readonly path: string }) => boolean,
): RuleSet {
  const byId = new Map(correlations.map((rule) => [rule.id, rule]));
  const wanted = new Set<string>();
  const want = (id: string): void => {
    if (wanted.has(id)) return;
    wanted.add(id);
    for (const member of byId.get(id)?.rules ?? []) want(member);
  };
  const asked = [...detections, ...correlations].filter(isWanted);
  for (const { id } of asked) want(id);
  const isKept = ({ id }: { readonly id: string }): boolean => wanted.has(id);
  const silenced = Object.entries(silencedBy).map(([id, by]) => [id, by.filter((other) => wanted.has(other))] as const);
  const isOf = ({ path }: { readonly path: string }): boolean => isWanted({ id: '', path });
  return {
    detections: detections.filter(isKept),
    correlations: correlations.filter(isKept),
    refused: refused.filter(isOf),
    notARule: notARule.filter((path) => isOf({ path })),
    silencedBy: Object.fromEntries(silenced.filter(([id, by]) => wanted.has(id) && by.length > 0)),
    warnings: warnings.filter(isOf),
  };
}
