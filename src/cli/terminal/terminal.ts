/** What an output stream can show: colours, width, which characters. */
import type { Level } from '../../detect/index.ts';

export interface Terminal {
  readonly isTty: boolean;
  readonly columns: number;
  readonly colour: boolean;
  /** False where the locale is not UTF-8: ASCII only. */
  readonly unicode: boolean;
  /** Can rewrite its last line (a progress bar). */
  readonly cursor: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Columns of output that is no terminal and says nothing in COLUMNS. */
const COLUMNS_DEFAULT = 100;
/** Below this a table cannot be read at all; longer lines then wrap. */
const COLUMNS_MIN = 20;

/**
 * NO_COLOR (no-color.org) and `FORCE_COLOR=0` switch colours off, FORCE_COLOR on; TERM=dumb has neither colours nor
 * cursor. The character set is that of LC_ALL, LC_CTYPE or LANG, the first that is set, as POSIX has it.
 */
export function terminalOf(
  stream: { isTTY?: boolean | undefined; columns?: number | undefined },
  environment: Environment,
  platform: string,
): Terminal {
  const isTty = stream.isTTY === true;
  const dumb = environment['TERM'] === 'dumb';
  const forced = environment['FORCE_COLOR'];
  const noColour = (environment['NO_COLOR'] ?? '') !== '' || forced === '0' || forced === 'false';
  const colour = !noColour && ((forced ?? '') !== '' || (isTty && !dumb));
  const stated = Number.parseInt(environment['COLUMNS'] ?? '', 10);
  const columns = stream.columns ?? (stated > 0 ? stated : COLUMNS_DEFAULT);
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  const unicode = /utf-?8/i.test(locale) || (locale === '' && (platform === 'win32' || platform === 'darwin'));
  return { isTty, columns: Math.max(columns, COLUMNS_MIN), colour, unicode, cursor: isTty && !dumb };
}

/** A file: no width, no colours, always UTF-8. */
export const FILE_TERMINAL: Terminal = { isTty: false, columns: 100, colour: false, unicode: true, cursor: false };

const SGR = {
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  critical: '1;97;41',
  high: '1;31',
  medium: '33',
  low: '36',
  informational: '2',
} as const satisfies Readonly<Record<string, string>> & Readonly<Record<Level, string>>;

export type Style = keyof typeof SGR;

/** Paints text where the terminal has colours; `text` must be printable already. */
export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour && text !== '' ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
}

/** The signs that have an ASCII twin. */
export function signs(terminal: Terminal): {
  readonly more: string;
  readonly rule: string;
  readonly to: string;
  readonly dot: string;
} {
  return terminal.unicode ? { more: '…', rule: '─', to: '–', dot: '·' } : { more: '...', rule: '-', to: '-', dot: '-' };
}
