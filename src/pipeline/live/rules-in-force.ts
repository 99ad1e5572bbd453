/** The rules of a node: loaded on a thread of their own, kept, given to the threads, and in force from an entry of the journal on. */
import { WeirError } from '../../base/index.ts';
import { openDetectionsReader, type RuleVersion } from '../../store/index.ts';
import type { PrepareOptions } from '../prepare.ts';
import type { Control } from './control.ts';
import type { Machine } from './machine.ts';
import type { ToDetect, ToDoor } from './messages.ts';
import type { RulesState, Threads } from './node-options.ts';
import type { LiveRules } from './rule-set.ts';
import { neededRuleSet, saveRuleSet } from './rule-sets.ts';
import { rulesFrom } from './rules-thread.ts';

/** What it asks of the node. */
export interface RulesHost {
  /** Data folder. */
  readonly folder: string;
  readonly machine: Machine & Threads;
  toDoors(message: ToDoor): void;
  toDetect(message: ToDetect): void;
  /** Resolves when it is on disk. */
  control(control: Control): Promise<unknown>;
}

export class RulesInForce {
  readonly #host: RulesHost;
  /** Number of each rule set that threads were given. */
  readonly #epochs = new Map<string, number>();
  #state: RulesState = { state: 'none' };
  /** The last load of rules: the next one waits for it. */
  #loading: Promise<unknown> = Promise.resolve();

  constructor(host: RulesHost) {
    this.#host = host;
  }

  get state(): RulesState {
    return this.#state;
  }

  /** The rules in force, where they are still those of this epoch. */
  ofEpoch(epoch: number): LiveRules | null {
    if (this.#state.state !== 'ready') return null;
    const { rules } = this.#state;
    return epoch === this.#epochs.get(rules.set) ? rules : null;
  }

  load(options: PrepareOptions): Promise<LiveRules> {
    if (this.#state.state === 'none') this.#state = { state: 'loading' };
    const load = this.#loading.then(async () => {
      try {
        const { rules, texts } = await rulesFrom(options);
        await this.change(rules, texts);
        return rules;
      } catch (error) {
        if (error instanceof WeirError) this.#state = { ...this.#state, error };
        throw error;
      }
    });
    this.#loading = load.catch(() => {});
    return load;
  }

  /** @param log `<log id>/<partition>` */
  async resume(log: string): Promise<boolean> {
    const { folder, machine } = this.#host;
    const reader = openDetectionsReader(`${folder}/detect.db`);
    const set = reader.checkpoint(log)?.ruleSet ?? '';
    reader.close();
    const rules = set === '' ? null : machine.loadRuleSet(folder, set, machine.files);
    if (rules !== null) await this.change(rules, null);
    return rules !== null;
  }

  async change(rules: LiveRules, texts: readonly RuleVersion[] | null): Promise<void> {
    const { folder, machine } = this.#host;
    saveRuleSet(folder, rules, machine.files);
    this.#give(rules, true, texts);
    // From where this stands in the journal they are in force; doors may be ahead of it or behind, which the detector sees.
    const count = rules.detections.length + rules.correlations.length;
    await this.#host.control({ kind: 'rules', set: rules.set, count });
    this.#state = { state: 'ready', rules };
  }

  /** Gives a set to the threads that was in force before; an error where it cannot be read. */
  giveAgain(set: string): WeirError | null {
    const { folder, machine } = this.#host;
    const rules = neededRuleSet(machine, folder, set);
    if (rules instanceof WeirError) return rules;
    this.#give(rules, false, null);
    return null;
  }

  #give(rules: LiveRules, current: boolean, texts: readonly RuleVersion[] | null): void {
    const epoch = this.#epochs.get(rules.set) ?? this.#epochs.size + 1;
    this.#epochs.set(rules.set, epoch);
    this.#host.toDoors({ kind: 'rules', epoch, rules: rules.rules, current });
    const { set, detections, leftOut } = rules;
    const correlations = rules.correlations.map(({ rule, version }) => ({ rule, version }));
    this.#host.toDetect({ kind: 'rules', epoch, names: { set, detections, correlations, leftOut }, texts });
  }
}
