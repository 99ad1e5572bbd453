/** Sending and what is remembered of it: send.ts with resume.ts, batches.ts and in-flight.ts. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { limits, seededRandom, WeirError } from '../../base/index.ts';
import { type Batch, plainBatches, readBatches } from './batches.ts';
import { InFlight } from './in-flight.ts';
import { type InputState, loadState, stateFile } from './resume.ts';
import { type SendOptions, type SendReport, send, sourceOf } from './send.ts';
import type { Outgoing, Target } from './target.ts';

/** Keeps lines as a server does: once for each key. */
class Keeper implements Target {
  readonly log = 'log';
  readonly tenant = 'default';
  scope = 'key one';
  keepMs = 24 * 3_600_000;
  readonly kept = new Map<string, string[]>();
  requests = 0;
  /** Called before and after something is kept; what it throws, the sender gets. */
  around: (when: 'before' | 'after', outgoing: Outgoing) => void | Promise<void> = () => {};

  async deliver(outgoing: Outgoing): Promise<{ accepted: number; dead: number }> {
    this.requests++;
    await this.around('before', outgoing);
    const lines = Buffer.from(outgoing.lines).toString().split('\n');
    const events = lines.filter((line) => line !== '').map((line) => `${outgoing.source} ${line}`);
    this.kept.set(outgoing.key, events);
    await this.around('after', outgoing);
    return { accepted: events.length, dead: 0 };
  }

  /** Keys are forgotten; what was kept under them stays. */
  forget(): void {
    for (const [key, events] of [...this.kept]) {
      this.kept.delete(key);
      this.kept.set(`forgotten ${key}`, events);
    }
  }

  get events(): string[] {
    return [...this.kept.values()].flat().sort();
  }
}

interface Bench {
  readonly folder: string;
  readonly state: string;
  readonly keeper: Keeper;
  write(name: string, content: string | Uint8Array): string;
  send(paths: readonly string[], options?: Partial<SendOptions>): Promise<SendReport>;
}

function bench(t: TestContext): Bench {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-send-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const state = path.join(folder, 'state');
  const keeper = new Keeper();
  return {
    folder,
    state,
    keeper,
    write: (name, content) => {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
      return file;
    },
    send: (paths, options = {}) =>
      send({ paths, target: keeper, stateFolder: state, recover: false, again: false, ...options }),
  };
}

const MB = 1024 * 1024;

/** Lines of `bytes` bytes or so each, numbered. */
function lines(count: number, bytes = 40, from = 0): string {
  return Array.from({ length: count }, (_, i) => `{"n":${from + i},"t":"${'x'.repeat(bytes)}"}\n`).join('');
}

