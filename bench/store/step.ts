/** weir's side of the store rows, in a process of its own: an order as its argument (StepOrder), a Used or an Asked as its output. */
import fs from 'node:fs';
import path from 'node:path';
import { JournalReader } from '../../src/journal/index.ts';
import { hunt } from '../../src/pipeline/hunt/hunt.ts';
import { type PreparedRules, prepareRules, type Summary, scan } from '../../src/pipeline/index.ts';
import { History } from '../../src/pipeline/store/history.ts';
import { type OpenStore, openStore } from './ask.ts';
import { filesBelow } from './cold.ts';
import { type Answer, asked, type Used, used } from './used.ts';

export type StepOrder =
  /** Journal to merged segments, as `weir store compact` does it. */
  | { readonly step: 'compact'; readonly data: string }
  /** Beginning when workers have the rules, as that of a scan. */
  | {
      readonly step: 'hunt';
      readonly data: string;
      readonly rules: readonly string[];
      readonly cache: string;
      readonly threads: number;
    }
  | { readonly step: 'scan'; readonly ndjson: string; readonly rules: readonly string[]; readonly cache: string }
  | { readonly step: 'count'; readonly data: string; readonly field: string; readonly warm: number }
  | { readonly step: 'needle'; readonly data: string; readonly text: string; readonly warm: number };

export interface Compacted {
  readonly rows: number;
  readonly segments: number;
  readonly merges: number;
  readonly segmentBytes: number;
  /** All of the store's folder: segments, catalogue, filters. */
  readonly bytes: number;
}

/** Hits of each rule, by its id; correlations are not among them. */
export interface Hits {
  readonly events: number;
  readonly hits: Readonly<Record<string, number>>;
  readonly titles: Readonly<Record<string, string>>;
}

function headOf(data: string): number {
  return new JournalReader(path.join(data, 'journal')).head().next;
}

async function compact(data: string): Promise<unknown> {
  const store = path.join(data, 'store');
  fs.rmSync(store, { recursive: true, force: true });
  const measured = await used(() => {
    const history = new History(data);
    const merges = history.compact(headOf(data));
    const { segments } = history.stats();
    history.close();
    return { merges, rows: segments.rows, segments: segments.segments, segmentBytes: segments.bytes };
  });
  const bytes = filesBelow(store).reduce((sum, file) => sum + fs.statSync(file).size, 0);
  return { ...measured, found: { ...measured.found, bytes } satisfies Compacted };
}

/** Every event. */
const ALL_TIME = { from: -(2n ** 63n), to: 2n ** 63n - 1n };

async function hunted({ data, rules, cache, threads }: Extract<StepOrder, { step: 'hunt' }>): Promise<unknown> {
  const prepared = await prepareRules({ paths: rules, cache });
  const history = new History(data);
  const view = history.view({ tenant: 'default' }, history.position);
  const run = await sinceReady((onReady) =>
    hunt({ view, tenant: 'default', span: ALL_TIME, rules: prepared, threads, onHits: () => {}, onReady }),
  );
  view.lease.release();
  history.close();
  return hitsOf(prepared, run);
}

function titlesOf(
  detections: readonly { readonly id: string; readonly title: string }[],
  hits: Readonly<Record<string, number>>,
): Record<string, string> {
  return Object.fromEntries(detections.filter(({ id }) => id in hits).map(({ id, title }) => [id, title]));
}

/** On one thread. */
async function scanned({ ndjson, rules, cache }: Extract<StepOrder, { step: 'scan' }>): Promise<unknown> {
  const prepared = await prepareRules({ paths: rules, cache });
  const run = await sinceReady((onReady) =>
    scan({ paths: [ndjson], rules: prepared, threads: 1, recover: false, onHits: () => {}, onReady }),
  );
  return hitsOf(prepared, run);
}

/** What work took behind its start, which is a row of its own. */
async function sinceReady(work: (onReady: () => void) => Promise<Summary>): Promise<Used<Summary>> {
  let ready = { cpu: process.cpuUsage(), wall: performance.now() };
  const found = await work(() => (ready = { cpu: process.cpuUsage(), wall: performance.now() }));
  const { user, system } = process.cpuUsage(ready.cpu);
  return {
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - ready.wall) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    found,
  };
}

function hitsOf({ report: { detections } }: PreparedRules, run: Used<Summary>): Used<Hits> {
  const { events, hits: all } = run.found;
  const hits = Object.fromEntries(detections.flatMap(({ id }) => (all[id] === undefined ? [] : [[id, all[id]]])));
  return { ...run, found: { events, hits, titles: titlesOf(detections, hits) } };
}

/** A query by its text; `rows` says what an answer's rows are. */
async function query(
  data: string,
  text: string,
  warm: number,
  rows: (row: Record<string, unknown>) => Answer[number],
): Promise<unknown> {
  let store: OpenStore | null = null;
  // To open the store is part of what is cold.
  const result = await asked(warm, async () => {
    store ??= await openStore(data);
    return (await store.ask(text)).map(rows);
  });
  await (store as OpenStore | null)?.close();
  return result;
}

function run(order: StepOrder): Promise<unknown> {
  if (order.step === 'compact') return compact(order.data);
  if (order.step === 'hunt') return hunted(order);
  if (order.step === 'scan') return scanned(order);
  if (order.step === 'count') {
    const { data, field, warm } = order;
    return query(data, `events | summarize n=count() by ${field}`, warm, ({ n, [field]: value }) => [
      value === null ? null : String(value),
      Number(n),
    ]);
  }
  const { data, text, warm } = order;
  return query(data, `${JSON.stringify(text)} | count`, warm, ({ Count }) => [null, Number(Count)]);
}

process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2]) as StepOrder)));
