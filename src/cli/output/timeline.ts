/** `--format timeline`: one line per hit, sorted by time: time, level, host, rule, the values that decided it. */
import { asLevel } from '../levels.ts';
import { printable } from '../terminal/escape.ts';
import { paint, signs, type Terminal } from '../terminal/terminal.ts';
import { displayWidth, fit, truncate } from '../terminal/width.ts';
import { type HitHead, parseHead, splitLines, timeMicros } from './hitLine.ts';
import { newLineStore } from './lineStore.ts';
import type { HitWriter, OutputContext } from './writer.ts';

/** Columns of one value where nothing else limits the line; a script block may have 64 KB. */
const VALUE_COLUMNS = 200;
const HOST_COLUMNS = 16;
/** Values shown for a hit; more are counted. */
const VALUES_SHOWN = 3;
const NO_TIME = '-'.padEnd(24);

/** `Image=C:\Windows\…, CommandLine=…`: the values without which the rule would not have hit, else all that matched. */
function decided(hit: HitHead, terminal: Terminal): string {
  const positive = hit.matches.filter((match) => !match.op.startsWith('not ') && (match.value ?? '') !== '');
  const decisive = positive.filter((match) => match.decisive);
  const chosen = new Map<string, string>();
  for (const { field, path, value } of decisive.length > 0 ? decisive : positive) {
    chosen.set(`${field ?? path ?? 'keyword'}=${value}`, field ?? path ?? 'keyword');
  }
  const { more } = signs(terminal);
  const texts = [...chosen.keys()]
    .slice(0, VALUES_SHOWN)
    .map((text) => truncate(printable(text.slice(0, 4 * VALUE_COLUMNS), !terminal.unicode), VALUE_COLUMNS, more));
  const rest = chosen.size - texts.length;
  return texts.join(', ') + (rest > 0 ? `, +${rest} more` : '');
}

/** ISO time in milliseconds, always as wide; what sorts and what is shown agree to the millisecond. */
function shownTime(hit: HitHead): string {
  const at = timeMicros(hit.time);
  return Number.isNaN(at) ? NO_TIME : new Date(Math.floor(at / 1000)).toISOString();
}

/** One line without its line feed. On a terminal it is cut to the width, elsewhere only single values are. */
export function timelineLine(hit: HitHead, terminal: Terminal): string {
  const level = asLevel(hit.rule.level);
  const text = (value: string): string => printable(value.slice(0, 1000), !terminal.unicode);
  const { more } = signs(terminal);
  const short = level === 'informational' ? 'info' : level;
  const host = text(hit.host ?? '-');
  const head = `${shownTime(hit)}  `;
  const tail = `  ${displayWidth(host) < HOST_COLUMNS ? fit(host, HOST_COLUMNS) : host}  ${text(hit.rule.title)}`;
  const full = `${tail}  ${decided(hit, terminal)}`.trimEnd();
  const taken = head.length + 8;
  const cut = terminal.isTty ? truncate(full, terminal.columns - taken - 1, more) : full;
  return `${paint(terminal, 'dim', head)}${paint(terminal, level, fit(short, 8))}${cut}`;
}

export function timelineWriter({ out, terminal, explain }: OutputContext): HitWriter {
  const store = newLineStore();
  return {
    hits(lines) {
      for (const line of splitLines(lines)) {
        const hit = parseHead(line);
        store.add(timeMicros(hit.time), `${timelineLine(hit, terminal)}\n`);
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
