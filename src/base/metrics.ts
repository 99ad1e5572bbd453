/**
 * Metrics: counters, gauges and histograms whose labels cannot grow without bound, as OpenMetrics text.
 *
 * The numbers are kept here and not in prom-client, whose histograms neither take one observation for many events nor can be
 * added up over threads; from it come the process's own metrics (`process_…`, `nodejs_…`).
 *
 * A thread other than main keeps a `Metrics` of its own and hands in what changed (`takeDelta`), which main adds (`merge`).
 */
import { limits } from './limits.ts';

/** The values a label may have: a list, or `open` where they come from outside (tenants, sources), bounded then. */
export type LabelValues = readonly string[] | 'open';

export interface MetricSpec<L extends string = never> {
  /** `weir_…`, the unit last: `_total` (counters), `_seconds`, `_bytes`, `_ratio`. */
  readonly name: string;
  /** What it counts: a sentence without a full stop. */
  readonly help: string;
  readonly labels?: Readonly<Record<L, LabelValues>>;
  /** Series with open labels before further ones are counted under `other`. */
  readonly seriesMax?: number;
}

export interface HistogramSpec<L extends string = never> extends MetricSpec<L> {
  /** Upper bounds of the buckets, ascending, without infinity. */
  readonly bounds: readonly number[];
}

export type Labels<L extends string> = Readonly<Record<L, string>>;

export interface Counter<L extends string> {
  /** Adds `by` ≥ 0. */
  add(by: number, ...labels: [L] extends [never] ? [] : [Labels<L>]): void;
}

export interface Gauge<L extends string> {
  set(value: number, ...labels: [L] extends [never] ? [] : [Labels<L>]): void;
}

export interface Histogram<L extends string> {
  /** One value seen `times` times: a batch's latency holds for each of its events. */
  observe(value: number, times: number, ...labels: [L] extends [never] ? [] : [Labels<L>]): void;
}

/** One number of the text, without those that are facts (`…_info`). */
export interface MetricNumber {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Whether it only grows while the process runs: counters, and all of a histogram. */
  readonly grows: boolean;
}

/** What changed since it was last taken; structured-clonable. Counts of one that is lost are lost, of one added twice doubled. */
export interface MetricsDelta {
  readonly families: readonly {
    readonly name: string;
    readonly series: readonly { readonly labels: readonly string[]; readonly numbers: Float64Array }[];
  }[];
}

export interface Info<L extends string> {
  /** What holds from now on; what held before is no longer shown. */
  set(labels: Labels<L>): void;
}

type Kind = 'counter' | 'gauge' | 'histogram' | 'info';

interface Family {
  readonly kind: Kind;
  readonly spec: MetricSpec<string>;
  readonly names: readonly string[];
  readonly allowed: readonly LabelValues[];
  readonly bounds: readonly number[];
  readonly seriesMax: number;
  /** In order of their coming. */
  readonly series: Series[];
  /**
   * The same, by the value of each label in turn: a key made of all of them would have to be made for each update, some twenty times a
   * request.
   */
  readonly byLabels: ByLabels;
}

type ByLabels = Map<string, ByLabels | Series>;

interface Series {
  readonly labels: readonly string[];
  /** `[value]`, for a histogram `[sum, bucket…, beyond]`. */
  readonly numbers: Float64Array;
  changed: boolean;
}

