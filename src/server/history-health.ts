/** Whether what the journal takes becomes history, said where the server's health is. */
import type { Logger } from '../base/index.ts';
import type { Health } from '../gateway/index.ts';
import type { HistoryState } from '../pipeline/index.ts';

/** @returns to be told the state of the history; null: its thread has ended. Events are taken all the same, and the journal has them. */
export function onHistory(health: Health, log: Logger): (state: HistoryState | null) => void {
  health.set('store', 'starting');
  let said: string | null = null;
  let saidOfTiers: string | null | undefined;
  let saidOfRelease: string | null = null;
  return (state) => {
    if (state === null) {
      health.set('store', 'failed', 'its thread has ended; events are kept in the journal, and cut at the next start');
      log.error('the history’s thread has ended; events are kept in the journal');
      return;
    }
    if (state.tiered !== null) {
      const [first] = state.tiered.failed;
      const why = first === undefined ? null : `${first.file === '' ? '' : `${first.file} stays: `}${first.why}`;
      if (why !== saidOfTiers) {
        saidOfTiers = why;
        if (why === null) health.set('tiers', 'ready');
        else {
          health.set('tiers', 'degraded', why);
          log.warn('what is due does not go to the object store', { reason: why });
        }
      }
    }
    const unreleased = state.released?.failed ?? null;
    if (unreleased !== saidOfRelease) {
      saidOfRelease = unreleased;
      if (unreleased === null) health.set('release', 'ready');
      else {
        health.set('release', 'degraded', unreleased);
        log.warn('the journal keeps events that could go', { reason: unreleased });
      }
    }
    if (state.failed === said && said !== null) return;
    said = state.failed;
    if (said === null) health.set('store', 'ready', `${state.rows} events in ${state.segments} segments`);
    else {
      health.set('store', 'degraded', said);
      log.warn('the history waits; the journal has what was taken', { reason: said });
    }
  };
}
