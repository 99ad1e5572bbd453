/** What doors tell of kinds of events, gathered in journal order for the store. */
import type { Arrival } from '../../store/index.ts';
import type { DurableUnit, Evaluated, EvaluatedBatch, LaneRows } from './types.ts';

interface Gathered extends Arrival {
  events: number;
  lastReceived: number;
}

/** Requests whose news wait for them; those that never get to disk leave theirs behind. */
const WAITING_MAX = 1000;

export class LaneArrivals {
  #gathered: Gathered[] = [];
  /** The last of each lane in `#gathered`. */
  readonly #last = new Map<string, Gathered>();
  /**
   * What a door told with results that may be thrown away: evaluated again, by whichever door, the request brings them no second
   * time.
   */
  readonly #waiting = new Map<number, LaneRows[]>();

  /** Before a result is used, or not. */
  told({ unit, batches }: Evaluated): void {
    for (const { lanes } of batches) {
      for (const lane of lanes) {
        if (lane.columns === undefined && lane.more === undefined) continue;
        const waiting = this.#waiting.get(unit);
        if (waiting === undefined) this.#waiting.set(unit, [lane]);
        else waiting.push(lane);
      }
    }
    for (const [oldest] of this.#waiting) if (this.#waiting.size > WAITING_MAX) this.#waiting.delete(oldest);
  }

  /** A request whose results are taken. */
  add({ unit, first, tenant, receivedAt }: DurableUnit, batches: readonly EvaluatedBatch[]): void {
    const news = Map.groupBy(this.#waiting.get(unit) ?? [], ({ lane }) => lane);
    this.#waiting.delete(unit);
    const lanes = new Map<string, number>();
    for (const batch of batches) {
      for (const { lane, rows } of batch.lanes) lanes.set(lane, (lanes.get(lane) ?? 0) + rows);
    }
    for (const [lane, events] of lanes) {
      const own = news.get(lane) ?? [];
      const key = `${tenant} ${lane}`;
      const last = this.#last.get(key);
      if (own.length === 0 && last !== undefined) {
        last.events += events;
        last.lastReceived = receivedAt;
        continue;
      }
      const columns = [...new Set(own.flatMap((told) => told.columns ?? []))];
      const more = own.some((told) => told.more === true);
      const received = { received: receivedAt, lastReceived: receivedAt };
      const arrival = { tenant, lane, position: first, ...received, events, columns, more };
      this.#gathered.push(arrival);
      this.#last.set(key, arrival);
    }
  }

  /** What is not stored yet, in order of positions. */
  get gathered(): readonly Arrival[] {
    return this.#gathered;
  }

  /** All that was gathered is stored. */
  stored(): void {
    this.#gathered = [];
    this.#last.clear();
  }
}
