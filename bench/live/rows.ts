/**
 * The live rows: a server as users start it, a load generator beside it on the same machine, held for a minute. A rate ends when the
 * ledger has reached the last position; hits are compared with those that the rules find in the same bodies without a server.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { corpus } from '../corpus.ts';
import { type Load, type Measured, measureBare, measureWeir } from './measure.ts';
import type { Sending } from './messages.ts';
import { EVENTS_PER_BODY, type Prepared, prepare } from './prepare.ts';
import { median } from './quantiles.ts';
import { Server } from './server.ts';

export interface LiveOptions {
  readonly smoke: boolean;
  /** How long a row is held. */
  readonly seconds: number;
  readonly runs: number;
  /** Rows whose names begin so. */
  readonly only: string;
  /** Folder for CPU profiles of the server's threads; null for none. */
  readonly profile: string | null;
}

/** A line of the table as it is made. */
type Report = (line: string) => void;

const CONNECTIONS = 4;
const SINGLE_CONNECTIONS = 32;
const EVENTS_PER_PLAIN_BODY = 2500;
const PROBES_PER_SECOND = 20;
const BATCHES_PER_SECOND = 5;
const ANSWERS_PER_SECOND = 5;
/** Settings under which a server makes segments of what it takes, and under which it only keeps it in the journal. */
const STORING = { on: 'store: {cut: continuously}\n', off: 'store: {cut: when_asked}\n' } as const;
/** Bodies are made for a rate of so much; a faster server uses them up, and its row says so. */
const PREPARED_PER_SECOND = 150_000;
const SINGLES_PER_SECOND = 6_000;
const BARE_SECONDS = 10;

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const ms = (value: number): string => (Number.isNaN(value) ? '–' : `${number(value, value < 10 ? 1 : 0)} ms`);

/** JSON.parse over the corpus: what this machine does at the moment, in µs of CPU an event. */
function yardstick(ndjson: string): number {
  const lines = fs.readFileSync(ndjson).subarray(0, 60e6).toString('utf8').split('\n').slice(0, -1);
  const { user, system } = process.cpuUsage();
  for (const line of lines) JSON.parse(line);
  const used = process.cpuUsage({ user, system });
  return (used.user + used.system) / lines.length;
}

class LiveRows {
  readonly #options: LiveOptions;
  readonly #report: Report;
  readonly #folder = path.join(os.tmpdir(), 'weir-bench-live');
  readonly #cache = path.join(os.tmpdir(), 'weir-bench-cache');
  readonly #rules: readonly string[];
  readonly #prepared: Prepared;
  /** Events a second of the compressed row, and requests a second of single events. */
  #rate: number | null = null;

  constructor(options: LiveOptions, rules: readonly string[], prepared: Prepared, report: Report) {
    this.#options = options;
    this.#rules = rules;
    this.#prepared = prepared;
    this.#report = report;
  }

  static async run(options: LiveOptions, report: Report): Promise<void> {
    const { ndjson, described, rules } = corpus(options.smoke);
    const { seconds } = options;
    const inAll = seconds + warmOf(seconds);
    const folder = path.join(os.tmpdir(), 'weir-bench-live');
    const prepared = await prepare({
      folder,
      ndjson,
      rules,
      cache: path.join(os.tmpdir(), 'weir-bench-cache'),
      events: inAll * PREPARED_PER_SECOND,
      singles: inAll * SINGLES_PER_SECOND,
      criticals: Math.ceil(inAll * PROBES_PER_SECOND) + 1,
      withFrames: 'live-frames'.startsWith(options.only),
      eventsPerSecond: 100_000,
    });
    report(
      `live: ${described}, ${prepared.repetitions} repetitions, hosts, users, ids, GUIDs and times others in each; a server of ` +
        `${os.availableParallelism()} threads and the load generator on the same cores; held for ${seconds} s after ${warmOf(seconds)} s of the same, median of ${options.runs}; ` +
        `bodies are compressed ahead; JSON.parse of the same events takes ${number(yardstick(ndjson), 1)} µs`,
    );
    if (!prepared.hitsAlike) report('the last repetition has other hits than the first: hits are not compared');
    report('');
    report(
      '| what | figure | must | bare Node | µs CPU an event | events per CPU-second | generator | peak MB | hits |',
    );
    report('|---|---|---|---|---|---|---|---|---|');
    const rows = new LiveRows(options, rules, prepared, report);
    await rows.#all();
    fs.rmSync(path.join(folder, 'data'), { recursive: true, force: true });
  }

