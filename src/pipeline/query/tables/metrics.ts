/** The table `metrics`: weir's own metrics over time, and series that rules derive from events. */
import { WeirError } from '../../../base/index.ts';
import { Bag, TICKS_PER_MS, TimeSpan } from '../../../lang/index.ts';
import type { Point } from '../../../store/index.ts';
import { at, count, one, tableOf } from './table.ts';

/** Names of the installation's own metrics; rules cannot give such names to series (`server/config/metrics-section.ts`). */
const INSTALLATION = /^(?:weir|process|nodejs)_/;

export const isInstallationMetric = (name: string): boolean => INSTALLATION.test(name);

/** A query of one point a series and 10 s may go back for years: what is asked for is read, and no more than that. */
export const metrics = tableOf<Point>({
  received: '@timestamp',
  columns: {
    '@timestamp': { type: 'datetime', of: (point) => at(point.at) },
    name: { type: 'string', of: ({ series }) => [series.name] },
    labels: { type: 'dynamic', of: ({ series }) => one(new Bag(new Map(Object.entries(series.labels)))) },
    value: { type: 'real', of: ({ last }) => [last] },
    increase: { type: 'real', of: ({ increase }) => [increase] },
    step: { type: 'timespan', of: ({ stepMs }) => [new TimeSpan(BigInt(stepMs) * TICKS_PER_MS)] },
    count: { type: 'long', of: ({ count: samples }) => count(samples) },
    sum: { type: 'real', of: ({ sum }) => [sum] },
    min: { type: 'real', of: ({ min }) => [min] },
    max: { type: 'real', of: ({ max }) => [max] },
  },
  async *pages(sources, tenant, _upTo, { name, fromMs, toMs, installation }) {
    const store = sources.metrics();
    if (store === null) {
      throw new WeirError('query.argument', 'no metrics are kept here', {
        hint: 'Set metrics.store to something else than off, or ask the server that keeps them.',
      });
    }
    for await (const points of store.read({ tenant, name, fromMs, toMs, stepMs: null })) {
      yield installation ? points : points.filter(({ series }) => !isInstallationMetric(series.name));
    }
  },
  until: () => null,
});
