/** `weir rules explain RULE`: the compiled rule in words, where it applies, what it waits for. */
import { type CorrelationRule, type DetectionRule, type RuleSet, witnessItems } from '../../detect/index.ts';
import { applies, factName, isProven, knownFacts } from '../../schema/index.ts';
import { usageError } from '../failure.ts';
import { shippedRules } from '../places.ts';
import { findRule, readRules } from '../ruleSets.ts';
import { printable } from '../terminal/escape.ts';
import { paint, type Terminal, terminalOf } from '../terminal/terminal.ts';
import { conditionLines, correlationLines, predicateHead } from '../words.ts';
import type { ScanFlags } from './scan.ts';

/** Where the rule applies. */
export function laneLines(rule: DetectionRule): string[] {
  const { product, category, service } = rule.logsource;
  const wanted = [product, category, service].filter((part) => part !== undefined).join('/');
  const lanes = [
    ...new Set(
      knownFacts()
        .filter((fact) => applies(rule.logsource, fact))
        .map(factName),
    ),
  ].sort();
  if (lanes.length === 0) return [`  ${wanted}: no known source of events has it, so the rule can never fire`];
  const proven = isProven(rule.logsource)
    ? 'proven on events not written for weir'
    : 'unproven: no events but our own have shown that it works';
  return [`  ${wanted}, ${proven}`, ...lanes.filter((lane) => lane !== wanted).map((lane) => `  events of ${lane}`)];
}

/** What makes the engine look at an event. */
export function costLines(rule: DetectionRule): string[] {
  const witness = witnessItems(rule);
  if (witness === null) return ['  Nothing has to be there: every event of its lanes is looked at. This is expensive.'];
  const heads = [...new Set(witness.map((at) => predicateHead(rule.items[at]).replace(/ any of$/, '')))];
  return ['  It is looked at only where one of these holds:', ...heads.map((head) => `    ${head} …`)];
}

function detectionLines(rule: DetectionRule, title: (text: string) => string): string[] {
  return [
    title('It applies to'),
    ...laneLines(rule),
    title('It hits an event when'),
    ...conditionLines(rule),
    ...(rule.filters.length > 0 ? [title('Filters'), ...rule.filters.map((filter) => `  ${filter}`)] : []),
    title('Cost'),
    ...costLines(rule),
  ];
}

export function ruleLines(rule: DetectionRule | CorrelationRule, rules: RuleSet, terminal: Terminal): string[] {
  const title = (text: string): string => `\n${text}`;
  const titles = new Map([...rules.detections, ...rules.correlations].map((each) => [each.id, each.title]));
  const silencers = Object.hasOwn(rules.silencedBy, rule.id) ? rules.silencedBy[rule.id] : [];
  const lines = [
    rule.title,
    `  level   ${rule.level}${rule.status === undefined ? '' : `, ${rule.status}`}`,
    `  id      ${rule.id}`,
    `  file    ${rule.path}${rule.document > 0 ? `, document ${rule.document + 1}` : ''}`,
    ...(rule.tags.length > 0 ? [`  tags    ${rule.tags.join(', ')}`] : []),
    ...(rule.description === undefined
      ? []
      : [
          '',
          ...rule.description
            .trim()
            .split('\n')
            .map((line) => `  ${line}`),
        ]),
    ...(rule.kind === 'detection'
      ? detectionLines(rule, title)
      : [title('It fires on'), ...correlationLines(rule, (id) => titles.get(id) ?? id)]),
    ...(silencers.length > 0
      ? [title('Silenced'), ...silencers.map((id) => `  by ${titles.get(id) ?? id} (${id})`)]
      : []),
    ...(rule.falsepositives.length > 0
      ? [title('Known false positives'), ...rule.falsepositives.map((text) => `  ${text}`)]
      : []),
  ];
  // Headings start with the blank line before them; what comes from files is escaped line by line.
  return lines.flatMap((line, at) => {
    const [blank, text] = line.startsWith('\n') ? [[''], line.slice(1)] : [[], line];
    const safe = printable(text, !terminal.unicode);
    return [...blank, at === 0 || blank.length > 0 ? paint(terminal, 'bold', safe) : safe];
  });
}

export async function rulesExplainCommand(wanted: string, flags: ScanFlags): Promise<number> {
  const { rules } = await readRules(flags.rules ?? [shippedRules()], flags.pipeline ?? []);
  const rule = findRule(rules, wanted);
  const terminal = terminalOf(process.stdout, process.env, process.platform);
  if (flags.whyNot !== undefined) {
    if (rule.kind === 'correlation')
      throw usageError(`${rule.title} is a correlation`, 'Ask about one of the rules it counts.');
    const { explainWhyNot } = await import('./whyNot.ts');
    return explainWhyNot(rule, [flags.whyNot], flags);
  }
  process.stdout.write(`${ruleLines(rule, rules, terminal).join('\n')}\n`);
  return 0;
}