export const OTHER = 'other';
export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** What is wrong with a metric's name or help by the conventions; null when nothing. */
export function metricNameFault(kind: Kind, spec: MetricSpec<string>): string | null {
  const { name, help } = spec;
  if (!/^weir_[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) return `${name}: not weir_… in small letters`;
  if ((kind === 'counter') !== name.endsWith('_total')) return `${name}: counters, and only they, end in _total`;
  if (/_(count|sum|bucket|info|created)$/.test(name)) return `${name}: its end is reserved by OpenMetrics`;
  if (/_(ms|millis|milliseconds|minutes|hours|kb|mb|kib|mib|percent)(_total)?$/.test(name)) {
    return `${name}: seconds, bytes and ratios, no multiples`;
  }
  if (kind === 'histogram' && !/_(seconds|bytes|ratio)$/.test(name))
    return `${name}: a histogram's name ends in its unit`;
  if (!/^[A-Z].* .*[^.]$/.test(help)) return `${name}: help is no sentence without a full stop`;
  for (const label of Object.keys(spec.labels ?? {})) {
    if (!/^[a-z][a-z_]*$/.test(label) || label === 'le') return `${name}: label ${label}`;
  }
  return null;
}

export class Metrics {
  readonly #families = new Map<string, Family>();
  readonly #hooks: (() => void)[] = [];
  readonly #overflow: Counter<'metric'>;
  #process: Promise<ProcessMetrics> | null = null;

  constructor() {
    this.#overflow = this.counter({
      name: 'weir_metric_overflow_total',
      help: 'Updates counted under the label value other since a metric had too many series',
      labels: { metric: 'open' },
    });
  }

  counter<L extends string = never>(spec: MetricSpec<L>): Counter<L> {
    const family = this.#declare('counter', spec, []);
    return {
      add: (by, ...[labels]) => {
        const series = this.#resolve(family, labels);
        series.numbers[0] += by;
        series.changed = true;
      },
    };
  }

  /** The last value set counts, also over threads: let what several threads have say which by a label. */
  gauge<L extends string = never>(spec: MetricSpec<L>): Gauge<L> {
    const family = this.#declare('gauge', spec, []);
    return {
      set: (value, ...[labels]) => {
        const series = this.#resolve(family, labels);
        series.numbers[0] = value;
        series.changed = true;
      },
    };
  }

  histogram<L extends string = never>(spec: HistogramSpec<L>): Histogram<L> {
    const family = this.#declare('histogram', spec, spec.bounds);
    return {
      observe: (value, times, ...[labels]) => {
        const series = this.#resolve(family, labels);
        const at = spec.bounds.findIndex((bound) => value <= bound);
        series.numbers[0] += value * times;
        series.numbers[1 + (at < 0 ? spec.bounds.length : at)] += times;
        series.changed = true;
      },
    };
  }

  /** Facts as labels, `…_info` in the text: one series, replaced as a whole. */
  info<L extends string>(spec: MetricSpec<L>): Info<L> {
    const family = this.#declare('info', spec, []);
    return {
      set: (labels) => {
        family.series.length = 0;
        family.byLabels.clear();
        this.#resolve(family, labels).numbers[0] = 1;
      },
    };
  }

  /** Called before each text, to set gauges. */
  onCollect(hook: () => void): void {
    this.#hooks.push(hook);
  }

  takeDelta(): MetricsDelta {
    for (const hook of this.#hooks) hook();
    const families: { name: string; series: { labels: readonly string[]; numbers: Float64Array }[] }[] = [];
    for (const [name, family] of this.#families) {
      const series: { labels: readonly string[]; numbers: Float64Array }[] = [];
      for (const one of family.series) {
        if (!one.changed) continue;
        series.push({ labels: one.labels, numbers: one.numbers.slice() });
        one.changed = false;
        if (family.kind !== 'gauge') one.numbers.fill(0);
      }
      if (series.length > 0) families.push({ name, series });
    }
    return { families };
  }

  /** Adds what a thread handed in; the families must have been declared here too. */
  merge(delta: MetricsDelta): void {
    for (const { name, series } of delta.families) {
      const family = this.#families.get(name);
      if (family === undefined) throw new Error(`metric ${name} is not declared in the thread that adds it up`);
      for (const { labels, numbers } of series) {
        const into = this.#series(family, labels);
        into.changed = true;
        if (family.kind === 'gauge') into.numbers.set(numbers);
        else for (let i = 0; i < numbers.length; i++) into.numbers[i] += numbers[i];
      }
    }
  }

  /** The value of one series as text shows it; 0 where there is none. For a histogram the number of observations. */
  read(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const family = this.#families.get(name);
    if (family === undefined) return 0;
    const wanted = family.names.map((label) => labels[label] ?? '');
    const series = find(family, wanted);
    if (series === undefined) return 0;
    return family.kind === 'histogram' ? series.numbers.subarray(1).reduce((a, b) => a + b, 0) : series.numbers[0];
  }

  /** OpenMetrics 1.0 text, to be sent as `OPENMETRICS_TYPE`; with the process's own metrics unless told otherwise. */
  async text(options: { readonly process?: boolean } = {}): Promise<string> {
    for (const hook of this.#hooks) hook();
    const own = [...this.#families.values()].map(familyText).join('');
    if (options.process === false) return `${own}# EOF\n`;
    this.#process ??= processMetrics();
    return own + (await (await this.#process).metrics());
  }

  /** All numbers of {@link text}, those of the process among them; facts are left out. */
  async numbers(): Promise<MetricNumber[]> {
    for (const hook of this.#hooks) hook();
    this.#process ??= processMetrics();
    return [...[...this.#families.values()].flatMap(familyNumbers), ...(await (await this.#process).numbers())];
  }

  /** Series kept, of all families. */
  get seriesCount(): number {
    return [...this.#families.values()].reduce((sum, family) => sum + family.series.length, 0);
  }

  #declare(kind: Kind, spec: MetricSpec<string>, bounds: readonly number[]): Family {
    const fault = metricNameFault(kind, spec);
    if (fault !== null) throw new Error(fault);
    const known = this.#families.get(spec.name);
    if (known !== undefined) {
      if (known.kind !== kind || JSON.stringify(known.spec) !== JSON.stringify(spec)) {
        throw new Error(`${spec.name} is declared twice, differently`);
      }
      return known;
    }
    const family: Family = {
      kind,
      spec,
      names: Object.keys(spec.labels ?? {}),
      allowed: Object.values(spec.labels ?? {}),
      bounds,
      seriesMax: spec.seriesMax ?? limits.metricSeriesMax,
      series: [],
      byLabels: new Map(),
    };
    this.#families.set(spec.name, family);
    // What has no labels is shown from the start, as 0.
    if (family.names.length === 0) this.#series(family, []);
    return family;
  }

  #resolve(family: Family, labels: Readonly<Record<string, string>> | undefined): Series {
    return this.#series(
      family,
      family.names.map((name) => labels?.[name] ?? ''),
    );
  }

  #series(family: Family, wanted: readonly string[]): Series {
    const known = find(family, wanted);
    if (known !== undefined) return known;
    const fits = wanted.every((value, i) => {
      const allowed = family.allowed[i];
      return allowed === 'open' ? value.length <= limits.metricLabelCharactersMax : (allowed?.includes(value) ?? false);
    });
    const labels = fits && family.series.length < family.seriesMax ? wanted : this.#folded(family, wanted);
    let series = find(family, labels);
    if (series === undefined) {
      const numbers = new Float64Array(family.kind === 'histogram' ? family.bounds.length + 2 : 1);
      series = { labels: [...labels], numbers, changed: false };
      keep(family, series);
    }
    return series;
  }

  /** Open labels, and values that are on no list, become `other`; so there are no more series than lists allow. */
  #folded(family: Family, wanted: readonly string[]): string[] {
    if (family.spec.name !== 'weir_metric_overflow_total') this.#overflow.add(1, { metric: family.spec.name });
    return wanted.map((value, i) => {
      const allowed = family.allowed[i];
      return allowed !== 'open' && (allowed?.includes(value) ?? false) ? value : OTHER;
    });
  }
}

function find({ series, byLabels }: Family, labels: readonly string[]): Series | undefined {
  if (labels.length === 0) return series[0];
  let at: ByLabels | Series | undefined = byLabels;
  for (const value of labels) at = (at as ByLabels | undefined)?.get(value);
  return at as Series | undefined;
}

function keep({ series, byLabels }: Family, one: Series): void {
  series.push(one);
  let at = byLabels;
  one.labels.forEach((value, i) => {
    if (i === one.labels.length - 1) at.set(value, one);
    else {
      const next = (at.get(value) as ByLabels | undefined) ?? new Map();
      at.set(value, next);
      at = next;
    }
  });
}

interface ProcessMetrics {
  metrics(): Promise<string>;
  numbers(): Promise<MetricNumber[]>;
}

/** Those of Node and the process, from prom-client; loaded when first asked for, since a start must not wait for it. */
async function processMetrics(): Promise<ProcessMetrics> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const register = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register });
  return {
    metrics: () => register.metrics(),
    numbers: async () =>
      (await register.getMetricsAsJSON()).flatMap(({ name, type, values }) => {
        const grows = String(type) === 'counter' || String(type) === 'histogram';
        // A version is a fact, as what ends in _info is.
        const shown = name.endsWith('_info') ? [] : values;
        return shown.map(({ value, labels, ...more }) => {
          const own = Object.entries(labels).map(([label, text]) => [label, String(text)]);
          const as = 'metricName' in more && typeof more.metricName === 'string' ? more.metricName : name;
          return { name: as, labels: Object.fromEntries(own), value, grows };
        });
      }),
  };
}

