/** The metrics store as configured, as its thread takes it. */
import { type Config, revealSecret } from '../config/index.ts';
import type { MetricsSetup } from './messages.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Null where nothing is kept. Throws `config.secret` where a secret is not there. */
export function metricsSetup(
  { metrics }: Pick<Config, 'metrics'>,
  folder: string,
  environment: Environment,
): MetricsSetup | null {
  const { store, url, database, timeout, retention } = metrics;
  if (store === 'off') return null;
  // What is finer is never kept for longer than what is made of it.
  const minutesMs = Math.max(retention.samples, retention.minutes);
  const kept = { samplesMs: retention.samples, minutesMs, hoursMs: Math.max(minutesMs, retention.hours) };
  if (store === 'embedded' || url === undefined) return { folder, target: { kind: 'embedded' }, retention: kept };
  const headers = Object.fromEntries(
    Object.entries(metrics.headers).map(([name, value]) => [name, revealSecret(value, environment)]),
  );
  return { folder, target: { kind: store, url, headers, timeoutMs: timeout, database }, retention: kept };
}
