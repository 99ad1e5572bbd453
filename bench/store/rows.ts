/**
 * The store rows: the history made, kept, asked and hunted, each beside what users have without weir, in the same run and over the same
 * events. All start with files that are in no cache; each answer is checked. `--events=N` says over how many (whole
 * repetitions of the corpus: one million by default, twenty million where size matters), `--scratch=DIR` where, `--keep` keeps what was made.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { listRuleFiles, readRuleFiles } from '../../src/pipeline/index.ts';
import { corpus } from '../corpus.ts';
import { median } from '../live/quantiles.ts';
import { makeCold } from './cold.ts';
import type { DuckOrder } from './duck.ts';
import { COUNTED_FIELDS, dataOf, journalOf, makeEvents, ndjsonOf, repetitionsOf, type StoreEvents } from './events.ts';
import type { Compacted, Hits, StepOrder } from './step.ts';
import type { Answer, Asked, Used } from './used.ts';

export interface StoreOptions {
  readonly smoke: boolean;
  /** At least so many. */
  readonly events: number;
  readonly runs: number;
  /** Rows whose names begin so. */
  readonly only: string;
  /** Folder for some 3 GB, and 1 GB more for each million of events from the second on. */
  readonly scratch: string;
  /** What was made is kept, and used again by the next run over as many events. */
  readonly keep: boolean;
}

type Report = (line: string) => void;

const WARM_TIMES = 3;
/** As `weir hunt` has them where it may have what the machine has. */
const THREADS = os.availableParallelism();
/** Bytes of journal, segments and DuckDB's Parquet for each byte of NDJSON, and bytes of NDJSON that are there at once. */
const DERIVED_SHARE = 0.5;
const NDJSON_BYTES = 4.5e9;
const OUTPUT_BYTES = 64 << 20;

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const seconds = (value: number): string =>
  value < 1 ? `${number(value * 1000, value < 0.01 ? 1 : 0)} ms` : `${number(value, 2)} s`;
const rateOf = (events: number, runs: readonly Used<unknown>[], by: 'cpuSeconds' | 'wallSeconds'): number =>
  events / median(runs.map((run) => run[by]));
/** As the other live tables have it: what came out, and whether it is what must. */
const checked = (found: number, expected: number): string =>
  found === expected ? `${number(found)} =` : `**${number(found)}, not ${number(expected)}**`;

/** Runs a step in a process of its own. */
function child<T>(script: 'step.ts' | 'duck.ts', order: StepOrder | DuckOrder): T {
  const file = path.join(import.meta.dirname, script);
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, '--no-warnings', file, JSON.stringify(order)],
    { encoding: 'utf8', maxBuffer: OUTPUT_BYTES, env: { MALLOC_ARENA_MAX: '2', ...process.env } },
  );
  if (status !== 0) throw new Error(`${script} ${order.step} ended with ${status ?? signal}:\n${stderr}`);
  return JSON.parse(stdout) as T;
}

class StoreRows {
  readonly #options: StoreOptions;
  readonly #report: Report;
  readonly #folder: string;
  readonly #rules: readonly string[];
  readonly #cache = path.join(os.tmpdir(), 'weir-bench-cache');
  readonly #made: StoreEvents;
  #compacted: Compacted | null = null;
  #scanned: Used<Hits>[] = [];

  constructor(options: StoreOptions, rules: readonly string[], made: StoreEvents, report: Report) {
    this.#options = options;
    this.#folder = folderOf(options);
    this.#rules = rules;
    this.#made = made;
    this.#report = report;
  }

