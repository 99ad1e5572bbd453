/** Has rules that are new or changed run over what is kept, each tenant's: `detect.hunt_new_rules`. */
import {
  fileInfo,
  type Logger,
  limits,
  makePrivateDirectory,
  now,
  readText,
  replaceFile,
  WeirError,
} from '../base/index.ts';
import type { Meta } from '../meta/index.ts';
import type { HistoryThread, Hunts, LiveRules } from '../pipeline/index.ts';

export interface NewRuleHuntsOptions {
  /** The data folder. */
  readonly folder: string;
  /** How far back; null: nothing is done. */
  readonly spanMs: number | null;
  readonly hunts: Pick<Hunts, 'create'>;
  readonly history: Pick<HistoryThread, 'huntView' | 'release'>;
  readonly tenants: Pick<Meta['tenants'], 'list'>;
  readonly log: Logger;
}

const LATEST = 2n ** 63n - 1n;

export class NewRuleHunts {
  readonly #options: NewRuleHuntsOptions;
  readonly #file: string;
  #last: Promise<void> = Promise.resolve();

  constructor(options: NewRuleHuntsOptions) {
    this.#options = options;
    this.#file = `${options.folder}/hunts/versions.json`;
  }

  /** A set has come into force. */
  loaded(rules: LiveRules): void {
    const { spanMs, log } = this.#options;
    if (spanMs === null) return;
    this.#last = this.#last.then(async () => {
      try {
        await this.#hunt(rules, spanMs);
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
        log.error('new rules could not be hunted with', { set: rules.set, error: error.message });
      }
    });
  }

  async #hunt({ set, detections, correlations, leftOut }: LiveRules, spanMs: number): Promise<void> {
    const known = this.#read();
    // A rule that is set aside for now, and comes back as it was, is not new.
    const aside = leftOut.flatMap(({ id }) => (known?.has(id) === true ? [[id, known.get(id)] as const] : []));
    const versions = [...detections, ...correlations].map(({ id, version }) => [id, version] as const);
    const ids = versions.filter(([id, version]) => known?.get(id) !== version).map(([id]) => id);
    if (known !== null && ids.length > 0) {
      for (const tenant of this.#tenants()) await this.#huntIn(tenant, set, ids, spanMs);
    }
    makePrivateDirectory(`${this.#options.folder}/hunts`);
    replaceFile(this.#file, JSON.stringify(Object.fromEntries([...aside, ...versions])), { durable: true });
  }

  async #huntIn(tenant: string, set: string, ids: readonly string[], spanMs: number): Promise<void> {
    const { hunts, history, log } = this.#options;
    const span = { from: BigInt(now() - spanMs) * 1000n, to: LATEST };
    const view = await history.huntView({ tenant, ...span });
    history.release(view);
    if (view.found.segments.length === 0) return;
    try {
      const cause = { kind: 'new_rules', by: null, rules: ids, set } as const;
      const { id } = hunts.create(tenant, {
        rules: { kind: 'loaded', set, ids },
        span,
        minLevel: null,
        cause,
        key: null,
      });
      log.info('new rules are hunted with', { hunt: id, tenant, rules: ids.length });
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      log.warn('new rules are not hunted with', { tenant, rules: ids.length, error: error.message });
    }
  }

  *#tenants(): Generator<string> {
    for (let after: string | null = null; ; ) {
      const page = this.#options.tenants.list({ limit: limits.pageItemsMax, after });
      for (const { id, disabledMs } of page.items) if (disabledMs === null) yield id;
      if (page.next === null) return;
      after = page.next;
    }
  }

  /** Versions of the rules that were in force last; null: nothing was noted yet, and no rule is new. */
  #read(): Map<string, string> | null {
    if (fileInfo(this.#file) === null) return null;
    try {
      return new Map(Object.entries(JSON.parse(readText(this.#file)) as Record<string, string>));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log.warn('it cannot be read which rules were in force: none counts as new', { error: why });
      return null;
    }
  }
}
