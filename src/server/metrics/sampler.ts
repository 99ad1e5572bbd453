/** Weir's own metrics as samples. */
import type { MetricNumber } from '../../base/index.ts';
import type { Sample } from '../../store/index.ts';

/** Counters begin with this process, so what they have grown by since the last sample that was kept is exact. */
export class Sampler {
  readonly #kept = new Map<string, number>();
  readonly #tenant: string;

  /** @param tenant whose they are */
  constructor(tenant: string) {
    this.#tenant = tenant;
  }

  take(numbers: readonly MetricNumber[], at: number): Sample[] {
    return numbers.map(({ name, labels, value, grows }) => {
      const series = { tenant: this.#tenant, name, labels };
      if (!grows) return { series, at, value, increase: 0 };
      const increase = value - (this.#kept.get(keyOf(name, labels)) ?? 0);
      // One that has begun anew has grown by what it has.
      return { series, at, value, increase: increase < 0 ? value : increase };
    });
  }

  /** These are in the store: increases of the next begin here. */
  kept(samples: readonly Sample[]): void {
    for (const { series, value } of samples) this.#kept.set(keyOf(series.name, series.labels), value);
  }
}

const keyOf = (name: string, labels: Readonly<Record<string, string>>): string => JSON.stringify([name, labels]);
