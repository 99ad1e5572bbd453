/** Whether what the journal takes becomes history, said where the server's health is. */
import type { Logger } from '../base/index.ts';
import type { Health } from '../gateway/index.ts';
import type { HistoryState } from '../pipeline/index.ts';

/** @returns to be told the state of the history; null: its thread has ended. Events are taken all the same, and the journal has them. */
export function onHistory(health: Health, log: Logger): (state: HistoryState | null) => void {
  health.set('store', 'starting');
  let said: string | null = null;
  const tiers = saying(health, 'tiers', (why) =>
    log.warn('what is due does not go to the object store', { reason: why }),
  );
  const release = saying(
    health,
    'release',
    (why) => log.warn('the journal keeps events that could go', { reason: why }),
    // Nothing is said of what has not failed yet.
    null,
  );
  return (state) => {
    if (state === null) {
      health.set('store', 'failed', 'its thread has ended; events are kept in the journal, and cut at the next start');
      log.error('the history’s thread has ended; events are kept in the journal');
      return;
    }
    if (state.tiered !== null) {
      const [first] = state.tiered.failed;
      const why = first === undefined ? null : `${first.file === '' ? '' : `${first.file} stays: `}${first.why}`;
      tiers(why);
    }
    release(state.released?.failed ?? null);
    if (state.failed === said && said !== null) return;
    said = state.failed;
    if (said === null) health.set('store', 'ready', `${state.rows} events in ${state.segments} segments`);
    else {
      health.set('store', 'degraded', said);
      log.warn('the history waits; the journal has what was taken', { reason: said });
    }
  };
}

/**
 * Says of a component what fails, or that nothing does, whenever that has changed.
 * @param said what was said last; undefined: nothing
 */
function saying(
  health: Health,
  component: string,
  warn: (why: string) => void,
  said: string | null | undefined = undefined,
): (why: string | null) => void {
  let last = said;
  return (why) => {
    if (why === last) return;
    last = why;
    if (why === null) health.set(component, 'ready');
    else {
      health.set(component, 'degraded', why);
      warn(why);
    }
  };
}
