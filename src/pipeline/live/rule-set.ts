/** A rule set as the live server runs it: compiled, with a version for every rule. */
import { type CorrelationRule, type Level, openImage, ruleOf } from '../../detect/index.ts';
import type { LeftOut, PreparedRules, RuleReport } from '../prepare.ts';
import { correlationVersion, detectionVersion, hash } from '../rule-version.ts';
import { packRules } from '../rules.ts';
import type { RulePackage } from '../scanner.ts';

/** One rule of a set, in the order of hits' rule numbers; correlations follow the detections. */
export interface LiveRule {
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly version: string;
  /** File it comes from. */
  readonly path: string;
}

/** A rule that its set does without, and why. */
export interface LeftOutRule extends LiveRule {
  readonly reason: string;
}

export interface LiveRules {
  /** Hash of all versions, and of what is left out: equal sets, equal names. */
  readonly set: string;
  readonly rules: RulePackage;
  readonly detections: readonly LiveRule[];
  readonly correlations: readonly (LiveRule & { readonly rule: CorrelationRule })[];
  /** In quarantine: what the set is in force for they have not seen, which the ledger says of them. */
  readonly leftOut: readonly LeftOutRule[];
  readonly report: RuleReport;
}

/** @param reasons why the rules are left out that `prepared` is without */
export function liveRules({ report, rules }: PreparedRules, reasons: readonly LeftOut[] = []): LiveRules {
  const image = openImage(rules.image);
  if (image === null) throw new Error('the compiled rules are not of this version');
  const versionOf = new Map<string, string>();
  const detections = report.detections.map(({ id, title, level }, index): LiveRule => {
    const rule = ruleOf(image, index);
    const version = detectionVersion(rule);
    versionOf.set(id, version);
    return { id, title, level, version, path: rule.path };
  });
  // A correlation may relate others: those have their versions first, for `report` has them in that order or none.
  const correlations = report.correlations.map((rule) => {
    const version = correlationVersion(rule, versionOf);
    versionOf.set(rule.id, version);
    return { id: rule.id, title: rule.title, level: rule.level, version, path: rule.path, rule };
  });
  const leftOut = (report.leftOut ?? []).flatMap((head) => {
    const why = reasons.find(({ id }) => id === head.id);
    return why === undefined ? [] : [{ ...head, version: why.version, reason: why.reason }];
  });
  const set = setName({ rules, detections, correlations, leftOut });
  return { set, rules, detections, correlations, leftOut, report };
}

type Named = Omit<LiveRules, 'set' | 'report'>;

/** The name that a set has by what it decides: the one it was given, unless it was changed since. */
export function setOf(named: Named): string {
  const { rules, detections, correlations } = named;
  const image = openImage(rules.image);
  if (image === null) throw new Error('the compiled rules are not of this version');
  const versionOf = new Map<string, string>();
  detections.forEach(({ id }, index) => void versionOf.set(id, detectionVersion(ruleOf(image, index))));
  for (const { id, rule } of correlations) versionOf.set(id, correlationVersion(rule, versionOf));
  const given = [...detections, ...correlations].every(({ id, version }) => versionOf.get(id) === version);
  return given ? setName(named) : '';
}

const versions = (rules: readonly LiveRule[]): string[] => rules.map(({ version }) => version);

function setName({ rules, detections, correlations, leftOut }: Named): string {
  const silent = Buffer.from(rules.quiet).toString('base64');
  const without = leftOut.map(({ id, version, reason }) => [id, version, reason]);
  return hash([versions(detections), versions(correlations), silent, ...(without.length === 0 ? [] : [without])]);
}

let none: RulePackage | null = null;

/** What doors run while rules are being loaded; made when asked for, since it takes a while and most threads never do. */
export function noRules(): RulePackage {
  none ??= packRules({
    detections: [],
    correlations: [],
    refused: [],
    notARule: [],
    silencedBy: {},
    warnings: [],
  });
  return none;
}
