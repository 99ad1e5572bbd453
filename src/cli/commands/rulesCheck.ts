/** `weir rules check PATH…`: what loads, what is refused and why, what is dear, what can never fire. */
import { type DetectionRule, type Finding, lintRules } from '../../detect/index.ts';
import type { Unparsed } from '../../formats/index.ts';
import { readSample } from '../../pipeline/index.ts';
import { factName, isProven, knownFacts, laneFacts } from '../../schema/index.ts';
import { EXIT } from '../failure.ts';
import { type LoadedRules, readRules } from '../ruleSets.ts';
import { printable } from '../terminal/escape.ts';
import { count, counted } from '../terminal/numbers.ts';
import { paint, signs, type Terminal, terminalOf } from '../terminal/terminal.ts';
import { truncate } from '../terminal/width.ts';

export interface CheckFlags {
  readonly pipeline?: readonly string[];
  readonly sample?: readonly string[];
  readonly strict?: boolean;
  readonly all?: boolean;
}

/** Entries of a section without `--all`. */
const SHOWN = 20;

/** One part of the answer: a heading, what it means, its entries. */
export interface Section {
  readonly title: string;
  readonly entries: readonly string[];
}

const at = (path: string, line?: number): string => (line === undefined ? path : `${path}:${line}`);

/** Rules grouped by what is said of them. */
function grouped(rules: readonly DetectionRule[], keyOf: (rule: DetectionRule) => string): string[] {
  const groups = new Map<string, number>();
  for (const rule of rules) groups.set(keyOf(rule), (groups.get(keyOf(rule)) ?? 0) + 1);
  return [...groups].sort((a, b) => b[1] - a[1]).map(([key, number]) => `${key}: ${counted(number, 'rule')}`);
}

function logsourceName({ logsource: { product, category, service } }: DetectionRule): string {
  const named = factName({
    ...(product === undefined ? {} : { product }),
    ...(category === undefined ? {} : { category }),
    ...(service === undefined ? {} : { service }),
  });
  return named === '' ? 'no product, category or service' : named;
}

/** Everything that can be said of rules without events. */
export function checkSections({ rules, files, unreadable }: LoadedRules): Section[] {
  const findings = lintRules(files, rules, knownFacts());
  const of = (kind: Finding['kind']): string[] =>
    findings
      .filter((finding) => finding.kind === kind && !finding.message.endsWith('the rule can never fire'))
      .map(({ path, line, message }) => `${at(path, line)}: ${message}`);
  const dead = rules.detections.filter((rule) => laneFacts(rule.logsource) === '');
  const unproven = rules.detections.filter((rule) => laneFacts(rule.logsource) !== '' && !isProven(rule.logsource));
  const titles = new Map([...rules.detections, ...rules.correlations].map((rule) => [rule.id, rule.title]));
  const silenced = Object.entries(rules.silencedBy).map(
    ([id, by]) => `${titles.get(id) ?? id}: only part of ${by.map((each) => titles.get(each) ?? each).join(', ')}`,
  );
  return [
    { title: 'Not read', entries: unreadable.map(({ path, reason }) => `${path}: ${reason}`) },
    { title: 'Refused', entries: rules.refused.map(({ path, line, reason }) => `${at(path, line)}: ${reason}`) },
    { title: 'Warnings', entries: rules.warnings.map(({ path, message }) => `${path}: ${message}`) },
    { title: 'Likely not what is meant', entries: of('meaning') },
    { title: 'Expensive', entries: of('cost') },
    { title: 'Can never fire: no known source of events has this log source', entries: grouped(dead, logsourceName) },
    {
      title: 'Unproven: no events but our own have shown that the log source works',
      entries: grouped(unproven, logsourceName),
    },
    { title: 'Silenced: these report no hits of their own', entries: silenced },
    { title: 'Form', entries: of('form') },
    { title: 'Not a rule', entries: rules.notARule },
  ];
}

async function sampleSection(loaded: LoadedRules, paths: readonly string[], unread: Unparsed[]): Promise<Section> {
  const sample = await readSample(loaded.rules, paths, (unparsed) => unread.push(unparsed));
  const entries = loaded.rules.detections.flatMap((rule) => {
    const why = sample.silence(rule);
    return why === null ? [] : [`${rule.path}: ${why}`];
  });
  const able = loaded.rules.detections.length - entries.length;
  const title = `Cannot fire on the sample of ${counted(sample.events, 'event')} (${counted(able, 'rule')} could)`;
  return { title, entries };
}

function sectionLines({ title, entries }: Section, all: boolean, terminal: Terminal): string[] {
  if (entries.length === 0) return [];
  const shown = all ? entries : entries.slice(0, SHOWN);
  const lines = shown.map((entry) => {
    const text = `  ${printable(entry, !terminal.unicode)}`;
    return terminal.isTty && !all ? truncate(text, Math.max(60, terminal.columns - 1), signs(terminal).more) : text;
  });
  const rest = entries.length - shown.length;
  if (rest > 0) lines.push(paint(terminal, 'dim', `  and ${count(rest)} more; --all lists them`));
  return ['', paint(terminal, 'bold', `${title} (${count(entries.length)})`), ...lines];
}

export async function rulesCheckCommand(paths: readonly string[], flags: CheckFlags): Promise<number> {
  const loaded = await readRules(paths, flags.pipeline ?? []);
  const { rules } = loaded;
  const terminal = terminalOf(process.stdout, process.env, process.platform);
  const sections = checkSections(loaded);
  const unread: Unparsed[] = [];
  if (flags.sample !== undefined) sections.push(await sampleSection(loaded, flags.sample, unread));
  const loadedRules = rules.detections.length + rules.correlations.length;
  const head = [
    `${counted(loadedRules, 'rule')} loaded (${counted(rules.detections.length, 'detection')}, ${counted(rules.correlations.length, 'correlation')})`,
    `${count(rules.refused.length)} refused`,
    `${count(rules.notARule.length)} not a rule`,
  ].join(', ');
  const lines = [
    paint(terminal, 'bold', head),
    ...sections.flatMap((section) => sectionLines(section, flags.all === true, terminal)),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  for (const { path, position, reason } of unread) {
    process.stderr.write(`not read: ${printable(`${path}${position === '' ? '' : `, ${position}`}: ${reason}`)}\n`);
  }
  if (loadedRules === 0) return EXIT.failed;
  const wrong = rules.refused.length + loaded.unreadable.length + sections[3].entries.length;
  if (flags.strict === true && wrong > 0) return EXIT.failed;
  return unread.length > 0 ? EXIT.unread : EXIT.done;
}
