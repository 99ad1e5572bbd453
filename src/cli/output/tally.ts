/** Hits counted by rule, host and time, in bounded memory: what the table and the report's totals are made from. */
import { asLevel, LEVELS, type Level, levelRank } from '../levels.ts';
import { type HitHead, timeMicros } from './hitLine.ts';

/** Hosts counted one by one; hits on hosts beyond are counted together. A fleet of this size fits in some 20 MB. */
export const HOSTS_MAX = 100_000;
/** Host names kept per rule to be shown; how many there are beyond is only known as `more`. */
const RULE_HOSTS_MAX = 1000;

export interface RuleTally {
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly tags: readonly string[];
  hits: number;
  /** Of them, those of carved events. */
  carved: number;
  /** Earliest and latest event time as written, null when no event had one. */
  first: string | null;
  last: string | null;
  readonly hosts: Set<string>;
  /** More hosts than `hosts` holds. */
  moreHosts: boolean;
}

export interface HostTally {
  readonly host: string;
  /** Hits by level, informational first. */
  readonly byLevel: number[];
  hits: number;
}

export interface Tally {
  hits: number;
  /** Of them, those of carved events. */
  carved: number;
  readonly byLevel: number[];
  readonly rules: Map<string, RuleTally>;
  readonly hosts: Map<string, HostTally>;
  /** Hits of events that name no host. */
  withoutHost: number;
  /** Hits on hosts beyond `HOSTS_MAX`. */
  onFurtherHosts: number;
  first: string | null;
  last: string | null;
}

export function newTally(): Tally {
  return {
    hits: 0,
    carved: 0,
    byLevel: LEVELS.map(() => 0),
    rules: new Map(),
    hosts: new Map(),
    withoutHost: 0,
    onFurtherHosts: 0,
    first: null,
    last: null,
  };
}

function widen(span: { first: string | null; last: string | null }, time: string | null): void {
  const at = timeMicros(time);
  if (Number.isNaN(at)) return;
  if (span.first === null || at < timeMicros(span.first)) span.first = time;
  if (span.last === null || at > timeMicros(span.last)) span.last = time;
}

export function addHit(tally: Tally, hit: HitHead): void {
  const level = asLevel(hit.rule.level);
  const rank = levelRank(level);
  tally.hits++;
  if (hit.source.carved === true) tally.carved++;
  tally.byLevel[rank] = (tally.byLevel[rank] ?? 0) + 1;
  widen(tally, hit.time);

  let rule = tally.rules.get(hit.rule.id);
  if (rule === undefined) {
    const { id, title, tags } = hit.rule;
    rule = { id, title, level, tags, hits: 0, carved: 0, first: null, last: null, hosts: new Set(), moreHosts: false };
    tally.rules.set(id, rule);
  }
  rule.hits++;
  if (hit.source.carved === true) rule.carved++;
  widen(rule, hit.time);

  if (hit.host === null || hit.host === '') {
    tally.withoutHost++;
    return;
  }
  if (rule.hosts.size < RULE_HOSTS_MAX) rule.hosts.add(hit.host);
  else if (!rule.hosts.has(hit.host)) rule.moreHosts = true;

  let host = tally.hosts.get(hit.host);
  if (host === undefined) {
    if (tally.hosts.size >= HOSTS_MAX) {
      tally.onFurtherHosts++;
      return;
    }
    host = { host: hit.host, byLevel: LEVELS.map(() => 0), hits: 0 };
    tally.hosts.set(hit.host, host);
  }
  host.hits++;
  host.byLevel[rank] = (host.byLevel[rank] ?? 0) + 1;
}

/** Rules of one level, most hits first, then by title. */
export function rulesOfLevel(tally: Tally, level: Level): RuleTally[] {
  return [...tally.rules.values()]
    .filter((rule) => rule.level === level)
    .sort((a, b) => b.hits - a.hits || (a.title < b.title ? -1 : 1));
}

/** Hosts, those with the most hits of the highest level first. */
export function hostsByLevel(tally: Tally): HostTally[] {
  return [...tally.hosts.values()].sort((a, b) => {
    for (let rank = LEVELS.length - 1; rank >= 0; rank--) {
      const difference = (b.byLevel[rank] ?? 0) - (a.byLevel[rank] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.host < b.host ? -1 : 1;
  });
}
