/** Where batches of lines go: a server, or a data folder that no server has. */
import type { Outcome } from './resume.ts';

export interface Outgoing {
  /** Lines of JSON; not to be changed. */
  readonly lines: Uint8Array;
  readonly source: string;
  readonly key: string;
}

export interface Target {
  /** Id of the journal that events go to, and the tenant they belong to. */
  readonly log: string;
  readonly tenant: string;
  /** Says which credential's keys these are, without being it. */
  readonly scope: string;
  /** Milliseconds for which keys are known. */
  readonly keepMs: number;
  /**
   * Resolves when the lines are on disk, each as an event or as a dead letter. Tries again as long as that makes sense. Rejects with
   * `body.no_events` where none of many lines is an event, and with `send.refused`: nothing of them is kept then.
   */
  deliver(outgoing: Outgoing): Promise<Outcome>;
}

/** The target said no and has kept nothing: `send.refused`. */
export const isRefusal = (code: string): boolean => code === 'send.refused';

/** None of the lines is an event, and they are too many for dead letters. */
export const NO_EVENTS = 'body.no_events';
