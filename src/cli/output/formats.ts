/** The output formats by name; adding one is a file and a line here. */
import { htmlWriter } from './html.ts';
import { jsonWriter, ndjsonWriter } from './ndjson.ts';
import { tableWriter } from './table.ts';
import { timelineWriter } from './timeline.ts';
import type { HitWriter, OutputContext } from './writer.ts';

export const OUTPUTS = {
  table: tableWriter,
  ndjson: ndjsonWriter,
  json: jsonWriter,
  timeline: timelineWriter,
  html: htmlWriter,
} as const satisfies Readonly<Record<string, (context: OutputContext) => HitWriter>>;

export type OutputName = keyof typeof OUTPUTS;
export const OUTPUT_NAMES = Object.keys(OUTPUTS) as readonly OutputName[];

const EXTENSIONS: Readonly<Record<string, OutputName>> = {
  '.html': 'html',
  '.htm': 'html',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
};

/** Without `--format`: what the name of the file says, on a terminal the table, else (pipes, files) hit lines. */
export function outputFor(file: string | undefined, isTty: boolean): OutputName {
  if (file === undefined) return isTty ? 'table' : 'ndjson';
  return EXTENSIONS[/\.[^./\\]+$/.exec(file.toLowerCase())?.[0] ?? ''] ?? 'ndjson';
}
