/**
 * Stages that can be switched off for a tenant while the server runs. A switch is an entry of the journal and holds from there on,
 * in replay too; so the state at a position is a fold over the journal up to it.
 */
import type { Control } from './control.ts';

/** In the order in which events pass through. */
export const SWITCHES = ['validate', 'detect', 'correlate', 'notify'] as const;
export type Stage = (typeof SWITCHES)[number];

/** The last switch of a stage of a tenant. */
export interface StageSwitch {
  readonly tenant: string;
  readonly stage: Stage;
  readonly on: boolean;
  readonly by: string;
  /** Unix milliseconds. */
  readonly at: number;
}

export function isStage(name: string): name is Stage {
  return (SWITCHES as readonly string[]).includes(name);
}

export class Stages {
  readonly #switches = new Map<string, StageSwitch>();
  readonly #off = new Map<string, ReadonlySet<Stage>>();

  constructor(switches: readonly StageSwitch[] = []) {
    for (const each of switches) this.apply(each);
  }

  /** Of a control entry what concerns stages; others change nothing. */
  control(control: Control | null): void {
    if (control?.kind === 'stage' && isStage(control.stage)) this.apply({ ...control, stage: control.stage });
  }

  apply({ tenant, stage, on, by, at }: StageSwitch): void {
    this.#switches.set(`${tenant}\t${stage}`, { tenant, stage, on, by, at });
    const off = new Set(this.#off.get(tenant));
    if (on) off.delete(stage);
    else off.add(stage);
    if (off.size > 0) this.#off.set(tenant, off);
    else this.#off.delete(tenant);
  }

  /** Null: all are on. What it gives does not change later. */
  offOf(tenant: string): ReadonlySet<Stage> | null {
    return this.#off.get(tenant) ?? null;
  }

  isOff(tenant: string, stage: Stage): boolean {
    return this.#off.get(tenant)?.has(stage) ?? false;
  }

  get(tenant: string, stage: Stage): StageSwitch | null {
    return this.#switches.get(`${tenant}\t${stage}`) ?? null;
  }

  get all(): StageSwitch[] {
    return [...this.#switches.values()];
  }

  /** Stages that are off, over all tenants. */
  get offCount(): number {
    return [...this.#off.values()].reduce((sum, off) => sum + off.size, 0);
  }
}
