/**
 * A rule set as the live server runs it: compiled, with a version for every rule. A rule's version says what it decides and
 * nothing else: where its file lies, its title and its level may change and it stays; a filter, a pipeline, the value of a
 * placeholder or a mapping changes it.
 */
import { sha256 } from '../../base/index.ts';
import { type CorrelationRule, type DetectionRule, type Level, openImage, ruleOf } from '../../detect/index.ts';
import { SOURCES } from '../../schema/index.ts';
import type { PreparedRules, RuleReport } from '../prepare.ts';
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

export interface LiveRules {
  /** Hash of all versions: equal sets, equal names. */
  readonly set: string;
  readonly rules: RulePackage;
  readonly detections: readonly LiveRule[];
  readonly correlations: readonly (LiveRule & { readonly rule: CorrelationRule })[];
  readonly report: RuleReport;
}

const VERSION_CHARACTERS = 32;

const hash = (value: unknown): string => sha256(JSON.stringify(value)).slice(0, VERSION_CHARACTERS);

/** What a rule decides with, in one form whatever the order in which it was written. */
function decisive({ id, logsource, items, expr }: DetectionRule): unknown {
  return { id, logsource, items, expr };
}

function decisiveCorrelation(rule: CorrelationRule, versionOf: ReadonlyMap<string, string>): unknown {
  const { id, type, rules, groupBy, timespanMs, condition, field, percentile, aliases, generate } = rule;
  const members = rules.map((member) => versionOf.get(member) ?? member);
  return { id, type, rules: members, groupBy, timespanMs, condition, field, percentile, aliases, generate };
}

export function liveRules({ report, rules }: PreparedRules): LiveRules {
  const image = openImage(rules.image);
  if (image === null) throw new Error('the compiled rules are not of this version');
  const mappings = hash(SOURCES);
  const versionOf = new Map<string, string>();
  const detections = report.detections.map(({ id, title, level }, index): LiveRule => {
    const rule = ruleOf(image, index);
    const version = hash([mappings, decisive(rule)]);
    versionOf.set(id, version);
    return { id, title, level, version, path: rule.path };
  });
  // A correlation may relate others: those have their versions first, for `report` has them in that order or none.
  const correlations = report.correlations.map((rule) => {
    const version = hash(decisiveCorrelation(rule, versionOf));
    versionOf.set(rule.id, version);
    return { id: rule.id, title: rule.title, level: rule.level, version, path: rule.path, rule };
  });
  return { set: setName(detections, correlations, rules.quiet), rules, detections, correlations, report };
}

/** The name that a set has by what it decides: the one it was given, unless it was changed since. */
export function setOf({ rules, detections, correlations }: Omit<LiveRules, 'set' | 'report'>): string {
  const image = openImage(rules.image);
  if (image === null) throw new Error('the compiled rules are not of this version');
  const mappings = hash(SOURCES);
  const versionOf = new Map<string, string>();
  detections.forEach(({ id }, index) => void versionOf.set(id, hash([mappings, decisive(ruleOf(image, index))])));
  for (const { id, rule } of correlations) versionOf.set(id, hash(decisiveCorrelation(rule, versionOf)));
  const given = [...detections, ...correlations].every(({ id, version }) => versionOf.get(id) === version);
  return given ? setName(detections, correlations, rules.quiet) : '';
}

type Versioned = readonly { readonly version: string }[];

function setName(detections: Versioned, correlations: Versioned, quiet: Uint8Array): string {
  const silent = Buffer.from(quiet).toString('base64');
  return hash([detections.map(({ version }) => version), correlations.map(({ version }) => version), silent]);
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
