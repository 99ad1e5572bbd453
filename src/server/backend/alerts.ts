/** Alerts of weir on itself, for the API. */
import { elapsedMs, now } from '../../base/index.ts';
import type { Backend } from '../../gateway/index.ts';
import { OPERATOR_TENANT } from '../../meta/index.ts';
import type { SelfWatch } from '../observe/self-watch.ts';

/** Alerts are timed by the clock that never goes back. */
const wallTime = (atMs: number): string => new Date(now() - (elapsedMs() - atMs)).toISOString();

export function alertsBackend(watch: SelfWatch): Backend['alerts'] {
  return {
    self(tenant) {
      const items = watch.activeFor(tenant, tenant === OPERATOR_TENANT).map((active) => ({
        alert: active.alert.id,
        severity: active.alert.severity,
        subject: active.subject,
        state: active.state,
        since: wallTime(active.sinceMs),
        fired: active.firedMs === null ? null : wallTime(active.firedMs),
        detail: active.detail,
        todo: active.alert.todo,
      }));
      return Promise.resolve(items);
    },
  };
}
