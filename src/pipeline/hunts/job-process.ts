/** The process of one hunt or forecast: does what the server sends, gives way to it, and dies with it. Started by job.ts. */
import {
  Calls,
  elapsedMs,
  endNow,
  every,
  limits,
  overrideLimits,
  readText,
  removePath,
  stepBack,
  WeirError,
} from '../../base/index.ts';
import { forecast } from '../hunt/forecast.ts';
import { type HuntOptions, hunt } from '../hunt/hunt.ts';
import type { HuntCopy } from '../hunt/view.ts';
import type { PreparedRules } from '../prepare.ts';
import type { HuntProgress, HuntRules } from './asked.ts';
import { filesOf } from './folder.ts';
import { HitsWriter } from './hits-file.ts';
import type { FromJob, HuntJob, ToJob } from './job.ts';
import { huntRules } from './rules.ts';

const PROGRESS_MS = 250;
const WATCH_MS = 100;
const MiB = 1024 * 1024;

// The server is gone, or has let go of this process.
process.on('disconnect', endNow);
// Ctrl-C in a terminal reaches all processes; the server stops in order and says when.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
stepBack();

const stop = new AbortController();
const fetching = new Calls<string | null>();
const send = (message: FromJob): void => void process.send?.(message);

process.on('message', (message: ToJob) => {
  if (message.kind === 'cancel') stop.abort();
  else if (message.kind === 'fetched') fetching.answer(message.call, message.away);
  else void run(message.job).then(send, (error: unknown) => send(failed(error)));
});

/** The server has a segment of the object store on disk for this process until it is told that it is read. */
async function fetch(file: string): Promise<HuntCopy> {
  let number = 0;
  const away = await fetching.make((call) => {
    number = call;
    send({ kind: 'fetch', call, file });
  });
  return { away, release: () => send({ kind: 'fetched', call: number }) };
}

function failed(error: unknown): FromJob {
  if (!(error instanceof WeirError)) throw error;
  return { kind: 'failed', code: error.code, message: error.message, hint: error.hint };
}

async function run(job: HuntJob): Promise<FromJob> {
  overrideLimits(job.limits);
  every(WATCH_MS, watchMemory);
  const files = job.folder === null ? null : filesOf(job.folder);
  const asked = (): HuntRules => job.rules ?? (JSON.parse(readText(files?.asked ?? '')) as HuntRules);
  const rules = await huntRules(asked, job, files?.rules ?? null);
  const { detections, correlations, refused } = rules.report;
  send({ kind: 'rules', loaded: detections.length + correlations.length, refused: refused.length });
  const told = new Progress(rules);
  const { tenant, view, span, threads, minLevel } = job;
  const options = {
    ...{ tenant, view, span, threads, rules, fetch, signal: stop.signal },
    minLevel: minLevel ?? undefined,
    startedMs: 0,
    onGroup: ({ hitRules }) => told.count(hitRules),
    onProgress: ({ bytes, bytesTotal, events, hits }) =>
      told.tell({ bytes, bytes_total: bytesTotal ?? 0, events, hits }),
  } satisfies Partial<HuntOptions>;
  if (files === null) return { kind: 'forecast', forecast: await forecast(options) };
  // What was found before is put out again first.
  removePath(files.hits);
  const hits = new HitsWriter(files.hits);
  let isFull = false;
  const summary = await hunt({
    ...options,
    resume: { file: files.state, asked: '' },
    onHits: (lines) => {
      isFull ||= !hits.add(lines);
      if (isFull) stop.abort();
    },
    onProgress: (progress) => {
      hits.flushSoon();
      options.onProgress(progress);
    },
  });
  hits.flush();
  if (isFull) {
    const most = `${limits.huntHitsBytesMax / MiB} MiB`;
    throw new WeirError('hunt.too_big', `it found more than ${most} of hits; what came before that is kept`, {
      hint: 'Ask for less time, fewer rules or a higher level.',
    });
  }
  return { kind: 'hunted', summary };
}

/** What is told now and then while it works. */
class Progress {
  readonly #rules: PreparedRules;
  readonly #byRule = new Map<number, number>();
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(rules: PreparedRules) {
    this.#rules = rules;
  }

  count(rules: readonly number[]): void {
    for (const rule of rules) this.#byRule.set(rule, (this.#byRule.get(rule) ?? 0) + 1);
  }

  tell(progress: HuntProgress): void {
    if (elapsedMs() - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = elapsedMs();
    const { detections } = this.#rules.report;
    const byRule = Object.fromEntries([...this.#byRule].map(([rule, hits]) => [detections[rule].id, hits]));
    send({ kind: 'progress', progress, byRule });
  }
}

function watchMemory(): void {
  if (process.memoryUsage.rss() < limits.huntMemoryBytesMax) return;
  const message = `it took more than its ${limits.huntMemoryBytesMax / MiB} MiB of memory`;
  send(failed(new WeirError('hunt.too_big', message, { hint: 'Ask for less time or fewer rules.' })));
}
