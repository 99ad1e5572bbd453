/** Texts of others as they are put into lines: escaped, in the terminal's character set, hosts short where there is little room. */
import { printable } from '../terminal/escape.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** No line shows more of one text; what is cut off is not even escaped. */
const CHARACTERS_MAX = 4096;

export function safe(text: string, terminal: Terminal): string {
  return printable(text.slice(0, CHARACTERS_MAX), !terminal.unicode);
}

/** `dc01.corp.example` → `dc01`; addresses stay whole. */
export function shortHost(host: string): string {
  return /^[\d.:]+$/.test(host) ? host : (host.split('.')[0] ?? host);
}
