/** A journal in few words, for tests: events as `seconds rule+rule field=value …`, times from 0. */
import { limits } from '../../../base/index.ts';
import type { CorrelationRule } from '../../sigma/model.ts';
import { LiveCorrelator, type LiveFiring } from './correlator.ts';

type Bounds = typeof limits;

export function rule(parts: Partial<CorrelationRule>): CorrelationRule {
  return {
    kind: 'correlation',
    id: 'c',
    title: 'c',
    level: 'high',
    references: [],
    tags: [],
    falsepositives: [],
    fields: [],
    path: 'c.yml',
    document: 0,
    type: 'event_count',
    rules: ['a'],
    groupBy: [],
    timespanMs: 10_000,
    condition: [{ op: 'gte', value: 3 }],
    field: [],
    aliases: {},
    generate: false,
    ...parts,
  };
}

export class Journal {
  readonly #bounds: Bounds;
  live: LiveCorrelator;
  position = -1;
  /** Receive time of the next entry, in seconds. */
  clock = 0;

  constructor(rules: readonly CorrelationRule[], bounds: Partial<Bounds> = {}) {
    this.#bounds = { ...limits, ...bounds };
    const versioned = rules.map((rule) => ({ rule, version: 'v1' }));
    this.live = new LiveCorrelator(versioned, { log: 'L/0' }, this.#bounds);
  }

  /** One frame; returns what was put out. */
  send(lines: readonly string[], { tenant = 't', source = 's' } = {}): string[] {
    const position = ++this.position;
    const receiveTime = this.clock * 1000;
    let maxEventTime: number | null = null;
    for (const [row, line] of lines.entries()) {
      const [seconds, rules, ...pairs] = line.split(' ');
      const fields = new Map(pairs.map((pair) => pair.split('=') as [string, string]));
      const time = seconds === '-' ? null : Math.round(Number(seconds) * 1e6) / 1e3;
      for (const id of rules.split('+')) {
        const at = { tenant, source, position, row, time, receiveTime };
        this.live.match(id, at, (name) => fields.get(name)?.split(',') ?? []);
      }
      if (time !== null) maxEventTime = Math.max(maxEventTime ?? time, time);
    }
    this.live.frame({ tenant, source, position, receiveTime, maxEventTime });
    return this.taken();
  }

  tick(seconds: number): string[] {
    this.clock = seconds;
    this.live.tick({ position: ++this.position, receiveTime: seconds * 1000 });
    return this.taken();
  }

  /** Ticks until everything that waits has been taken. */
  end(): string[] {
    return [600, 1200, 1800].flatMap((seconds) => this.tick(this.clock + seconds));
  }

  cycle(): void {
    this.live = LiveCorrelator.restore(this.live.snapshot(), { log: 'L/0' }, this.#bounds);
  }

  taken(): string[] {
    return this.live.take().map(shown);
  }
}

/** `rule revision seconds group value [events]`, events as `position/row`; `gone` for a withdrawn one. */
function shown({ rule, revision, withdrawn, time, group, value, events }: LiveFiring): string {
  const listed = withdrawn ? 'gone' : `[${events.map((event) => event.slice('L/0/'.length))}]`;
  return [rule.id, `r${revision}`, time / 1000, ...Object.values(group), value, listed].join(' ');
}
