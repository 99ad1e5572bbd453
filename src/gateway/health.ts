/** What runs, how well, since when and why: answered to whoever asks, with and without a credential. */
import { now as clock } from '../base/index.ts';

export type HealthState = 'starting' | 'loading' | 'ready' | 'degraded' | 'failed' | 'stopped';

export interface ComponentHealth {
  readonly name: string;
  readonly state: HealthState;
  /** Why it is not simply ready; null where there is nothing to say. Names no tenant: readers of all tenants see it. */
  readonly reason: string | null;
  /** Unix milliseconds since when it is in this state. */
  readonly sinceMs: number;
  /** Whether events can be taken without it. */
  readonly required: boolean;
}

export interface HealthReport {
  /** `ready`, or the worst state of a component. */
  readonly status: HealthState;
  /** Whether events can be taken: every required component is ready or degraded. */
  readonly ready: boolean;
  readonly components: readonly ComponentHealth[];
}

export interface Health {
  /** Declares a component, or changes its state. `required`, once given, stays. */
  set(name: string, state: HealthState, reason?: string | null, options?: { readonly required?: boolean }): void;
  get(name: string): ComponentHealth | null;
  remove(name: string): void;
  report(): HealthReport;
  /** No component that others depend on has failed. */
  isLive(): boolean;
  isReady(): boolean;
  /** Was ready once. */
  hasStarted(): boolean;
  /** Called after each change of a state or reason; the returned function ends that. */
  onChange(listener: (component: ComponentHealth) => void): () => void;
}

/** From best to worst. */
const ORDER: readonly HealthState[] = ['ready', 'loading', 'starting', 'degraded', 'stopped', 'failed'];

export const works = ({ state }: Pick<ComponentHealth, 'state'>): boolean => state === 'ready' || state === 'degraded';

export function healthRegistry(now: () => number = clock): Health {
  const components = new Map<string, ComponentHealth>();
  const listeners = new Set<(component: ComponentHealth) => void>();
  let started = false;
  const required = (): ComponentHealth[] => [...components.values()].filter((component) => component.required);
  // With nothing declared nothing can be promised.
  const isReady = (): boolean => required().length > 0 && required().every(works);
  return {
    isReady,
    isLive: () => required().every(({ state }) => state !== 'failed'),
    hasStarted: () => started,
    get: (name) => components.get(name) ?? null,
    remove: (name) => void components.delete(name),
    set: (name, state, reason = null, options = {}) => {
      const before = components.get(name);
      if (before?.state === state && before.reason === reason && options.required === undefined) return;
      const sinceMs = before?.state === state ? before.sinceMs : now();
      const component = { name, state, reason, sinceMs, required: options.required ?? before?.required ?? false };
      components.set(name, component);
      started ||= isReady();
      for (const listener of listeners) listener(component);
    },
    report: () => {
      const all = [...components.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      const worst = Math.max(0, ...all.map(({ state }) => ORDER.indexOf(state)));
      return { status: ORDER[worst] ?? 'failed', ready: isReady(), components: all };
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
