/** Why a rule does not hit: `scan --why-not RULE EVENT…` and `rules explain RULE --why-not FILE[:RECORD]`. */
import { fileInfo, WeirError } from '../../base/index.ts';
import type { DetectionRule } from '../../detect/index.ts';
import { discover, eventFormat, openInput, type Unparsed } from '../../formats/index.ts';
import { type WhyNot, whyNotOf } from '../../pipeline/index.ts';
import { EXIT, usageError } from '../failure.ts';
import { shippedRules } from '../places.ts';
import { findRule, readRules } from '../ruleSets.ts';
import { printable } from '../terminal/escape.ts';
import { counted } from '../terminal/numbers.ts';
import { paint, type Terminal, terminalOf } from '../terminal/terminal.ts';
import { truncate } from '../terminal/width.ts';
import type { ScanFlags } from './scan.ts';

/** Events explained in one call; more are counted. */
const EVENTS_MAX = 20;
const VALUE_COLUMNS = 120;

const shown = (value: unknown, terminal: Terminal): string =>
  truncate(
    printable(typeof value === 'string' ? `'${value.slice(0, 4000)}'` : JSON.stringify(value), !terminal.unicode),
    VALUE_COLUMNS,
    '...',
  );

type Missing = WhyNot['missing'][number];

function valueText(missing: Missing, terminal: Terminal): string {
  const { value } = missing;
  if (value === undefined) return missing.field === null ? 'no value holds it' : 'the field is absent';
  if (Array.isArray(value))
    return `the event has ${value.map((each: string | null) => shown(each, terminal)).join(', ')}`;
  return `the event has ${shown(value, terminal)}`;
}

/** The answer for one event. */
export function whyNotLines(rule: DetectionRule, answer: WhyNot, terminal: Terminal): string[] {
  const text = (value: string): string => printable(value, !terminal.unicode);
  const lines = [`  lane: ${text(answer.lane)}`];
  if (!answer.applies) {
    const { product, category, service } = rule.logsource;
    const wanted = [product, category, service].filter((part) => part !== undefined).join('/');
    lines.push(`  ${paint(terminal, 'high', 'failed')}  the event is not of the rule's log source (${text(wanted)})`);
  }
  if (answer.missing.length === 0) {
    lines.push(answer.applies ? '  The rule hits this event.' : '  All its predicates hold.');
    return lines;
  }
  for (const missing of answer.missing) {
    const mark = missing.failed ? paint(terminal, 'high', 'failed') : paint(terminal, 'green', 'held  ');
    const pattern = missing.pattern === undefined ? '' : ` ${shown(missing.pattern, terminal)}`;
    const enough = missing.needed ? '; this alone would make it hit' : '';
    lines.push(
      `  ${mark}  [${text(missing.selection)}] ${text(missing.field ?? 'any value')} ${missing.op}${pattern}`,
      `          ${valueText(missing, terminal)}${enough}`,
    );
  }
  return lines;
}

/** `FILE:RECORD` where FILE alone is no file. */
export function eventPlace(place: string): { readonly path: string; readonly record: number | null } {
  const parts = /^(.+):(\d+)$/.exec(place);
  if (parts === null || fileInfo(place) !== null) return { path: place, record: null };
  return { path: parts[1], record: Number(parts[2]) };
}

export async function explainWhyNot(
  rule: DetectionRule,
  places: readonly string[],
  flags: Pick<ScanFlags, 'inputFormat' | 'recover'>,
): Promise<number> {
  const terminal = terminalOf(process.stdout, process.env, process.platform);
  const format = flags.inputFormat === undefined ? undefined : eventFormat(flags.inputFormat);
  const unread: Unparsed[] = [];
  const report = (unparsed: Unparsed): number => unread.push(unparsed);
  const ask = whyNotOf(rule);
  let events = 0;
  let asked = 0;
  let explained = 0;
  let elsewhere = 0;
  let other: readonly string[] | null = null;
  const say = (line: string): boolean => process.stdout.write(`${line}\n`);
  say(paint(terminal, 'bold', printable(rule.title, !terminal.unicode)));
  for (const place of places) {
    const { path, record: wanted } = eventPlace(place);
    for (const found of discover([path], {}, report)) {
      for await (const input of openInput(found.path, { format, recover: flags.recover ?? false }, report)) {
        for await (const chunk of input.chunks()) {
          const lines = new TextDecoder().decode(chunk.bytes).split('\n');
          lines.forEach((line, at) => {
            if (line.trim() === '') return;
            const record = chunk.records?.[at] ?? chunk.firstRecord + at;
            if (wanted !== null && record !== wanted) return;
            events++;
            if (explained >= EVENTS_MAX) return;
            asked++;
            try {
              const answer = ask(line);
              const lines = [
                `${printable(input.path, !terminal.unicode)}, record ${record}`,
                ...whyNotLines(rule, answer, terminal),
              ];
              // Of a whole log, most events are none of the rule's business: one of them is told if there is nothing else.
              if (wanted === null && !answer.applies) {
                elsewhere++;
                other ??= lines;
                return;
              }
              explained++;
              for (const each of lines) say(each);
            } catch (error) {
              if (!(error instanceof WeirError)) throw error;
              report({ path: input.path, position: `record ${record}`, reason: error.message });
            }
          });
        }
      }
    }
  }
  if (explained === 0 && other !== null) {
    for (const each of other as readonly string[]) say(each);
    elsewhere--;
  }
  const more = events - asked;
  if (elsewhere > 0) process.stderr.write(`${counted(elsewhere, 'event')} not of the rule's log source left out.\n`);
  if (more > 0) process.stderr.write(`${counted(more, 'more event')}; name one as FILE:RECORD.\n`);
  for (const { path, position, reason } of unread.slice(0, EVENTS_MAX)) {
    process.stderr.write(`not read: ${printable(`${path}${position === '' ? '' : `, ${position}`}: ${reason}`)}\n`);
  }
  if (events === 0) throw new WeirError('cli.no_event', `no event at ${places.join(', ')}`);
  return unread.length > 0 ? EXIT.unread : EXIT.done;
}

export async function whyNotCommand(wanted: string, places: readonly string[], flags: ScanFlags): Promise<number> {
  const { rules } = await readRules(flags.rules ?? [shippedRules()], flags.pipeline ?? []);
  const rule = findRule(rules, wanted);
  if (rule.kind === 'correlation')
    throw usageError(`${rule.title} is a correlation`, 'Ask about one of the rules it counts.');
  return explainWhyNot(rule, places, flags);
}
