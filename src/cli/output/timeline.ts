/** `--format timeline`: one line per hit, sorted by time: time, level, host, rule, the values that decided it. */
import { asLevel, type Level } from '../levels.ts';
import { paint, signs, type Terminal } from '../terminal/terminal.ts';
import { fit, truncate } from '../terminal/width.ts';
import { type HitHead, parseHead, splitLines, timeMicros } from './hitLine.ts';
import { newLineStore } from './lineStore.ts';
import { decidingValues, explainLines } from './matches.ts';
import { safe, shortHost } from './names.ts';
import type { HitWriter, OutputContext } from './writer.ts';

const HOST_COLUMNS = 16;
const WIDE_HOST_COLUMNS = 28;
const LEVEL_COLUMNS = 8;
const NO_TIME = '-'.padEnd(24);

/** ISO time in milliseconds, always as wide; what sorts and what is shown agree to the millisecond. */
function shownTime(hit: HitHead): string {
  const at = timeMicros(hit.time);
  return Number.isNaN(at) ? NO_TIME : new Date(Math.floor(at / 1000)).toISOString();
}

/** Below this there is no room for rule and values behind time, level and host: they get a line of their own. */
const NARROW_COLUMNS = 64;
/** Below this year and host go. */
const YEAR_COLUMNS = 32;
const FOUR_LETTERS: Readonly<Record<Level, string>> = {
  critical: 'crit',
  high: 'high',
  medium: 'med ',
  low: 'low ',
  informational: 'info',
};

function narrowLines(hit: HitHead, terminal: Terminal): string {
  const level = asLevel(hit.rule.level);
  const { more } = signs(terminal);
  const time = shownTime(hit).slice(0, 'YYYY-MM-DDTHH:MM:SS'.length).replace('T', ' ').trimEnd();
  const tiny = terminal.columns < YEAR_COLUMNS;
  const when = tiny && time !== '-' ? time.slice('YYYY-'.length) : time;
  const where = ` ${when}${tiny ? '' : `  ${safe(shortHost(hit.host ?? '-'), terminal)}`}`;
  const what = `  ${carvedMark(hit)}${safe(hit.rule.title, terminal)}  ${decidingValues(hit, terminal)}`.trimEnd();
  const head = truncate(where, terminal.columns - 5, more).trimEnd();
  return `${paint(terminal, level, FOUR_LETTERS[level])}${head}\n${truncate(what, terminal.columns - 1, more)}`;
}

const carvedMark = ({ source }: HitHead): string => (source.carved === true ? 'carved: ' : '');

/**
 * One line without its line feed, two on a narrow terminal. On a terminal they are cut to the width, elsewhere only single
 * values are.
 */
export function timelineLine(hit: HitHead, terminal: Terminal): string {
  if (terminal.isTty && terminal.columns < NARROW_COLUMNS) return narrowLines(hit, terminal);
  const level = asLevel(hit.rule.level);
  const short = level === 'informational' ? 'info' : level;
  const wide = !terminal.isTty || terminal.columns >= 120;
  const name = hit.host ?? '-';
  const host = fit(safe(wide ? name : shortHost(name), terminal), wide ? WIDE_HOST_COLUMNS : HOST_COLUMNS);
  const head = `${shownTime(hit)}  `;
  const full =
    `  ${host}  ${carvedMark(hit)}${safe(hit.rule.title, terminal)}  ${decidingValues(hit, terminal)}`.trimEnd();
  const room = terminal.columns - head.length - LEVEL_COLUMNS - 1;
  const cut = terminal.isTty ? truncate(full, room, signs(terminal).more) : full;
  return `${paint(terminal, 'dim', head)}${paint(terminal, level, fit(short, LEVEL_COLUMNS))}${cut}`;
}

export function timelineWriter({ out, terminal, explain }: OutputContext): HitWriter {
  const store = newLineStore();
  return {
    hits(lines) {
      for (const line of splitLines(lines)) {
        const hit = parseHead(line);
        const lines = [timelineLine(hit, terminal), ...(explain ? explainLines(hit, terminal) : [])];
        store.add(timeMicros(hit.time), `${lines.join('\n')}\n`);
      }
    },
    finish() {
      try {
        for (const line of store.sorted()) out.write(line);
      } finally {
        store[Symbol.dispose]();
      }
    },
  };
}
