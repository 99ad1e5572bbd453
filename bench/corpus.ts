/** What the benchmarks run over, as files under the system's temporary folder, made once. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

const SHARED = path.join(import.meta.dirname, '../../shared/data');

export interface Corpus {
  readonly described: string;
  /** NDJSON of Windows events, in order of recordings. */
  readonly ndjson: string;
  /** The same with every scalar value made unique. */
  readonly unique: string;
  /** A folder of EVTX files, null without ../shared/data. */
  readonly evtx: readonly string[] | null;
  readonly rules: readonly string[];
}

export function corpus(smoke: boolean): Corpus {
  const folder = path.join(os.tmpdir(), `weir-bench-${smoke ? 'smoke' : 'full'}`);
  fs.mkdirSync(folder, { recursive: true });
  const ndjson = path.join(folder, 'events.ndjson');
  const unique = path.join(folder, 'unique.ndjson');
  const recordings = path.join(SHARED, 'windows-mordor');
  const real = fs.existsSync(recordings);
  if (!fs.existsSync(ndjson)) {
    const names = real
      ? fs
          .readdirSync(recordings)
          .filter((name) => name.endsWith('.zst'))
          .sort()
      : [];
    const parts = names.slice(0, smoke ? 3 : undefined).map((name) => {
      return zstdDecompressSync(fs.readFileSync(path.join(recordings, name)));
    });
    fs.writeFileSync(`${ndjson}.new`, real ? Buffer.concat(parts) : generated(smoke ? 5_000 : 100_000));
    fs.renameSync(`${ndjson}.new`, ndjson);
  }
  if (!fs.existsSync(unique)) {
    fs.writeFileSync(`${unique}.new`, madeUnique(fs.readFileSync(ndjson, 'utf8'), smoke ? 5_000 : 40_000));
    fs.renameSync(`${unique}.new`, unique);
  }
  const own = path.join(import.meta.dirname, '../rules');
  return {
    described: real
      ? `${smoke ? 3 : 20} recordings of attacks on Windows (OTRF Security-Datasets)`
      : 'generated events (../shared/data is absent)',
    ndjson,
    unique,
    evtx: real ? evtxFiles() : null,
    rules: real
      ? ['rules', 'rules-threat-hunting', 'rules-emerging-threats'].map((name) => path.join(SHARED, 'sigma', name))
      : [own],
  };
}

function evtxFiles(): string[] {
  return ['evtx', 'sigma-regression'].flatMap((name) =>
    fs
      .readdirSync(path.join(SHARED, name))
      .filter((file) => file.endsWith('.evtx'))
      .map((file) => path.join(SHARED, name, file)),
  );
}

/**
 * Every value of every field different from every other, as nothing in reality is: text gets a number of its own in its
 * middle (ends stay, so that rules still look closely), numbers become others of the same length. Channel and event id stay: without them
 * there would be no lane.
 */
function madeUnique(text: string, events: number): string {
  const kept = new Set(['Channel', 'EventID', 'EventType', '@timestamp', 'EventTime', 'UtcTime']);
  let counter = 0;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (lines.length === events) break;
    const event = JSON.parse(line) as Record<string, unknown>;
    for (const [name, value] of Object.entries(event)) {
      if (kept.has(name)) continue;
      const tag = (counter++).toString(36).padStart(6, '0');
      if (typeof value === 'string') {
        const middle = value.length >> 1;
        event[name] = value.slice(0, middle) + tag + value.slice(middle);
      } else if (typeof value === 'number') event[name] = counter;
      else event[name] = [tag];
    }
    lines.push(JSON.stringify(event));
  }
  return `${lines.join('\n')}\n`;
}

/** Process creations of made-up hosts, for machines without the real recordings. */
function generated(events: number): string {
  const lines: string[] = [];
  for (let i = 0; i < events; i++) {
    const image = `C:\\Windows\\System32\\${['svchost', 'cmd', 'conhost', 'dllhost', 'taskhostw'][i % 5]}.exe`;
    lines.push(
      JSON.stringify({
        Channel: 'Microsoft-Windows-Sysmon/Operational',
        EventID: [1, 3, 7, 10, 11, 12, 13][i % 7],
        Hostname: `host${i % 40}.example`,
        '@timestamp': new Date(1.7e12 + i * 250).toISOString(),
        ProcessId: String(1000 + (i % 900)),
        Image: image,
        CommandLine: `${image} -k netsvcs -p -s service${i % 300}`,
        ParentImage: 'C:\\Windows\\System32\\services.exe',
        User: `EXAMPLE\\user${i % 70}`,
        Message: `Process accessed:\r\nUtcTime: ${i}\r\nSourceImage: ${image}\r\n${'x'.repeat(i % 700)}`,
      }),
    );
  }
  return `${lines.join('\n')}\n`;
}
