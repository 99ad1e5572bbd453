/** `--format table`: hits grouped by level with their rules, hosts and times, fitted to the terminal's width. */
import { LEVELS_DOWN, type Level, levelRank } from '../levels.ts';
import { count, counted, wallTime } from '../terminal/numbers.ts';
import { paint, signs, type Terminal } from '../terminal/terminal.ts';
import { displayWidth, fit, truncate } from '../terminal/width.ts';
import { type HitHead, parseHead, splitLines } from './hitLine.ts';
import { explainLines } from './matches.ts';
import { safe, shortHost } from './names.ts';
import { addHit, type HostTally, hostsByLevel, newTally, type RuleTally, rulesOfLevel, type Tally } from './tally.ts';
import type { HitWriter, OutputContext } from './writer.ts';

/** Rules shown per level, so that the important ones stay on the screen; how many more there are is always said. */
const RULES_SHOWN: Readonly<Record<Level, number>> = { critical: 50, high: 25, medium: 15, low: 8, informational: 5 };
const HOSTS_SHOWN = 10;

const SHORT_LEVEL: Readonly<Record<Level, string>> = {
  critical: 'crit',
  high: 'high',
  medium: 'medium',
  low: 'low',
  informational: 'info',
};

interface Column<Row> {
  readonly title: string;
  /** Columns on the screen; 0 leaves it out. */
  readonly width: number;
  readonly align?: 'right';
  text(row: Row): string;
}

function line<Row>(columns: readonly Column<Row>[], row: Row | null, terminal: Terminal): string {
  const { more } = signs(terminal);
  const cells = columns
    .filter((column) => column.width > 0)
    .map((column) => fit(row === null ? column.title : column.text(row), column.width, column.align ?? 'left', more));
  return `  ${cells.join('  ')}`.trimEnd();
}

/** `10:11:12 – 10:15:44` with the days where they differ or are not said elsewhere. */
function span(first: string | null, last: string | null, terminal: Terminal): string {
  const from = wallTime(first);
  const to = wallTime(last);
  if (from === to) return from;
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return `${from} ${signs(terminal).to} ${sameDay ? to.slice(11) : to}`;
}

/** One host by name, several by number where there is no room for more than one name. */
function hostsOf(rule: RuleTally, wide: boolean, terminal: Terminal): string {
  const names = [...rule.hosts].sort();
  const first = names[0];
  if (first === undefined) return '';
  if (names.length === 1) return safe(wide ? first : shortHost(first), terminal);
  const more = rule.moreHosts ? ' or more' : '';
  return wide
    ? `${safe(first, terminal)} +${count(names.length - 1)}${more}`
    : `${counted(names.length, 'host')}${more}`;
}

const WIDE_COLUMNS = 110;

/**
 * Columns as wide as what stands in them; where that is too much, the rule's title gives way. Narrow terminals lose the
 * time first, then the host.
 */
function ruleColumns(rules: readonly RuleTally[], terminal: Terminal): Column<RuleTally>[] {
  const wide = terminal.columns >= WIDE_COLUMNS;
  const when = (row: RuleTally): string =>
    wide ? span(row.first, row.last, terminal) : wallTime(row.first).slice(0, 'YYYY-MM-DD HH:MM'.length);
  const natural = (title: string, text: (row: RuleTally) => string, most: number): number =>
    Math.min(most, Math.max(displayWidth(title), ...rules.map((rule) => displayWidth(text(rule)))));
  const column = (title: string, most: number, text: (row: RuleTally) => string, align?: 'right') => ({
    title,
    width: most === 0 ? 0 : natural(title, text, most),
    text,
    ...(align === undefined ? {} : { align }),
  });
  const hits = column('hits', 12, (row) => count(row.hits), 'right');
  const host = column('host', wide ? 32 : terminal.columns >= 56 ? 15 : 0, (row) => hostsOf(row, wide, terminal));
  const time = column(wide ? 'first and last' : 'first', wide ? 41 : terminal.columns >= 72 ? 16 : 0, when);
  const taken = [hits, host, time].reduce((sum, { width }) => sum + (width > 0 ? width + 2 : 0), 2);
  const rule = column('rule', Math.max(8, terminal.columns - taken - 1), (row) => ruleTitle(row, terminal));
  return [hits, rule, host, time];
}

/** With the number of carved events before it, since the end of a long title is cut off. */
function ruleTitle({ title, hits, carved }: RuleTally, terminal: Terminal): string {
  if (carved === 0) return safe(title, terminal);
  return `${carved === hits ? '' : `${count(carved)} `}carved: ${safe(title, terminal)}`;
}

function levelHeading(level: Level, hits: number, rules: number, terminal: Terminal): string {
  const name = paint(terminal, level, ` ${level.toUpperCase()} `);
  return `${name} ${paint(terminal, 'bold', `${counted(hits, 'hit')}, ${counted(rules, 'rule')}`)}`;
}

/** With `--explain`: below each rule why its first hit is one. */
type Examples = ReadonlyMap<string, HitHead>;