function familyNumbers({ kind, spec: { name }, names, bounds, series }: Family): MetricNumber[] {
  if (kind === 'info') return [];
  return series.flatMap(({ labels, numbers }) => {
    const own = Object.fromEntries(names.map((label, i) => [label, labels[i]]));
    if (kind !== 'histogram') return [{ name, labels: own, value: numbers[0], grows: kind === 'counter' }];
    let sum = 0;
    const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, i) => {
      sum += numbers[1 + i];
      return { name: `${name}_bucket`, labels: { ...own, le: numberText(bound) }, value: sum, grows: true };
    });
    const count = { name: `${name}_count`, labels: own, value: sum, grows: true };
    return [...buckets, count, { name: `${name}_sum`, labels: own, value: numbers[0], grows: true }];
  });
}

function familyText({ kind, spec, names, bounds, series }: Family): string {
  const base = kind === 'counter' ? spec.name.slice(0, -'_total'.length) : spec.name;
  const unit = /_(seconds|bytes|ratio)$/.exec(base)?.[1];
  let text = `# TYPE ${base} ${kind}\n${unit === undefined ? '' : `# UNIT ${base} ${unit}\n`}# HELP ${base} ${spec.help}\n`;
  for (const { labels, numbers } of series.values()) {
    const pairs = names.map((name, i) => `${name}="${escapeLabel(labels[i] ?? '')}"`);
    if (kind !== 'histogram') {
      text += `${spec.name}${kind === 'info' ? '_info' : ''}${braces(pairs)} ${numberText(numbers[0])}\n`;
      continue;
    }
    let sum = 0;
    [...bounds, Number.POSITIVE_INFINITY].forEach((bound, i) => {
      sum += numbers[1 + i];
      text += `${base}_bucket${braces([...pairs, `le="${numberText(bound)}"`])} ${numberText(sum)}\n`;
    });
    text += `${base}_count${braces(pairs)} ${numberText(sum)}\n${base}_sum${braces(pairs)} ${numberText(numbers[0])}\n`;
  }
  return text;
}

const braces = (pairs: readonly string[]): string => (pairs.length === 0 ? '' : `{${pairs.join(',')}}`);
const escapeLabel = (value: string): string =>
  value.toWellFormed().replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
