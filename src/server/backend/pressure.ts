/** Pressure for the API: how near weir is to what it cannot take, and which signal gives it. */
import { elapsedMs, now } from '../../base/index.ts';
import type { Backend } from '../../gateway/index.ts';
import { type Pressure, SIGNALS } from '../../ingest/index.ts';

/** Samples are of the clock that never goes back. */
const wallTime = (atMs: number): string => new Date(now() - (elapsedMs() - atMs)).toISOString();

export function pressureBackend(source: Pressure): Backend['pressure'] {
  return {
    state() {
      const { pressure, share, worst, parts, trend, slope } = source.state;
      const history = source.history.map((sample) => ({
        time: wallTime(sample.atMs),
        pressure: sample.pressure,
        share: sample.share,
        worst: sample.worst,
      }));
      const named = Object.entries(parts).map(([signal, value]) => {
        const { soft, hard, most, unit, why } = SIGNALS[signal as keyof typeof SIGNALS];
        return { signal, pressure: value, soft, hard, most, unit, why };
      });
      return Promise.resolve({ pressure, share, worst, trend, slope_per_second: slope, parts: named, history });
    },
  };
}
