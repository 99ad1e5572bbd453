import type { CorrelationRule } from './model.ts';
import { RuleError } from './parse.ts';

/** What a correlation or filter can be asked to refer to. */
export interface Referable {
  readonly id: string;
  readonly name?: string;
  readonly title?: string;
  readonly path?: string;
  /** Of what cannot be referred to; unless said it was refused. */
  readonly why?: string;
}

/** What a message calls a rule: its id, or where it has none but a hash, its title and file. */
function called({ id, title, path }: Referable): string {
  if (!id.startsWith('sha256:') || title === undefined || path === undefined) return id;
  return `"${title}" (${path})`;
}

/** Finds rules by id, else by name. */
export class References<T extends Referable> {
  readonly #byId = new Map<string, T>();
  readonly #byName = new Map<string, T[]>();

  constructor(rules: Iterable<T>) {
    for (const rule of rules) {
      this.#byId.set(rule.id, rule);
      if (rule.name === undefined) continue;
      const same = this.#byName.get(rule.name) ?? [];
      this.#byName.set(rule.name, same);
      same.push(rule);
    }
  }

  /** Undefined when unknown; throws a {@link RuleError} for a name that several rules have. */
  find(reference: string, at: readonly (string | number)[]): T | undefined {
    const byId = this.#byId.get(reference);
    if (byId !== undefined) return byId;
    const named = this.#byName.get(reference) ?? [];
    if (named.length > 1) {
      const ids = named.map(called).join(', ');
      throw new RuleError(`${reference} is the name of several rules: ${ids}`, at, { hint: 'Refer to the id.' });
    }
    return named[0];
  }
}

export interface LinkedCorrelations {
  /** References are ids, in `rules` as in `aliases`; no cycles. In the order given. */
  readonly correlations: readonly CorrelationRule[];
  readonly refused: readonly { readonly rule: CorrelationRule; readonly error: RuleError }[];
  /**
   * Rule id → the correlations that refer to it. Only rules that emit no hits of their own: at least one correlation
   * refers to them and none of those says `generate: true`.
   */
  readonly silencedBy: Readonly<Record<string, readonly string[]>>;
}

/**
 * Resolves what parsed correlations refer to. One that refers to an unknown or refused rule, to itself through others,
 * or to a refused correlation is refused. `refusedRules` are rules that could not be loaded, to say so by name.
 */
export function linkCorrelations(
  parsed: readonly CorrelationRule[],
  detections: Iterable<Referable>,
  refusedRules: Iterable<Referable> = [],
): LinkedCorrelations {
  const references = new References<Referable>([...detections, ...parsed]);
  const lost = new References<Referable>(refusedRules);
  const refused: { rule: CorrelationRule; error: RuleError }[] = [];
  const linked = new Map<string, CorrelationRule>();
  const attempt = (rule: CorrelationRule, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      refused.push({ rule, error });
      linked.delete(rule.id);
    }
  };
  for (const rule of parsed) attempt(rule, () => linked.set(rule.id, link(rule, references, lost)));
  const chains = new Chains(new Map(parsed.map((rule) => [rule.id, called(rule)])), linked);
  for (const rule of [...linked.values()]) attempt(rule, () => chains.check(rule));
  const correlations = parsed.flatMap((rule) => linked.get(rule.id) ?? []);
  return { correlations, refused, silencedBy: silenced(correlations) };
}

function link(rule: CorrelationRule, known: References<Referable>, lost: References<Referable>): CorrelationRule {
  const ids: string[] = [];
  for (const [i, reference] of rule.rules.entries()) {
    const at = ['correlation', 'rules', i];
    const found = known.find(reference, at);
    if (found === undefined) {
      const absent = lost.find(reference, at);
      const why = absent === undefined ? 'is unknown' : (absent.why ?? 'was refused');
      throw new RuleError(`correlation: refers to the rule ${reference}, which ${why}`, at);
    }
    if (ids.includes(found.id)) throw new RuleError(`correlation: refers to ${called(found)} twice`, at);
    ids.push(found.id);
  }
  const aliases: Record<string, Record<string, string>> = Object.create(null);
  for (const [alias, fields] of Object.entries(rule.aliases)) {
    aliases[alias] = Object.create(null);
    for (const [reference, field] of Object.entries(fields)) {
      const at = ['correlation', 'aliases', alias, reference];
      const id = known.find(reference, at)?.id ?? reference;
      if (!ids.includes(id)) {
        throw new RuleError(`correlation: alias ${alias} speaks of ${reference}, which is not among its rules`, at);
      }
      aliases[alias][id] = field;
    }
  }
  return { ...rule, rules: ids, aliases };
}

/** Correlations over correlations; real chains have two or three. */
const CHAIN_MAX = 64;

/** Follows correlations down to detections. */
class Chains {
  /** By id, what messages call them. */
  readonly #correlations: ReadonlyMap<string, string>;
  readonly #linked: ReadonlyMap<string, CorrelationRule>;
  readonly #sound = new Set<string>();

  constructor(correlations: ReadonlyMap<string, string>, linked: ReadonlyMap<string, CorrelationRule>) {
    this.#correlations = correlations;
    this.#linked = new Map(linked);
  }

  /** Throws when the rule rests on itself or on a refused correlation. */
  check(rule: CorrelationRule, above: readonly string[] = []): void {
    if (this.#sound.has(rule.id)) return;
    if (above.includes(rule.id)) {
      const circle = [...above, rule.id].map((id) => this.#correlations.get(id) ?? id).join(' → ');
      throw new RuleError(`correlation: refers to itself: ${circle}`, ['correlation', 'rules']);
    }
    if (above.length === CHAIN_MAX) {
      throw new RuleError(`correlation: chained deeper than ${CHAIN_MAX}`, ['correlation', 'rules']);
    }
    for (const [i, id] of rule.rules.entries()) {
      if (!this.#correlations.has(id)) continue;
      const below = this.#linked.get(id);
      if (below === undefined) {
        throw new RuleError(
          `correlation: rests on the correlation ${this.#correlations.get(id) ?? id}, which was refused`,
          ['correlation', 'rules', i],
        );
      }
      this.check(below, [...above, rule.id]);
    }
    this.#sound.add(rule.id);
  }
}

function silenced(correlations: readonly CorrelationRule[]): Record<string, readonly string[]> {
  const by = new Map<string, string[]>();
  const generated = new Set<string>();
  for (const rule of correlations) {
    for (const id of rule.rules) {
      if (rule.generate) generated.add(id);
      by.set(id, [...(by.get(id) ?? []), rule.id]);
    }
  }
  const silencedBy: Record<string, readonly string[]> = Object.create(null);
  for (const [id, correlationIds] of by) if (!generated.has(id)) silencedBy[id] = correlationIds;
  return silencedBy;
}
