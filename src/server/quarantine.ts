/** Rules that are set aside, kept in the data folder so that a restart changes nothing: `quarantine.json`. */
import { z } from 'zod';
import { fileInfo, type Logger, now, readText, replaceFile, WeirError } from '../base/index.ts';

const entryShape = z.object({
  id: z.string(),
  version: z.string(),
  reason: z.string(),
  /** Unix milliseconds. */
  since: z.number(),
});
const fileShape = z.object({ rules: z.array(entryShape) });

export type QuarantinedRule = Readonly<z.infer<typeof entryShape>>;

export class Quarantine {
  readonly #file: string;
  readonly #log: Logger;
  readonly #rules: Map<string, QuarantinedRule>;

  constructor(folder: string, log: Logger) {
    this.#file = `${folder}/quarantine.json`;
    this.#log = log;
    this.#rules = new Map(this.#read().map((rule) => [rule.id, rule]));
  }

  get rules(): readonly QuarantinedRule[] {
    return [...this.#rules.values()];
  }

  get(id: string): QuarantinedRule | null {
    return this.#rules.get(id) ?? null;
  }

  add(rules: readonly Omit<QuarantinedRule, 'since'>[]): void {
    for (const rule of rules) this.#rules.set(rule.id, { ...rule, since: now() });
    this.#write();
  }

  remove(ids: readonly string[]): void {
    const removed = ids.filter((id) => this.#rules.delete(id));
    if (removed.length > 0) this.#write();
  }

  #read(): readonly QuarantinedRule[] {
    if (fileInfo(this.#file) === null) return [];
    try {
      return fileShape.parse(JSON.parse(readText(this.#file))).rules;
    } catch (error) {
      this.#log.warn('the quarantine of rules cannot be read: all rules are tried again', {
        file: this.#file,
        error: error instanceof Error ? error.message : String(error),
      });
      return [];
    }
  }

  /** Where the disk does not take it, it holds until the next start. */
  #write(): void {
    try {
      replaceFile(this.#file, `${JSON.stringify({ rules: this.rules }, null, 2)}\n`, { durable: true });
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#log.warn('the quarantine of rules cannot be kept over a restart', { error: error.message });
    }
  }
}