const eventsOf = (source: string, ...texts: string[]): string[] =>
  texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${source} ${line}`)
    .sort();

/** By number and first difference: of thousands that differ the whole would take minutes to print. */
function assertKept(keeper: Keeper, wanted: readonly string[]): void {
  const found = keeper.events;
  const at = wanted.findIndex((event, i) => event !== found[i]);
  assert.deepEqual([found.length, at < 0 ? null : found[at]], [wanted.length, at < 0 ? null : wanted[at]]);
}

test('inputs of every kind arrive whole, under the names of the paths that were given', async (t) => {
  const { keeper, write, send: run, folder } = bench(t);
  write('logs/plain.ndjson', lines(3));
  write('logs/deep/array.json', JSON.stringify([{ a: 1 }, { a: 2 }]));
  const zipped = write('zipped.gz', gzipSync(lines(2, 40, 10)));
  const report = await run([path.join(folder, 'logs'), zipped]);
  assertKept(
    keeper,
    [...eventsOf('logs', lines(3), '{"a":1}\n{"a":2}\n'), ...eventsOf('zipped.gz', lines(2, 40, 10))].sort(),
  );
  assert.deepEqual([report.events, report.unparsed, report.complete], [7, [], true]);
});

test('what was taken is not sent again, and what a kill left open is known by its key', async (t) => {
  const { keeper, write, send: run } = bench(t);
  const text = lines(12_000, 2000);
  const [plain, zipped] = [write('plain.ndjson', text), write('zipped.gz', gzipSync(text))];
  for (const file of [plain, zipped]) {
    const random = seededRandom(file.length);
    for (let kills = 0; kills < 12; kills++) {
      let left = random.integer(4);
      keeper.around = (when) => {
        const here = random.integer(2) === 0 ? 'before' : 'after';
        if (when === here && left-- <= 0) throw new WeirError('killed', 'here');
      };
      await run([file]).catch((error: unknown) => assert.equal((error as WeirError).code, 'killed'));
    }
    keeper.around = () => {};
    const before = keeper.requests;
    const report = await run([file]);
    assert.equal(report.events + report.earlier.accepted, 12_000);
    const again = await run([file]);
    assert.deepEqual([again.events, again.earlier.accepted], [0, 12_000]);
    assert.ok(keeper.requests - before < Math.ceil(text.length / limits.sendBatchBytes));
  }
  assertKept(keeper, [...eventsOf('plain.ndjson', text), ...eventsOf('zipped.gz', text)].sort());
});

test('a file that grew is gone on with; its time of change alone is no change', async (t) => {
  const { keeper, write, send: run } = bench(t);
  const parts = [lines(30_000, 300), lines(7, 300, 30_000), lines(20_000, 300, 30_007)];
  const file = write('app.ndjson', parts[0]);
  assert.equal((await run([file])).events, 30_000);
  fs.utimesSync(file, 1, 1);
  assert.equal((await run([file])).events, 0);
  fs.appendFileSync(file, parts[1]);
  assert.equal((await run([file])).events, 7);
  fs.appendFileSync(file, parts[2]);
  // Cut short in what was added, and grown again behind that.
  keeper.around = (when) => {
    if (when === 'after') throw new WeirError('killed', 'here');
  };
  await assert.rejects(run([file]), { code: 'killed' });
  keeper.around = () => {};
  fs.appendFileSync(file, lines(5, 300, 50_007));
  await run([file]);
  assertKept(keeper, eventsOf('app.ndjson', ...parts, lines(5, 300, 50_007)));
  fs.utimesSync(file, 2, 2);
  const last = await run([file]);
  assert.deepEqual([last.events, last.notes], [0, []]);
});

test('compressed inputs that are touched or grow are gone on with, too', async (t) => {
  const { keeper, write, send: run } = bench(t);
  const file = write('app.gz', gzipSync(lines(30_000, 300)));
  await run([file]);
  fs.utimesSync(file, 1, 1);
  assert.equal((await run([file])).events, 0);
  fs.writeFileSync(file, gzipSync(lines(30_010, 300)));
  assert.equal((await run([file])).events, 10);
  assertKept(keeper, eventsOf('app.gz', lines(30_010, 300)));
});

test('another file under the name of one that was taken is taken; one that changes in between is not', async (t) => {
  const { keeper, write, send: run } = bench(t);
  const file = write('today.ndjson', lines(3));
  await run([file]);
  fs.writeFileSync(file, lines(4, 41));
  const report = await run([file]);
  assert.deepEqual([report.events, report.notes.length], [4, 1]);
  assert.match(report.notes[0], /has changed since it was taken/);
  const large = write('large.ndjson', lines(30_000, 300));
  let left = 1;
  keeper.around = () => {
    if (left-- <= 0) throw new WeirError('killed', 'here');
  };
  await assert.rejects(run([large]), { code: 'killed' });
  keeper.around = () => {};
  fs.writeFileSync(large, lines(30_000, 301));
  const refused = await run([large]);
  assert.equal(refused.events, 0);
  assert.match(refused.unparsed[0].reason, /it has changed since \d+ events of it were taken; --again/);
  assert.equal((await run([large], { again: true })).events, 30_000);
});

test('a line that was not ended and goes on is said to', async (t) => {
  const { write, send: run } = bench(t);
  const file = write('a.ndjson', `${lines(2)}{"n":`);
  await run([file]);
  fs.appendFileSync(file, '3}\n');
  const report = await run([file]);
  assert.match(report.notes[0], /its last line goes on/);
});

test('--again sends what was taken as other events', async (t) => {
  const { keeper, write, send: run } = bench(t);
  const file = write('a.ndjson', lines(2));
  await run([file]);
  await run([file], { again: true });
  await run([file]);
  assertKept(keeper, eventsOf('a.ndjson', lines(2), lines(2)));
});

test('where the target may have forgotten the keys, nobody guesses what was under way', async (t) => {
  const { keeper, write, send: run, state } = bench(t);
  const file = write('a.ndjson', lines(2));
  const cutShort = async (): Promise<void> => {
    keeper.around = (when) => {
      if (when === 'after') throw new WeirError('killed', 'here');
    };
    await assert.rejects(run([file]), { code: 'killed' });
    keeper.around = () => {};
  };
  await cutShort();
  const known = stateFile(state, file, 'a.ndjson');
  const kept = JSON.parse(fs.readFileSync(known, 'utf8')) as InputState;
  fs.writeFileSync(known, JSON.stringify({ ...kept, at: Date.now() - keeper.keepMs }));
  keeper.forget();
  const report = await run([file]);
  assert.match(report.unparsed[0].reason, /1 requests of 110 bytes were under way.*--in-doubt/);
  assert.equal(keeper.requests, 1);
  const skipped = await run([file], { inDoubt: 'skip' });
  assert.match(skipped.notes[0], /left out/);
  assert.equal(keeper.requests, 1);
  assert.equal(loadState(known)?.complete, true);
  // Another credential's keys are others.
  fs.rmSync(known);
  await cutShort();
  keeper.scope = 'key two';
  assert.equal((await run([file])).unparsed.length, 1);
  assert.equal((await run([file], { inDoubt: 'send' })).events, 2);
});

test('a definite refusal leaves nothing in doubt', async (t) => {
  const { keeper, write, send: run, state } = bench(t);
  const file = write('a.ndjson', lines(2));
  keeper.around = () => {
    throw new WeirError('send.refused', 'no');
  };
  await assert.rejects(run([file]), { code: 'send.refused' });
  assert.deepEqual(loadState(stateFile(state, file, 'a.ndjson'))?.sent, []);
});

test('what cannot be read is named, the rest goes on, and what is known of it stays known', async (t) => {
  const { keeper, write, send: run, folder } = bench(t);
  const long = `{"t":"${'x'.repeat(limits.lineBytesMax)}"}\n`;
  const file = write('long.ndjson', `${lines(1)}${long}${lines(1, 40, 1)}`);
  const damaged = write('damaged.gz', gzipSync(lines(30_000, 300)).subarray(0, 20_000));
  const report = await run([file, damaged, path.join(folder, 'absent')]);
  assert.deepEqual(report.unparsed.map(({ path: at }) => path.basename(at)).sort(), [
    'absent',
    'damaged.gz',
    'long.ndjson',
  ]);
  assert.ok(keeper.events.length > 2);
  const first = keeper.events;
  const again = await run([file, damaged]);
  assert.deepEqual(keeper.events, first);
  assert.deepEqual([again.unparsed.length, again.notes.length], [1, 1]);
});

test('a state that is no state is refused by name, and a file given twice is sent once', async (t) => {
  const { keeper, write, send: run, state } = bench(t);
  const file = write('a.ndjson', lines(2));
  const report = await run([file, file]);
  assert.deepEqual([report.leftOut, keeper.requests], [[{ path: file, reason: 'it is given twice' }], 1]);
  for (const text of ['', '{"version":1}', '{"version":2}']) {
    fs.writeFileSync(stateFile(state, file, 'a.ndjson'), text);
    await assert.rejects(run([file]), { code: 'send.state' });
  }
});

test('a signal stops it, and the next run goes on', async (t) => {
  const { keeper, write, send: run } = bench(t);
  const file = write('a.ndjson', lines(60_000, 300));
  const abort = new AbortController();
  keeper.around = () => abort.abort();
  const report = await run([file], { signal: abort.signal });
  assert.equal(report.complete, false);
  assert.ok(report.events < 60_000);
  const rest = await run([file]);
  assert.equal(rest.events + rest.earlier.accepted, 60_000);
  assertKept(keeper, eventsOf('a.ndjson', lines(60_000, 300)));
});

test('batches are cut at the same lines, however the input is read and wherever reading begins', async (t) => {
  const { write } = bench(t);
  const random = seededRandom(5);
  const text = Array.from({ length: 40_000 }, (_, i) => `{"n":${i},"t":"${'x'.repeat(random.integer(900))}"}\n`).join(
    '',
  );
  const [plain, zipped] = [write('a.ndjson', text), write('a.gz', gzipSync(text))];
  const read = async (from: number, cuts: readonly number[]): Promise<Batch[]> => {
    const options = { format: undefined, recover: false, onBytes: () => {} };
    const batches: Batch[] = [];
    for await (const batch of readBatches(zipped, from, cuts, options, () => {})) batches.push(batch);
    return batches;
  };
  const spans = (batches: Iterable<Batch>): string[] =>
    [...batches].map(({ from, to, hash }) => `${from} ${to} ${hash}`);
  const whole = [...plainBatches(plain, 0, [], () => {})];
  assert.ok(whole.length > 3 && whole.every(({ bytes }) => bytes.length < limits.sendBatchBytes + 1000));
  assert.equal(Buffer.concat(whole.map(({ bytes }) => bytes)).toString(), text);
  assert.deepEqual(spans(await read(0, [])), spans(whole));
  const [, { from }] = whole;
  assert.deepEqual(spans(await read(from, [])), spans(whole).slice(1));
  assert.deepEqual(spans(plainBatches(plain, from, [], () => {})), spans(whole).slice(1));
  const cut = text.indexOf('\n', MB) + 1;
  assert.deepEqual(spans(await read(0, [cut])), spans(plainBatches(plain, 0, [cut], () => {})));
  assert.equal((await read(0, [cut]))[0].to, cut);
});

test('so much is under way and no more; the first failure is everybody’s', async () => {
  const inFlight = new InFlight(3);
  let [running, most] = [0, 0];
  for (let i = 0; i < 20; i++) {
    await inFlight.room();
    inFlight.add(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, i % 4));
      running--;
    });
  }
  await inFlight.drained();
  assert.deepEqual([running, most], [0, 3]);
  inFlight.add(() => Promise.reject(new Error('first')));
  inFlight.add(() => Promise.reject(new Error('second')));
  await assert.rejects(inFlight.drained(), /first/);
  await assert.rejects(inFlight.room(), /first/);
});

test('the last part of a path is the name of its source, with what names may have', () => {
  const names = { '-': 'stdin', '/var/log/auth log.1': 'auth-log.1', 'a/Security.evtx': 'Security.evtx', '/': 'files' };
  for (const [given, name] of Object.entries(names)) assert.equal(sourceOf(given), name);
  assert.equal(sourceOf('.'), path.basename(process.cwd()));
  assert.equal(sourceOf(`/${'ä'.repeat(9)}`), 'files');
});

test('a part of an input without one event is named and left out; the rest of it arrives', async (t) => {
  const { keeper, write, send: run } = bench(t);
  const bad = '{broken\n'.repeat(1_500_000);
  const file = write('half.ndjson', `${lines(4000)}${bad}${lines(2, 40, 4000)}`);
  keeper.around = (when, { lines: sent }) => {
    const none = !Buffer.from(sent).includes('"n"');
    if (when === 'before' && none) throw new WeirError('body.no_events', 'not one of its lines is an event');
  };
  const report = await run([file]);
  assert.deepEqual(
    report.unparsed.map(({ path: at, reason }) => [at, reason]),
    [[file, 'not one of its lines is an event']],
  );
  assert.equal(report.complete, true);
  assert.equal(keeper.events.filter((event) => event.includes('"n"')).length, 4002);
  const before = keeper.requests;
  const again = await run([file]);
  assert.equal(keeper.requests, before);
  assert.match(again.notes.join(), /1 lines too long for an event, or batches without one/);
});
