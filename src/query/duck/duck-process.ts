/** DuckDB's process: runs what the server sends, one query at a time, and dies with it. Started by pool.ts. */
import { endNow, every, stepBack, WeirError } from '../../base/index.ts';
import { type QueryErrorCode, queryError } from '../errors.ts';
import { Finder, type FindSink } from '../find/finder.ts';
import { codeOf } from './codes.ts';
import type { Engine } from './engine.ts';
import type { EngineSetup, FromDuck, Scope, ToDuck } from './messages.ts';

/** Batches on their way that nobody has asked for: one is read while the next is made. */
const BATCHES_AHEAD = 4;
const PROGRESS_MS = 250;
/** How often memory is looked at: DuckDB takes some 100 MB in this time. An interrupt that comes between two steps is lost, so it is sent again. */
const WATCH_MS = 50;
/** What Node, DuckDB's program and texts on their way take beside DuckDB's own memory. */
const MiB = 1024 * 1024;
const OTHER_BYTES = 320 * MiB;

let setup: EngineSetup | null = null;
let engine: Engine | null = null;
let finder: Finder | null = null;
interface Running {
  readonly query: number;
  /** That may still be sent. */
  batches: number;
  cancelled: boolean;
  /** To be called when one of these has changed. */
  changed: () => void;
}

let current: Running | null = null;

// The server is gone, or has let go of this process.
process.on('disconnect', endNow);
// Ctrl-C in a terminal reaches all processes; the server stops in order and says when.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
stepBack();

process.on('message', (message: ToDuck) => {
  if (message.kind === 'start') setup = message.setup;
  else if (message.kind === 'run') {
    const { sql, scope, views } = message;
    void run(message.query, async (sink) => (await opened(scope)).run(sql, sink, views));
  } else if (message.kind === 'find') {
    const { find, scope } = message;
    void run(message.query, (sink) => finderOf().run(find, scope, sink));
  } else if (message.query === current?.query) {
    if (message.kind === 'cancel') current.cancelled = true;
    else current.batches += 1;
    watch(current);
    current.changed();
  }
});

const send = (message: FromDuck): void => void process.send?.(message);

function watch(running: Running): void {
  if (running.cancelled) engine?.interrupt();
  if (setup === null || process.memoryUsage.rss() < setup.memoryBytes + OTHER_BYTES) return;
  // Not all of DuckDB heeds its limit, or an interrupt: one call of repeat() took 20 GB. The server ends this process when it hears of it.
  const message = `the query took more than its ${setup.memoryBytes / MiB} MiB of memory`;
  send({ kind: 'failed', query: running.query, code: 'query.too_big', message });
}

async function run(query: number, work: (sink: FindSink) => Promise<void>): Promise<void> {
  const mine: Running = { query, batches: BATCHES_AHEAD, cancelled: false, changed: () => {} };
  current = mine;
  const sink: FindSink = {
    get cancelled() {
      return mine.cancelled;
    },
    columns: (columns) => send({ kind: 'columns', query, columns }),
    rows: async (rows, values) => {
      while (mine.batches === 0 && !mine.cancelled) {
        await new Promise<void>((resolve) => {
          mine.changed = resolve;
        });
      }
      if (mine.cancelled) throw queryError('query.cancelled', 'the query was cancelled');
      mine.batches -= 1;
      send({ kind: 'rows', query, rows, values });
    },
  };
  let told = 0;
  const stopProgress = every(PROGRESS_MS, () => {
    const done = engine?.done ?? 0;
    if (done > told) send({ kind: 'progress', query, done });
    told = Math.max(told, done);
  });
  const stopWatch = every(WATCH_MS, () => watch(mine));
  try {
    await work(sink);
    send({ kind: 'end', query });
  } catch (error) {
    // What follows the first line is advice on DuckDB's settings.
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
    const code = error instanceof WeirError ? (error.code as QueryErrorCode) : codeOf(message);
    send({ kind: 'failed', query, code, message });
  } finally {
    stopProgress();
    stopWatch();
    current = null;
  }
}

function finderOf(): Finder {
  if (setup === null) throw new Error('not started');
  finder ??= new Finder(setup.batchCharacters);
  return finder;
}

/** What was read for one query is at hand for the next of the same scope. */
async function opened(scope: Scope): Promise<Engine> {
  if (setup === null) throw new Error('not started');
  if (engine !== null && engine.scope === JSON.stringify(scope)) return engine;
  engine?.close();
  engine = null;
  // Its library takes a tenth of a second, which those who only look for rows do not wait for.
  const duck = await import('./engine.ts');
  engine = await duck.Engine.open(setup, scope);
  return engine;
}
