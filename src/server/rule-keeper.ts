/**
 * Keeps the rules in force those of the files: loads them behind the start, looks for changes now and then, and changes to a new set
 * whole or not at all. What cannot be loaded leaves the old set in force, and health says so. A rule that fails or costs too much is
 * set aside: the set in force then does without it, until its file decides something else or somebody releases it.
 */
import { elapsedMs, every, type Logger, sleep, WeirError } from '../base/index.ts';
import type { Health } from '../gateway/index.ts';
import { type LiveNode, type LiveRules, type PrepareOptions, type RuleCosts, ruleStamp } from '../pipeline/index.ts';
import { Quarantine } from './quarantine.ts';
import { type QuarantineBounds, RuleJudge, type Verdict } from './rule-judge.ts';

export interface RuleKeeperOptions {
  readonly node: LiveNode;
  readonly prepare: PrepareOptions;
  /** How often files are looked at; null: never. */
  readonly everyMs: number | null;
  /** Where the quarantine is kept. */
  readonly folder: string;
  readonly quarantine: QuarantineBounds;
  readonly health: Health;
  readonly log: Logger;
  /** A set has come into force. */
  readonly onRules: (rules: LiveRules) => void;
}

/** Files that change are given so long to become whole. */
const SETTLE_MS = 200;
/** Between a few files and the next when nobody waits. */
const PAUSE_MS = 4;
/** Rules in quarantine that health names. */
const NAMED_MAX = 3;

export class RuleKeeper {
  readonly #options: RuleKeeperOptions;
  /** The files of the last attempt. */
  #stamp = '';
  #looking = false;
  readonly #quarantine: Quarantine;
  readonly #judge: RuleJudge;
  /** The rules are being changed to a set without some: what was measured before that says nothing new. */
  #settingAside = false;
  readonly #stop: () => void;
  readonly #stopping = new AbortController();
  /** The first load: resolves with the rules in force, rejects where they cannot be loaded. */
  readonly first: Promise<LiveRules>;

  constructor(options: RuleKeeperOptions) {
    this.#options = options;
    this.#quarantine = new Quarantine(options.folder, options.log);
    this.#judge = new RuleJudge(options.quarantine);
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
      const leftOut = this.#quarantine.rules;
      const rules = await node.loadRules({ ...prepare, leftOut });
      const count = rules.detections.length + rules.correlations.length;
      const refused = rules.report.refused.length;
      const inForce = `${count} in force${refused > 0 ? `, ${refused} refused` : ''}`;
      if (rules.leftOut.length === 0) health.set('rules', 'ready', inForce);
      else health.set('rules', 'degraded', `${quarantined(rules)}; ${inForce}`);
      log.info('rules in force', { set: rules.set, rules: count, refused, quarantined: rules.leftOut.length });
      this.#triedAgain(rules, leftOut);
      this.#options.onRules(rules);
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

  /** What a door measured of the rules in force. */
  observe(rules: LiveRules, costs: RuleCosts): void {
    if (this.#settingAside) return;
    const verdicts = this.#judge.observe(rules, costs, elapsedMs());
    if (verdicts.length > 0) void this.#setAside(verdicts);
  }

  /** Has a rule tried again; resolves with the rules in force, null where it is not in quarantine. Rejects as `reload` does. */
  async release(id: string): Promise<LiveRules | null> {
    if (this.#quarantine.get(id) === null) return null;
    this.#quarantine.remove([id]);
    this.#options.log.info('rule released from quarantine', { rule: id });
    return this.reload();
  }

  async #setAside(verdicts: readonly Verdict[]): Promise<void> {
    this.#settingAside = true;
    const { log } = this.#options;
    for (const { id, version, reason } of verdicts) log.warn('rule quarantined', { rule: id, version, reason });
    try {
      this.#quarantine.add(verdicts);
      await this.reload();
    } catch {
      // Health has it; a rule that is still in force is judged again.
    } finally {
      this.#judge.forget();
      this.#settingAside = false;
    }
  }

  /** Rules that are in force although they were to be left out are others by now. */
  #triedAgain({ detections }: LiveRules, leftOut: readonly Verdict[]): void {
    const asked = new Map(leftOut.map((rule) => [rule.id, rule]));
    const tried = detections.filter(({ id }) => asked.has(id) && this.#quarantine.get(id) === asked.get(id));
    for (const { id } of tried) this.#options.log.info('rule changed and tried again', { rule: id });
    this.#quarantine.remove(tried.map(({ id }) => id));
  }

  /** Loads what has changed; tried again when it changes again. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { prepare } = this.#options;
      const { signal } = this.#stopping;
      const pause = (): Promise<void> => sleep(PAUSE_MS, signal);
      const before = await ruleStamp(prepare, pause);
      if (before === this.#stamp) return;
      await sleep(SETTLE_MS, signal);
      // Still being written: the next look takes it.
      if ((await ruleStamp(prepare, pause)) === before) await this.reload();
    } catch {
      // Health has it; or it is stopping.
    } finally {
      this.#looking = false;
    }
  }

  stop(): void {
    this.#stop();
    this.#stopping.abort();
  }
}

function quarantined({ leftOut }: LiveRules): string {
  const named = leftOut.slice(0, NAMED_MAX).map(({ id, reason }) => `${id} (${reason})`);
  const more = leftOut.length > NAMED_MAX ? ` and ${leftOut.length - NAMED_MAX} more` : '';
  return `${leftOut.length} ${leftOut.length === 1 ? 'rule' : 'rules'} quarantined: ${named.join(', ')}${more}`;
}
