/** Makes the bodies of a run and says what rules find in them, before anything is measured. */
import fs from 'node:fs';
import path from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { loadKernelModule } from '../../src/batch/index.ts';
import { prepareRules } from '../../src/pipeline/index.ts';
import { Door } from '../../src/pipeline/live/door.ts';
import { BodyWriter } from './bodies.ts';
import { Repetitions } from './repetitions.ts';

/** Some 2 MB, which zstd makes 40 KB. */
export const EVENTS_PER_BODY = 1000;

export interface PrepareOptions {
  readonly folder: string;
  readonly ndjson: string;
  readonly rules: readonly string[];
  readonly cache: string;
  /** Events in compressed bodies, at least. */
  readonly events: number;
  /** Bodies of one event each, at least. */
  readonly singles: number;
  /** Single events that a critical rule matches. */
  readonly criticals: number;
  /** Whether frames are asked for. */
  readonly withFrames: boolean;
  /** Event time goes on at this rate. */
  readonly eventsPerSecond: number;
}

export interface Prepared {
  readonly zstd: string;
  /** The same events as frames, as far as there is room. */
  readonly frames: string;
  readonly singles: string;
  /** Single events that a critical rule matches; null where the corpus has none. */
  readonly critical: { readonly file: string; readonly rule: string; readonly title: string } | null;
  /** Hits in the compressed bodies up to, not including, body n. */
  readonly hitsBefore: readonly number[];
  /** Repetitions looked at had the same hits, body by body. */
  readonly hitsAlike: boolean;
  /** Ids of rules whose hits are counted so; correlations are not among them. */
  readonly detections: ReadonlySet<string>;
  readonly repetitions: number;
}

/** A frame is 20 times what zstd makes of the same events: they would not fit for a minute. */
const FRAMES_BYTES_MAX = 4e9;

interface Judge {
  framesOf(body: Uint8Array): Uint8Array;
  /** Hits of each rule, by number, in a body. */
  hitsOf(body: Uint8Array): Uint32Array;
  readonly rules: readonly { readonly id: string; readonly title: string; readonly level: string }[];
}

async function judgeOf({ rules, cache }: PrepareOptions): Promise<Judge> {
  const prepared = await prepareRules({ paths: rules, cache });
  const door = new Door(loadKernelModule(), prepared.rules);
  door.setRules(1, prepared.rules, true);
  const sender = { tenant: 'default', source: 'bench', door: 'http', credential: '', request: '', receivedAt: 0 };
  const take = (body: Uint8Array): ReturnType<Door['take']> => {
    const own = Uint8Array.from(body);
    const what = { format: 'ndjson', encoding: 'identity', body: own, key: null } as const;
    return door.take({ ...sender, ...what, unit: 0, evaluate: true, policy: null });
  };
  return {
    rules: prepared.report.detections,
    framesOf: (body) => Buffer.concat(take(body).draft.entries.map(({ payload }) => new Uint8Array(payload))),
    hitsOf(body) {
      const hits: number[] = [];
      for (const batch of take(body).evaluated.batches) hits.push(...batch.hitRules);
      return Uint32Array.from(hits);
    },
  };
}

/** Lines of the corpus by bodies: where each body begins and ends. */
function bodyBounds({ ends, events }: Repetitions): { from: number; to: number; events: number }[] {
  const bounds: { from: number; to: number; events: number }[] = [];
  for (let line = 0; line < events; line += EVENTS_PER_BODY) {
    const last = Math.min(events, line + EVENTS_PER_BODY);
    bounds.push({ from: line === 0 ? 0 : ends[line - 1], to: ends[last - 1], events: last - line });
  }
  return bounds;
}

function lineOf({ bytes, ends }: Repetitions, line: number): Buffer {
  return bytes.subarray(line === 0 ? 0 : ends[line - 1], ends[line]);
}