function levelLines(tally: Tally, level: Level, examples: Examples, terminal: Terminal): string[] {
  const rules = rulesOfLevel(tally, level);
  if (rules.length === 0) return [];
  const shown = rules.slice(0, RULES_SHOWN[level]);
  const rest = rules.slice(shown.length);
  const columns = ruleColumns(shown, terminal);
  const lines = [
    levelHeading(level, tally.byLevel[levelRank(level)] ?? 0, rules.length, terminal),
    paint(terminal, 'dim', line(columns, null, terminal)),
  ];
  for (const rule of shown) {
    lines.push(line(columns, rule, terminal));
    const example = examples.get(rule.id);
    if (example !== undefined) lines.push(...explainLines(example, terminal));
  }
  if (rest.length > 0) {
    const hits = rest.reduce((sum, rule) => sum + rule.hits, 0);
    const text = `and ${counted(rest.length, 'more rule')} with ${counted(hits, 'hit')}`;
    lines.push(paint(terminal, 'dim', `  ${truncate(text, terminal.columns - 3, signs(terminal).more)}`));
  }
  return [...lines, ''];
}

function hostLines(tally: Tally, terminal: Terminal): string[] {
  const hosts = hostsByLevel(tally);
  if (hosts.length === 0) return [];
  const shown = hosts.slice(0, HOSTS_SHOWN);
  const wide = terminal.columns >= 76;
  const hits = (text: number): string => (text === 0 ? signs(terminal).dot : count(text));
  const number = (title: string, value: (row: HostTally) => number): Column<HostTally> => ({
    title,
    width: Math.max(displayWidth(title), ...shown.map((row) => displayWidth(hits(value(row))))),
    align: 'right',
    text: (row) => hits(value(row)),
  });
  const levels = wide ? LEVELS_DOWN : LEVELS_DOWN.slice(0, 2);
  const numbers = [
    ...levels.map((level) => number(SHORT_LEVEL[level], (row) => row.byLevel[levelRank(level)] ?? 0)),
    number('all', (row) => row.hits),
  ];
  const taken = numbers.reduce((sum, column) => sum + column.width + 2, 3);
  // Two hosts of one short name would look like one that is listed twice.
  const short = shown.map(({ host }) => shortHost(host));
  const alone = (name: string): boolean => short.indexOf(name) === short.lastIndexOf(name);
  const nameOf = (host: string): string => (!wide && alone(shortHost(host)) ? shortHost(host) : host);
  const name = (row: HostTally): string => safe(nameOf(row.host), terminal);
  const longest = Math.max(4, ...shown.map((row) => displayWidth(name(row))));
  const columns = [
    { title: 'host', width: Math.min(longest, Math.max(6, terminal.columns - taken)), text: name },
    ...numbers,
  ];
  const lines = [
    paint(terminal, 'dim', line(columns, null, terminal)),
    ...shown.map((host) => line(columns, host, terminal)),
  ];
  const rest = hosts.length - shown.length;
  const notes = [
    ...(rest > 0 ? [`and ${counted(rest, 'more host')}${tally.onFurtherHosts > 0 ? ' or more' : ''}`] : []),
    ...(tally.withoutHost > 0 ? [`${counted(tally.withoutHost, 'hit')} without a host`] : []),
  ];
  for (const note of notes) lines.push(paint(terminal, 'dim', `  ${note}`));
  return [...lines, ''];
}

function spanLines({ first, last }: Tally, terminal: Terminal): string[] {
  const line = `Events hit: ${span(first, last, terminal)} UTC`;
  return displayWidth(line) < terminal.columns
    ? [line]
    : [`Events hit: ${wallTime(first)}`, `         to ${wallTime(last)} UTC`];
}

/** The whole table; empty when there are no hits. Lines end in `\n` and, but for the narrowest terminals, fit its width. */
export function renderTable(tally: Tally, terminal: Terminal, examples: Examples = new Map()): string {
  if (tally.hits === 0) return '';
  const lines = LEVELS_DOWN.flatMap((level) => levelLines(tally, level, examples, terminal));
  lines.push(...hostLines(tally, terminal));
  if (tally.first !== null) lines.push(...spanLines(tally, terminal), '');
  if (tally.carved > 0) {
    const note = `${counted(tally.carved, 'hit')} of carved events: found in free space, maybe incomplete`;
    lines.push(truncate(note, terminal.columns - 1, signs(terminal).more), '');
  }
  return `${lines.join('\n')}`;
}

export function tableWriter({ out, terminal, explain }: OutputContext): HitWriter {
  const tally = newTally();
  const examples = new Map<string, HitHead>();
  const hits = (lines: Uint8Array): void => {
    for (const each of splitLines(lines)) {
      const hit = parseHead(each);
      addHit(tally, hit);
      if (explain && !examples.has(hit.rule.id)) examples.set(hit.rule.id, hit);
    }
  };
  return { hits, finish: () => out.write(renderTable(tally, terminal, examples)) };
}
