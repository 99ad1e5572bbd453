/** Why a hit is one, in a line or in several. */
import type { Match } from '../../pipeline/index.ts';
import { paint, signs, type Terminal } from '../terminal/terminal.ts';
import { truncate } from '../terminal/width.ts';
import type { HitHead } from './hitLine.ts';
import { safe } from './names.ts';

/** Columns of one value where nothing else limits the line; a script block may have 64 KB. */
const VALUE_COLUMNS = 200;
/** Values shown in one line; more are counted. */
const VALUES_SHOWN = 3;

const cut = (text: string, terminal: Terminal, columns = VALUE_COLUMNS): string =>
  truncate(safe(text, terminal), columns, signs(terminal).more);

/** `Image=C:\\Windows\\…, CommandLine=…`: the values without which the rule would not have hit, else all that matched. */
export function decidingValues(hit: HitHead, terminal: Terminal): string {
  if (hit.correlation !== undefined) return correlated(hit.correlation, terminal);
  const positive = hit.matches.filter((match) => !match.op.startsWith('not ') && (match.value ?? '') !== '');
  const decisive = positive.filter((match) => match.decisive);
  const chosen = new Set<string>();
  for (const { field, path, value } of decisive.length > 0 ? decisive : positive) {
    chosen.add(`${field ?? path ?? 'keyword'}=${value}`);
  }
  const texts = [...chosen].slice(0, VALUES_SHOWN).map((text) => cut(text, terminal));
  const rest = chosen.size - texts.length;
  return texts.join(', ') + (rest > 0 ? `, +${rest} more` : '');
}

/** `value_count 9 for IpAddress=10.20.4.27` */
function correlated({ type, value, group }: NonNullable<HitHead['correlation']>, terminal: Terminal): string {
  const groups = Object.entries(group).map(([field, text]) => cut(`${field}=${text}`, terminal));
  return `${type} ${value}${groups.length > 0 ? ` for ${groups.join(', ')}` : ''}`;
}

function matchLine(match: Match, terminal: Terminal): string {
  const { selection, field, op, pattern, value, decisive } = match;
  const shown = (text: unknown): string => (typeof text === 'string' ? `'${text}'` : JSON.stringify(text));
  const wanted = pattern === undefined ? '' : ` ${cut(shown(pattern), terminal)}`;
  const had = value === undefined ? 'absent' : cut(shown(value), terminal);
  const columns = terminal.isTty ? Math.max(20, terminal.columns - 9) : 2 * VALUE_COLUMNS + 100;
  const text = `[${safe(selection, terminal)}] ${safe(field ?? 'any value', terminal)} ${op}${wanted}: ${had}`;
  return `      ${decisive ? '*' : ' '} ${truncate(text, columns, signs(terminal).more)}`;
}

/** One line per match, below the hit; those without which it would be none have a star. */
export function explainLines(hit: HitHead, terminal: Terminal): string[] {
  return hit.matches.map((match) => paint(terminal, 'dim', matchLine(match, terminal)));
}
