/**
 * Keeps the rules in force those of the files: loads them behind the start, looks for changes now and then, and changes to a new set
 * whole or not at all. What cannot be loaded leaves the old set in force, and health says so.
 */
import { every, type Logger, sleep, WeirError } from '../base/index.ts';
import type { Health } from '../gateway/index.ts';
import { type LiveNode, type LiveRules, type PrepareOptions, ruleStamp } from '../pipeline/index.ts';

export interface RuleKeeperOptions {
  readonly node: LiveNode;
  readonly prepare: PrepareOptions;
  /** How often files are looked at; null: never. */
  readonly everyMs: number | null;
  readonly health: Health;
  readonly log: Logger;
}

/** Files that change are given so long to become whole. */
const SETTLE_MS = 200;

export class RuleKeeper {
  readonly #options: RuleKeeperOptions;
  /** The files of the last attempt. */
  #stamp = '';
  #looking = false;
  readonly #stop: () => void;
  /** The first load: resolves with the rules in force, rejects where they cannot be loaded. */
  readonly first: Promise<LiveRules>;

  constructor(options: RuleKeeperOptions) {
    this.#options = options;
    options.health.set('rules', 'loading');
    this.first = this.reload();
    this.first.catch(() => {});
    this.#stop = options.everyMs === null ? () => {} : every(options.everyMs, () => void this.#look());
  }

  /** Loads the files as they are now and changes to them. Rejects where they cannot be loaded. */
  async reload(): Promise<LiveRules> {
    const { node, prepare, health, log } = this.#options;
    const { state } = node.rules;
    try {
      this.#stamp = await ruleStamp(prepare);
      const rules = await node.loadRules(prepare);
      const count = rules.detections.length + rules.correlations.length;
      const refused = rules.report.refused.length;
      health.set('rules', 'ready', `${count} in force${refused > 0 ? `, ${refused} refused` : ''}`);
      log.info('rules in force', { set: rules.set, rules: count, refused });
      return rules;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const hint = error instanceof WeirError ? (error.hint ?? '') : '';
      if (state === 'ready') health.set('rules', 'degraded', `the rules before stay in force: ${reason}`);
      else health.set('rules', 'failed', reason);
      log.error('rules cannot be loaded', { error: reason, hint });
      throw error;
    }
  }

  /** Loads what has changed; tried again when it changes again. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { prepare } = this.#options;
      const before = await ruleStamp(prepare);
      if (before === this.#stamp) return;
      await sleep(SETTLE_MS);
      // Still being written: the next look takes it.
      if ((await ruleStamp(prepare)) === before) await this.reload();
    } catch {
      // Health has it.
    } finally {
      this.#looking = false;
    }
  }

  stop(): void {
    this.#stop();
  }
}
