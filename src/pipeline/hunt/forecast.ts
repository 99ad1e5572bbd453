/** What rules would have found: hits a day, on which hosts, at what cost, before they are switched on. */
import { type HuntOptions, type HuntSummary, hunt } from './hunt.ts';

export interface Forecast {
  readonly hits: number;
  /** Whether all events of that time were there to be asked. */
  readonly exact: boolean;
  /** Days (UTC) with hits, in order. */
  readonly by_day: readonly { readonly day: string; readonly hits: number }[];
  /** Rules with hits, the noisiest first. */
  readonly by_rule: readonly { readonly rule: string; readonly hits: number }[];
  /** Those with the most hits first. */
  readonly hosts: readonly { readonly host: string; readonly hits: number }[];
  /** Hosts beyond those that were counted one by one. */
  readonly more_hosts: boolean;
  readonly events: number;
  /** CPU time of a million events, milliseconds; null: there were none. */
  readonly cpu_ms_per_million: number | null;
  /** The first hits, as hit lines. */
  readonly examples: readonly string[];
  readonly summary: HuntSummary;
}

const HOSTS_MAX = 100_000;
const HOSTS_SHOWN = 10;
const EXAMPLES = 3;
const MATCHES = ',"matches":';

export async function forecast(options: Omit<HuntOptions, 'onHits' | 'resume'>): Promise<Forecast> {
  const days = new Map<string, number>();
  const hosts = new Map<string, number>();
  const examples: string[] = [];
  let hits = 0;
  let more = false;
  const onHits = (lines: Uint8Array): void => {
    for (const line of Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString().split('\n')) {
      if (line === '') continue;
      hits++;
      if (examples.length < EXAMPLES) examples.push(line);
      const { time, received, host } = headOf(line);
      bump(days, (time ?? received ?? '').slice(0, 10));
      if (host === null || host === '') continue;
      if (hosts.has(host) || hosts.size < HOSTS_MAX) bump(hosts, host);
      else more = true;
    }
  };
  const summary = await hunt({ ...options, onHits });
  return {
    hits,
    exact: summary.complete && summary.hunt.missing === 0,
    by_day: [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, count]) => ({ day, hits: count })),
    by_rule: noisiest(Object.entries(summary.hits)).map(([rule, count]) => ({ rule, hits: count })),
    hosts: noisiest([...hosts])
      .slice(0, HOSTS_SHOWN)
      .map(([host, count]) => ({ host, hits: count })),
    more_hosts: more || hosts.size > HOSTS_SHOWN,
    events: summary.events,
    cpu_ms_per_million: summary.events === 0 ? null : Math.round((summary.cpu_ms * 1e6) / summary.events),
    examples,
    summary,
  };
}

const noisiest = (counts: [string, number][]): [string, number][] =>
  counts.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));

interface Head {
  readonly time: string | null;
  readonly received?: string;
  readonly host: string | null;
}

/** What stands before the matches, without parsing the event. */
function headOf(line: string): Head {
  try {
    return JSON.parse(`${line.slice(0, line.indexOf(MATCHES))}}`) as Head;
  } catch {
    // A rule's logsource may have a key of that name.
    return JSON.parse(line) as Head;
  }
}

function bump(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
