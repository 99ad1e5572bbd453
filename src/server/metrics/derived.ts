/**
 * Series derived from events by rule (`metrics.series`).
 *
 * A run asks for the events of positions that were not counted yet, and hands over what came of them together with the new position: both are
 * kept in one transaction, or neither. So each event counts once, whatever crashes when. The number of a minute may come in several
 * parts, one a run, which stand side by side as samples of that minute (its first millisecond and those behind it, by the number of the run):
 * their sum is the minute's.
 */
import { every, type Logger, limits, now, WeirError } from '../../base/index.ts';
import type { Health } from '../../gateway/index.ts';
import type { Meta } from '../../meta/index.ts';
import { ask, type Reply } from '../../pipeline/index.ts';
import type { MetricsPlace, Sample } from '../../store/index.ts';
import type { MetricsThread } from './index.ts';
import type { SeriesRule } from './series-rules.ts';

export interface DerivedOptions {
  readonly rules: readonly SeriesRule[];
  readonly everyMs: number;
  readonly thread: Pick<MetricsThread, 'write' | 'places' | 'reader'>;
  readonly sources: Parameters<typeof ask>[0];
  readonly tenants: Pick<Meta['tenants'], 'list'>;
  /** First position that is not durable. */
  durable(): number;
  readonly health: Health;
  readonly log: Logger;
}

const MINUTE_MS = 60_000;
const OTHER = 'other';
/** The place of a rule itself: where it began. Tenants that come later have nothing before it that it does not want. */
const RULE = '';

interface Row {
  readonly minute: string | null;
  readonly value: number | string | null;
  readonly [label: `label_${number}`]: string | null;
}

export class DerivedSeries {
  readonly #options: DerivedOptions;
  readonly #places = new Map<string, MetricsPlace>();
  /** Combinations of labels that a rule has in a tenant. */
  readonly #known = new Map<string, Set<string>>();
  readonly #abort = new AbortController();
  readonly #stopTimer: () => void;
  #running: Promise<void> | null = null;
  #opened = false;

  constructor(options: DerivedOptions) {
    this.#options = options;
    void this.run();
    this.#stopTimer = every(options.everyMs, () => void this.run());
  }

  /** Counts what has come since; joins a run that is under way. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopTimer();
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const failed = new Map<string, string>();
    const { rules, durable, health, log } = this.#options;
    const to = durable();
    for (const rule of rules) {
      try {
        await this.#open();
        for (const tenant of this.#tenants(rule)) await this.#catchUp(rule, tenant, to);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (!(error instanceof WeirError)) throw error;
        failed.set(rule.name, error.message);
        log.warn('a series is not counted further for now', { series: rule.name, error: error.message });
      }
    }
    const [first] = failed;
    if (first === undefined) health.set('series', 'ready', null);
    else health.set('series', 'degraded', `${failed.size} are not counted further for now; ${first[0]}: ${first[1]}`);
  }

  async #open(): Promise<void> {
    if (this.#opened) return;
    const { thread, rules, durable } = this.#options;
    for (const place of await thread.places()) this.#places.set(keyOf(place.rule, place.tenant), place);
    for (const { name } of rules) {
      if (!this.#places.has(keyOf(name, RULE)))
        await this.#keep([], { rule: name, tenant: RULE, position: durable(), run: 0 });
    }
    this.#opened = true;
  }

  async #catchUp(rule: SeriesRule, tenant: string, to: number): Promise<void> {
    const key = keyOf(rule.name, tenant);
    for (;;) {
      const place = this.#places.get(key) ?? this.#places.get(keyOf(rule.name, RULE));
      if (place === undefined || place.position >= to) return;
      const end = Math.min(to, place.position + limits.metricRulePositionsMax);
      const run = place.run + 1;
      const samples = await this.#count(rule, tenant, { from: place.position, to: end }, run);
      if (samples.length > limits.metricWriteSamplesMax) {
        throw new WeirError(
          'store.metrics',
          `${rule.name}: ${samples.length} samples of one run, more than one write holds`,
          {
            hint: 'Give the series fewer labels.',
          },
        );
      }
      await this.#keep(samples, { rule: rule.name, tenant, position: end, run });
    }
  }

  async #count(
    rule: SeriesRule,
    tenant: string,
    positions: { readonly from: number; readonly to: number },
    run: number,
  ): Promise<Sample[]> {
    const { sources } = this.#options;
    const question = { text: rule.query, tenant, since: null, now: now(), signal: this.#abort.signal, positions };
    const reply = await ask(sources, question);
    const known = await this.#knownOf(rule, tenant);
    const samples = new Map<string, Sample>();
    for await (const row of rowsOf(reply)) {
      const value = Number(row.value ?? 0);
      const minute = Date.parse(row.minute ?? '');
      if (!Number.isFinite(minute) || value === 0) continue;
      const labels = folded(rule, row, known);
      const at = minute + (run % MINUTE_MS);
      const key = `${at} ${JSON.stringify(labels)}`;
      const all = value + (samples.get(key)?.value ?? 0);
      samples.set(key, { series: { tenant, name: rule.name, labels }, at, value: all, increase: all });
    }
    const { missing } = await reply.coverage();
    if (missing.length > 0) {
      throw new WeirError('store.metrics', `${rule.name}: segments with events that are to be counted are missing`, {
        hint: 'Bring the files back, or run `weir store rebuild`.',
      });
    }
    return [...samples.values()];
  }

  async #keep(samples: readonly Sample[], place: MetricsPlace): Promise<void> {
    await this.#options.thread.write(samples, place);
    this.#places.set(keyOf(place.rule, place.tenant), place);
  }

  async #knownOf(rule: SeriesRule, tenant: string): Promise<Set<string>> {
    const key = keyOf(rule.name, tenant);
    let known = this.#known.get(key);
    if (known === undefined) {
      const kept = await this.#options.thread.reader.series(tenant, rule.name);
      known = new Set(kept.map(({ labels }) => JSON.stringify(rule.labels.map((label) => labels[label] ?? ''))));
      this.#known.set(key, known);
    }
    return known;
  }

  *#tenants({ tenants: named }: SeriesRule): Generator<string> {
    for (let after: string | null = null; ; ) {
      const page = this.#options.tenants.list({ limit: limits.pageItemsMax, after });
      for (const { id } of page.items) if (named.length === 0 || named.includes(id)) yield id;
      if (page.next === null) return;
      after = page.next;
    }
  }
}

const keyOf = (rule: string, tenant: string): string => `${rule} ${tenant}`;

async function* rowsOf({ rows }: Reply): AsyncGenerator<Row> {
  for await (const row of rows) yield JSON.parse(row) as Row;
}

/** Labels as the row has them; where they are too long or there are too many combinations, `other`: the sum over all series stays what it is. */
function folded({ labels }: SeriesRule, row: Row, known: Set<string>): Readonly<Record<string, string>> {
  const values = labels.map((_, i) => {
    const value = row[`label_${i}`] ?? '';
    return value.length > limits.metricLabelCharactersMax ? OTHER : value;
  });
  const key = JSON.stringify(values);
  const fits = known.has(key) || known.size < limits.metricRuleSeriesMax;
  if (fits) known.add(key);
  return Object.fromEntries(labels.map((label, i) => [label, fits ? values[i] : OTHER]));
}
