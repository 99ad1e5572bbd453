/** The short summary after a scan, for people: on standard error, what was read and what was not. */
import type { Summary } from '../../pipeline/index.ts';
import { printable } from '../terminal/escape.ts';
import { bytes, count, counted, duration } from '../terminal/numbers.ts';
import { paint, signs, type Terminal } from '../terminal/terminal.ts';
import { truncate } from '../terminal/width.ts';

/** Entries of a list; how many more there are is said. */
const SHOWN = 5;
/** The lane of events that belong to no logsource (src/schema). */
const NO_LANE = 'none';

function listed(items: readonly string[], terminal: Terminal, what: string): string[] {
  const { more } = signs(terminal);
  const lines = items.slice(0, SHOWN).map((item) => {
    const text = `  ${printable(item.slice(0, 2000), !terminal.unicode)}`;
    return terminal.isTty ? truncate(text, Math.max(terminal.columns - 1, 60), more) : text;
  });
  const rest = items.length - SHOWN;
  return rest > 0 ? [...lines, `  and ${counted(rest, `more ${what}`)}; --summary lists them`] : lines;
}

function totals(map: Readonly<Record<string, number>>): number {
  return Object.values(map).reduce((sum, value) => sum + value, 0);
}

/** The label of what a stopped scan has found; bin/weir.js has the same words. */
export const PARTIAL = 'PARTIAL RESULT: stopped before all input was read; hits may be missing.';

/** Lines ending in `\n`. */
export function renderSummary(summary: Summary, terminal: Terminal): string {
  const { rules } = summary;
  const hits = totals(summary.hits);
  const rulesHit = Object.keys(summary.hits).length;
  const rate =
    summary.seconds > 0 && summary.events > 0 ? ` (${count(summary.events / summary.seconds)} events/s)` : '';
  const lines: string[] = [];
  if (!summary.complete) {
    lines.push(paint(terminal, 'high', PARTIAL));
  }
  const found = hits === 0 ? 'No hits' : `${counted(hits, 'hit')} by ${counted(rulesHit, 'rule')}`;
  const carved = summary.carved > 0 ? `, ${count(summary.carved)} of them carved from free space` : '';
  lines.push(
    paint(terminal, 'bold', `${found} in ${counted(summary.events, 'event')}${carved}`),
    `${bytes(summary.bytes)} in ${duration(summary.seconds)}${rate}, after ${duration(summary.start_seconds)} of start`,
  );
  const silenced = Object.keys(rules.silenced_by).length;
  const notes = [
    `${counted(rules.loaded, 'rule')} loaded`,
    ...(rules.refused.length > 0 ? [`${count(rules.refused.length)} refused`] : []),
    ...(silenced > 0 ? [`${count(silenced)} only part of a correlation`] : []),
    ...(rules.not_a_rule.length > 0 ? [`${counted(rules.not_a_rule.length, 'file')} not a rule`] : []),
  ];
  lines.push(notes.join(', '));
  const refusals = rules.refused.map(({ path, reason }) => `${path}: ${reason}`);
  if (refusals.length > 0) lines.push('Refused:', ...listed(refusals, terminal, 'rule'));
  const unread = summary.unparsed.map(
    ({ path, position, reason }) => `${path}${position === '' ? '' : `, ${position}`}: ${reason}`,
  );
  if (unread.length > 0) {
    lines.push(paint(terminal, 'high', 'Not read:'), ...listed(unread, terminal, 'part'));
  }
  const leftOut = summary.left_out.map(({ path, reason }) => `${path}: ${reason}`);
  if (leftOut.length > 0) lines.push('Left out:', ...listed(leftOut, terminal, 'file'));
  if (summary.complete && summary.bytes === 0 && unread.length === 0)
    lines.push('Nothing to read: no input has any content.');
  const unmapped = summary.lanes[NO_LANE] ?? 0;
  if (unmapped > 0) {
    lines.push(
      `${counted(unmapped, 'event')} belong${unmapped === 1 ? 's' : ''} to no log source that rules are written for.`,
    );
  }
  const ungrouped = totals(summary.ungrouped);
  if (ungrouped > 0)
    lines.push(`${counted(ungrouped, 'match', 'matches')} left out of correlations: a group-by field is missing.`);
  const { untimed = {}, dropped = {}, evicted = {}, cut = {} } = summary.correlation ?? {};
  const lost: readonly (readonly [number, string])[] = [
    [totals(untimed), 'left out of correlations: the event has no time'],
    [totals(dropped), 'left out of correlations: over a limit'],
    [totals(evicted), 'of groups given up: over a limit'],
    [totals(cut), 'events not listed in correlation hits: over a limit'],
  ];
  for (const [number, what] of lost) if (number > 0) lines.push(`${counted(number, 'match', 'matches')} ${what}.`);
  return `${lines.join('\n')}\n`;
}
