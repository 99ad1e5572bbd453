/** `--format ndjson`: the hit lines as they come; `--format json`: the same as one array. */

import { printableJson } from '../terminal/escape.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { splitLines } from './hitLine.ts';
import type { HitWriter, OutputContext } from './writer.ts';

const shown = (lines: Uint8Array, terminal: Terminal): Uint8Array =>
  // JSON lets C1 controls and direction marks through; a pipe gets the bytes untouched, a terminal gets them escaped.
  terminal.isTty ? Buffer.from(printableJson(Buffer.from(lines).toString('utf8'))) : lines;

export function ndjsonWriter({ out, terminal }: OutputContext): HitWriter {
  return { hits: (lines) => out.write(shown(lines, terminal)), finish: () => {} };
}

export function jsonWriter({ out, terminal }: OutputContext): HitWriter {
  let first = true;
  const hits = (lines: Uint8Array): void => {
    for (const line of splitLines(shown(lines, terminal))) {
      out.write(first ? '[\n' : ',\n');
      out.write(line);
      first = false;
    }
  };
  return { hits, finish: () => out.write(first ? '[]\n' : '\n]\n') };
}