  async #all(): Promise<void> {
    const named: readonly (readonly [string, () => Promise<void>])[] = [
      ['live-mordor', () => this.#mordor()],
      ['live-plain', () => this.#plain()],
      ['live-frames', () => this.#frames()],
      ['live-ack', () => this.#ack()],
      ['live-hit', () => this.#hit()],
      ['live-batch', () => this.#batch()],
      ['live-critical', () => this.#critical()],
      ['live-stored', () => this.#stored()],
      ['live-answer', () => this.#answer()],
    ];
    for (const [name, row] of named) if (name.startsWith(this.#options.only)) await row();
  }

  get #zstd(): Sending {
    const bodies = { kind: 'file', file: this.#prepared.zstd, encoding: 'zstd' } as const;
    return { bodies, connections: CONNECTIONS, rate: null };
  }

  get #probe(): Sending | null {
    const { critical } = this.#prepared;
    if (critical === null) return null;
    const bodies = { kind: 'file', file: critical.file, encoding: 'identity' } as const;
    return { bodies, connections: 2, rate: PROBES_PER_SECOND };
  }

  async #measure(
    load: Partial<Load> & { load: Sending },
    runs = this.#options.runs,
    settings: string | null = null,
  ): Promise<Measured[]> {
    const { seconds } = this.#options;
    const none = { probe: null, stream: null, answers: null };
    const whole: Load = { door: 'http', ...none, warmSeconds: warmOf(seconds), seconds, ...load };
    const server = { ...this.#server, settings };
    const measured: Measured[] = [];
    for (let i = 0; i < runs; i++) measured.push(await measureWeir(server, whole));
    return measured;
  }

  get #server() {
    const { profile } = this.#options;
    const folder = path.join(this.#folder, 'data');
    return { folder, rules: this.#rules, cache: this.#cache, profile, settings: null };
  }

  async #bare(load: Sending): Promise<number> {
    const seconds = Math.min(this.#options.seconds, BARE_SECONDS);
    const { report } = await measureBare({
      door: 'http',
      load,
      probe: null,
      stream: null,
      answers: null,
      warmSeconds: 0,
      seconds,
    });
    return report.load.events / report.load.seconds;
  }

  #line(what: string, figure: string, must: string, bare: string, measured: readonly Measured[]): void {
    const of = (pick: (one: Measured) => number): number => median(measured.map(pick));
    const each = of(({ serverCpu, events }) => serverCpu / events);
    const cells = [
      number(each * 1e6, 1),
      number(1 / each),
      // Of the processor time that both took.
      `${number(100 * of(({ generatorCpu, serverCpu }) => generatorCpu / (generatorCpu + serverCpu)))} %`,
      number(Math.max(...measured.map(({ peakMb }) => peakMb))),
      measured.map((one) => this.#hitsOf(one)).join(', '),
    ];
    // What is made ahead may not last.
    const lasted = measured.filter(({ report }) => report.load.exhausted).map(({ report }) => report.load.seconds);
    const short = lasted.length === 0 ? '' : `, in the ${number(Math.min(...lasted))} s or more that bodies lasted`;
    this.#report(`| ${what} | ${figure}${short} | ${must} | ${bare} | ${cells.join(' | ')} |`);
    for (const { threads, report, events, seconds, serverCpu } of measured) {
      const { exhausted, refused, seconds: sending } = report.load;
      const by = threads.map(([name, used]) => `${name.split(' ')[1]} ${number((used / events) * 1e6, 1)}`).join(', ');
      process.stderr.write(
        `  ${number(events)} events in ${number(seconds, 1)} s, sent in ${number(sending, 1)}, ${number(serverCpu, 1)} CPU s; µs an event: ${by}` +
          `${exhausted ? '; bodies used up' : ''}${Object.keys(refused).length > 0 ? `; refused ${JSON.stringify(refused)}` : ''}\n`,
      );
    }
  }

  /** Hits of rules, and whether they are those expected of the bodies sent. */
  #hitsOf({ hits, report }: Measured): string {
    const { detections, hitsBefore, hitsAlike } = this.#prepared;
    const found = [...hits].reduce((sum, [rule, count]) => sum + (detections.has(rule) ? count : 0), 0);
    if (report.probe !== null || this.#sentSingles || !hitsAlike) return number(found);
    // Bodies that were refused are passed over: those behind them came in their place.
    if (Object.keys(report.load.refused).length > 0) return `${number(found)}, some bodies were refused`;
    const expected = hitsBefore[report.load.requestsInAll];
    return found === expected ? `${number(found)} =` : `**${number(found)}, not ${number(expected)}**`;
  }

  #sentSingles = false;

  async #mordor(): Promise<void> {
    const measured = await this.#measure({ load: this.#zstd });
    const rate = median(measured.map(({ events, seconds }) => events / seconds));
    this.#rate = rate;
    const bare = await this.#bare(this.#zstd);
    this.#line('HTTP NDJSON zstd, Mordor events', `${number(rate)} events/s`, '100,000', ratio(rate, bare), measured);
  }

  async #plain(): Promise<void> {
    const bodies = { kind: 'connections', eventsPerBody: EVENTS_PER_PLAIN_BODY, seed: 1 } as const;
    const load = { bodies, connections: CONNECTIONS, rate: null };
    this.#sentSingles = true;
    const measured = await this.#measure({ load });
    const rate = median(measured.map(({ events, seconds }) => events / seconds));
    const bare = await this.#bare(load);
    this.#line(
      'HTTP NDJSON plain, 400-byte events',
      `${number(rate)} events/s`,
      '250,000',
      ratio(rate, bare),
      measured,
    );
    this.#sentSingles = false;
  }

  async #frames(): Promise<void> {
    const bodies = { kind: 'file', file: this.#prepared.frames, encoding: 'frames' } as const;
    const load = { bodies, connections: CONNECTIONS, rate: null };
    const measured = await this.#measure({ door: 'frames', load });
    const rate = median(measured.map(({ events, seconds }) => events / seconds));
    const bare = await this.#bare(load);
    const what = 'EventBatch frames over a local socket, Mordor events';
    this.#line(what, `${number(rate)} events/s`, '200,000', ratio(rate, bare), measured);
  }

  /** Single events: first what can be had, then the time of each at half of that. */
  async #ack(): Promise<void> {
    const bodies = { kind: 'file', file: this.#prepared.singles, encoding: 'identity' } as const;
    const load = { bodies, connections: SINGLE_CONNECTIONS, rate: null };
    this.#sentSingles = true;
    const [full] = await this.#measure({ load }, 1);
    const rate = full.report.load.requests / full.report.load.seconds;
    const bare = await this.#bare(load);
    this.#line('one event a request, flat out', `${number(rate)} requests/s`, '', ratio(rate, bare), [full]);
    const measured = await this.#measure({ load: { ...load, rate: rate / 2 } });
    const p99 = median(measured.map(({ report }) => report.load.ack.p99));
    const p50 = median(measured.map(({ report }) => report.load.ack.p50));
    this.#line(
      'send to ack, one event a request, half of that',
      `p50 ${ms(p50)}, p99 ${ms(p99)}`,
      'p99 15 ms',
      '',
      measured,
    );
    const cold = median(measured.map(({ report }) => report.load.coldAck.p99));
    this.#report(`| … in the first ${warmOf(this.#options.seconds)} s after the start | p99 ${ms(cold)} | |`);
    this.#sentSingles = false;
  }

  async #fullRate(): Promise<number> {
    if (this.#rate === null) {
      const [one] = await this.#measure({ load: this.#zstd }, 1);
      this.#rate = one.events / one.seconds;
    }
    return this.#rate;
  }

  async #hit(): Promise<void> {
    const rate = (await this.#fullRate()) / 2 / EVENTS_PER_BODY;
    const load = { ...this.#zstd, connections: CONNECTIONS * 2, rate };
    const measured = await this.#measure({ load, probe: this.#probe, stream: { rule: null } });
    const of = (pick: (one: Measured) => number | undefined): string =>
      ms(median(measured.map((one) => pick(one) ?? Number.NaN)));
    const single = `p50 ${of(({ report }) => report.probeFollowed?.hits.p50)}, p99 ${of(({ report }) => report.probeFollowed?.hits.p99)}`;
    this.#line('send to hit on the stream, half load: single events', single, '20 / 100 ms', '', measured);
    const bulk = `p50 ${of(({ report }) => report.followed?.hits.p50)}, p99 ${of(({ report }) => report.followed?.hits.p99)}`;
    this.#report(`| … in the load itself, bodies of ${number(EVENTS_PER_BODY)} events | ${bulk} | |`);
    const ack = `p50 ${of(({ report }) => report.probe?.ack.p50)}, p99 ${of(({ report }) => report.probe?.ack.p99)}`;
    this.#report(`| … send to ack of the single events | ${ack} | |`);
    const cold = of(({ report }) => report.probeFollowed?.coldHits.p99);
    this.#report(`| … single events in the first ${warmOf(this.#options.seconds)} s after the start | p99 ${cold} | |`);
  }

  async #batch(): Promise<void> {
    const load = { ...this.#zstd, rate: BATCHES_PER_SECOND };
    const measured = await this.#measure({ load, stream: { rule: null } });
    const p99 = median(measured.map(({ report }) => report.followed?.last.p99 ?? Number.NaN));
    const p50 = median(measured.map(({ report }) => report.followed?.last.p50 ?? Number.NaN));
    const what = `a batch of ${number(EVENTS_PER_BODY)} events, ${BATCHES_PER_SECOND} a second, send to last hit`;
    this.#line(what, `p50 ${ms(p50)}, p99 ${ms(p99)}`, 'p99 500 ms', '', measured);
  }

  async #critical(): Promise<void> {
    const { critical } = this.#prepared;
    if (critical === null) {
      this.#report('| critical severity at full load | not measured: no event of the corpus has such a hit | 1 s |');
      return;
    }
    const measured = await this.#measure({ load: this.#zstd, probe: this.#probe, stream: { rule: critical.rule } });
    const p99 = median(measured.map(({ report }) => report.probeFollowed?.hits.p99 ?? Number.NaN));
    const p50 = median(measured.map(({ report }) => report.probeFollowed?.hits.p50 ?? Number.NaN));
    this.#line(
      'critical severity at full load, send to hit',
      `p50 ${ms(p50)}, p99 ${ms(p99)}`,
      'p99 1 s',
      '',
      measured,
    );
  }

  /** What storing costs: the same load with and without it, in turns. */
  async #stored(): Promise<void> {
    const what = 'HTTP NDJSON zstd, Mordor events, stored, against not stored';
    const [on, off]: Measured[][] = [[], []];
    for (let i = 0; i < this.#options.runs; i++) {
      on.push(...(await this.#measure({ load: this.#zstd }, 1, STORING.on)));
      off.push(...(await this.#measure({ load: this.#zstd }, 1, STORING.off)));
    }
    const [with_, without] = [on, off].map((all) => median(all.map(({ events, seconds }) => events / seconds)));
    const figure = `${number(with_)} events/s, ${number(without)} without: ${number(with_ / without, 2)} ×`;
    this.#line(what, figure, '0.6 × (aim 0.85 ×)', '', on);
  }

  async #answer(): Promise<void> {
    const what = 'ack to a query’s answer, half load';
    const server = await Server.start(this.#server);
    const isAnswered = await server.answers().finally(() => server.stop());
    if (!isAnswered) {
      this.#report(`| ${what} | not yet measurable: the server answers no queries | p99 2 s (aim 700 ms) | |`);
      return;
    }
    const load = { ...this.#zstd, rate: (await this.#fullRate()) / 2 / EVENTS_PER_BODY };
    this.#sentSingles = true;
    const measured = await this.#measure({ load, answers: { rate: ANSWERS_PER_SECOND } });
    const of = (pick: 'p50' | 'p99'): string =>
      ms(median(measured.map(({ report }) => report.answers?.[pick] ?? Number.NaN)));
    const refused = measured.reduce((sum, { report }) => sum + (report.answers?.refused ?? 0), 0);
    const left = refused === 0 ? '' : `; ${number(refused)} refused`;
    this.#line(what, `p50 ${of('p50')}, p99 ${of('p99')}${left}`, 'p99 2 s (aim 700 ms)', '', measured);
    this.#sentSingles = false;
  }
}

/** Seconds of the same load before a row is measured; what is slower in them, a row says. */
const warmOf = (seconds: number): number => Math.min(10, seconds / 2);

function ratio(rate: number, bare: number): string {
  return `${number(bare)} (${number(rate / bare, 3)} ×)`;
}

export const liveRows = (options: LiveOptions, report: Report): Promise<void> => LiveRows.run(options, report);
