/** `weir rules test`: what a rule would have found in what is kept. */
import { onStopSignal, type StopSignal } from '../../base/index.ts';
import { type Forecast, forecast, type HuntOptions, startRules } from '../../pipeline/index.ts';
import { EXIT, oneOf, SIGNAL_STATUS } from '../failure.ts';
import { cacheFolder, threadsDefault } from '../places.ts';
import { printable } from '../terminal/escape.ts';
import { count, counted } from '../terminal/numbers.ts';
import { coverageText, fetchedBy, huntServer, openHistory, spanOf } from './hunt.ts';

export interface RulesTestFlags {
  readonly data?: string;
  readonly since?: string;
  readonly until?: string;
  readonly pipeline?: readonly string[];
  readonly tenant?: string;
  readonly format?: string;
}

/** Of a pack, as text; as JSON all are told. */
const RULES_SHOWN = 20;

export async function rulesTestCommand(paths: readonly string[], flags: RulesTestFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const format = oneOf('--format', flags.format ?? (process.stdout.isTTY ? 'text' : 'json'), ['text', 'json']);
  const span = spanOf({ ...flags, since: flags.since ?? '7d' });
  const tenant = flags.tenant ?? 'default';
  const server = huntServer(folder, tenant);
  const rules = await startRules({ paths, pipelines: flags.pipeline ?? [], cache: cacheFolder(process.env) });
  for (const { path, reason } of rules.report.refused)
    process.stderr.write(`refused: ${printable(`${path}: ${reason}`)}\n`);
  const stop = new AbortController();
  const { signal } = stop;
  let signalled: StopSignal | null = null;
  const restore = onStopSignal((name) => {
    signalled = name;
    stop.abort();
  });
  let result: Forecast;
  try {
    result = await (server === null
      ? forecastInFolder(folder, { tenant, span, rules, signal })
      : server.forecast({ rules: paths, pipelines: flags.pipeline ?? [], span }, signal));
  } catch (error) {
    if (signalled !== null) return SIGNAL_STATUS[signalled];
    throw error;
  } finally {
    restore();
  }
  const { summary, ...told } = result;
  process.stdout.write(format === 'json' ? `${JSON.stringify(told)}\n` : forecastText(result));
  process.stderr.write(coverageText(summary, folder));
  if (signalled !== null) return SIGNAL_STATUS[signalled];
  return summary.unparsed.length === 0 ? EXIT.done : EXIT.unread;
}

async function forecastInFolder(
  folder: string,
  asked: Pick<HuntOptions, 'tenant' | 'span' | 'rules' | 'signal'>,
): Promise<Forecast> {
  using opened = openHistory(folder);
  const { history, end } = opened;
  const view = history.view({ tenant: asked.tenant, ...asked.span }, end);
  using _lease = view.lease;
  return await forecast({ ...asked, view, fetch: (file) => fetchedBy(history, file), threads: threadsDefault() });
}

export function forecastText({ hits, exact, by_day, by_rule, hosts, more_hosts, events, ...rest }: Forecast): string {
  const lines = [`${exact ? '' : 'at least '}${counted(hits, 'hit')} in ${counted(events, 'event')}`];
  if (rest.cpu_ms_per_million !== null)
    lines.push(`${count(rest.cpu_ms_per_million)} ms of CPU time for a million events`);
  for (const { day, hits } of by_day) lines.push(`  ${day}  ${count(hits)}`);
  if (by_rule.length > 1) lines.push('Noisiest rules:');
  for (const { rule, hits } of by_rule.length > 1 ? by_rule.slice(0, RULES_SHOWN) : [])
    lines.push(`  ${printable(rule)}  ${count(hits)}`);
  if (by_rule.length > RULES_SHOWN) lines.push(`  and ${counted(by_rule.length - RULES_SHOWN, 'more rule')}`);
  if (hosts.length > 0) lines.push('Noisiest hosts:');
  for (const { host, hits } of hosts) lines.push(`  ${printable(host)}  ${count(hits)}`);
  if (more_hosts) lines.push('  and more');
  if (rest.examples.length > 0) lines.push('Examples:');
  for (const example of rest.examples) lines.push(`  ${printable(example.slice(0, 2000))}`);
  return `${lines.join('\n')}\n`;
}
