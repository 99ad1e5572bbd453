/** A journal for tests: events in the order they arrive, cut into frames, and what must come of it by the offline engine. */
import { limits } from '../../../base/index.ts';
import type { CorrelationRule } from '../../sigma/model.ts';
import { correlate } from '../correlate.ts';
import { BaseHits, fieldNeeds } from '../hits.ts';
import { LiveCorrelator, type LiveFiring, type LiveOptions } from './correlator.ts';

export interface TestEvent {
  readonly time: number;
  readonly source: string;
  readonly rules: readonly string[];
  readonly values: (field: string) => readonly (string | null)[];
}

/** Events of one source that arrive as one journal entry. */
export type TestFrame = readonly TestEvent[];

export const START = 1_000_000;

/** Runs frames through a correlator; `between` may replace it after each. Ends with ticks, some seconds first, until all windows are over. */
export function runLive(
  rules: readonly CorrelationRule[],
  frames: readonly TestFrame[],
  options: Partial<LiveOptions> = {},
  between: (live: LiveCorrelator, frame: number) => LiveCorrelator = (live) => live,
  bounds = limits,
  seconds = 0,
): { firings: LiveFiring[]; live: LiveCorrelator } {
  const firings: LiveFiring[] = [];
  let live = new LiveCorrelator(
    rules.map((rule) => ({ rule, version: 'v1' })),
    { log: 'log/0', ...options },
    bounds,
  );
  for (const [position, frame] of frames.entries()) {
    give(live, position, START + position, frame);
    live = between(live, position);
    firings.push(...live.take());
  }
  let [position, receiveTime] = [frames.length, START + frames.length];
  for (const ms of [...Array<number>(seconds).fill(1000), 600_000, 600_000, 600_000]) {
    receiveTime += ms;
    live.tick({ position: position++, receiveTime });
  }
  firings.push(...live.take());
  return { firings, live };
}

export function give(
  live: LiveCorrelator,
  position: number,
  receiveTime: number,
  frame: TestFrame,
  tenant = 't',
): void {
  for (const [row, { time, source, rules, values }] of frame.entries()) {
    for (const rule of rules) live.match(rule, { tenant, source, position, row, time, receiveTime }, values);
  }
  const maxEventTime = Math.max(...frame.map(({ time }) => time));
  live.frame({ tenant, source: frame[0].source, position, receiveTime, maxEventTime });
}

/** What the offline engine makes of the same events, in the form of `outcome`. */
export function offline(rules: readonly CorrelationRule[], frames: readonly TestFrame[]): string[] {
  const hits = new BaseHits(fieldNeeds(rules));
  const ids: string[] = [];
  for (const [position, frame] of frames.entries()) {
    for (const [row, { time, source, rules, values }] of frame.entries()) {
      for (const rule of rules) {
        hits.add(rule, { time, path: source, record: position * 1000 + row, event: ids.length }, values);
      }
      ids.push(`log/0/${position}/${row}`);
    }
  }
  return correlate(rules, hits)
    .firings.map(({ rule, group, time, path, record, value, events, eventCount }) => {
      const at = `log/0/${Math.floor(record / 1000)}/${record % 1000}`;
      return JSON.stringify([rule.id, group, value, time, path, at, events.map((event) => ids[event]), eventCount]);
    })
    .sort();
}

/** The firings that hold in the end, each as one line. */
export function outcome(firings: readonly LiveFiring[]): string[] {
  const latest = new Map<string, LiveFiring>();
  for (const firing of firings) {
    const before = latest.get(firing.id)?.revision ?? 0;
    if (firing.revision !== before + 1) throw new Error(`revision ${firing.revision} of ${firing.id} after ${before}`);
    latest.set(firing.id, firing);
  }
  return [...latest.values()]
    .filter(({ withdrawn }) => !withdrawn)
    .map(({ rule, group, value, time, source, event, events, eventCount }) =>
      JSON.stringify([rule.id, group, value, time, source, event, events, eventCount]),
    )
    .sort();
}
