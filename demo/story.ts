/**
 * The demo's events: two days at a company that does not exist, and an intrusion among them (README.md tells it).
 * The same on every machine. `demo/story/` holds what this writes; a test compares the two.
 *
 *   node bin/node24.js demo/story.ts              writes demo/story/*.ndjson.gz
 *   node bin/node24.js demo/story.ts FOLDER       writes FOLDER/*.ndjson, to look at and to change
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { makeDirectory, replaceFile } from '../src/base/index.ts';
import { cloudBackground } from './generate/cloud-background.ts';
import type { StoryEvent } from './generate/event.ts';
import { firstDay } from './generate/first-day.ts';
import { networkBackground } from './generate/network-background.ts';
import { officeBackground } from './generate/office-background.ts';
import { secondDay } from './generate/second-day.ts';
import { shopBackground } from './generate/shop-background.ts';

export interface StoryLine {
  /** `proxy`, `zeek`, … */
  readonly file: string;
  readonly time: number;
  /** Part of the intrusion; absent in the background. */
  readonly step?: string;
  /** The event as JSON, one line without its end. */
  readonly text: string;
}

/** All events, file by file, each in order of time. */
export function story(): StoryLine[] {
  const background = [...officeBackground(), ...shopBackground(), ...networkBackground(), ...cloudBackground()];
  const events = [...firstDay(), ...secondDay(), ...background];
  events.sort((a, b) => (a.file === b.file ? a.time - b.time : a.file < b.file ? -1 : 1));
  const records = new Map<string, number>();
  return events.map((event: StoryEvent) => {
    const record = (records.get(event.file) ?? 0) + 1;
    records.set(event.file, record);
    const { file, time, step } = event;
    return { file, time, ...(step === undefined ? {} : { step }), text: JSON.stringify(event.write(record)) };
  });
}

/** Name of each file → its text. */
export function storyFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const { file, text } of story()) files.set(file, `${files.get(file) ?? ''}${text}\n`);
  return files;
}

function main(folder: string | undefined): void {
  const target = folder ?? fileURLToPath(new URL('story', import.meta.url));
  makeDirectory(target);
  for (const [name, text] of storyFiles()) {
    const bytes = new TextEncoder().encode(text);
    if (folder === undefined) replaceFile(path.join(target, `${name}.ndjson.gz`), gzipSync(bytes, { level: 9 }));
    else replaceFile(path.join(target, `${name}.ndjson`), bytes);
  }
}

if (import.meta.main) main(process.argv[2]);