  static async run(options: StoreOptions, report: Report): Promise<void> {
    const { ndjson, described, rules } = corpus(options.smoke);
    const repetitions = repetitionsOf(ndjson, options.events);
    const folder = folderOf(options);
    const isMade = manifestOf(folder)?.repetitions === repetitions;
    const lack = isMade ? null : lackOf(options, fs.statSync(ndjson).size * repetitions);
    if (lack !== null) {
      report(`store: not measured: ${lack}`);
      return;
    }
    try {
      const made = eventsIn(options, ndjson, repetitions);
      report(
        `store: ${described}, ${repetitions} repetitions, hosts, users, ids, GUIDs and times others in each: ${number(made.events)} events, ` +
          `${number(made.ndjsonBytes / made.events)} B each as NDJSON, ${number(made.journalBytes / made.events)} B in the journal; files are in no cache ` +
          `(but for what is called warm); median of ${options.runs}; what must be is of 20 million events`,
      );
      report('');
      report('| what | weir | beside it | ratio | must (aim) | peak MB | checked |');
      report('|---|---|---|---|---|---|---|');
      await new StoreRows(options, rules, made, report).#all();
    } finally {
      if (!options.keep) fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  async #all(): Promise<void> {
    const named: readonly (readonly [string, () => void | Promise<void>])[] = [
      ['store-compact', () => this.#compact()],
      ['store-bytes', () => this.#bytes()],
      ['store-count', () => this.#count()],
      ['store-needle', () => this.#needle()],
      ['store-hunt-one', () => this.#huntOne()],
      ['store-hunt-all', () => this.#huntAll()],
    ];
    for (const [name, row] of named) if (isWanted(this.#options, name)) await row();
  }

  get #data(): string {
    return dataOf(this.#folder);
  }

  /** Median figures of as many runs as were asked for. */
  #times<T>(one: () => T): T[] {
    return Array.from({ length: this.#options.runs }, one);
  }

  #line(what: string, ...cells: readonly string[]): void {
    this.#report(`| ${what} | ${cells.join(' | ')} |`);
  }

  #compactOnce(): Used<Compacted> {
    makeCold([journalOf(this.#folder)]);
    const run = child<Used<Compacted>>('step.ts', { step: 'compact', data: this.#data });
    this.#compacted = run.found;
    return run;
  }

  /** For rows that need a store, whoever made it. */
  #store(): Compacted {
    return this.#compacted ?? this.#compactOnce().found;
  }

  #compact(): void {
    const ndjson = ndjsonOf(this.#folder);
    const parquet = path.join(this.#folder, 'again.parquet');
    const convert = (isSchemaKnown: boolean): Used<null> => {
      makeCold([ndjson]);
      return child('duck.ts', { step: 'convert', ndjson, parquet, isSchemaKnown });
    };
    // In turns, so that an hour in which the machine is slow is slow for all.
    const runs = this.#times(() => ({ own: this.#compactOnce(), found: convert(false), known: convert(true) }));
    fs.rmSync(parquet);
    const { events, kept } = this.#made;
    const own = rateOf(
      events,
      runs.map((run) => run.own),
      'cpuSeconds',
    );
    const duck = rateOf(
      kept.events,
      runs.map((run) => run.found),
      'cpuSeconds',
    );
    const known = rateOf(
      kept.events,
      runs.map((run) => run.known),
      'cpuSeconds',
    );
    const { segments, merges, rows } = runs[0].own.found;
    this.#line(
      'journal → compacted Parquet, events per CPU-second',
      `${number(own)} (${segments} segments, ${merges} merges)`,
      `DuckDB, NDJSON → Parquet: ${number(duck)} (fields and types told it: ${number(known)})`,
      `${number(own / duck, 2)} × (${number(own / known, 2)} ×)`,
      '5 × (20 ×)',
      peaks(
        runs.map((run) => run.own),
        runs.map((run) => run.found),
      ),
      checked(rows, events),
    );
  }

  #bytes(): void {
    const { bytes, segmentBytes, rows } = this.#store();
    const { events } = this.#made;
    const duck = duckFiles(this.#folder).reduce((sum, file) => sum + fs.statSync(file).size, 0) / events;
    const own = bytes / events;
    this.#line(
      'stored bytes an event',
      `${number(own, 1)} (segments ${number(segmentBytes / events, 1)}, catalogue and filters ${number((bytes - segmentBytes) / events, 1)})`,
      `DuckDB's Parquet: ${number(duck, 1)}`,
      `${number(own / duck, 2)} ×`,
      '36 (22)',
      '',
      checked(rows, events),
    );
  }

  /** A question to weir, to DuckDB over its own Parquet, and to DuckDB over weir's segments. */
  #ask(
    what: string,
    must: string,
    weir: (data: string) => StepOrder,
    duck: (files: readonly string[]) => DuckOrder,
    check: (answer: Answer) => string,
  ): void {
    this.#store();
    const segments = parquetBelow(path.join(this.#data, 'store'));
    const own = duckFiles(this.#folder);
    const cold = <T>(files: readonly string[], one: () => T): T => {
      makeCold(files);
      return one();
    };
    const runs = this.#times(() => ({
      weir: cold([this.#data], () => child<Asked>('step.ts', weir(this.#data))),
      duck: cold(own, () => child<Asked>('duck.ts', duck(own))),
      both: cold(segments, () => child<Asked>('duck.ts', duck(segments))),
    }));
    const figures = (asked: readonly Asked[]): string =>
      `${seconds(median(asked.map((one) => one.cold.wallSeconds)))} / ${seconds(median(asked.flatMap((one) => one.warm.map((again) => again.wallSeconds))))}`;
    const [ducks, boths] = [runs.map((run) => run.duck), runs.map((run) => run.both)];
    const ours = runs.flatMap((run) => run.weir ?? []);
    const coldRatio =
      median(ours.map((one) => one.cold.wallSeconds)) / median(ducks.map((one) => one.cold.wallSeconds));
    const answers = [...ours, ...ducks, ...boths].flatMap((one) => [one.cold, ...one.warm]).map(({ found }) => found);
    const alike = new Set(answers.map(digest)).size === 1 ? '' : '; **answers differ**';
    this.#line(
      what,
      figures(ours),
      `DuckDB, its Parquet: ${figures(ducks)}; weir's segments: ${figures(boths)}`,
      `${number(coldRatio, 2)} × cold`,
      must,
      peaks(
        ours.map((one) => one.cold),
        ducks.map((one) => one.cold),
      ),
      `${check(answers[0])}${alike}`,
    );
  }

  #count(): void {
    const { events } = this.#made;
    for (const field of COUNTED_FIELDS) {
      this.#ask(
        `count by ${field}, cold / warm`,
        '2 s / 0.5 s (0.5 s / 0.1 s)',
        (data) => ({ step: 'count', data, field, warm: WARM_TIMES }),
        (files) => ({ step: 'count', files, field, warm: WARM_TIMES }),
        (answer) =>
          `${checked(
            answer.reduce((sum, [, count]) => sum + count, 0),
            events,
          )} in ${number(answer.length)} groups`,
      );
    }
  }

  #needle(): void {
    const { text, events } = this.#made.needle;
    this.#ask(
      'one rare value in any field, cold / warm',
      '1 s (100 ms)',
      (data) => ({ step: 'needle', data, text, warm: WARM_TIMES }),
      (files) => ({ step: 'needle', files, text, warm: WARM_TIMES }),
      ([[, count]]) => checked(count, events),
    );
  }

  /** What a scan finds in the NDJSON that is kept. */
  #scan(): Used<Hits> {
    const ndjson = ndjsonOf(this.#folder);
    makeCold([ndjson]);
    const run = child<Used<Hits>>('step.ts', { step: 'scan', ndjson, rules: this.#rules, cache: this.#cache });
    this.#scanned.push(run);
    return run;
  }

  #hunt(rules: readonly string[], threads: number): Used<Hits> {
    makeCold([path.join(this.#data, 'store')]);
    return child('step.ts', { step: 'hunt', data: this.#data, rules, cache: this.#cache, threads });
  }

  /** The rule with fewest hits in these events. */
  async #huntOne(): Promise<void> {
    this.#store();
    const { hits, titles } = (this.#scanned[0] ?? this.#scan()).found;
    const [rule] = Object.keys(hits).sort((a, b) => hits[a] - hits[b] || (a < b ? -1 : 1));
    const file = rule === undefined ? null : await fileOf(this.#rules, rule);
    if (file === null) {
      this.#line(
        'hunt, one selective rule',
        'not measured: no rule has hits in these events',
        '',
        '',
        '5 M (50 M)',
        '',
        '',
      );
      return;
    }
    const runs = this.#times(() => this.#hunt([file], THREADS));
    const rate = rateOf(this.#made.events, runs, 'wallSeconds');
    const scan = rateOf(this.#made.kept.events, this.#scanned, 'wallSeconds');
    this.#line(
      `hunt, one selective rule (${titles[rule]}), ${THREADS} threads, events/s`,
      number(rate),
      `scan of NDJSON with all rules, one thread: ${number(scan)}`,
      `${number(rate / scan, 1)} ×`,
      '5 M (50 M)',
      peaks(runs, []),
      this.#hitsChecked(runs[0].found, [rule]),
    );
  }

  #huntAll(): void {
    this.#store();
    this.#scanned = [];
    const runs = this.#times(() => ({ hunt: this.#hunt(this.#rules, 1), scan: this.#scan() }));
    const hunts = runs.map((run) => run.hunt);
    const rate = rateOf(this.#made.events, hunts, 'cpuSeconds');
    const scan = rateOf(
      this.#made.kept.events,
      runs.map((run) => run.scan),
      'cpuSeconds',
    );
    this.#line(
      'hunt, all rules, one thread, events per CPU-second',
      number(rate),
      `scan of NDJSON: ${number(scan)}`,
      `${number(rate / scan, 2)} ×`,
      '2 × (10 ×)',
      peaks(hunts, this.#scanned),
      this.#hitsChecked(hunts[0].found, Object.keys(this.#scanned[0].found.hits)),
    );
  }

  /** All repetitions have the same hits: as many times as there are more of them than were scanned. */
  #hitsChecked({ events, hits }: Hits, rules: readonly string[]): string {
    const { found } = this.#scanned[0];
    const times = this.#made.repetitions / this.#made.kept.repetitions;
    const wrong = [...new Set([...rules, ...Object.keys(hits)])].filter(
      (id) => (hits[id] ?? 0) !== (found.hits[id] ?? 0) * times,
    );
    const sum = Object.values(hits).reduce((all, count) => all + count, 0);
    const many = `${number(sum)} hits of ${number(Object.keys(hits).length)} rules`;
    const seen = events === this.#made.events ? '' : `; **${number(events)} events, not ${number(this.#made.events)}**`;
    const others = wrong.map((id) => `${id} ${hits[id] ?? 0} for ${(found.hits[id] ?? 0) * times}`).join(', ');
    return `${wrong.length === 0 ? `${many} =` : `**${many}, others than those of the scan: ${others}**`}${seen}`;
  }
}

const folderOf = ({ scratch, smoke }: StoreOptions): string =>
  path.join(scratch, `weir-bench-store${smoke ? '-smoke' : ''}`);
const isWanted = ({ only }: StoreOptions, row: string): boolean => row.startsWith(only);
/** Order of rows is anyone's. */
const digest = (answer: Answer): string => JSON.stringify(answer.map((row) => JSON.stringify(row)).sort());

function peaks(weir: readonly Used<unknown>[], other: readonly Used<unknown>[]): string {
  return [weir, other]
    .filter((runs) => runs.length > 0)
    .map((runs) => number(Math.max(...runs.map(({ peakMb }) => peakMb))))
    .join(', ');
}

function parquetBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => path.join(folder, name))
    .sort();
}

const duckOf = (folder: string): string => path.join(folder, 'duck');
const duckFiles = (folder: string): string[] => parquetBelow(duckOf(folder));

/** Why there is not room enough; null: there is. */
function lackOf(options: StoreOptions, ndjsonBytes: number): string | null {
  const { bavail, bsize } = fs.statfsSync(options.scratch);
  const needed = ndjsonBytes * DERIVED_SHARE + Math.min(ndjsonBytes, NDJSON_BYTES);
  if (needed < bavail * bsize) return null;
  return (
    `it takes ${number(needed / 1e9)} GB below ${options.scratch}, where ${number((bavail * bsize) / 1e9)} GB are free; ` +
    'make room, name another folder (--scratch=DIR) or ask for fewer events (--events=N)'
  );
}

interface Manifest {
  readonly repetitions: number;
  readonly made: StoreEvents;
}

const manifestFile = (folder: string): string => path.join(folder, 'made.json');

function manifestOf(folder: string): Manifest | null {
  const file = manifestFile(folder);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Manifest) : null;
}

/** Makes the events, and of them what DuckDB has in place of a store. */
function eventsIn(options: StoreOptions, ndjson: string, repetitions: number): StoreEvents {
  const folder = folderOf(options);
  const known = manifestOf(folder);
  if (known?.repetitions === repetitions) return known.made;
  const made = makeEvents({ folder, ndjson, repetitions }, (file, part) => {
    fs.mkdirSync(duckOf(folder), { recursive: true });
    const parquet = path.join(duckOf(folder), `${String(part).padStart(4, '0')}.parquet`);
    child('duck.ts', { step: 'convert', ndjson: file, parquet, isSchemaKnown: false });
  });
  fs.writeFileSync(manifestFile(folder), JSON.stringify({ repetitions, made } satisfies Manifest));
  return made;
}

/** The file a rule stands in. */
async function fileOf(paths: readonly string[], id: string): Promise<string | null> {
  for await (const { path: file, text } of readRuleFiles(listRuleFiles(paths).files, () => {})) {
    if (text.includes(id)) return file;
  }
  return null;
}

export const storeRows = (options: StoreOptions, report: Report): Promise<void> => StoreRows.run(options, report);
