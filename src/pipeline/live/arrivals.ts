/**
 * What has arrived here: kinds of events, and the columns they have. A rule that needs what never came is dead, and is said to be. A
 * door tells of a column when it is new to it, and again from time to time: what is lost on the way to the store is told once more.
 */
import { limits } from '../../base/index.ts';
import type { Plan } from '../../detect/index.ts';
import { type Fact, SOURCES, type SourceType } from '../../schema/index.ts';
import type { Scanner } from '../scanner.ts';
import type { LaneRows } from './types.ts';

/** What a batch's rows were evaluated by. */
export interface Arrived {
  /** Events times the rules of their lanes. */
  readonly evaluations: number;
  readonly lanes: readonly LaneRows[];
}

/** After this much time everything is told again. */
const AGAIN_MS = 600_000;

/** Names events of one source type with the same facts. */
export function laneText(source: SourceType | null, facts: readonly Fact[]): string {
  return JSON.stringify([source?.id ?? null, facts]);
}

/** What `laneText` named. */
export function laneOf(text: string): { readonly source: SourceType | null; readonly facts: readonly Fact[] } {
  const [id, facts] = JSON.parse(text) as [string | null, readonly Fact[]];
  return { source: SOURCES.find((source) => source.id === id) ?? null, facts };
}

interface Told {
  readonly plans: WeakSet<Plan>;
  readonly columns: Map<string, Set<string>>;
}

/** One per door. */
export class Arrivals {
  readonly #texts = new WeakMap<Plan, string>();
  readonly #told = new Map<string, Told>();
  #characters = 0;
  #since = 0;

  /**
   * Takes what the batch at hand was evaluated by. To be called once before the first batch, whose rows are counted from then on.
   * @param leaveOut rows that are not kept
   * @param tenant whose events they are; null: nobody asks
   * @param at when they were received, Unix milliseconds
   */
  take(scanner: Scanner, leaveOut: readonly number[], tenant: string | null, at: number): Arrived {
    const { rows, unwrapped } = scanner.takeRows();
    for (const row of leaveOut) {
      const plan = scanner.engine.planOf(row);
      if (plan !== undefined) rows.set(plan, (rows.get(plan) ?? 0) - 1);
    }
    let evaluations = 0;
    for (const [plan, count] of rows) evaluations += count * plan.rules;
    if (tenant === null) return { evaluations, lanes: [] };
    if (at - this.#since > AGAIN_MS) {
      this.forget();
      this.#since = at;
    }
    const lanes = new Map<string, { rows: number; columns: string[]; more: boolean }>();
    for (const plans of [rows, unwrapped]) {
      for (const [plan, count] of plans) if (count > 0 && !plan.wrapped) this.#add(lanes, tenant, plan, count);
    }
    return { evaluations, lanes: [...lanes].map(laneRows) };
  }

  /** All columns are told of again. */
  forget(): void {
    this.#told.clear();
    this.#characters = 0;
  }

  #add(
    lanes: Map<string, { rows: number; columns: string[]; more: boolean }>,
    tenant: string,
    plan: Plan,
    rows: number,
  ): void {
    let text = this.#texts.get(plan);
    if (text === undefined) {
      text = laneText(plan.shape.source, plan.facts);
      this.#texts.set(plan, text);
    }
    const lane = lanes.get(text) ?? { rows: 0, columns: [], more: false };
    lanes.set(text, lane);
    lane.rows += rows;
    // No rule looks at what is of no lane.
    if (plan.facts.length > 0) this.#columns(lane, tenant, text, plan);
  }

  #columns(lane: { columns: string[]; more: boolean }, tenant: string, text: string, plan: Plan): void {
    let told = this.#told.get(tenant);
    if (told === undefined) {
      told = { plans: new WeakSet(), columns: new Map() };
      this.#told.set(tenant, told);
    }
    if (told.plans.has(plan)) return;
    told.plans.add(plan);
    const known = told.columns.get(text) ?? new Set();
    told.columns.set(text, known);
    const { slots, containers } = plan.shape.columns;
    for (const path of [...slots.map((slot) => slot.path), ...containers]) {
      if (known.has(path)) continue;
      const full = known.size >= limits.laneColumnsMax || this.#characters >= limits.doorColumnCharactersMax;
      if (full || path.length > limits.columnCharactersMax) {
        lane.more = true;
        continue;
      }
      known.add(path);
      this.#characters += path.length;
      lane.columns.push(path);
    }
  }
}

function laneRows([lane, { rows, columns, more }]: [
  string,
  { readonly rows: number; readonly columns: readonly string[]; readonly more: boolean },
]): LaneRows {
  return { lane, rows, ...(columns.length === 0 ? {} : { columns }), ...(more ? { more } : {}) };
}
