/** `--format timeline`: one line per hit, sorted by time: time, level, host, rule, the values that decided it. */
import { asLevel } from '../levels.ts';
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

/** One line without its line feed. On a terminal it is cut to the width, elsewhere only single values are. */
export function timelineLine(hit: HitHead, terminal: Terminal): string {
  const level = asLevel(hit.rule.level);
  const short = level === 'informational' ? 'info' : level;
  const wide = !terminal.isTty || terminal.columns >= 120;
  const name = hit.host ?? '-';
  const host = fit(safe(wide ? name : shortHost(name), terminal), wide ? WIDE_HOST_COLUMNS : HOST_COLUMNS);
  const head = `${shownTime(hit)}  `;
  const carved = hit.source.carved === true ? 'carved: ' : '';
  const full = `  ${host}  ${carved}${safe(hit.rule.title, terminal)}  ${decidingValues(hit, terminal)}`.trimEnd();
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