export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { folder, ndjson, events, singles, criticals, eventsPerSecond, withFrames } = options;
  fs.mkdirSync(folder, { recursive: true });
  const corpus = new Repetitions(fs.readFileSync(ndjson));
  const judge = await judgeOf(options);
  const bounds = bodyBounds(corpus);
  const repetitions = Math.max(2, Math.ceil(events / corpus.events));
  const start = Date.now();
  let number = 0;
  const make = (): void => {
    const from = start + (number * corpus.events * 1000) / eventsPerSecond;
    corpus.make(number++, (line) => from + (line * 1000) / eventsPerSecond);
  };
  const zstd = new BodyWriter(path.join(folder, 'mordor.zstd'));
  const frames = new BodyWriter(path.join(folder, 'mordor.frames'));
  const hits: number[][] = [];
  let critical: { line: number; rule: number } | null = null;
  for (let i = 0; i < repetitions; i++) {
    make();
    const looked = i === 0 || i === repetitions - 1;
    const counts: number[] = [];
    for (const { from, to, events: count } of bounds) {
      const body = corpus.bytes.subarray(from, to);
      zstd.add(zstdCompressSync(body), count);
      if (withFrames && frames.bytes < FRAMES_BYTES_MAX) frames.add(judge.framesOf(body), count);
      if (looked) counts.push(judge.hitsOf(body).length);
    }
    if (looked) hits.push(counts);
    if (i === 0) critical = findCritical(corpus, judge, bounds);
  }
  zstd.close();
  frames.close();
  const [first, last] = hits;
  const hitsBefore = [0];
  for (let body = 0; body < zstd.count; body++) hitsBefore.push(hitsBefore[body] + first[body % bounds.length]);
  return {
    zstd: path.join(folder, 'mordor.zstd'),
    frames: path.join(folder, 'mordor.frames'),
    singles: writeSingles(corpus, make, path.join(folder, 'mordor.singles'), singles),
    critical:
      critical === null ? null : writeCritical(corpus, path.join(folder, 'critical'), critical, judge, criticals),
    hitsBefore,
    hitsAlike: first.every((count, body) => count === last[body]),
    detections: new Set(judge.rules.map(({ id }) => id)),
    repetitions,
  };
}

function findCritical(
  corpus: Repetitions,
  judge: Judge,
  bounds: readonly { from: number; to: number; events: number }[],
): { line: number; rule: number } | null {
  let line = 0;
  for (const { from, to, events } of bounds) {
    const isCritical = (rule: number): boolean => judge.rules[rule].level === 'critical';
    if (judge.hitsOf(corpus.bytes.subarray(from, to)).some(isCritical)) {
      for (let at = line; at < line + events; at++) {
        const rule = judge.hitsOf(lineOf(corpus, at)).find(isCritical);
        if (rule !== undefined) return { line: at, rule };
      }
    }
    line += events;
  }
  return null;
}

/** Every so-manieth event of the corpus, so that few singles are still of all kinds. */
function writeSingles(corpus: Repetitions, make: () => void, file: string, count: number): string {
  const writer = new BodyWriter(file);
  const step = Math.max(1, Math.floor(corpus.events / count));
  while (writer.count < count) {
    make();
    for (let line = 0; line < corpus.events && writer.count < count; line += step) writer.add(lineOf(corpus, line), 1);
  }
  writer.close();
  return file;
}

/** One event of the corpus, another in each repetition. */
function writeCritical(
  corpus: Repetitions,
  file: string,
  { line, rule }: { line: number; rule: number },
  judge: Judge,
  count: number,
): NonNullable<Prepared['critical']> {
  const writer = new BodyWriter(file);
  const one = new Repetitions(Buffer.from(lineOf(corpus, line)));
  for (let i = 0; i < count; i++) {
    one.make(i, () => Date.now());
    writer.add(one.bytes, 1);
  }
  writer.close();
  return { file, rule: judge.rules[rule].id, title: judge.rules[rule].title };
}
